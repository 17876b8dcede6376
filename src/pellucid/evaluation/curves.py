"""ROC, precision-recall and calibration curves, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError
from pellucid.layers.base import check_whole

Floats = NDArray[np.float64]
MOST = 20_000  # points of a curve, and samples of residuals, that are kept as data and drawn


@dataclass(frozen=True)
class Curve:
    """A curve over the thresholds of one class's score.

    Attributes
    ----------
    kind : {"roc", "precision_recall"}
    name : str
        The class that is told from all others.
    x, y : ndarray (points,)
        ROC: false positive rate, true positive rate. Precision-recall: recall, precision. Of more than 20,000 points,
        as many, drawn evenly with both ends; the area is that of all.
    thresholds : ndarray (points,)
        Positive is what scores at least this.
    area : float
        ROC: the area under the curve, the chance that a positive sample scores above a negative one. Precision-recall:
        average precision Σ (Rₙ − Rₙ₋₁) Pₙ.
    positive : float
        The share of positive samples: the precision of guessing.
    """

    kind: str
    name: str
    x: Floats
    y: Floats
    thresholds: Floats
    area: float
    positive: float

    def rows(self) -> list[list[Any]]:
        """A list for each point: name, threshold, x, y."""
        return [[self.name, *row] for row in zip(self.thresholds.tolist(), self.x.tolist(), self.y.tolist(),
                                                  strict=True)]  # fmt: skip


def roc_curve(hits: ArrayLike, scores: ArrayLike, name: str = "positive") -> Curve:
    """The ROC curve of one class.

    Parameters
    ----------
    hits : array of 0 and 1 (samples,)
        1 where a sample is of the class.
    scores : array (samples,)

    Examples
    --------
    >>> roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area
    0.75
    """
    h, s = _both(hits, scores)
    right, wrong, thresholds = _counts(h, s)
    x, y = np.r_[0.0, wrong / wrong[-1]], np.r_[0.0, right / right[-1]]
    area = float((np.diff(x) * (y[1:] + y[:-1])).sum() / 2)  # Σ (xₙ − xₙ₋₁)(yₙ + yₙ₋₁) / 2
    # Points on the straight line between their neighbours show nothing.
    bends = (np.diff(right, 2) != 0) | (np.diff(wrong, 2) != 0)
    kept = np.r_[True, True, bends, True] if len(right) > 1 else np.array([True, True])
    x, y, thresholds = drawn(x[kept], y[kept], np.r_[np.inf, thresholds][kept])
    return Curve("roc", name, x, y, thresholds, area, float(h.mean()))


def precision_recall_curve(hits: ArrayLike, scores: ArrayLike, name: str = "positive") -> Curve:
    """The precision-recall curve of one class; parameters as :func:`roc_curve`.

    Examples
    --------
    >>> round(precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area, 4)
    0.8333
    """
    h, s = _both(hits, scores)
    right, wrong, thresholds = _counts(h, s)
    precision, recall = right / (right + wrong), right / right[-1]
    area = float((np.diff(recall, prepend=0.0) * precision).sum())  # Σ (Rₙ − Rₙ₋₁) Pₙ
    x, y, thresholds = drawn(np.r_[recall[::-1], 0.0], np.r_[precision[::-1], 1.0], np.r_[thresholds[::-1], np.inf])
    return Curve("precision_recall", name, x, y, thresholds, area, float(h.mean()))


def _counts(h: NDArray[np.bool_], s: Floats) -> tuple[Floats, Floats, Floats]:
    """(Positives, negatives that score at least the threshold, the threshold), for each score from the greatest."""
    order = np.argsort(-s, kind="stable")
    ranked, hit = s[order], h[order]
    last = np.r_[np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1]  # of each run of equal scores
    right = np.cumsum(hit)[last].astype(float)
    return right, last + 1 - right, ranked[last]


def drawn(*columns: NDArray[Any]) -> list[NDArray[Any]]:
    """Rows of columns of one length, drawn evenly with both ends where there are more than MOST of them.

    >>> [len(part) for part in drawn(np.arange(3), np.arange(3))], drawn(np.arange(100_000))[0][[0, 1, -1]].tolist()
    ([3, 3], [0, 5, 99999])
    """
    count = len(columns[0])
    places = np.linspace(0, count - 1, min(count, MOST)).round().astype(np.int64)
    return [column[places] for column in columns]


def _both(hits: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    h, s = np.asarray(hits).astype(bool), np.asarray(scores, float)
    if h.shape != s.shape or h.ndim != 1:
        raise DataError(f"A curve takes one hit and one score a sample, got shapes {h.shape} and {s.shape}.")
    if h.all() or not h.any():
        what = "of it" if h.all() else "others"
        raise DataError(f"A curve needs samples of the class and of others, but all {len(h)} are {what}.")
    if np.isnan(s).any():
        raise DataError(
            f"A curve needs a score for each sample, but that of sample {int(np.isnan(s).argmax())} is not a number. "
            f"Leave such samples out."
        )
    return h, s


@dataclass(frozen=True)
class Calibration:
    """Whether probabilities mean what they say: of samples given 0.8, are 80 % right?

    Attributes
    ----------
    name : str
        Whose probability it is.
    edges : ndarray (bins + 1,)
        Equally wide bins of probability from 0 to 1.
    counts : ndarray of int (bins,)
    predicted, observed : ndarray (bins,)
        The mean probability of a bin's samples, and the share of them that is positive; NaN where there are none.
    error : float
        The expected calibration error Σ_b n_b/n |observed_b − predicted_b|.
    brier : float
        The mean of (p − hit)².

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning.
    """

    name: str
    edges: Floats
    counts: NDArray[np.int64]
    predicted: Floats
    observed: Floats
    error: float
    brier: float

    def rows(self) -> list[list[Any]]:
        """A list for each bin: name, from, to, samples, predicted, observed."""
        parts = (self.edges[:-1], self.edges[1:], self.counts, self.predicted, self.observed)
        return [[self.name, *row] for row in zip(*(part.tolist() for part in parts), strict=True)]


def calibration(hits: ArrayLike, p: ArrayLike, bins: int = 10, name: str = "positive") -> Calibration:
    """Put samples into bins of probability, and compare what was said with what was so.

    Parameters
    ----------
    hits : array of 0 and 1 (samples,)
    p : array (samples,)
        The probability of a hit.

    Examples
    --------
    >>> found = calibration([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75], bins=2)
    >>> found.predicted, found.observed, found.error
    (array([0.25, 0.75]), array([0.5, 1. ]), 0.25)
    """
    h, chance = np.asarray(hits, float), np.asarray(p, float)
    bins = check_whole(bins, "bins")
    if h.shape != chance.shape or h.ndim != 1 or not len(h):
        raise DataError(f"Calibration takes a hit and a probability a sample, got shapes {h.shape} and {chance.shape}.")
    if not np.isfinite(chance).all():
        raise DataError("Calibration needs a probability for each sample, but one is not a finite number.")
    if chance.min() < 0 or chance.max() > 1:
        raise DataError(f"Calibration needs probabilities from 0 to 1, got {chance.min():g} to {chance.max():g}.")
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, chance, side="left") - 1, 0, bins - 1)  # (from, to], as scikit-learn
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        predicted = np.bincount(place, chance, bins) / counts
        observed = np.bincount(place, h, bins) / counts
    there = counts > 0
    error = float((counts[there] * np.abs(observed - predicted)[there]).sum() / len(h))
    return Calibration(name, edges, counts, predicted, observed, error, float(((chance - h) ** 2).mean()))
