"""How many samples there are of each class, how many are named so, and how many rightly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """For each class, with the samples' weights: how many there are, are named, and are named rightly; shape (C,)."""

    hit: NDArray[np.float64]
    named: NDArray[np.float64]
    actual: NDArray[np.float64]
    seen: NDArray[np.bool_]  # the class occurs among the true or the predicted ones


def count_classes(
    true: NDArray[np.intp], predicted: NDArray[np.intp], classes: int, weights: NDArray[np.float64] | None
) -> Counts:
    """Count where each sample has one class."""
    right = true == predicted
    actual = np.bincount(true, weights, classes).astype(np.float64)
    named = np.bincount(predicted, weights, classes).astype(np.float64)
    hit = np.bincount(true[right], None if weights is None else weights[right], classes).astype(np.float64)
    seen = np.bincount(true, minlength=classes) + np.bincount(predicted, minlength=classes) > 0
    return Counts(hit, named, actual, seen)


def count_labels(true: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: NDArray[np.float64] | None) -> Counts:
    """Count where each sample has any number of labels: the columns of (B, O)."""
    w = np.ones(len(true)) if weights is None else weights
    return Counts(w @ (true & predicted), w @ predicted, w @ true, np.ones(true.shape[1], dtype=bool))
