"""A CSV file of numbers as a data set, as it is: nothing is scaled, filled in or encoded.

Text, gaps and dates are for :mod:`pellucid.tables`, on whose reader this stands.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.check import ENCODE
from pellucid.data.dataset import Dataset
from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.tables import RawTable


def load_csv(path: str | PathLike[str], target: str | int | None = None, header: bool | None = None) -> Dataset:
    r"""Read a CSV file: one line for each sample, one column for the target, numbers in all others.

    Parameters
    ----------
    path : str or path
        A file of text, separated by commas, semicolons, tabs or vertical bars. Blank lines are passed over.
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
    # Not above: pellucid.tables stands on the reader of text in this package.
    from pellucid.tables.raw import cut
    from pellucid.tables.read import read_table
    from pellucid.tables.targets import raw_targets

    table = read_table(path, header)
    names = table.columns
    if len(names) < 2:
        raise DataError(
            f"{table.place}: expected at least two columns, features and a target, found only one, "
            f'"{cut(names[0])}". Separate the columns with commas, semicolons or tabs.'
        )
    goal = table.find(target)
    features = tuple(name for name in names if name != goal)
    X = numeric_features(table, features)
    y, class_names = raw_targets(table, goal)
    description = f'{len(y)} samples of {len(features)} features from {table.place}; the target is "{goal}".'
    return Dataset(Path(path).stem, X, y, features, class_names, description)


def numeric_features(table: RawTable, names: tuple[str, ...]) -> Array:
    """These columns as float32 (rows, columns), all of them finite numbers.

    Raises
    ------
    DataError
        A cell that is text, missing, not finite or too large: its line and column.
    """
    values = np.column_stack([table.numbers(name) for name in names])
    with np.errstate(over="ignore", invalid="ignore"):
        X: Array = np.ascontiguousarray(values, np.float32)
    bad = ~np.isfinite(X)
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        name, count = names[column], int(bad.sum())
        place = table.where(row, name)
        many = "1 cell of the file holds" if count == 1 else f"{count} cells of the file hold"
        reason, mend = _reason(table, row, name, float(values[row, column]))
        raise DataError(f"{place}: {reason}. {many} no usable number. {mend}")
    return X


def _reason(table: RawTable, row: int, name: str, value: float) -> tuple[str, str]:
    """What is wrong with a feature's cell, and the mend."""
    from pellucid.tables.raw import cut

    cell = table.frame[name][row]
    if table.missing(name)[row]:
        found = f' (found "{cell}")' if cell else ""
        return f"the value is missing{found}", "Fill in such values (for instance with the column's median)."
    if np.isinf(value):
        return f'expected a finite number, got "{cut(str(cell))}"', "Correct such cells, or delete their lines."
    if np.isfinite(value):
        return f"{cut(str(cell))} is too large for float32", "Divide the column by a constant."
    mend = f'If the column is the target, pass target="{cut(name)}". {ENCODE}'
    return f'expected a number, got "{cut(str(cell))}"', mend
