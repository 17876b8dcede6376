"""Precision, recall and F1: how many of those named are right, how many of the right ones are named."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.metrics.base import Metric
from pellucid.metrics.classes import label_matrix, predicted_classes, true_classes
from pellucid.metrics.counts import Counts, count_classes, count_labels

AVERAGES = ("auto", "binary", "macro", "micro", "weighted")


@dataclass(frozen=True)
class _Retrieval(Metric):
    """What precision, recall and F1 share: counting and averaging."""

    higher_is_better: ClassVar[bool] = True

    threshold: float = 0.5
    average: Literal["auto", "binary", "macro", "micro", "weighted"] = "auto"
    multi_label: bool = False

    def __post_init__(self) -> None:
        self._take_threshold()
        if self.average not in AVERAGES:
            raise DescriptionError(
                f"{self._place}: average must be one of {', '.join(AVERAGES)}, not {self.average!r}."
                f"{nearest(self.average, AVERAGES)}"
            )

    @staticmethod
    @abstractmethod
    def _parts(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The numerator and the denominator for each class."""

    def _value(self, targets: NDArray[Any], outputs: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
        width = outputs.shape[1]
        average = self.average if self.average != "auto" else ("binary" if width == 1 else "macro")
        if average == "binary" and width > 1:
            raise DataError(
                f'{self._place}: average="binary" is for one output, and the network has {width}. Use "macro".'
            )
        if self.multi_label and width > 1:
            true_BO = label_matrix(self._place, targets, self.threshold)
            counts = count_labels(true_BO, outputs > self.threshold, weights)
        else:
            true = true_classes(self._place, targets, width, self.threshold)
            counts = count_classes(true, predicted_classes(outputs, self.threshold), max(width, 2), weights)
        numerator, denominator = self._parts(counts)
        if average == "micro":
            return float(_share(numerator.sum(keepdims=True), denominator.sum(keepdims=True))[0])
        score = _share(numerator, denominator)
        if average == "binary":
            return float(score[1])
        if average == "macro":
            return float(score[counts.seen].mean())
        total = counts.actual.sum()
        return float(score @ counts.actual / total) if total > 0 else 0.0


def _share(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quotient, and 0 where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


@dataclass(frozen=True)
class Precision(_Retrieval):
    """Of the samples that the network names as a class, the share that are of it: TP / (TP + FP).

    0 where the network names none, as scikit-learn's ``precision_score``.

    Parameters
    ----------
    threshold : float, default 0.5
        For one output, and for ``multi_label``. A tanh unit, or a hinge loss, has targets -1 and 1: use 0.
    average : {"auto", "binary", "macro", "micro", "weighted"}, default "auto"
        - binary: the score of class 1 (one output);
        - macro: the mean over the classes that occur among the true or the predicted ones;
        - micro: from the counts of all classes together;
        - weighted: the mean weighted by how many samples each class has;
        - auto: binary with one output, macro with more.
    multi_label : bool, default False
        A sample may have any number of labels: targets 0 and 1 for each output, each answered by the threshold.
        Keras's ``Precision`` counts so, with average="micro".

    Examples
    --------
    >>> Precision()([0, 1, 1, 1], [[0.7], [0.9], [0.8], [0.1]]).__round__(3)
    0.667
    """

    name: ClassVar[str] = "precision"
    aliases: ClassVar[tuple[str, ...]] = ("precision_score",)

    @staticmethod
    def _parts(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return counts.hit, counts.named


@dataclass(frozen=True)
class Recall(_Retrieval):
    """Of the samples that are of a class, the share that the network names so: TP / (TP + FN).

    0 where there are none, as scikit-learn's ``recall_score``. The parameters are those of :class:`Precision`.

    Examples
    --------
    >>> Recall()([0, 1, 1, 1], [[0.7], [0.9], [0.8], [0.1]]).__round__(3)
    0.667
    >>> Recall(average="macro")([0, 1, 2, 2], [[9, 0, 0], [0, 9, 0], [0, 0, 9], [9, 0, 0]]).__round__(3)
    0.833
    """

    name: ClassVar[str] = "recall"
    aliases: ClassVar[tuple[str, ...]] = ("recall_score", "sensitivity")

    @staticmethod
    def _parts(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return counts.hit, counts.actual


@dataclass(frozen=True)
class F1(_Retrieval):
    """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    0 where there is neither a sample nor a name, as scikit-learn's ``f1_score``. The parameters are those of
    :class:`Precision`. Keras's ``F1Score`` needs one-hot targets, and averages over classes that do not occur too.

    Examples
    --------
    >>> F1()([0, 1, 1, 1], [[0.2], [0.9], [0.8], [0.1]])
    0.8
    """

    name: ClassVar[str] = "f1"
    aliases: ClassVar[tuple[str, ...]] = ("f1_score", "f1score")

    @staticmethod
    def _parts(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return 2.0 * counts.hit, counts.named + counts.actual
