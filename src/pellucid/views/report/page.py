"""A report as one page: the sections, put into the template with its style and script."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.views.diagram.palette import DARK, LIGHT
from pellucid.views.report.material import Material, gather
from pellucid.views.report.parts import Section

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run import Run
    from pellucid.training.snapshots import Snapshots

Maker = Callable[[Material], Section | None]


def write_report(
    net: Network, path: str | os.PathLike[str], X: Any = None, y: Any = None, *, snapshots: Snapshots | None = None,
    title: str | None = None, rows: str = "rows", run: Run | None = None, paths: Sequence[str] = (),
    training_data: tuple[Any, Any] | None = None, more: Sequence[Maker] = (),
) -> Path:  # fmt: skip
    """Write a report; see :meth:`pellucid.Network.report`.

    Parameters
    ----------
    run : Run, optional
        The run folder that the network is from: its command, data and versions are told.
    paths : sequence of str
        The files of the rows, where they are pictures in files.

    Returns
    -------
    Path
        Where it lies.
    """
    from pellucid.record.model_file import write_whole

    file = Path(path)
    if file.suffix.lower() not in (".html", ".htm"):
        raise DescriptionError(f'{file}: expected a file that ends with .html, not "{file.suffix}".')
    material = gather(net, X, y, title=title, rows=rows, snapshots=snapshots, run=run, paths=paths,
                      training_data=training_data)  # fmt: skip
    write_whole(file, page(material, more).encode())
    return file


def page(material: Material, more: Sequence[Maker] = ()) -> str:
    """The page's HTML."""
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    from pellucid import __version__
    from pellucid.views.report.sections import SECTIONS

    here = Path(str(files("pellucid.views.report")))
    inside = Environment(loader=FileSystemLoader(here), autoescape=True)
    plain = Environment(loader=FileSystemLoader(here), autoescape=False)  # style and script are no HTML
    makers = [*SECTIONS[:-1], *more, SECTIONS[-1]]
    sections = [section for section in (maker(material) for maker in makers) if section is not None]
    style = plain.get_template("style.css").render(light=_colours(LIGHT), dark=_colours(DARK))
    script = (here / "replay.js").read_text(encoding="utf-8")
    return inside.get_template("page.html").render(
        title=material.title, line=_line(material), sections=sections, version=__version__,
        style=Markup(style), script=Markup(script),
    )  # fmt: skip


def _line(material: Material) -> str:
    net = material.net
    first, last = ("×".join(map(str, shape)) for shape in (net.input_shape, net.output_shape))
    layers = f"{len(net.layers)} layer{'' if len(net.layers) == 1 else 's'}"
    return f"A neural network of {layers} from {first} to {last}, {net.parameter_count:,} parameters"


def _colours(palette: Any) -> str:
    named = {name: colour for name, colour in palette.items() if name != "faint"} | {"line": palette["faint"]}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())
