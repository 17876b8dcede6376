"""``pellucid predict MODEL SOURCE…``: what a saved network says, row by row or picture by picture."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli.failures import Debug
from pellucid.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.cli.models import Opened
    from pellucid.network import Network

SHOWN = 20  # rows in a terminal, unless --limit says otherwise
EPILOG = """In a terminal the first 20 rows are shown as a table; to a file or a pipe, all rows are written as CSV with
every digit. The columns: row (from 1), true (where the data have the target), predicted, and for classes the
probability of each; for picture files: path, predicted, probability, and with --top the next classes too.

Examples:

  pellucid predict runs/digits-2025-01-31-120000 digits --limit 5

  pellucid predict model.pellucid new-flowers.csv --output answers.csv

  pellucid predict runs/photographs-2025-01-31-120000 tom.jpg rex.png more-photographs --top 3

  cat new-flowers.csv | pellucid predict model.pellucid - > answers.csv"""


def predict(
    model: o.Model,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Pictures, folders of them, or both; or one of: a table (CSV, Parquet, Excel), with or without the "
            "target column; - for CSV from standard input; digits, mnist (its test pictures), pictures-4x3; an .npz "
            "file; a folder of IDX files.",
            show_default=False,
        ),
    ],
    output: Annotated[Path | None, typer.Option(help="Write all rows into this CSV file.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N rows only.", metavar="N")] = None,
    target: Annotated[
        str | None,
        typer.Option(help="Tables: a column that is not an input, to be shown as true. [default: the run's]"),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Pictures: the N most likely classes.", metavar="N")] = 1,
    broken: po.Broken = None,
    data: o.Data = None,
    threads: o.Threads = None,
    debug: Debug = False,
) -> None:
    """Print what a network says about each row: the class and its probability, or a number."""
    from pellucid.cli.models import open_model
    from pellucid.cli.predict_pictures import holds_pictures, is_picture, say_pictures
    from pellucid.record.model_file import write_whole

    opened = open_model(model)
    form = po.network_form(opened.net)
    if holds_pictures(sources, form is not None):
        if form is None:
            raise DataError(
                f"{sources[0]}: this network was not trained on pictures, so it cannot be asked about them."
            )
        if target is not None or data is not None:
            raise DataError(f"--{'data' if target is None else 'target'} is not for pictures in files. Leave it out.")
        say_pictures(opened.net, form, sources, top, limit, output, broken == "stop", threads)
        return
    if len(sources) > 1:
        other = next(source for source in sources if not is_picture(source))
        raise DataError(f"Several sources can be given where all are pictures or folders of them, and {other} is not.")
    if top > 1 or broken is not None:
        raise DataError(f"--{'top' if top > 1 else 'broken'} is for pictures in files; {sources[0]} has none.")
    X, true, remarks = _rows(opened, sources[0], target, data)
    for remark in remarks:
        print(remark, file=sys.stderr)
    terminal = output is None and sys.stdout.isatty()
    shown = limit or (SHOWN if terminal else len(X))
    answers = answers_of(opened.net, X[:shown], threads)
    if terminal:
        _show(answers, true, len(X) - shown)
        return
    text = _csv(answers, true)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    write_whole(output, text.encode())
    print(f"{len(answers.predicted):,} rows written to {output}.")


@dataclass(frozen=True)
class Answers:
    """What a network says about rows.

    Attributes
    ----------
    predicted : list of str
        The class, or the number with all its digits.
    outputs : array (n, columns)
        Probabilities of the classes, or the outputs.
    columns : tuple of str
        What stands above them; none where ``predicted`` says it all.
    """

    predicted: list[str]
    outputs: NDArray[Any]
    columns: tuple[str, ...]


def _rows(
    opened: Opened, given: str, target: str | None, folder: Path | None
) -> tuple[Any, list[str] | None, tuple[str, ...]]:
    """The samples, the true answers where the data have them, and what is to be said about them."""
    from pellucid.cli.sources import load_source, source_kind
    from pellucid.cli.tables import STDIN, rows_to_predict

    if given != STDIN and source_kind(given) != "table":
        data = load_source(given, target, folder).data
        judged = data.test or data
        names = data.class_names or ()
        if judged.y.dtype.kind in "iu":
            return judged.X, [names[k] for k in judged.y], ()
        return judged.X, [str(value) for value in judged.y], ()
    table = rows_to_predict(given, opened.net, target or opened.target, told=target is not None)
    return table.X, table.true, table.remarks


def answers_of(net: Network, X: Any, threads: int | None) -> Answers:
    """What a network says about samples."""
    import numpy as np

    outputs = net.predict(X, threads=threads).reshape(len(X), -1)
    activation = getattr(getattr(net.layers[-1][1], "activation", None), "name", "")
    names = net.class_names
    if names is None:
        several = outputs.shape[1] > 1
        columns = tuple(f"output {k}" for k in range(1, outputs.shape[1] + 1)) if several else ()
        return Answers([" ".join(map(str, row)) for row in outputs] if not several else [""] * len(X), outputs, columns)
    predicted = [str(name) for name in net.classes_of(outputs)]
    if outputs.shape[1] == 1 and activation == "sigmoid":
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    shares = activation == "softmax" or (activation == "sigmoid" and net.output_units == 1)
    if outputs.shape[1] == len(names):
        columns = tuple(f"p({name})" if shares else f"output {name}" for name in names)
    else:
        columns = ("output",)
    return Answers(predicted, outputs, columns)


def _csv(answers: Answers, true: Sequence[str] | None) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    says = [] if not any(answers.predicted) else ["predicted"]
    writer.writerow(["row", *(["true"] if true else []), *says, *answers.columns])
    for k, outputs in enumerate(answers.outputs):
        answer = [answers.predicted[k]] if says else []
        numbers = [str(value) for value in outputs] if answers.columns else []
        writer.writerow([k + 1, *([true[k]] if true else []), *answer, *numbers])
    return text.getvalue()


def _show(answers: Answers, true: Sequence[str] | None, left: int) -> None:
    """Print a table: the class and what speaks for it; all outputs where they fit."""
    from pellucid.cli.show import width

    def numbers(row: NDArray[Any]) -> list[str]:
        return [f"{value:.4f}" for value in row]

    says = any(answers.predicted)
    rows = [["row", *(["true"] if true else []), *(["predicted"] if says else []), *answers.columns]]
    for k, outputs in enumerate(answers.outputs):
        answer = [answers.predicted[k]] if says else []
        rows.append([str(k + 1), *([true[k]] if true else []), *answer, *(numbers(outputs) if answers.columns else [])])
    lines = aligned(rows)
    if len(lines[0]) > width() and says:
        named = len(rows[0]) - len(answers.columns)
        short = [[*rows[0][:named], "its output" if answers.columns[0][0] == "o" else "probability"]]
        short += [[*row[:named], f"{max(out):.4f}"] for row, out in zip(rows[1:], answers.outputs, strict=True)]
        lines = aligned(short)
    print("\n".join(lines))
    if true and says:
        wrong = sum(a != b for a, b in zip(true, answers.predicted, strict=False))
        print(f"\n{wrong} of these {len(answers.predicted)} are wrong." if wrong else "\nAll of these are right.")
    if left > 0:
        print(f"{left:,} more rows; --limit N shows more, --output FILE.csv writes all.")


def aligned(rows: list[list[str]]) -> list[str]:
    """Cells in columns, at their right ends."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(f"{cell:>{size}}" for cell, size in zip(row, widths, strict=True)) for row in rows]
