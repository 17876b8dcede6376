"""``pellucid doctor MODEL [DATA]``: what is wrong with a network, its data and its training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli.failures import Debug

if TYPE_CHECKING:
    from pellucid.doctor import Diagnosis
    from pellucid.network import Network
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source

EPILOG = """Findings are ranked: an error means that the network cannot work so, a warning that its results suffer, a
note is good to know. Each says where it is (column, row, layer, unit), the numbers it rests on, and what to do.

Examples:

  pellucid doctor runs/iris-2025-01-31-120000

  pellucid doctor model.pellucid more-flowers.csv --target species

  pellucid doctor model.pellucid --json"""
COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def doctor(
    model: o.Model,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help=f"{o.SOURCE_HELP} [default: a run's own source: rows for training and rows that it was judged by]",
            show_default=False,
        ),
    ] = None,
    target: o.Target = None,
    files: o.Data = None,
    broken: po.Broken = None,
    stream: po.Stream = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Look a saved network, its data and its training over."""
    from pellucid.cli.judged import rows_for
    from pellucid.cli.models import open_model
    from pellucid.record.json_file import finite

    opened = open_model(model)
    if data is None and opened.run is None:
        found = opened.net.diagnose()
    else:
        found = examine(opened.net, *rows_for(opened, data, target, files, broken, stream))
    if as_json:
        print(json.dumps(finite(found.to_dict()), indent=2, ensure_ascii=False))
    else:
        _show(found)


def examine(net: Network, material: Source, rows: Rows) -> Diagnosis:
    """The diagnosis on the rows of a source; rows that are held out are for validation."""
    from pellucid.cli.judged import inputs_of

    held_out = (inputs_of(net, material, rows.judge), rows.judge.y) if rows.held_out else None
    return net.diagnose(inputs_of(net, material, rows.train), rows.train.y, validation_data=held_out)


def _show(found: Diagnosis) -> None:
    """The findings, with the severity in colour where the output is a terminal."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(found.headline, style="bold"))
    for number, one in enumerate(found.findings, start=1):
        where = str(one.place)
        words = f"{number}. {one.severity}: {one.name}{f' at {where}' if where else ''}"
        console.print(Text(f"\n{words}", style=f"bold {COLOURS[one.severity]}"))
        console.print(Padding(Text(one.message), (0, 0, 0, 3), expand=False))
        if one.evidence:
            console.print(Padding(Text(f"Evidence: {one.facts}"), (0, 0, 0, 3), expand=False))
        console.print(Padding(Text(f"Remedy: {one.remedy}"), (0, 0, 0, 3), expand=False))
    if found.skipped:
        console.print("\nNot checked:")
        for name, why in found.skipped.items():
            console.print(Padding(Text(f"{name}: {why}"), (0, 0, 0, 3), expand=False))
