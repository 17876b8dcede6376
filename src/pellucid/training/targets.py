"""Targets: from what the user has (class names, labels, numbers) to what the loss takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data.check import as_targets
from pellucid.errors import DataError, nearest
from pellucid.losses import Loss

MOST_CLASSES = 1_000_000  # more units than that are not suggested


@dataclass(frozen=True)
class Targets:
    """Targets as the engine and the metrics take them.

    Attributes
    ----------
    values : ndarray
        (samples,) int64 labels, or (samples, outputs) numbers.
    labels : bool
        Which of the two.
    class_names : tuple of str, optional
        The names that labels stand for, where the targets had names.
    """

    values: NDArray[Any]
    labels: bool
    class_names: tuple[str, ...] | None

    def as_classes(self) -> NDArray[np.int64] | None:
        """The class of each sample, or None where targets are not classes."""
        values = self.values
        if self.labels:
            return values
        if values.shape[1] == 1:
            found = np.unique(values)
            return (values[:, 0] > found[0]).astype(np.int64) if len(found) == 2 else None
        one_hot = ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()
        return values.argmax(axis=1).astype(np.int64) if one_hot else None


def encode_targets(
    y: Any, loss: Loss, units: int, class_names: tuple[str, ...] | None, dtype: str, what: str = "y"
) -> Targets:
    """Turn ``y`` into what ``loss`` takes for a network of ``units`` outputs.

    Class names become labels, in sorted order, or in the order of ``class_names`` where the network knows them. Labels
    for several outputs become one-hot rows in the engine.

    Raises
    ------
    DataError
        Targets that the loss or the outputs cannot take: row, what was expected, what came, and the mend.
    """
    given = as_targets(y, what)
    if class_names is not None and given.dtype.kind in "iu" and _are_names(given, class_names):
        given = given.astype(str)
    if given.dtype.kind == "U":
        given, class_names = _from_names(given, class_names, units, what)
    whole = given.dtype.kind in "iub"
    column = given.ndim == 1 or given.shape[1] == 1
    if units > 1 and column and loss.targets != "signs":
        if not whole and loss.targets == "classes":
            whole = bool((given == np.floor(given)).all())
        if whole:
            return Targets(_labels(given.reshape(-1), units, what), True, class_names)
    if units > 1 and column and whole:
        return Targets(_labels(given.reshape(-1), units, what), True, class_names)
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(given.reshape(len(given), -1), dtype=dtype)
    if numbers.shape[1] != units:
        raise DataError(
            f"{what}: expected {_columns(units)} of targets, one for each output, got {_columns(numbers.shape[1])}. "
            f"{_mend_width(numbers.shape[1], units)}"
        )
    return Targets(_checked(numbers, loss, what, units), False, class_names)


def in_form(targets: Targets, labels: bool, loss: Loss, units: int, dtype: str, what: str = "y") -> Targets:
    """The same targets as labels, or as rows of numbers, whichever of the two the engine of a training takes.

    Raises
    ------
    DataError
        Labels are wanted, and a row is not one class.
    """
    if targets.labels == labels:
        return targets
    scale, shift = (2.0, -1.0) if loss.targets == "signs" else (1.0, 0.0)
    if not labels:
        return replace(targets, values=(np.eye(units)[targets.values] * scale + shift).astype(dtype), labels=False)
    shares = (targets.values - shift) / scale
    wrong = ~(((shares == 0) | (shares == 1)).all(axis=1) & (shares.sum(axis=1) == 1))
    if wrong.any():
        raise DataError(
            f"{what}, row {int(np.argmax(wrong))}: expected one class, as y has, got {_columns(units)} of numbers that "
            f"are not one 1 and else {shift:g}. Give labels or one-hot rows, or give y in {_columns(units)} too."
        )
    return replace(targets, values=shares.argmax(axis=1).astype(np.int64), labels=True)


def _are_names(given: NDArray[Any], class_names: tuple[str, ...]) -> bool:
    """Whether whole numbers are names of classes, such as 3 and 7 of ("3", "7"), and not labels from 0."""
    if class_names == tuple(str(k) for k in range(len(class_names))) or (given.ndim > 1 and given.shape[1] > 1):
        return False
    return {str(value) for value in np.unique(given)} <= set(class_names)


def _columns(count: int) -> str:
    return f"{count} column" + ("s" if count != 1 else "")


def _mend_width(columns: int, units: int) -> str:
    if columns == 1:
        return f"Give whole-number labels 0…{units - 1}, one-hot rows, or end the network with Dense(1)."
    return f"End the network with Dense({columns}), or give targets of shape (n, {units})."


def _from_names(
    given: NDArray[Any], known: tuple[str, ...] | None, units: int, what: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels for class names."""
    if given.ndim == 2 and given.shape[1] > 1:
        raise DataError(f"{what}: class names in {given.shape[1]} columns. Give one name a row.")
    names = given.reshape(-1)
    if known is None:
        known = tuple(str(name) for name in np.unique(names))
        classes = 2 if units == 1 else units
        if len(known) > classes:
            shown = ", ".join(f'"{name}"' for name in known[:8]) + (", …" if len(known) > 8 else "")
            unit = "1 unit tells 2 classes apart" if units == 1 else f"{units} units tell {units} classes apart"
            raise DataError(
                f"{what} has {len(known)} classes ({shown}), but the last layer's {unit}. "
                f"Give it {len(known)} units and a softmax."
            )
    place = {name: k for k, name in enumerate(known)}
    labels = np.array([place.get(str(name), -1) for name in names], np.int64)
    if (labels < 0).any():
        row = int(np.argmax(labels < 0))
        listed = ", ".join(f'"{name}"' for name in known)
        raise DataError(
            f'{what}, row {row}: class "{names[row]}" is not one that the network knows.'
            f"{nearest(names[row], known)} Known: {listed}."
        )
    return labels, known


