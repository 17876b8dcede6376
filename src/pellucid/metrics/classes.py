"""From targets and outputs to classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError


def predicted_classes(outputs: NDArray[Any], threshold: float) -> NDArray[np.intp]:
    """The class that each row of outputs names: above the threshold or not, or the largest output.

    Of equal largest outputs the first counts.

    >>> predicted_classes(np.array([[0.5], [0.6]]), 0.5), predicted_classes(np.array([[0.1, 0.7, 0.2]]), 0.5)
    (array([0, 1]), array([1]))
    """
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > threshold).astype(np.intp)
    return _first_largest(outputs)


def true_classes(place: str, targets: NDArray[Any], width: int, threshold: float) -> NDArray[np.intp]:
    """The class of each sample, from one target, a label, or one target an output.

    Parameters
    ----------
    targets : array of shape (B,) or (B, O)
    width : int
        O, the number of outputs.
    threshold : float
        With one output, a target above it is class 1.

    Raises
    ------
    DataError
        A label is not among the outputs, or a row of zeros and ones does not have exactly one 1.

    Examples
    --------
    >>> true_classes("here", np.array([[0, 0, 1], [1, 0, 0]]), 3, 0.5)
    array([2, 0])
    """
    if width == 1:
        return binary_targets(place, targets, threshold).astype(np.intp)
    if targets.ndim == 1:
        return check_labels(place, "y_true", targets, width)
    # One-hot and softened targets sum to 1, which is the cheap thing to ask; targets -1 and 1 do not, nor need they.
    sums = targets.astype(np.float64, copy=False) @ np.ones(width)
    if (sums != 1).any() and np.logical_or(targets == 0, targets == 1).all():
        row = int(np.argmax(sums != 1))
        raise DataError(
            f"{place}: row {row} of y_true has {sums[row]:g} ones; one-hot targets have exactly one. "
            "For several labels a sample use accuracy, precision, recall, f1 or roc_auc with multi_label=True."
        )
    return _first_largest(targets)


def binary_targets(place: str, targets: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    """Whether each target of a single output is the positive class."""
    if targets.min() < -1 or targets.max() > 1:
        row = int(np.argmax((targets < -1) | (targets > 1)))
        raise DataError(
            f"{place}: y_true[{row}] is {targets[row]:g}, but one output tells two classes apart, 0 and 1 "
            "(or -1 and 1 with threshold=0). Number the classes so, or give the network one output for each class."
        )
    return np.asarray(targets > threshold)


def label_matrix(place: str, targets: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    """Which labels each sample has, (B, O), for ``multi_label=True``."""
    if targets.ndim == 1:
        raise DataError(
            f"{place}: multi_label=True needs a target 0 or 1 for each output, not y_true of shape {targets.shape}. "
            "Give one column an output, or leave multi_label off."
        )
    return np.asarray(targets > threshold)


def check_labels(place: str, what: str, labels: NDArray[Any], classes: int | None) -> NDArray[np.intp]:
    """Return labels as whole numbers in 0 … classes − 1."""
    with np.errstate(invalid="ignore"):  # infinity becomes some whole number, and is then not equal to it
        whole: NDArray[np.intp] = labels.astype(np.intp)
    if labels.dtype.kind == "f" and (whole != labels).any():
        row = int(np.argmax(whole != labels))
        raise DataError(
            f"{place}: {what}[{row}] is {labels[row]:g}, which is no class number. Number the classes from 0."
        )
    if whole.min() < 0 or (classes is not None and whole.max() >= classes):
        row = int(np.argmax((whole < 0) | (whole >= classes) if classes is not None else whole < 0))
        span = "0 or more" if classes is None else f"0 to {classes - 1}"
        raise DataError(f"{place}: {what}[{row}] is {whole[row]}, but class numbers here are {span}.")
    return whole


def _first_largest(values: NDArray[Any]) -> NDArray[np.intp]:
    columns: NDArray[np.intp] = values.argmax(axis=1)
    return columns
