"""The share of samples that the network gets right."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError
from pellucid.metrics.base import Metric
from pellucid.metrics.classes import label_matrix, predicted_classes, true_classes
from pellucid.metrics.samples import weighted_mean


@dataclass(frozen=True)
class Accuracy(Metric):
    """Σ w [predicted class = true class] / Σ w.

    With one output the predicted class is 1 where the output is above ``threshold``, and the true class is 1 where the
    target is. With more, the predicted class is the largest output (the first of equals), and the true class the label,
    or the largest target, so that softened targets count too. As Keras's ``accuracy`` and scikit-learn's
    ``accuracy_score``.

    Parameters
    ----------
    threshold : float, default 0.5
        For a sigmoid output. A tanh unit, or a hinge loss, has targets -1 and 1: use 0.
    multi_label : bool, default False
        Each output is a question of its own, answered by the threshold; the value is the share of right answers, as
        Keras's ``binary_accuracy``. (scikit-learn would count only samples with every answer right.)

    Examples
    --------
    >>> Accuracy()([0, 1, 1], [[0.2], [0.9], [0.4]]).__round__(3)
    0.667
    >>> Accuracy()([2, 0], [[0.1, 0.2, 0.7], [0.3, 0.6, 0.1]])
    0.5
    """

    name: ClassVar[str] = "accuracy"
    aliases: ClassVar[tuple[str, ...]] = (
        "acc",
        "binary_accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
        "accuracy_score",
    )
    higher_is_better: ClassVar[bool] = True

    threshold: float = 0.5
    multi_label: bool = False

    def __post_init__(self) -> None:
        self._take_threshold()

    def _value(self, targets: NDArray[Any], outputs: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
        if self.multi_label and outputs.shape[1] > 1:
            right = (outputs > self.threshold) == label_matrix(self._place, targets, self.threshold)
            return weighted_mean(right.mean(axis=1), weights)
        true = true_classes(self._place, targets, outputs.shape[1], self.threshold)
        return weighted_mean(predicted_classes(outputs, self.threshold) == true, weights)


@dataclass(frozen=True)
class TopK(Metric):
    """Σ w [the true class is among the k largest outputs] / Σ w.

    Of equal outputs the first come first, so that ``TopK(1)`` is :class:`Accuracy`; scikit-learn's
    ``top_k_accuracy_score`` takes the last first, and Keras counts all that are equal to the k-th as in.

    Parameters
    ----------
    k : int, default 5
        At least 1, at most the number of outputs.

    Examples
    --------
    >>> TopK(2)([2, 2], [[0.1, 0.6, 0.3], [0.5, 0.4, 0.1]])
    0.5
    """

    name: ClassVar[str] = "top_k"
    aliases: ClassVar[tuple[str, ...]] = (
        "top_k_accuracy",
        "top_k_accuracy_score",
        "top_k_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
    )
    higher_is_better: ClassVar[bool] = True

    k: int = 5

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, Integral) or self.k < 1:
            raise DescriptionError(f'Metric "top_k": k must be a whole number of at least 1, not {self.k!r}.')
        object.__setattr__(self, "k", int(self.k))

    def _value(self, targets: NDArray[Any], outputs: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
        width = outputs.shape[1]
        if width == 1:
            raise DataError('Metric "top_k" compares classes, but the network has one output. Use "accuracy".')
        if self.k > width:
            raise DataError(
                f'Metric "top_k": k={self.k} is more than the network has outputs, {width}. Use k={width - 1} or less.'
            )
        true = true_classes(self._place, targets, width, 0.5)[:, np.newaxis]
        own = np.take_along_axis(outputs, true, axis=1)
        # The place of the true class: how many outputs are larger, or equal and before it.
        before = (outputs > own) | ((outputs == own) & (np.arange(width) < true))
        return weighted_mean(np.count_nonzero(before, axis=1) < self.k, weights)
