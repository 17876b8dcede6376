"""``pellucid diagram MODEL [DATA --row N] --output F``: a saved network drawn, with one sample's numbers if asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli import values as v
from pellucid.cli.failures import Debug
from pellucid.cli.sample import Data, Row
from pellucid.errors import DescriptionError

EPILOG = """A line's width is |w| and its colour the sign of w. With DATA, a unit's fill is its activation for that row.

Examples:

  pellucid diagram runs/digits-2025-01-31-120000 --output net.svg

  pellucid diagram runs/digits-2025-01-31-120000 digits --row 5 --output net.png

  pellucid diagram runs/iris-2025-01-31-120000 iris.csv --row 7 --delta --gradient --output step.svg

  pellucid diagram runs/iris-2025-01-31-120000 iris.csv --unit dense_1:3 --output unit.svg"""


def diagram(
    ctx: typer.Context,
    model: o.Model,
    data: Data = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file, .svg or .png.")] = Path("diagram.svg"),
    row: Row = 1,
    unit: Annotated[
        str | None,
        typer.Option(metavar="LAYER:UNIT", help="One unit with its numbers, as in dense_1:3 or conv2d_1:4,5,0."),
    ] = None,
    direction: Annotated[
        str, typer.Option(help="Which way the signal goes: right or up.", **v.listed("direction", ("right", "up")))
    ] = "right",
    numbers: Annotated[
        bool | None, typer.Option("--numbers/--no-numbers", help="Write every number. [default: up to 60 weights]")
    ] = None,
    delta: Annotated[bool, typer.Option("--delta", help="A ring around each unit: δ = ∂C/∂z.")] = False,
    gradient: Annotated[bool, typer.Option("--gradient", help="Lines show ∂C/∂w instead of w.")] = False,
    fold: Annotated[int, typer.Option(min=2, metavar="N", help="Units of a layer that are drawn, at most.")] = 12,
    theme: Annotated[
        str, typer.Option(help="auto, light or dark.", **v.listed("theme", ("auto", "light", "dark")))
    ] = "auto",
    target: o.Target = None,
    files: o.Data = None,
    debug: Debug = False,
) -> None:
    """Draw a saved network as SVG or PNG."""
    from pellucid.cli.given import NO_DATA, refuse
    from pellucid.cli.models import open_model
    from pellucid.cli.sample import take_sample
    from pellucid.views.diagram.picture import check_ending

    check_ending(output)
    asked = {"--unit": unit is not None, "--delta": delta, "--gradient": gradient}
    if data is None and any(asked.values()):
        option = next(name for name, there in asked.items() if there)
        raise DescriptionError(f"{option} shows the numbers of a sample. Name DATA too, the file that it is from.")
    if data is None:
        refuse(ctx, ("row", "target", "files"), NO_DATA)
    opened = open_model(model)
    x, y = (None, None) if data is None else take_sample(opened, data, row, target, files)
    y = y if opened.net.compiled else None
    chosen = None if unit is None else _unit(unit)
    drawn = opened.net.diagram(
        x, y, unit=chosen, direction=direction, numbers=numbers, delta=delta, gradient=gradient, fold=fold, theme=theme
    )
    drawn.save(output)
    print(f"Drawn: {output} ({drawn.width} × {drawn.height})")


def _unit(given: str) -> tuple[str, tuple[int, ...] | int | str]:
    """A layer's name and a place in it, from text.

    >>> _unit("dense_1:3"), _unit("conv2d_1:4,5,0"), _unit("dense_2:cat")
    (('dense_1', 3), ('conv2d_1', (4, 5, 0)), ('dense_2', 'cat'))
    """
    name, sign, place = given.rpartition(":")
    if not sign or not name or not place:
        raise DescriptionError(f'--unit: expected LAYER:UNIT, as in dense_1:3, got "{given}".')
    parts = place.split(",")
    if all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        numbers = tuple(int(part) for part in parts)
        return name, numbers if len(numbers) > 1 else numbers[0]
    return name, place
