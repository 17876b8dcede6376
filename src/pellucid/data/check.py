"""Turn what the caller gives into arrays that can be trained on, or say what is wrong and where.

Rows and columns in the messages count from 0, as in ``X[3, 1]``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import NUMBERS, Array, counted, is_missing, place, shown, to_array, where
from pellucid.data.shapes import batch_shape
from pellucid.errors import DataError

# Found quicker than np.dtype makes them.
FLOATS: dict[Any, DTypeLike] = {name: np.dtype(name) for name in ("float32", "float64")}
FILL = "Fill in such values (for instance with the column's median), or drop their rows."
ENCODE = "Encode text as numbers (for instance one column of 0 and 1 for each category), or leave the column out."
REFUSED = {"c": "complex numbers", "M": "dates", "m": "time spans", "V": "records"}


def as_features(
    X: Any, input_shape: tuple[int, ...] | None = None, what: str = "X", dtype: DTypeLike = np.float32
) -> Array:
    """Return ``X`` as a C-contiguous array of finite numbers.

    Parameters
    ----------
    X : array, nested list, or DataFrame of pandas or polars, (n, ...)
        One row for each sample. Numbers and booleans only.
    input_shape : tuple of int, optional
        The shape of one sample. Flat rows of the right size are given this shape; a picture's single channel may be
        left out; a network with one feature takes a list of numbers as a column.
    what : str
        The data's name in an error.
    dtype : dtype
        The type of the result, float32 or float64.

    Returns
    -------
    ndarray (n, *input_shape)
        Not a copy where ``X`` is such an array already.

    Raises
    ------
    DataError
        No data, a shape that does not fit, a value that is not a number, is missing, is not finite, or is too large
        for ``dtype``. The message names the place, counts the values like it, and says the mend.

    Examples
    --------
    >>> as_features([[0, 1], [1, 0]]).dtype
    dtype('float32')
    >>> as_features([[0, 1], [1, float("nan")]])
    Traceback (most recent call last):
        ...
    pellucid.errors.DataError: X, row 1, column 1: expected a finite number, got NaN. 1 value of X is missing, NaN or \
