"""``pellucid evaluate MODEL [SOURCE]``: a saved network's figures on data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli.failures import Debug
from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.cli.models import Opened
    from pellucid.cli.rows import Rows
    from pellucid.cli.sources import Source

EPILOG = """Examples:

  pellucid evaluate runs/digits-2025-01-31-120000

  pellucid evaluate runs/iris-2025-01-31-120000/model.pellucid more-flowers.csv --target species"""


def evaluate(
    model: o.Model,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help=f"{o.SOURCE_HELP} All its rows are taken; of mnist, the test pictures. "
            "[default: a run's own source, the rows that it was judged by]",
            show_default=False,
        ),
    ] = None,
    target: o.Target = None,
    data: o.Data = None,
    threads: o.Threads = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Print a network's loss, metrics and confusion matrix on SOURCE."""
    from pellucid.cli.columns import pick
    from pellucid.cli.models import open_model
    from pellucid.cli.outcome import measure, show_outcome, usual
    from pellucid.cli.show import Page

    opened = open_model(model)
    net = opened.net
    material, rows = _own_rows(opened, target, data) if source is None else _all_rows(opened, source, target, data)
    X, y = rows.judge.X, rows.judge.y
    if material.kind == "csv":
        X = X[:, pick(net, rows.judge.feature_names or (), material.given)]
    if source is None and opened.run is not None:
        says = opened.run.result["baseline"]["says"]
    else:
        says = usual(y, net.class_names)
    outcome = measure(net, X, y, rows.kind, says, threads)
    if as_json:
        print(json.dumps(outcome.to_dict(), indent=2, ensure_ascii=False))
    else:
        show_outcome(Page(), outcome)


def _own_rows(opened: Opened, target: str | None, folder: Path | None) -> tuple[Source, Rows]:
    """The rows that a run was judged by."""
    from pellucid.cli.rows import take_rows
    from pellucid.cli.sources import data_hash, load_source

    if opened.run is None:
        raise DataError("Name the data to evaluate on; only a run folder knows its own.")
    if target is not None:
        raise DataError("--target belongs to a SOURCE. Name the CSV file too.")
    about = opened.run.config["data"]
    csv = about["kind"] == "csv"
    if folder is None and about["folder"] is not None:
        folder = Path(about["folder"])
    source = load_source(about["source"], about["target"] if csv else None, folder, about["task"] if csv else None)
    if data_hash(source.data) != about["sha256"]:
        raise DataError(
            f"{about['source']} has changed since the training, so the held-out rows cannot be told apart. "
            f"Name the file to evaluate on all its rows."
        )
    return source, take_rows(source, about["held_out_share"] or 0.0, about["split_seed"])


def _all_rows(opened: Opened, given: str, target: str | None, folder: Path | None) -> tuple[Source, Rows]:
    """All rows of a source; MNIST's test pictures."""
    from pellucid.cli.rows import Rows
    from pellucid.cli.sources import data_hash, load_source, source_kind

    csv = source_kind(given) == "csv"
    if csv:
        task = "numbers" if opened.net.class_names is None else "classes"
        source = load_source(given, target or opened.target, folder, task)
    else:
        source = load_source(given, target, folder)
    if source.data.test is not None:
        return source, Rows(source.data, source.data.test, "test pictures")
    about = {} if opened.run is None else opened.run.config["data"]
    if data_hash(source.data) != about.get("sha256"):
        return source, Rows(source.data, source.data, "rows")
    held_out = f", all but {about['judged_samples']:,} of which it was trained on" if about["held_out_share"] else ""
    return source, Rows(source.data, source.data, f"rows{held_out or ' that it was trained on'}")
