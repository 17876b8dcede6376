"""What the default recipe for tables is to learn: checked data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest

if TYPE_CHECKING:
    from pellucid.layers import Layer

TASKS = ("classes", "numbers")


@dataclass(frozen=True)
class Task:
    """Checked data, and what is to be learned.

    ``labels`` are class numbers, or None; ``targets`` (rows, outputs) are what predictions are judged against.
    """

    X: NDArray[np.float32]
    labels: NDArray[np.int64] | None
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]
    class_names: tuple[str, ...] | None
    before: tuple[Layer, ...]

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        return int(self.targets.shape[1])


def task_of(X: Any, y: Any, task: str, before: Any, class_names: Any, sample_weight: Any) -> Task:
    """Check what :func:`pellucid.recipes.fit_table` is given.

    Raises
    ------
    DataError, DescriptionError
    """
    from pellucid.data.check import as_features, as_targets, same_length

    if task not in TASKS:
        raise DescriptionError(f'task must be "classes" or "numbers", got {task!r}.{nearest(task, TASKS)}')
    shape = np.shape(X)
    if len(shape) != 2:
        raise DataError(f"fit_table: X must be rows of numbers, (rows, inputs), got shape {shape}.")
    features = as_features(X, (shape[1],), "X", "float32")
    given = as_targets(y, "y")
    same_length(features, given, "X", "y")
    if len(features) < 4:
        raise DataError(f"fit_table: expected at least 4 rows to train on, got {len(features)}. Give more data.")
    weights = np.ones(len(features)) if sample_weight is None else np.asarray(sample_weight, float).reshape(-1)
    if len(weights) != len(features) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise DataError("fit_table: sample_weight must be one number of 0 or more for each row, not all 0.")
    layers = tuple(before)
    if task == "numbers":
        if given.dtype.kind not in "iubf":
            raise DataError('fit_table: y holds text, so it cannot be learned as numbers. Use task="classes".')
        return Task(features, None, given.reshape(len(given), -1).astype(float), weights, None, layers)
    labels, names = _labels(given, class_names)
    count = len(names) if names is not None else int(labels.max()) + 1
    targets = labels[:, None].astype(float) if count == 2 else np.eye(count)[labels]
    return Task(features, labels, targets, weights, names, layers)


def _labels(given: NDArray[Any], class_names: Any) -> tuple[NDArray[np.int64], tuple[str, ...] | None]:
    """Class numbers from 0, and the names that they stand for; None where they were such numbers already."""
    column = given.reshape(-1)
    if len(column) != len(given):
        raise DataError(f"fit_table: classes must be one column, got shape {given.shape}.")
    if column.dtype.kind == "f" and not (column == np.floor(column)).all():
        raise DataError('fit_table: y holds numbers that are not whole, so they are no classes. Use task="numbers".')
    values, labels = np.unique(column, return_inverse=True)
    if len(values) < 2:
        raise DataError(f"fit_table: all {len(column)} rows are of class {values[0]}; expected at least two classes.")
    texts = tuple(str(v) if values.dtype.kind == "U" else str(int(v)) for v in values)
    if class_names is not None:
        known = tuple(str(name) for name in class_names)
        strangers = [text for text in texts if text not in known]
        if strangers:
            raise DataError(f'fit_table: class "{strangers[0]}" is not among class_names: {", ".join(known)}.')
        return np.array([known.index(text) for text in texts], np.int64)[labels], known
    plain = values.dtype.kind != "U" and (values == np.arange(len(values))).all()
    return labels.astype(np.int64), None if plain else texts
