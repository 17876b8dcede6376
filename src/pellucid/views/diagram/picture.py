"""A drawing as a value: its SVG, and files of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pellucid.errors import DescriptionError, nearest
from pellucid.views.diagram.canvas import MARGIN, Canvas
from pellucid.views.diagram.text import has_other_scripts

FORMATS = (".svg", ".png")
THEMES = ("auto", "light", "dark")
FONT_FILES = Path(__file__).parent / "fonts"


@dataclass(frozen=True, repr=False)
class Diagram:
    """A drawing. In Jupyter it shows itself.

    Attributes
    ----------
    svg : str
        The whole drawing as SVG text.
    title, description : str
        What it shows, in words.
    width, height : int
        In pixels.
    """

    svg: str
    title: str
    description: str
    width: int
    height: int

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f'<Diagram "{self.title}": {self.width} × {self.height}>'

    def png(self, zoom: float = 2.0) -> bytes:
        """The drawing as a PNG picture, ``zoom`` pixels for each of the SVG's."""
        import resvg_py

        # DejaVu Sans lies beside this file, so that the picture is the same on every machine. The machine's own fonts
        # are looked through only for scripts that DejaVu Sans lacks.
        files = [str(FONT_FILES / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=self.svg, zoom=zoom, skip_system_fonts=not has_other_scripts(self.svg), font_files=files,
                font_family="DejaVu Sans", sans_serif_family="DejaVu Sans",
            )
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str], zoom: float = 2.0) -> None:
        """Write a file that ends with .svg or .png; ``zoom`` is that of :meth:`png`.

        Raises
        ------
        DescriptionError
            Another ending.
        ModelFileError
            The file cannot be written.
        """
        from pellucid.record.model_file import write_whole

        ending = check_ending(path)
        write_whole(path, self.svg.encode() if ending == ".svg" else self.png(zoom))


def check_ending(path: str | os.PathLike[str]) -> str:
    """The ending of a path that a diagram can be written to; anything else is an error."""
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise DescriptionError(f'{path}: expected a file that ends with .svg or .png, not "{ending}".')
    return ending


def check_known(what: str, given: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is not one of those known."""
    if given not in known:
        raise DescriptionError(
            f'Diagram: unknown {what} "{given}".{nearest(given, known)} Known: {", ".join(known)}.'
        )  # fmt: skip


def finished(canvas: Canvas, title: str, words: str, theme: str = "auto") -> Diagram:
    """What was drawn on a canvas; the theme is "auto", "light" or "dark"."""
    check_known("theme", theme, THEMES)
    box = canvas.box
    size = (round(box.right - box.left + 2 * MARGIN), round(box.bottom - box.top + 2 * MARGIN))
    return Diagram(canvas.finish(title or "Network", words, theme), title, words, *size)
