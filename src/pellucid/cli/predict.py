"""``pellucid predict MODEL SOURCE…``: what a saved network says, row by row or picture by picture."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli.failures import Debug
from pellucid.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.cli.answers import Answers
    from pellucid.cli.models import Opened
    from pellucid.cli.tables import ToPredict
    from pellucid.cli.why import Reasons
    from pellucid.network import Network
    from pellucid.tables.preparation import Strange

SHOWN = 20  # rows in a terminal, unless --limit says otherwise
EPILOG = """In a terminal the first 20 rows are shown as a table; to a file or a pipe, all rows are written as CSV with
every digit, as they come: a CSV or Parquet file may be larger than memory. The columns: row (from 1), true (where the
data have the target), predicted, and for classes the probability of each; for picture files: path, predicted,
probability, and with --top the next classes too.

Examples:

  pellucid predict runs/digits-2025-01-31-120000 digits --limit 5

  pellucid predict model.pellucid new-flowers.csv --output answers.csv

  pellucid predict runs/photographs-2025-01-31-120000 tom.jpg rex.png more-photographs --top 3

  pellucid predict runs/patients-2025-01-31-120000 new-patients.csv --why --picture first.svg

  cat new-flowers.csv | pellucid predict model.pellucid - > answers.csv"""


def predict(
    model: o.Model,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
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
    why: Annotated[
        bool,
        typer.Option("--why", help="Tables: also what each column adds to the answer, beside a usual row. [3 rows]"),
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="With --why: draw the first row's answer, .svg or .png.", show_default=False)
    ] = None,
    broken: po.Broken = None,
    data: o.Data = None,
    threads: o.Threads = None,
    debug: Debug = False,
) -> None:
    """Print what a network says about each row: the class and its probability, or a number."""
    from pellucid.cli.models import open_model
    from pellucid.cli.predict_pictures import holds_pictures, is_picture, say_pictures
    from pellucid.cli.why import Reasons
    from pellucid.evaluation.progress import progress_of_share
    from pellucid.record.model_file import whole_file
    from pellucid.sources.picture_options import network_form
    from pellucid.views.diagram.picture import check_ending

    if picture is not None:
        check_ending(picture)
        if not why:
            raise DataError("--picture draws what --why finds. Give --why too.")
    opened = open_model(model)
    form = network_form(opened.net)
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
    terminal = output is None and sys.stdout.isatty()
    with progress_of_share("Predicting", 0 if terminal else "auto") as progress:
        parts = _parts(opened, sources[0], target, data, progress)
        reasons = Reasons(opened.net, picture) if why else None
        if terminal and reasons is not None:
            strange = reasons.show(parts, limit)
        elif terminal:
            strange = _show(opened.net, parts, limit or SHOWN, threads)
        elif output is None:
            _, strange = _write(opened.net, parts, limit, sys.stdout.write, threads, reasons)
        else:
            with whole_file(output) as file:
                write = lambda text: file.write(text.encode())  # noqa: E731
                count, strange = _write(opened.net, parts, limit, write, threads, reasons)
    for remark in () if strange is None else strange.remarks():
        print(remark, file=sys.stderr)
    if output is not None:
        print(f"{count:,} rows written to {output}.")


def _parts(
    opened: Opened, given: str, target: str | None, folder: Path | None, progress: Callable[[int, int], None]
) -> Iterator[ToPredict]:
    """The samples of a source: those of a table part by part, so that it may be of any size."""
    from pellucid.cli.sample import rows_with_truth
    from pellucid.cli.tables import STDIN, ToPredict, parts_to_predict
    from pellucid.sources.load import refuse_folder, source_kind

    if given == STDIN or source_kind(given) == "table":
        refuse_folder(folder, given)
        return parts_to_predict(given, opened.net, target or opened.target, target is not None, progress)
    return iter([ToPredict(*rows_with_truth(opened, given, target, folder))])


def _write(
    net: Network, parts: Iterator[ToPredict], limit: int | None, write: Callable[[str], Any], threads: int | None,
    reasons: Reasons | None,
) -> tuple[int, Strange | None]:  # fmt: skip
    """Write the answers as CSV, part by part; how many rows there were, and what is strange about them."""
    from pellucid.cli.answers import answers_of
    from pellucid.cli.tables import strange_so_far

    done, strange = 0, None
    for part in parts:
        count = len(part.X) if limit is None else min(limit - done, len(part.X))
        answers = answers_of(net, part.X[:count], threads)
        write(_csv(answers, part.true, done, None if reasons is None else reasons.columns(part.X[:count])))
        done, strange = done + count, strange_so_far(strange, part.strange)
        if done == limit:
            break
    return done, strange


def _csv(
    answers: Answers, true: Sequence[str] | None, first: int, more: Mapping[str, Sequence[Any]] | None = None
) -> str:
    """Lines of CSV from row ``first`` on; the names stand above the first row of all. ``more`` are further columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    says = ["predicted"] if any(answers.predicted) else []
    if not first:
        writer.writerow(["row", *(["true"] if true else []), *says, *answers.columns, *(more or ())])
    cells: list[Sequence[Any]] = [range(first + 1, first + 1 + len(answers.predicted))]
    cells += [true[: len(answers.predicted)]] if true else []
    cells += [answers.predicted] if says else []
    cells += [list(map(str, column)) for column in answers.outputs.T] if answers.columns else []
    cells += (more or {}).values()
    writer.writerows(zip(*cells, strict=True))
    return text.getvalue()


def _show(net: Network, parts: Iterator[ToPredict], limit: int, threads: int | None) -> Strange | None:
    """Print the first rows as a table, and how many more there are, where that is known without reading on."""
    from pellucid.cli.answers import Answers, answers_of
    from pellucid.cli.tables import strange_so_far

    shown: list[tuple[Answers, list[str] | None]] = []
    done, left, strange = 0, 0, None
    for part in parts:
        count = min(limit - done, len(part.X))
        shown.append((answers_of(net, part.X[:count], threads), part.true))
        done, left, strange = done + count, len(part.X) - count, strange_so_far(strange, part.strange)
        if done == limit:
            break
    answers = Answers.joined([one for one, _ in shown])
    _print(answers, None if shown[0][1] is None else [cell for _, cells in shown for cell in cells or ()])
    more = next(parts, None)
    if left or more is not None:
        rows = f"{left:,} more rows" if more is None else "More rows follow"
        print(f"{rows}; --limit N shows more, --output FILE.csv writes all.")
    return strange


def _print(answers: Answers, true: Sequence[str] | None) -> None:
    """Print a table: the class and what speaks for it; all outputs where they fit."""
    from pellucid.cli.show import aligned, width

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
