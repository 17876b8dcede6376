"""A diagram as a value: its SVG, and files of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError, nearest
from pellucid.layers.base import check_whole
from pellucid.views.diagram.place import DIRECTIONS, Turn
from pellucid.views.diagram.sample import take_sample

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.canvas import Canvas

FORMATS = (".svg", ".png")
THEMES = ("auto", "light", "dark")


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
        import matplotlib
        import resvg_py

        # matplotlib carries DejaVu Sans, so that the picture is the same on every machine.
        fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
        files = [str(fonts / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=self.svg, zoom=zoom, skip_system_fonts=True, font_files=files, font_family="DejaVu Sans",
                sans_serif_family="DejaVu Sans",
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


def diagram(
    net: Network, x: Any = None, y: Any = None, *, unit: tuple[str, Any] | None = None, direction: str = "right",
    numbers: bool | None = None, delta: bool = False, gradient: bool = False, fold: int = 12, theme: str = "auto",
    title: str | None = None,
) -> Diagram:  # fmt: skip
    """Draw a network; see :meth:`pellucid.Network.diagram`."""
    if unit is not None:
        return neuron(net, unit, x, y, theme=theme, title=title, most=fold)
    from pellucid.views.diagram.whole import draw_network

    _check("direction", direction, DIRECTIONS)
    fold = check_whole(fold, "fold", 2)
    sample = take_sample(net, x, y, delta or gradient)
    canvas, heading, words = draw_network(
        net, sample, turn=Turn(direction), numbers=numbers, delta=delta, gradient=gradient, fold=fold, title=title
    )
    return _finished(canvas, heading, words, theme)


def neuron(
    net: Network, unit: tuple[str, Any], x: Any, y: Any = None, *, theme: str = "auto", title: str | None = None,
    most: int = 12,
) -> Diagram:  # fmt: skip
    """Draw one unit with its numbers for a sample: inputs, weights, bias, their sum, and the activation's curve.

    Parameters
    ----------
    unit : (str, int)
        The layer's name and the unit's number, as in ``("dense_1", 0)``.
    x : array of the network's input shape
        One sample.
    y : optional
        Its target: then δ = ∂C/∂z is shown too.
    most : int
        How many inputs are drawn one by one; the others are added up in one line.

    Raises
    ------
    DescriptionError
        A unit that is not there, or a layer that has no weighted sum.
    """
    from pellucid.views.diagram.single import draw_neuron

    canvas, heading, words = draw_neuron(net, unit, x, y, check_whole(most, "fold", 2), title)
    return _finished(canvas, heading, words, theme)


def _check(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise DescriptionError(
            f'Diagram: unknown {what} "{given}".{nearest(given, known)} Known: {", ".join(known)}.'
        )  # fmt: skip


def _finished(canvas: Canvas, title: str, words: str, theme: str) -> Diagram:
    from pellucid.views.diagram.canvas import MARGIN

    _check("theme", theme, THEMES)
    box = canvas.box
    size = (round(box.right - box.left + 2 * MARGIN), round(box.bottom - box.top + 2 * MARGIN))
    return Diagram(canvas.finish(title or "Network", words, theme), title, words, *size)
