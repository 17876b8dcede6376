"""When to stop: the rule of scikit-learn's multi-layer perceptron."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pellucid.training.callbacks import Callback, Moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_RATE = 1e-6  # an adaptive rate does not go below
FALL = 5.0  # what an adaptive rate is divided by


class Stopping(Callback):
    """Stops when a loss has not fallen by ``tol`` in more than ``patience`` epochs in a row.

    Parameters
    ----------
    monitor : {"loss", "val_loss"}
    tol : float
        A loss counts as better when it is below the best one so far by at least this.
    patience : int
    adaptive_rate : float, optional
        The learning rate at the start. Where it is given the rate is divided by 5 instead, and training stops when it
        would go below 1e-6.
    restore_best : bool
        Put back the weights of the best epoch at the end.
    """

    def __init__(
        self, monitor: str, tol: float, patience: int, adaptive_rate: float | None = None, restore_best: bool = False
    ) -> None:
        self.monitor, self.tol, self.patience = monitor, tol, patience
        self.adaptive_rate, self.restore_best = adaptive_rate, restore_best
        self.best = math.inf
        self.stopped = False
        self.epochs = 0
        self._waited = 0
        self._weights: NDArray[Any] | None = None

    def on_epoch_end(self, moment: Moment) -> None:
        self.epochs += 1
        loss = float(moment.logs[self.monitor])
        self._waited = self._waited + 1 if loss > self.best - self.tol else 0
        if loss < self.best:
            self.best = loss
            if self.restore_best:
                self._weights = moment.weights()
        if self._waited <= self.patience:
            return
        if self.adaptive_rate is not None and self.adaptive_rate * moment.rate_factor / FALL > SMALLEST_RATE:
            moment.rate_factor /= FALL
            self._waited = 0
            return
        self.stopped = True
        moment.stop_reason = f"{self.monitor} has not fallen by {self.tol:g} in {self.patience} epochs"

    def on_train_end(self, moment: Moment) -> None:
        if self._weights is not None:
            moment.restore(self._weights)
