"""A table in a CSV file as a data set: which row names the columns, which column is the target, what is a number."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.check import ENCODE
from pellucid.data.csv_text import CsvText, is_number, read_csv_text
from pellucid.data.dataset import Dataset
from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null")
MOST_LISTED = 20  # column names in an error
LARGEST_EXACT = 2.0**53  # up to here every whole number is a float64


def load_csv(path: str | PathLike[str], target: str | int | None = None, header: bool | None = None) -> Dataset:
    r"""Read a CSV file: one line for each sample, one column for the target, numbers in all others.

    Parameters
    ----------
    path : str or path
        A file of UTF-8 text, separated by commas, semicolons or tabs. Blank lines are passed over.
    target : str or int, optional
        The target column's name, or its number from 1 (also as text). The last column if not given.
    header : bool, optional
        Whether the first line holds the columns' names. If not given, it does when none of its cells is a number, or
        when it has a name above a column of numbers. Without names the columns are "column 1", "column 2", …

    Returns
    -------
    Dataset
        ``X`` float32 (n, features). ``y`` text for classes, then with the sorted ``class_names``; int64 for whole
        numbers; float64 for other numbers.

    Raises
    ------
    DataError
        No such file or column; names that occur twice; no features; a feature that is text, missing or too large, with
        its line (from 1) and column; a missing target; a target that is everywhere the same.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     _ = file.write_text("height,width,kind\n1,2,low\n3,1.5,high\n")
    ...     data = load_csv(file, target="kind")
    >>> data.feature_names, data.X.tolist(), data.y.tolist()
    (('height', 'width'), [[1.0, 2.0], [3.0, 1.5]], ['low', 'high'])
    """
    text = read_csv_text(Path(path))
    cells = text.cells
    names, rows = _names_and_rows(text, header)
    if len(names) < 2:
        raise DataError(
            f"{text.file}: expected at least two columns, features and a target, found only one, "
            f'"{_cut(names[0])}". Separate the columns with commas, semicolons or tabs.'
        )
    at = _column(text.file, names, target)
    records = rows["record"].to_numpy()
    columns = [c for c in cells.columns if c != "record"]
    X = _features(text, rows.select(c for i, c in enumerate(columns) if i != at), records, names, at)
    y, class_names = _targets(text, rows[columns[at]], records, names[at])
    features = tuple(name for i, name in enumerate(names) if i != at)
    description = f'{len(y)} samples of {len(features)} features from {text.file}; the target is "{names[at]}".'
    return Dataset(Path(path).stem, X, y, features, class_names, description)


def _names_and_rows(text: CsvText, header: bool | None) -> tuple[list[str], pl.DataFrame]:
    cells = text.cells
    first, rest = list(cells.row(0)[1:]), cells[1:]
    if not (_is_header(first, rest) if header is None else header):
        return [f"column {i}" for i in range(1, len(first) + 1)], cells
    names = [name or f"column {i}" for i, name in enumerate(first, 1)]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(
                f'{text.file}: the column name "{name}" occurs twice, in columns {names.index(name) + 1} and {i + 1}. '
                f"Give every column a name of its own."
            )
    if rest.is_empty():
        raise DataError(f"{text.file}: expected samples below the column names, found none.")
    return names, rest


def _is_header(first: list[str | None], rest: pl.DataFrame) -> bool:
    if not any(is_number(cell) for cell in first):
        return True
    named = [c for c, cell in zip(rest.columns[1:], first, strict=True) if not is_number(cell) and cell not in MISSING]
    if not named or rest.is_empty():
        return False
    return all(cell is None or cell in MISSING or is_number(cell) for c in named for cell in rest[c])


def _column(file: str, names: list[str], target: str | int | None) -> int:
    """The target column's index, from 0."""
    if target is None:
        return len(names) - 1
    if target in names:
        return names.index(str(target))
    number = int(target) if isinstance(target, int) or re.fullmatch(r"[+-]?\d{1,9}", target) else None
    if number is None:
        listed = ", ".join(names[:MOST_LISTED])
        more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
        raise DataError(f'{file}: no column "{target}".{nearest(target, names)} Columns: {listed}{more}.')
    if not 1 <= number <= len(names):
        raise DataError(f"{file}: no column {number}. Columns are counted from 1 to {len(names)}.")
    return number - 1


def _features(text: CsvText, cells: pl.DataFrame, records: Array, names: list[str], at: int) -> Array:
    import polars as pl

    values = cells.select(pl.all().cast(pl.Float64, strict=False)).to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        X: Array = np.ascontiguousarray(values, np.float32)
    bad = ~np.isfinite(X)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        text.check_width(int(records[row]), len(names))
        name = [n for i, n in enumerate(names) if i != at][column]
        place = f'{text.file}, line {text.line(int(records[row]))}, column "{_cut(name)}"'
        count = int(bad.sum())
        many = "1 cell of the file holds" if count == 1 else f"{count} cells of the file hold"
        reason, mend = _reason(cells[row, column], name)
        raise DataError(f"{place}: {reason}. {many} no usable number. {mend}")
    return X


def _reason(cell: str | None, name: str) -> tuple[str, str]:
    """What is wrong with a feature's cell, and the mend."""
    if cell is None or cell in MISSING:
        found = f' (found "{cell}")' if cell else ""
        return f"the value is missing{found}", "Fill in such values (for instance with the column's median)."
    if is_number(cell):
        return f"{_cut(cell)} is too large for float32", "Divide the column by a constant."
    if re.fullmatch(r"[+-]?\d+,\d+", cell):
        return f'expected a number, got "{_cut(cell)}"', "Write decimals with a point."
    mend = f'If the column is the target, pass target="{_cut(name)}". {ENCODE}'
    return f'expected a number, got "{_cut(cell)}"', mend


def _targets(text: CsvText, cells: pl.Series, records: Array, name: str) -> tuple[Array, tuple[str, ...] | None]:
    import polars as pl

    gaps = (cells.is_null() | cells.is_in(MISSING)).to_numpy()
    if gaps.any():
        record = int(records[int(np.argmax(gaps))])
        text.check_width(record, text.cells.width - 1)  # without "record"
        raise DataError(
            f'{text.file}, line {text.line(record)}, column "{_cut(name)}": the target is missing. '
            f"{int(gaps.sum())} of {len(cells)} targets are missing. Delete such lines."
        )
    if cells.n_unique() == 1:
        raise DataError(
            f'{text.file}: the target column "{_cut(name)}" is "{_cut(cells[0])}" in all {len(cells)} rows, so there '
            f"is nothing to learn. Choose another target."
        )
    numbers = cells.cast(pl.Float64, strict=False)
    if numbers.null_count():
        return cells.to_numpy().astype(str), tuple(sorted(cells.unique().to_list()))
    y: Array = numbers.to_numpy()
    if not np.isfinite(y).all():
        row = int(np.argmin(np.isfinite(y)))
        place = f'{text.file}, line {text.line(int(records[row]))}, column "{_cut(name)}"'
        raise DataError(f'{place}: expected a finite target, got "{_cut(cells[row])}". Correct or delete the line.')
    whole = bool((y == np.floor(y)).all()) and bool((np.abs(y) <= LARGEST_EXACT).all())
    return (y.astype(np.int64) if whole else y), None


def _cut(text: str) -> str:
    """A cell or name as it stands in an error, cut short where it is long."""
    return text if len(text) <= 60 else text[:57] + "…"
