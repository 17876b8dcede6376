"""Which classes are taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError
from pellucid.metrics.classes import check_labels, predicted_classes, true_classes
from pellucid.metrics.samples import read_numbers, read_outputs, read_targets, read_weights

PLACE = "confusion_matrix"


def confusion_matrix(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    classes: int | None = None,
    sample_weight: ArrayLike | None = None,
    threshold: float = 0.5,
) -> NDArray[Any]:
    """Count the samples of each true class (rows) by the class that is predicted (columns).

    Parameters
    ----------
    y_true : array of shape (B,), (B, 1) or (B, O)
        Labels, or one-hot targets where ``y_pred`` has several outputs.
    y_pred : array of shape (B,) or (B, O)
        With one axis, the predicted labels; with two, the network's outputs.
    classes : int, optional
        C. Without it: the number of outputs, 2 for one output, and for labels the largest one plus 1.
    sample_weight : array of shape (B,), optional
    threshold : float, default 0.5
        With one output, above it is class 1; 0 for targets -1 and 1.

    Returns
    -------
    ndarray of shape (C, C)
        int64, or float64 with ``sample_weight``. scikit-learn's lists only the classes that occur, unless told.

    Raises
    ------
    DataError
        The lengths differ, or a label is not in 0 … C − 1.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
    array([[1, 0, 0],
           [0, 1, 1],
           [0, 0, 1]])
    >>> confusion_matrix([0, 1, 1], [[0.2], [0.9], [0.1]])
    array([[1, 0],
           [1, 1]])
    """
    given = read_numbers(PLACE, "y_pred", y_pred)
    outputs = read_outputs(PLACE, given)
    targets = read_targets(PLACE, y_true, outputs)
    weights = read_weights(PLACE, sample_weight, len(outputs))
    if given.ndim == 1:
        if given.dtype.kind == "f" and (given != np.floor(given)).any():
            raise DataError(
                f"{PLACE}: y_pred with one axis is taken as labels, but holds numbers that are not whole. "
                "Give the outputs of a single unit as (samples, 1)."
            )
        true = check_labels(PLACE, "y_true", targets, classes)
        predicted = check_labels(PLACE, "y_pred", given, classes)
        size = classes if classes is not None else int(max(true.max(), predicted.max())) + 1
    else:
        size = classes if classes is not None else max(outputs.shape[1], 2)
        true = true_classes(PLACE, targets, outputs.shape[1], threshold)
        predicted = predicted_classes(outputs, threshold)
        check_labels(PLACE, "y_true", true, size)
        check_labels(PLACE, "predicted class", predicted, size)
    counts = np.bincount(true * size + predicted, weights, size * size).reshape(size, size)
    return counts.astype(np.int64 if weights is None else np.float64)
