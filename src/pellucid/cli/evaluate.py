"""``pellucid evaluate MODEL [SOURCE]``: a saved network's figures on data."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli.failures import Debug

EPILOG = """Examples:

  pellucid evaluate runs/digits-2025-01-31-120000

  pellucid evaluate runs/iris-2025-01-31-120000/model.pellucid more-flowers.csv --target species

  pellucid evaluate runs/photographs-2025-01-31-120000 more-photographs

  pellucid evaluate runs/iris-2025-01-31-120000 --output iris-evaluation"""


def evaluate(
    model: o.Model,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help=f"{o.SOURCE_HELP} All its rows are taken; where it has a test set, as mnist has, that. "
            "[default: a run's own source, the rows that it was judged by]",
            show_default=False,
        ),
    ] = None,
    target: o.Target = None,
    data: o.Data = None,
    broken: po.Broken = None,
    stream: po.Stream = None,
    threads: o.Threads = None,
    output: Annotated[
        Path | None,
        typer.Option(help="A folder for curves, pictures and their data; must not be there yet.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Print a network's loss, metrics and confusion matrix on SOURCE."""
    from pellucid.cli.judged import inputs_of, rows_for
    from pellucid.cli.models import open_model
    from pellucid.cli.outcome import evaluation_of, measure, show_outcome, usual
    from pellucid.cli.show import Page
    from pellucid.record.whole_folder import check_free
    from pellucid.sources.picture_files import broken_text

    if output is not None:
        check_free(output)
    opened = open_model(model)
    net = opened.net
    material, rows = rows_for(opened, source, target, data, broken, stream)
    X, y = inputs_of(net, material, rows.judge), rows.judge.y
    if source is None and opened.run is not None:
        says = opened.run.result["baseline"]["says"]
    else:
        says = usual(y, net.class_names)
    outcome = measure(net, X, y, rows.kind, says, threads, getattr(rows.judge, "paths", ()))
    if output is not None:
        evaluation_of(net, X, y, material.target, threads, as_json).save(output)
    if as_json:
        print(json.dumps(outcome.to_dict(), indent=2, ensure_ascii=False))
    else:
        page = Page()
        show_outcome(page, outcome)
        if output is not None:
            page.text()
            page.prose(f"Curves and pictures of this result, each with its data: {output}.")
    read = material.data.test or material.data
    left_out = getattr(read, "broken", {})
    if left_out:
        print(f"\n{broken_text(left_out, read.n + len(left_out))}", file=sys.stderr if as_json else sys.stdout)
