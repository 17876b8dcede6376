"""ROC, precision-recall and calibration curves, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A curve over the thresholds of one class's score.

    Attributes
    ----------
    kind : {"roc", "precision_recall"}
    name : str
        The class that is told from all others.
    x, y : ndarray (points,)
        ROC: false positive rate, true positive rate. Precision-recall: recall, precision.
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
    from sklearn import metrics

    h, s = _both(hits, scores)
    x, y, thresholds = metrics.roc_curve(h, s)
    return Curve("roc", name, x, y, thresholds, float(metrics.auc(x, y)), float(h.mean()))


def precision_recall_curve(hits: ArrayLike, scores: ArrayLike, name: str = "positive") -> Curve:
    """The precision-recall curve of one class; parameters as :func:`roc_curve`.

    Examples
    --------
    >>> round(precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area, 4)
    0.8333
    """
    from sklearn import metrics

    h, s = _both(hits, scores)
    precision, recall, thresholds = metrics.precision_recall_curve(h, s)
    area = float(metrics.average_precision_score(h, s))
    return Curve("precision_recall", name, recall, precision, np.append(thresholds, np.inf), area, float(h.mean()))


def _both(hits: ArrayLike, scores: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    h, s = np.asarray(hits), np.asarray(scores, float)
    if h.shape != s.shape or h.ndim != 1:
        raise DataError(f"A curve takes one hit and one score a sample, got shapes {h.shape} and {s.shape}.")
    if h.all() or not h.any():
        what = "of it" if h.all() else "others"
        raise DataError(f"A curve needs samples of the class and of others, but all {len(h)} are {what}.")
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
    if len(chance) and (chance.min() < 0 or chance.max() > 1):
        raise DataError(f"Calibration needs probabilities from 0 to 1, got {chance.min():g} to {chance.max():g}.")
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, chance, side="left") - 1, 0, bins - 1)  # (from, to], as scikit-learn
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        predicted = np.bincount(place, chance, bins) / counts
        observed = np.bincount(place, h, bins) / counts
    there = counts > 0
    error = float((counts[there] * np.abs(observed - predicted)[there]).sum() / max(1, len(h)))
    return Calibration(name, edges, counts, predicted, observed, error, float(((chance - h) ** 2).mean()))
