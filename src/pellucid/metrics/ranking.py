"""ROC AUC: how well the outputs put the positive samples above the negative ones, whatever the threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.metrics.base import Metric
from pellucid.metrics.classes import binary_targets, label_matrix, true_classes


@dataclass(frozen=True)
class RocAuc(Metric):
    """The chance that a positive sample has a larger output than a negative one, equals counting half.

    AUC = Σ_p Σ_n w_p w_n ([s_p > s_n] + ½ [s_p = s_n]) / (Σ_p w_p · Σ_n w_n), the statistic of Mann and Whitney, which
    is the area under the ROC curve. With several outputs: the mean over the classes, each against all others. As
    scikit-learn's ``roc_auc_score`` (``multi_class="ovr"``), exactly; Keras's ``AUC`` approximates with 200 thresholds.

    Parameters
    ----------
    threshold : float, default 0.5
        A *target* above it is positive; the outputs are only ranked. Fits targets 0 and 1, and -1 and 1.
    multi_label : bool, default False
        A sample may have any number of labels: targets 0 and 1 for each output.

    Raises
    ------
    DataError
        A class has no sample, or there is no sample of any other.

    References
    ----------
    Hanley, McNeil (1982), The meaning and use of the area under a receiver operating characteristic (ROC) curve.

    Examples
    --------
    >>> RocAuc()([0, 0, 1, 1], [[0.1], [0.4], [0.35], [0.8]])
    0.75
    """

    name: ClassVar[str] = "roc_auc"
    aliases: ClassVar[tuple[str, ...]] = ("auc", "roc_auc_score")
    higher_is_better: ClassVar[bool] = True

    threshold: float = 0.5
    multi_label: bool = False

    def __post_init__(self) -> None:
        self._take_threshold()

    def _value(self, targets: NDArray[Any], outputs: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
        width = outputs.shape[1]
        if width == 1:
            positive_BO = binary_targets(self._place, targets, self.threshold)[:, np.newaxis]
        elif self.multi_label:
            positive_BO = label_matrix(self._place, targets, self.threshold)
        else:
            true = true_classes(self._place, targets, width, self.threshold)
            positive_BO = true[:, np.newaxis] == np.arange(width)
        w = np.ones(len(outputs)) if weights is None else weights
        return float(np.mean([self._area(positive_BO[:, o], outputs[:, o], w, o, width) for o in range(width)]))

    def _area(
        self, positive: NDArray[np.bool_], score: NDArray[Any], weights: NDArray[np.float64], output: int, width: int
    ) -> float:
        """The area for one output: class ``output`` against the rest."""
        order = np.argsort(score, kind="stable")
        ranked = score[order]
        w_positive = np.where(positive, weights, 0.0)[order]
        w_negative = np.where(positive, 0.0, weights)[order]
        pairs = w_positive.sum() * w_negative.sum()
        if pairs == 0:
            which = "positive" if w_positive.sum() > 0 else "negative"
            subject = "every sample" if width == 1 else f"for output {output} every sample"
            raise DataError(
                f"{self._place}: one class only: {subject} is {which}, so there is nothing to rank. "
                "Use samples of both classes"
                + ("." if width == 1 else f", or drop output {output}'s column and class from the comparison.")
            )
        # Samples with equal outputs form a group: negatives of the groups below count 1, of its own group ½.
        first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        up, down = np.add.reduceat(w_positive, first), np.add.reduceat(w_negative, first)
        below = np.cumsum(down) - down
        return float(up @ (below + 0.5 * down) / pairs)