def _labels(labels: NDArray[Any], units: int, what: str) -> NDArray[np.int64]:
    wrong = (labels < 0) | (labels >= units)  # asked before they become int64, which not every number can
    if wrong.any():
        row, most = int(np.argmax(wrong)), labels.max()
        came = f"{labels[row]:g}" if labels.dtype.kind == "f" else f"{labels[row]}"
        mend = f", or give the last layer {int(most) + 1} units" if most < MOST_CLASSES else ""
        raise DataError(
            f"{what}, row {row}: expected a label from 0 to {units - 1}, one for each of the {units} outputs, got "
            f"{came}. {_rows(int(wrong.sum()))} such a label. Number the classes from 0{mend}."
        )
    return np.ascontiguousarray(labels, dtype=np.int64)


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count} rows have"


def _checked(numbers: NDArray[Any], loss: Loss, what: str, units: int) -> NDArray[Any]:
    """Numbers within what the loss, and the type, take."""
    if not np.isfinite(numbers).all():
        row, column = (int(k) for k in np.argwhere(~np.isfinite(numbers))[0])
        raise DataError(
            f"{what}, row {row}, column {column}: too large for {numbers.dtype}, whose largest value is "
            f"{float(np.finfo(numbers.dtype).max):.3g}. Divide the targets by a constant."
        )
    if loss.targets == "binary":
        _within(numbers, 0.0, 1.0, loss, what, "Use 0 and 1 for the two classes.")
    elif loss.targets == "signs":
        if np.isin(numbers, (0, 1)).all():
            numbers = numbers * 2 - 1
        _within(numbers, -1.0, 1.0, loss, what, "Use −1 and 1 (or 0 and 1) for the two classes.")
    elif loss.targets == "classes":
        _within(numbers, 0.0, 1.0, loss, what, "Give labels, one-hot rows, or rows of probabilities.")
        sums = numbers.sum(axis=1)
        if not np.allclose(sums, 1.0, atol=1e-3):
            row = int(np.argmax(np.abs(sums - 1.0)))
            raise DataError(
                f'{what}, row {row}: loss "{loss.name}" takes probabilities that add up to 1, got a sum of '
                f"{sums[row]:.6g}. Divide each row by its sum; for several yes/no labels use sigmoid outputs and "
                f'loss="binary_crossentropy".'
            )
    return np.ascontiguousarray(numbers)


def _within(numbers: NDArray[Any], low: float, high: float, loss: Loss, what: str, mend: str) -> None:
    wrong = (numbers < low) | (numbers > high)
    if wrong.any():
        row = int(np.argwhere(wrong)[0][0])
        value = numbers[row][wrong[row]][0]
        raise DataError(
            f'{what}, row {row}: loss "{loss.name}" takes targets from {low:g} to {high:g}, got {value:g}. {mend}'
        )


def several_classes(targets: Targets, rows: NDArray[np.int64] | None, what: str, loss: Loss) -> None:
    """Refuse data in which only one class occurs: nothing can be learned, or told, from them."""
    if loss.targets == "values" and not targets.labels and targets.class_names is None:
        return
    chosen = targets.values if rows is None else targets.values[rows]
    if len(chosen) < 2:
        return
    one_class = (chosen == chosen[0]).all()
    if one_class:
        first = chosen[0] if targets.labels else (int(chosen[0].argmax()) if chosen.shape[1] > 1 else chosen[0][0])
        name = f'"{targets.class_names[int(first)]}"' if targets.class_names else f"{first:g}"
        raise DataError(
            f"{what}: all {len(chosen)} rows are of class {name}; expected at least two classes. "
            f"Choose rows of every class (validation_split does)."
        )
