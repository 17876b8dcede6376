"""``pellucid evaluate MODEL [SOURCE]``: a saved network's figures on data."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli.failures import Debug
from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.cli.models import Opened
    from pellucid.cli.rows import Rows
    from pellucid.cli.sources import Source
    from pellucid.network import Network

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
    from pellucid.cli.models import open_model
    from pellucid.cli.outcome import evaluation_of, measure, show_outcome, usual
    from pellucid.cli.picture_files import broken_text
    from pellucid.cli.show import Page
    from pellucid.cli.tables import numeric_inputs
    from pellucid.record.run_folder import check_free
    from pellucid.tables.preparation import preparation_of

    if output is not None:
        check_free(output)
    opened = open_model(model)
    net = opened.net
    options = _picture_options(net, broken, stream)
    if source is None:
        material, rows = _own_rows(opened, target, data, options)
    else:
        material, rows = _all_rows(opened, source, target, data, options)
    X, y = rows.judge.X, rows.judge.y
    if material.kind == "table" and preparation_of(net.preparation) is None:
        X = numeric_inputs(X, net)
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


def _target_of(opened: Opened) -> str | None:
    """The target column's name, from the run or from the network's preparation."""
    return opened.target or (opened.net.preparation or {}).get("target")


def _picture_options(net: Network, broken: str | None, stream: bool | None) -> po.PictureOptions:
    """Pictures are read as the network was trained on them."""
    form = po.network_form(net)
    if form is None:
        return po.PictureOptions(broken=broken, stream=stream)
    return po.PictureOptions(form.size, form.channels, form.fit, broken, stream, form.background)


def _load(
    given: str, target: str | None, folder: Path | None, task: str | None, options: po.PictureOptions, **table: Any
) -> Source:  # fmt: skip
    from pellucid.cli.sources import load_source, source_kind

    if source_kind(given) != "pictures":
        options = po.PictureOptions(broken=options.broken, stream=options.stream)  # the others were not given
    elif options.size is None:
        raise DataError(f"{given} holds pictures, and this network was not trained on pictures.")
    return load_source(given, target, folder, task, options=options, **table)


def _own_rows(
    opened: Opened, target: str | None, folder: Path | None, options: po.PictureOptions
) -> tuple[Source, Rows]:
    """The rows that a run was judged by."""
    from pellucid.cli.rows import take_rows
    from pellucid.cli.sources import WITH_TASK, data_hash

    if opened.run is None:
        raise DataError("Name the data to evaluate on; only a run folder knows its own.")
    if target is not None:
        raise DataError("--target belongs to a SOURCE. Name the table too.")
    about = opened.run.config["data"]
    target = about["target"] if about["kind"] == "table" else None
    task = about["task"] if about["kind"] in WITH_TASK else None
    if folder is None and about["folder"] is not None:
        folder = Path(about["folder"])
    how: dict[str, Any] = {}
    if about.get("streamed"):  # prepared anew, as it was for the training
        options = replace(options, stream=True)
        chosen = opened.run.config["options"]["given"]
        how = {name: chosen[key] for name, key in (("columns", "column"), ("missing", "missing")) if key in chosen}
        how["aside"] = about["held_out_share"] or 0.0, about["split_seed"]
    elif about["kind"] == "table":
        options = replace(options, stream=False)
    source = _load(about["source"], target, folder, task, options, **how)
    if data_hash(source.data) != about["sha256"]:
        raise DataError(
            f"{about['source']} has changed since the training, so the held-out rows cannot be told apart. "
            f"Name the {'file' if about['kind'] == 'table' else 'source'} to evaluate on all its {source.noun}s."
        )
    return source, take_rows(source, about["held_out_share"] or 0.0, about["split_seed"])


def _all_rows(
    opened: Opened, given: str, target: str | None, folder: Path | None, options: po.PictureOptions
) -> tuple[Source, Rows]:
    """All rows of a source; its test set, where it has one."""
    from pellucid.cli.rows import Rows, take_rows
    from pellucid.cli.sources import WITH_TASK, data_hash, file_hash, source_kind

    kind = source_kind(given)
    task = None if kind not in WITH_TASK else "numbers" if opened.net.class_names is None else "classes"
    if kind == "table":
        options = replace(options, stream=False)  # its rows are prepared as the network says
    source = _load(given, (target or _target_of(opened)) if kind == "table" else target, folder, task, options)
    if source.data.test is not None:
        return source, take_rows(source, 0.0, 0)
    about = {} if opened.run is None else opened.run.config["data"]
    found = file_hash(Path(given)) if about.get("streamed") else data_hash(source.data)
    if found != about.get("sha256"):
        return source, Rows(source.data, source.data, f"{source.noun}s")
    held_out = f", all but {about['judged_samples']:,} of which it was trained on" if about["held_out_share"] else ""
    return source, Rows(source.data, source.data, f"{source.noun}s{held_out or ' that it was trained on'}")
