"""``pellucid augment SOURCE``: a sheet of pictures and random versions of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli.failures import Debug
from pellucid.cli.values import not_negative

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pellucid.data import Dataset

EPILOG = """The options are the fields of the layer Augment; what is not given is off. The versions come from the
engine, as a network with that layer sees them while it trains.

Examples:

  pellucid augment digits --shift 1 --rotate 15

  pellucid augment mnist --elastic 5 --output elastic.png

  pellucid augment photographs --flip horizontal --zoom 0.2 --brightness 0.2 --fill edge --size 96"""


def _shift(given: str | None) -> float | tuple[float, float] | None:
    """Pixels from text.

    >>> _shift("2"), _shift("1.5"), _shift("0,3")
    (2, 1.5, (0, 3))
    """
    if given is None:
        return None
    try:
        found = [float(part) if set(part) & set(".eE") else int(part) for part in given.split(",")]
    except ValueError:
        found = []
    if len(found) not in (1, 2):
        raise typer.BadParameter(f'expected pixels, as in 2 or 1.5, or "down,across" as in 0,3; got "{given}".')
    return found[0] if len(found) == 1 else (found[0], found[1])


def _fill(given: str) -> float | str:
    """A number or "edge"."""
    try:
        return given if given == "edge" else float(given)
    except ValueError:
        raise typer.BadParameter(f'expected a number or edge, got "{given}".') from None


def _check_shift(given: str | None) -> str | None:
    _shift(given)
    return given


def _check_fill(given: str) -> str:
    _fill(given)
    return given


def augment(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="digits, mnist, pictures-4x3, or a folder with one folder of pictures for each class.",
            show_default=False,
        ),
    ],
    shift: Annotated[
        str | None,
        typer.Option(help="Pixels: 2 for whole ones, 2.0 for any part; or down,across.", callback=_check_shift),
    ] = None,
    rotate: Annotated[float, typer.Option(help="Degrees.", callback=not_negative)] = 0.0,
    zoom: Annotated[float, typer.Option(help="A share, as in 0.1.", callback=not_negative)] = 0.0,
    shear: Annotated[float, typer.Option(help="Degrees.", callback=not_negative)] = 0.0,
    flip: Annotated[str, typer.Option(help="horizontal, vertical or both.", show_default=False)] = "",
    brightness: Annotated[float, typer.Option(help="Added to every pixel.", callback=not_negative)] = 0.0,
    contrast: Annotated[float, typer.Option(help="A share, as in 0.2.", callback=not_negative)] = 0.0,
    noise: Annotated[float, typer.Option(help="A standard deviation.", callback=not_negative)] = 0.0,
    cut_out: Annotated[int, typer.Option(help="Side of a square, in pixels.", min=0)] = 0,
    elastic: Annotated[float, typer.Option(help="Pixels.", callback=not_negative)] = 0.0,
    elastic_grid: Annotated[int, typer.Option(help="Cells along a side: more are finer waves.", min=1)] = 4,
    fill: Annotated[str, typer.Option(help="Outside of the picture: a number, or edge.", callback=_check_fill)] = "0",
    output: Annotated[Path, typer.Option("--output", "-o", help="The file, .png or .svg.")] = Path("sheet.png"),
    seed: Annotated[int, typer.Option(help="The same seed gives the same versions.", min=0)] = 0,
    count: Annotated[int, typer.Option(help="Versions of each picture.", min=1, max=100)] = 8,
    pictures: Annotated[int, typer.Option(help="How many pictures, of all classes in turn.", min=1, max=100)] = 6,
    size: Annotated[int | None, typer.Option(help="A folder's pictures: pixels a side.", min=1)] = None,
    data: o.Data = None,
    debug: Debug = False,
) -> None:
    """Draw pictures and what Augment makes of them, so that its fields can be chosen by looking."""
    from pellucid.errors import DescriptionError
    from pellucid.layers.augment.examples import augmented
    from pellucid.layers.augment.spec import Augment
    from pellucid.views.augment_sheet import draw_sheet
    from pellucid.views.diagram.picture import check_ending

    check_ending(output)

    layer = Augment(
        shift=_shift(shift) or 0, rotate=rotate, zoom=zoom, shear=shear, flip=flip, brightness=brightness,
        contrast=contrast, noise=noise, cut_out=cut_out, elastic=elastic, elastic_grid=elastic_grid, fill=_fill(fill),
    )  # fmt: skip
    fields = {k: v for k, v in layer.to_dict().items() if k not in ("kind", "fill", "elastic_grid")}
    if not fields:
        raise DescriptionError("Nothing is to be changed. Give at least one change, as in --shift 2 --rotate 10.")
    X = some_pictures(_load(source, size, data), pictures)
    title = ", ".join(f"{k}\u00a0{_words(v)}" for k, v in fields.items())
    draw_sheet(X, augmented(layer, X, seed, count), title).save(output)
    counts = [f"{n} {what}{'s' if n > 1 else ''}" for n, what in ((len(X), "picture"), (count, "version"))]
    print(f"Drawn: {output} ({counts[0]}, {counts[1]} of each, seed {seed})")


def _words(value: object) -> str:
    """A field's value, as in "2", "0.5" or "(1, 0)"."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_words, value)) + ")"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _load(source: str, size: int | None, folder: Path | None) -> Dataset:
    """The pictures of SOURCE."""
    from pellucid.errors import DataError
    from pellucid.sources.load import load_source, source_kind

    if source_kind(source) == "pictures" and Path(source).is_dir():
        from pellucid.data import load_folder

        return load_folder(source, size=size)
    if size is not None:
        raise DataError(f"--size is for folders of pictures; those of {source} have their own.")
    if source_kind(source) == "table":
        raise DataError(f"{source} is a file. Give digits, mnist, pictures-4x3, or a folder of pictures.")
    return load_source(source, folder=folder).data


def some_pictures(data: Dataset, count: int) -> NDArray[np.float32]:
    """``count`` pictures, the first of each class, then the second of each, and so on."""
    import numpy as np

    _, codes = np.unique(np.asarray(data.y), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], codes[order])
    turn = np.empty(len(codes), int)
    turn[order] = np.arange(len(codes)) - starts  # how many of its class stand before it
    return np.asarray(data.X[np.lexsort((codes, turn))[:count]])
