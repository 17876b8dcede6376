"""``pellucid predict MODEL SOURCE``: what a saved network says, row by row."""

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
from pellucid.cli.failures import Debug

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.cli.models import Opened
    from pellucid.network import Network

SHOWN = 20  # rows in a terminal, unless --limit says otherwise
EPILOG = """In a terminal the first 20 rows are shown as a table; to a file or a pipe, all rows are written as CSV with
every digit. The columns: row (from 1), true (where the data have the target), predicted, and for classes the
probability of each.

Examples:

  pellucid predict runs/digits-2025-01-31-120000 digits --limit 5

  pellucid predict model.pellucid new-flowers.csv --output answers.csv

  cat new-flowers.csv | pellucid predict model.pellucid - > answers.csv"""


def predict(
    model: o.Model,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A CSV file, with or without the target column; - for standard input; or digits, mnist (its test "
            "pictures), pictures-4x3.",
            show_default=False,
        ),
    ],
    output: Annotated[Path | None, typer.Option(help="Write all rows into this CSV file.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N rows only.", metavar="N")] = None,
    target: Annotated[
        str | None, typer.Option(help="CSV: a column that is not an input, to be shown as true. [default: the run's]")
    ] = None,
    data: o.Data = None,
    threads: o.Threads = None,
    debug: Debug = False,
) -> None:
    """Print what a network says about each row: the class and its probability, or a number."""
    from pellucid.cli.models import open_model
    from pellucid.record.model_file import write_whole

    opened = open_model(model)
    X, true = _rows(opened, source, target, data)
    terminal = output is None and sys.stdout.isatty()
    shown = limit or (SHOWN if terminal else len(X))
    answers = _answers(opened.net, X[:shown], threads)
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


def _rows(opened: Opened, given: str, target: str | None, folder: Path | None) -> tuple[NDArray[Any], list[str] | None]:
    """The samples, and the true answers where the data have them."""
    from pellucid.cli.columns import STDIN, read_table
    from pellucid.cli.sources import load_source, source_kind

    if given != STDIN and source_kind(given) != "csv":
        data = load_source(given, target, folder).data
        judged = data.test or data
        names = data.class_names or ()
        return judged.X, [names[k] for k in judged.y]
    table = read_table(given, opened.net, target or opened.target, told=target is not None)
    return table.X, table.true


def _answers(net: Network, X: NDArray[Any], threads: int | None) -> Answers:
    import numpy as np

    outputs = net.predict(X, threads=threads).reshape(len(X), -1)
    activation = getattr(getattr(net.layers[-1][1], "activation", None), "name", "")
    names = net.class_names
    if names is None:
        several = outputs.shape[1] > 1
        columns = tuple(f"output {k}" for k in range(1, outputs.shape[1] + 1)) if several else ()
        return Answers([" ".join(map(str, row)) for row in outputs] if not several else [""] * len(X), outputs, columns)
    predicted = [str(name) for name in net.predict_classes(X)]
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
    lines = _aligned(rows)
    if len(lines[0]) > width() and says:
        named = len(rows[0]) - len(answers.columns)
        short = [[*rows[0][:named], "its output" if answers.columns[0][0] == "o" else "probability"]]
        short += [[*row[:named], f"{max(out):.4f}"] for row, out in zip(rows[1:], answers.outputs, strict=True)]
        lines = _aligned(short)
    print("\n".join(lines))
    if true and says:
        wrong = sum(a != b for a, b in zip(true, answers.predicted, strict=False))
        print(f"\n{wrong} of these {len(answers.predicted)} are wrong." if wrong else "\nAll of these are right.")
    if left > 0:
        print(f"{left:,} more rows; --limit N shows more, --output FILE.csv writes all.")


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(f"{cell:>{size}}" for cell, size in zip(row, widths, strict=True)) for row in rows]
