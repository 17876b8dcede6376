"""``pellucid worksheet MODEL DATA --output F``: training steps as a workbook of live formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli.failures import Debug
from pellucid.cli.sample import NeededData

EPILOG = """The steps go on from the weights that the network has, with all rows as one batch.

Examples:

  pellucid worksheet runs/iris-2025-01-31-120000 iris.csv --limit 4 --output steps.xlsx

  pellucid worksheet runs/pictures-4x3-2025-01-31-120000 pictures-4x3 --steps 3 --output steps.xlsx

  pellucid worksheet model.pellucid few-rows.csv --exercise --output exercise.xlsx"""


def worksheet(
    model: o.Model,
    data: NeededData,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file, .xlsx.")] = Path("worksheet.xlsx"),
    limit: Annotated[int | None, typer.Option(min=1, help="The first N rows only.", metavar="N")] = None,
    steps: Annotated[int, typer.Option(min=1, help="How many training steps.", metavar="N")] = 1,
    exercise: Annotated[bool, typer.Option("--exercise", help="Leave blanks, marked right or wrong.")] = False,
    target: o.Target = None,
    files: o.Data = None,
    debug: Debug = False,
) -> None:
    """Write training steps of a small network as a workbook whose every number is a formula."""
    from pellucid.cli.models import open_model
    from pellucid.cli.sample import take_first

    opened = open_model(model)
    X, y = take_first(opened, data, limit, target, files)
    opened.net.to_excel(output, X, y, steps, exercise=exercise)
    size = output.stat().st_size / 1000
    made = f"{steps} step{'s' if steps > 1 else ''} of {len(X)} sample{'s' if len(X) > 1 else ''}"
    print(f"Written: {output} ({made}, {size:,.0f} kB)")
