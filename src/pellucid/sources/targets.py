"""Targets as classes or as numbers, and what a user should know about a table's columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.data import Dataset

WIDE = 100.0  # columns whose spreads differ by more than this factor are told about


def decide(data: Dataset, place: str, task: str | None, classes: bool) -> tuple[Dataset, str, str]:
    """The data with targets for their task, the task, and why it is that."""
    import numpy as np

    from pellucid.tables.targets import MOST_CLASSES, number_name, why_task

    text, whole = data.y.dtype.kind in "OUS", data.y.dtype.kind in "iu"
    values = len(np.unique(data.y))
    if text and task == "numbers":
        raise DataError(f"{place} is text, so it cannot be learned as numbers.")
    chosen = task or ("classes" if classes else "numbers")
    why = why_task(chosen, task is not None, text, whole, values, data.n)
    if chosen == "numbers":
        return _changed(data, lambda y: y.astype(float), None), chosen, why
    if text or (whole and data.class_names is not None):
        return data, chosen, why
    if values > MOST_CLASSES:
        raise DataError(f"{place} has {values:,} different values, too many for classes. Use --task numbers.")
    names = tuple(number_name(value) for value in np.unique(data.y))
    return _changed(data, lambda y: np.array([number_name(v) for v in y]), names), chosen, why


def _changed(data: Dataset, change: Callable[[NDArray[Any]], NDArray[Any]], names: tuple[str, ...] | None) -> Dataset:
    test = None if data.test is None else _changed(data.test, change, names)
    return dataclasses.replace(data, y=change(data.y), class_names=names, test=test)


def scale_remarks(data: Dataset) -> tuple[str, ...]:
    """Tell where columns have very different scales: gradient descent finds that hard."""
    import numpy as np

    names = data.feature_names or tuple(f"column {i}" for i in range(1, data.X.shape[1] + 1))
    spread = data.X.reshape(data.n, -1).astype(float).std(axis=0)
    steady = np.flatnonzero(spread == 0)
    remarks = []
    if len(steady):
        listed = ", ".join(f'"{names[i]}"' for i in steady[:5]) + (", …" if len(steady) > 5 else "")
        many = f"the column {listed} has" if len(steady) == 1 else f"the columns {listed} have"
        remarks.append(f"Note: {many} the same value in every row, so nothing can be learned from it.")
    moving = np.flatnonzero(spread > 0)
    if len(moving) < 2:
        return tuple(remarks)
    least, most = moving[spread[moving].argmin()], moving[spread[moving].argmax()]
    if spread[most] > WIDE * spread[least]:
        remarks.append(
            f'Note: the columns have very different scales: the standard deviation of "{names[most]}" is '
            f'{spread[most]:.3g}, that of "{names[least]}" is {spread[least]:.3g}. They are used as they are. Training '
            f"goes faster and further when each column is first scaled to about −1…1."
        )
    return tuple(remarks)
