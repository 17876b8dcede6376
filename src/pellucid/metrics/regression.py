"""How far values are from their targets."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.metrics.base import Metric


class _Values(Metric):
    """Compares a value with a target for each output."""

    def _value(self, targets: NDArray[Any], outputs: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
        width = outputs.shape[1]
        if targets.ndim == 1 and width > 1:
            raise DataError(
                f"{self._place} compares values, but y_true has shape {targets.shape} and y_pred {outputs.shape}. "
                f'Give a target for each output; for labels, np.eye({width})[y_true], or use the metric "accuracy".'
            )
        y_BO = targets.reshape(outputs.shape).astype(np.float64)
        return self._compare(y_BO, outputs.astype(np.float64), weights)

    @abstractmethod
    def _compare(
        self, y_BO: NDArray[np.float64], p_BO: NDArray[np.float64], weights: NDArray[np.float64] | None
    ) -> float:
        """The value for targets and predictions, both (B, O), and weights, (B,)."""


@dataclass(frozen=True)
class MeanSquaredError(_Values):
    """(1/O) Σ_o Σ_b w (y − p)² / Σ_b w: the mean over samples and outputs, in the target's unit squared.

    As Keras's and scikit-learn's. The loss of the same name may carry another factor; this one does not.

    Examples
    --------
    >>> MeanSquaredError()([1.0, 2.0], [[1.0], [4.0]])
    2.0
    """

    name: ClassVar[str] = "mse"
    aliases: ClassVar[tuple[str, ...]] = ("mean_squared_error", "meansquarederror")
    higher_is_better: ClassVar[bool] = False

    def _compare(
        self, y_BO: NDArray[np.float64], p_BO: NDArray[np.float64], weights: NDArray[np.float64] | None
    ) -> float:
        return float(np.average((y_BO - p_BO) ** 2, axis=0, weights=weights).mean())


@dataclass(frozen=True)
class MeanAbsoluteError(_Values):
    """(1/O) Σ_o Σ_b w |y − p| / Σ_b w: the mean over samples and outputs, in the target's unit.

    As Keras's and scikit-learn's.

    Examples
    --------
    >>> MeanAbsoluteError()([1.0, 2.0], [[1.0], [4.0]])
    1.0
    """

    name: ClassVar[str] = "mae"
    aliases: ClassVar[tuple[str, ...]] = ("mean_absolute_error", "meanabsoluteerror")
    higher_is_better: ClassVar[bool] = False

    def _compare(
        self, y_BO: NDArray[np.float64], p_BO: NDArray[np.float64], weights: NDArray[np.float64] | None
    ) -> float:
        return float(np.average(np.abs(y_BO - p_BO), axis=0, weights=weights).mean())


@dataclass(frozen=True)
class R2(_Values):
    """1 − Σ w (y − p)² / Σ w (y − ȳ)²: the share of the target's variance that is explained; the mean over outputs.

    1 is perfect, 0 is as good as always saying the weighted mean ȳ, and it has no lower end. Where the target is the
    same for all samples, 1 if every output meets it and 0 otherwise. As scikit-learn's ``r2_score``.

    Raises
    ------
    DataError
        Fewer than two samples have a weight above 0.

    Examples
    --------
    >>> R2()([1.0, 2.0, 3.0], [[1.0], [2.0], [2.0]])
    0.5
    """

    name: ClassVar[str] = "r2"
    aliases: ClassVar[tuple[str, ...]] = ("r2_score", "r2score", "r_squared")
    higher_is_better: ClassVar[bool] = True

    def _compare(
        self, y_BO: NDArray[np.float64], p_BO: NDArray[np.float64], weights: NDArray[np.float64] | None
    ) -> float:
        if weights is not None:
            counts = weights > 0
            y_BO, p_BO, weights = y_BO[counts], p_BO[counts], weights[counts]
        if len(y_BO) < 2:
            raise DataError('Metric "r2" needs at least two samples with a weight above 0. Use "mse" for a single one.')
        w_B1 = np.ones((len(y_BO), 1)) if weights is None else weights[:, np.newaxis]
        missed = (w_B1 * (y_BO - p_BO) ** 2).sum(axis=0)
        spread = (w_B1 * (y_BO - np.average(y_BO, axis=0, weights=weights)) ** 2).sum(axis=0)
        spread[(y_BO == y_BO[0]).all(axis=0)] = 0.0  # rounding in the mean must not pass for variance
        ratio = np.divide(missed, spread, out=(missed > 0).astype(np.float64), where=spread > 0)
        return float((1.0 - ratio).mean())
