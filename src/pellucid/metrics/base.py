"""What every metric is: a few numbers, and one function from targets and outputs to one value."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DescriptionError
from pellucid.metrics.samples import read_outputs, read_targets, read_weights
from pellucid.named import Named


class Metric(Named, ABC):
    """Base of the metrics. All are NumPy alone; scikit-learn is the peer they are tested against."""

    higher_is_better: ClassVar[bool]

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the metric's value.

        Parameters
        ----------
        y_true : array of shape (B,), (B, 1) or (B, O)
            With one output, O = 1: a target for each sample. With more: the number of each sample's class,
            0 … O − 1, or a target for each output (one-hot, 0 and 1 for several labels, or values).
        y_pred : array of float, shape (B, O)
            What the network puts out; (B,) is taken as (B, 1).
        sample_weight : array of shape (B,), optional
            How much each sample counts, 0 or more.

        Raises
        ------
        DataError
            The shapes do not fit one another or the metric, a number is missing, or the metric has no value.
        """
        outputs = read_outputs(self._place, y_pred)
        targets = read_targets(self._place, y_true, outputs)
        return float(self._value(targets, outputs, read_weights(self._place, sample_weight, len(outputs))))

    @abstractmethod
    def _value(self, targets: NDArray[Any], outputs: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
        """The value for checked targets, (B,) or (B, O), outputs, (B, O), and weights, (B,)."""

    @property
    def _place(self) -> str:
        return f'Metric "{self.name}"'

    def _take_threshold(self) -> None:
        """Check the field ``threshold`` and keep it as a plain float, fit for JSON."""
        value = getattr(self, "threshold", None)
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise DescriptionError(
                f"{self._place}: threshold must be a finite number, not {value!r}. Use 0.5 for a sigmoid output, "
                "0 for targets -1 and 1."
            )
        object.__setattr__(self, "threshold", float(value))
