"""What the caller gave, as one NumPy array and its column names."""

from __future__ import annotations

import numbers
import reprlib
import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError

Array = NDArray[Any]
NUMBERS = (numbers.Real, Decimal, np.bool_)


def to_array(data: Any, what: str) -> tuple[Array, tuple[str, ...] | None]:
    """Return the values as an array of at least one dimension, and the column names of a table.

    Tables of pandas and polars are known by having ``columns`` and ``to_numpy``, so neither is imported.

    Parameters
    ----------
    data : array, nested list, DataFrame or Series
    what : str
        The data's name in an error ("X").

    Returns
    -------
    values : ndarray (n, ...)
        Not copied where it is an array already. Text that came in a list is kept as objects, so that a number
        beside it stays a number.
    columns : tuple of str, or None

    Raises
    ------
    DataError
        ``data`` cannot be read as an array.

    Examples
    --------
    >>> to_array([[1, "a"]], "X")
    (array([[1, 'a']], dtype=object), None)
    """
    _refuse_what_is_no_array(data, what)
    columns = tuple(str(c) for c in data.columns) if hasattr(data, "columns") and hasattr(data, "to_numpy") else None
    try:
        if "numpy.ma" in sys.modules and isinstance(data, np.ma.MaskedArray):  # else this would import it
            values = data.data
            if np.ma.is_masked(data):
                values = values.astype(object)
                values[np.ma.getmaskarray(data)] = None
        elif hasattr(data, "to_numpy"):
            values = np.asarray(data.to_numpy())
        else:
            values = np.asarray(data)
            if values.dtype.kind in "US" and not isinstance(data, np.ndarray):
                values = np.array(data, dtype=object)  # NumPy would turn the numbers and gaps beside the text into text
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{what}: {_uneven(data) or f'cannot be read as an array: {error}'}") from error
    if values.ndim == 0:
        raise DataError(
            f"{what}: expected an array, a list or a table, got {_kind(data)}. Give one row for each sample."
        )
    return values, columns


def _refuse_what_is_no_array(data: Any, what: str) -> None:
    if data is None or isinstance(data, (str, bytes)):
        raise DataError(f"{what}: expected an array, a list or a table, got {shown(data)}.")
    if isinstance(data, Mapping):
        raise DataError(
            f"{what}: expected an array, a list or a table, got {_kind(data)}. Write polars.DataFrame({what})."
        )
    if hasattr(data, "toarray") and not isinstance(data, np.ndarray):
        raise DataError(f"{what}: expected an array, got the sparse {_kind(data)}. Write {what}.toarray().")


def _kind(data: Any) -> str:
    return f"{type(data).__name__} {shown(data)}" if isinstance(data, numbers.Number) else type(data).__name__


def _uneven(rows: Any) -> str:
    """Say which row's length differs from the first row's, or nothing."""
    if isinstance(rows, (list, tuple)) and rows and hasattr(rows[0], "__len__"):
        for i, row in enumerate(rows):
            length = len(row) if hasattr(row, "__len__") else None
            if length != len(rows[0]):
                got = (
                    f"{length} value{'s' if length != 1 else ''}"
                    if length is not None
                    else f"the single value {shown(row)}"
                )
                return f"row {i} has {got}, but row 0 has {len(rows[0])}. Give every row as many values."
    return ""


def is_missing(value: Any) -> bool:
    """Whether a value stands for "not there": None, NaN, and the NA and NaT of pandas.

    >>> [is_missing(v) for v in (None, float("nan"), 0, "")]
    [True, True, False, False]
    """
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, (float, np.floating)) and bool(np.isnan(value)))
    )


def where(mask: Array) -> tuple[int, ...]:
    """The index of the first True in row order.

    >>> where(np.array([[False, False], [True, True]]))
    (1, 0)
    """
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def place(what: str, index: tuple[int, ...], columns: tuple[str, ...] | None) -> str:
    """Name a value's place; rows and columns count from 0, as in ``X[3, 1]``.

    >>> place("X", (3, 1), ("height", "age"))
    'X, row 3, column "age"'
    >>> place("X", (3, 1), None), place("y", (3,), None), place("X", (3, 1, 2), None)
    ('X, row 3, column 1', 'y, row 3', 'X, row 3, place [1, 2]')
    """
    row, *rest = index
    if not rest:
        return f"{what}, row {row}"
    if len(rest) > 1:
        return f"{what}, row {row}, place {rest}"
    return f"{what}, row {row}, column " + (f'"{columns[rest[0]]}"' if columns else str(rest[0]))


def shown(value: Any) -> str:
    """A value as it stands in an error, cut short where it is long.

    >>> shown(np.float32("nan")), shown(1e39), shown("abc")
    ('NaN', '1e+39', "'abc'")
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return "NaN" if np.isnan(value) else ("infinity" if value > 0 else "-infinity")
    try:
        return reprlib.repr(value)
    except ValueError:  # an int of more digits than Python is willing to write
        return "a very long number"


def counted(mask: Array, what: str, one: str, many: str) -> str:
    """Tell how many values of ``what`` are marked.

    >>> counted(np.array([True, False, True]), "X", "is NaN", "are NaN")
    '2 values of X are NaN.'
    """
    count = int(np.count_nonzero(mask))
    return f"1 value of {what} {one}." if count == 1 else f"{count} values of {what} {many}."