infinite. Fill in such values (for instance with the column's median), or drop their rows.
    """
    if is_ready(X, input_shape, dtype):
        return X  # type: ignore[no-any-return]
    given, columns = to_array(X, what)
    shape = batch_shape(given.shape, input_shape, what)
    if given.dtype.kind in REFUSED:
        mend = f"Write {what}.real or abs({what})." if given.dtype.kind == "c" else "Turn them into numbers first."
        raise DataError(f"{what}: expected real numbers, got {REFUSED[given.dtype.kind]} ({given.dtype}). {mend}")
    source = _numbers(given, columns, what) if given.dtype.kind in "OUS" else given
    with np.errstate(over="ignore", invalid="ignore"):
        out: Array = np.ascontiguousarray(source, dtype)
        total = out.sum()
    # One fast pass: a NaN or an infinity makes the sum one too. A sum can also overflow by itself, so look closer.
    if not np.isfinite(total) and not (fine := np.isfinite(out)).all():
        raise _not_finite(given, source, ~fine, columns, what, np.dtype(dtype))
    return out.reshape(shape)


def is_ready(X: Any, input_shape: tuple[int, ...] | None, dtype: DTypeLike) -> bool:
    """Whether ``X`` is already what :func:`as_features` gives, at the price of one pass over its numbers."""
    if type(X) is not np.ndarray or X.dtype != FLOATS.get(dtype, dtype) or X.shape[1:] != input_shape or len(X) == 0:
        return False
    # The sum of squares is finite only where all numbers are; where it only overflows, the closer look follows.
    return X.flags.c_contiguous and math.isfinite(np.vdot(X, X))


def _numbers(given: Array, columns: tuple[str, ...] | None, what: str) -> Array:
    """The float64 values of an array of objects or text; missing ones become NaN."""
    values = given.ravel().tolist()
    missing = [is_missing(v) for v in values]
    odd = np.array([not gap and not isinstance(v, NUMBERS) for v, gap in zip(values, missing, strict=True)])
    if odd.any():
        index = where(odd.reshape(given.shape))
        mend = f"Write {what}.astype(float)." if _all_parse(values) else ENCODE
        raise DataError(
            f"{place(what, index, columns)}: expected a number, got {shown(given[index])}. "
            f"{counted(odd, what, 'is not a number', 'are not numbers')} {mend}"
        )
    floats = [np.nan if gap else _float(v) for v, gap in zip(values, missing, strict=True)]
    return np.array(floats, np.float64).reshape(given.shape)


def _all_parse(values: list[Any]) -> bool:
    try:
        return bool(values) and all(np.isfinite(float(v)) for v in values)
    except (TypeError, ValueError, OverflowError):
        return False


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an int of more than 308 digits
        return float("inf")


def _not_finite(
    given: Array, source: Array, bad: Array, columns: tuple[str, ...] | None, what: str, dtype: np.dtype[Any]
) -> DataError:
    unreal = ~np.isfinite(source)
    if given.dtype.kind == "O":  # an int may be infinite only as a float64
        huge = [isinstance(v, int) for v in given.ravel().tolist()]
        unreal &= ~np.array(huge).reshape(given.shape)
    if unreal.any():
        index = where(unreal)
        return DataError(
            f"{place(what, index, columns)}: expected a finite number, got {shown(given[index])}. "
            f"{counted(unreal, what, 'is missing, NaN or infinite', 'are missing, NaN or infinite')} {FILL}"
        )
    index = where(bad)
    return DataError(
        f"{place(what, index, columns)}: {shown(given[index])} is too large for {dtype}, whose largest value is "
        f"{float(np.finfo(dtype).max):.3g}. {counted(bad, what, 'is too large', 'are too large')} "
        f"Divide the column by a constant, for instance by its largest value."
    )


def as_targets(y: Any, what: str = "y") -> Array:
    """Return ``y`` as an array of labels or numbers, none of them missing.

    Parameters
    ----------
    y : array, list, Series or DataFrame, (n,) or (n, outputs)
        Integer labels, class names, or numbers.
    what : str
        The data's name in an error.

    Returns
    -------
    ndarray (n,) or (n, outputs)
        The shape as it came. Numbers keep their type; text becomes NumPy text.

    Raises
    ------
    DataError
        No data, too many dimensions, text mixed with numbers, or a value that is missing, NaN or infinite.

    Examples
    --------
    >>> as_targets(["cat", "dog"])
    array(['cat', 'dog'], dtype='<U3')
    """
    values, columns = to_array(y, what)
    if values.ndim > 2:
        raise DataError(f"{what}: expected shape (n,) or (n, outputs), got {values.shape}. Give one row a sample.")
    if values.size == 0:
        raise DataError(f"{what}: expected at least one target, got shape {values.shape}.")
    if values.dtype.kind in REFUSED:
        raise DataError(f"{what}: expected labels or numbers, got {REFUSED[values.dtype.kind]} ({values.dtype}).")
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "O":
        missing = np.array([is_missing(v) or v == "" for v in values.ravel().tolist()]).reshape(values.shape)
        _refuse_missing(values, missing, columns, what)
        values = _one_type(values, columns, what)
    _refuse_missing(values, values == "" if values.dtype.kind == "U" else ~np.isfinite(values), columns, what)
    return np.ascontiguousarray(values)


def _refuse_missing(values: Array, missing: Array, columns: tuple[str, ...] | None, what: str) -> None:
    if missing.any():
        index = where(missing)
        raise DataError(
            f"{place(what, index, columns)}: expected a target, got {shown(values[index])}. "
            f"{counted(missing, what, 'is missing, NaN or infinite', 'are missing, NaN or infinite')} "
            f"Drop such rows from the features and the targets."
        )


def _one_type(values: Array, columns: tuple[str, ...] | None, what: str) -> Array:
    """Objects as text or as numbers, whichever all of them are."""
    flat = values.ravel().tolist()
    kind: Any = str if isinstance(flat[0], str) else NUMBERS
    odd = np.array([not isinstance(v, kind) for v in flat]).reshape(values.shape)
    if odd.any():
        index = where(odd)
        expected = "text" if kind is str else "a number"
        if not isinstance(flat[0], (str, *NUMBERS)):
            expected = "a label or a number"
        raise DataError(
            f"{place(what, index, columns)}: expected {expected}, got {shown(values[index])}. "
            f"Give all targets as text, or all as numbers."
        )
    if kind is str:
        return values.astype(str)
    plain = np.array(flat)
    return (plain if plain.dtype.kind != "O" else np.array([_float(v) for v in flat])).reshape(values.shape)


def same_length(X: Any, y: Any, what_X: str = "X", what_y: str = "y") -> None:
    """Refuse features and targets of different lengths.

    Examples
    --------
    >>> same_length([[1], [2]], [0])
    Traceback (most recent call last):
        ...
    pellucid.errors.DataError: X has 2 rows, but y has 1. Give one target for each row.
    """
    if len(X) != len(y):
        rows = f"{len(X)} row{'s' if len(X) != 1 else ''}"
        raise DataError(f"{what_X} has {rows}, but {what_y} has {len(y)}. Give one target for each row.")
