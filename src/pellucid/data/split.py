"""Split samples into two parts, class by class."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError

Index = NDArray[np.int64]


def stratified_split(y: ArrayLike, fraction: float, seed: int, classes: bool) -> tuple[Index, Index]:
    """Return the shuffled indexes of the training part and of the held-out part.

    Parameters
    ----------
    y : array_like (n,) or (n, outputs)
        The targets.
    fraction : float
        The held-out share of all samples, between 0 and 1.
    seed : int
        The same seed gives the same split on every machine.
    classes : bool
        Whether ``y`` holds classes. Then each class of n_c samples gives n_c·fraction of them, rounded down or up,
        so that the parts have nearly the same mix of classes. A class of two or more samples is in both parts. A class
        of one sample stays in training.

    Returns
    -------
    train, held_out : int64 arrays
        Together every index once. The held-out part has round(fraction·n) samples where the classes permit it, and at
        least one; the roundings up go to the classes with the largest remainders (Hamilton's method).

    Raises
    ------
    DataError
        A fraction outside (0, 1), a seed that is not a whole number of 0 or more, or too little data.

    Examples
    --------
    >>> train, held_out = stratified_split(["a"] * 8 + ["b"] * 4, fraction=0.25, seed=0, classes=True)
    >>> len(train), sorted(int(i) // 8 for i in held_out)
    (9, [0, 0, 1])
    """
    if not (isinstance(fraction, numbers.Real) and 0 < fraction < 1):
        raise DataError(f"Split: expected a fraction between 0 and 1, got {fraction!r}. A usual choice is 0.2.")
    if not isinstance(seed, numbers.Integral) or seed < 0:
        raise DataError(f"Split: expected a seed that is a whole number of 0 or more, got {seed!r}.")
    labels = np.asarray(y)
    n = len(labels)
    if n < 2:
        raise DataError(f"Split: expected at least 2 samples, got {n}. Give more data.")
    codes = _codes(labels) if classes else np.zeros(n, np.int64)
    counts = np.bincount(codes)
    if counts.max() < 2:
        raise DataError(
            f"Split: expected a class with at least 2 samples, but each of the {n} samples has a class of its own. "
            f"Give more samples of each class, or split without regard to classes."
        )
    shuffled = np.random.default_rng(int(seed)).permutation(n).astype(np.int64)
    held = np.zeros(n, bool)
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    starts = np.cumsum(counts) - counts
    rank = np.arange(n) - np.repeat(starts, counts)  # 0, 1, 2, … within each class
    held[by_class] = rank < np.repeat(_held_counts(counts, float(fraction)), counts)
    return shuffled[~held[shuffled]], shuffled[held[shuffled]]


def _codes(labels: NDArray[Any]) -> Index:
    """Number the classes 0, 1, …; rows of a 2-D array are classes as a whole (one-hot)."""
    if labels.dtype == object:
        labels = labels.astype(str)  # objects of several types have no order
    axis = 0 if labels.ndim > 1 else None
    inverse = np.unique(labels, return_inverse=True, axis=axis)[1]
    return np.asarray(inverse, np.int64).ravel()


def _held_counts(counts: Index, fraction: float) -> Index:
    """How many samples of each class are held out."""
    exact = counts * fraction
    least, most = (counts >= 2).astype(np.int64), np.maximum(counts - 1, 0)
    low: Index = np.clip(np.floor(exact).astype(np.int64), least, most)
    high = np.clip(np.ceil(exact).astype(np.int64), least, most)
    wanted = int(round(fraction * int(counts.sum())) - low.sum())
    by_remainder = np.argsort(low - exact, kind="stable")
    may_grow = by_remainder[(high > low)[by_remainder]]
    low[may_grow[: max(wanted, 0)]] += 1
    return low
