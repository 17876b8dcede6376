"""PellucidRegressor: one number a sample, or several."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin

from pellucid.errors import DataError, DescriptionError
from pellucid.estimators.base import NetworkEstimator, Part
from pellucid.estimators.describe import OUTPUT
from pellucid.estimators.inputs import moments
from pellucid.losses import Loss
from pellucid.tables.targets import precise_enough


class PellucidRegressor(MultiOutputMixin, RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A regressor for scikit-learn: a network whose last layer has a unit for each number.

    Parameters are those of :class:`PellucidClassifier`, except ``class_weight``. What differs:

    Parameters
    ----------
    loss : str, dict, Loss or "auto"
        "auto": the squared error ½ Σ (a − t)². "mean_absolute_error" and "huber" mind outliers less.
    standardize : bool
        Bring the columns *and the targets* to mean 0 and deviation 1. The targets' scale is put into the last layer's
        weights afterwards, so ``network_`` predicts the numbers themselves; the losses, and the options of a loss, are
        those of the standardized targets. MLPRegressor leaves both to the user.
    dtype : str
        "auto": the type of X; float64 also where the targets' mean is so large beside their deviation that float32
        could not tell them apart.
    early_stopping : bool
        Watches the loss (MLPRegressor: R²).

    Attributes
    ----------
    network_, coefs_, intercepts_, loss_curve_, validation_curve_, loss_, best_loss_, n_iter_, n_layers_, n_outputs_
        As in :class:`PellucidClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import PellucidRegressor
    >>> X = np.linspace(-2, 2, 200)[:, None]
    >>> y = 500 + 100 * np.sin(2 * X[:, 0])
    >>> model = PellucidRegressor((32,), learning_rate_init=0.02, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.98
    True
    """

    _numeric = True

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> PellucidRegressor:  # fmt: skip
        """Train.

        Parameters
        ----------
        X : array, DataFrame or sparse matrix (samples, features)
        y : array (samples,) or (samples, outputs)
        sample_weight : array (samples,), optional
        X_val, y_val, sample_weight_val : optional
            A validation set of one's own: ``validation_curve_`` is measured on it, and ``early_stopping`` watches it.
        """
        self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> PellucidRegressor:
        """One epoch over these samples, on top of what was learned before."""
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The number of each sample (samples,), or the numbers (samples, outputs)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._flat else outputs

    def _read_targets(self, y: Any, first: bool, what: str = "y") -> NDArray[Any]:
        targets = np.asarray(y, np.float64).reshape(len(y), -1)
        if first:
            self._flat, self._width = np.ndim(y) == 1, targets.shape[1]
            self._mean, self._deviation = np.zeros(self._width), np.ones(self._width)
        elif targets.shape[1] != self._width:
            raise DataError(
                f"{what}: expected {self._width} numbers a sample as in the first call, got {targets.shape[1]}."
            )
        return targets

    def _output(self, loss: Loss | None) -> tuple[int, str, str]:
        if loss is not None and loss.targets != "values":
            raise DescriptionError(
                f'loss "{loss.name}" is for classes. Use PellucidClassifier, or a loss for numbers such as "huber".'
            )
        return self._width, "identity", "squared_error"

    def _take_scale(self, part: Part) -> None:
        self._mean, self._deviation = moments(part.targets, part.weights)

    def _dtype(self, X: Any) -> str:
        """float64 where float32 would have too few digits for the targets, unless a type was asked for."""
        chosen = super()._dtype(X)
        return precise_enough(chosen, self._mean, self._deviation) if self.dtype == "auto" else chosen

    def _scaled(self, targets: NDArray[Any]) -> NDArray[Any]:
        return (targets - self._mean) / self._deviation

    def _fold(self, forth: bool) -> None:
        """W ↔ s W and b ↔ s b + m, with the targets' mean m and deviation s."""
        weights = self.network_.weights
        W, b = weights[f"{OUTPUT}.weights"].astype(float), weights[f"{OUTPUT}.bias"].astype(float)
        m, s = self._mean, self._deviation
        W, b = (W * s, b * s + m) if forth else (W / s, (b - m) / s)
        self.network_.set_weights({f"{OUTPUT}.weights": W, f"{OUTPUT}.bias": b})
