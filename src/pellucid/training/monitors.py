"""Callbacks that watch one figure: to end a training, to slow it down, or to keep its best network."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from pellucid.errors import DescriptionError, nearest
from pellucid.layers.base import check_whole
from pellucid.training.callbacks import Callback, Moment


class Monitor(Callback):
    """Watches one figure for improvement."""

    def __init__(self, monitor: str, mode: str, min_delta: float) -> None:
        if mode not in ("auto", "min", "max"):
            raise DescriptionError(f'{type(self).__name__}: mode must be "auto", "min" or "max", got {mode!r}.')
        if min_delta < 0:
            raise DescriptionError(f"{type(self).__name__}: min_delta must be at least 0, got {min_delta!r}.")
        self.monitor, self.mode, self.min_delta = monitor, mode, min_delta
        self.best = math.nan

    def on_train_begin(self, moment: Moment) -> None:
        self.best = math.nan

    def state(self) -> Mapping[str, Any]:
        return {"best": self.best}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.best = float(state["best"])

    def improved(self, moment: Moment) -> bool:
        """Whether the figure is the best so far; remembers it."""
        value = self.value(moment)
        better = (self.best - value) if self.sinks(moment) else (value - self.best)
        if math.isnan(self.best) or better > self.min_delta:
            self.best = value
            return not math.isnan(value)
        return False

    def value(self, moment: Moment) -> float:
        """The watched figure of this epoch."""
        if self.monitor not in moment.logs:
            raise DescriptionError(
                f'{type(self).__name__} watches "{self.monitor}", which this training does not have.'
                f"{nearest(self.monitor, moment.logs)} It has: {', '.join(moment.logs)}. "
                f"Figures that start with val_ need validation_split or validation_data."
            )
        return float(moment.logs[self.monitor])

    def sinks(self, moment: Moment) -> bool:
        """Whether less is better."""
        if self.mode != "auto":
            return self.mode == "min"
        name = self.monitor.removeprefix("val_")
        metric = {m.name: m for m in moment.network.metrics}.get(name)
        return metric is None or not metric.higher_is_better


class EarlyStopping(Monitor):
    """Ends the training when a figure has not improved for ``patience`` epochs.

    Parameters
    ----------
    monitor : str
        The figure; ``"val_loss"`` unless given.
    patience : int
        How many epochs without improvement are borne.
    min_delta : float
        An improvement is at least larger than this.
    mode : {"auto", "min", "max"}
        Which way is better; "auto" knows it of the loss and of every metric.
    restore_best : bool
        Put back the weights of the best epoch at the end (Keras: ``restore_best_weights``, off unless asked for; here
        on, because people who stop early want the network that made them stop).
    """

    def __init__(
        self, monitor: str = "val_loss", patience: int = 10, min_delta: float = 0.0, mode: str = "auto",
        restore_best: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        self.patience, self.restore_best = check_whole(patience, "EarlyStopping: patience", 0), restore_best
        self.best_epoch = -1
        self._weights: NDArray[Any] | None = None

    def on_train_begin(self, moment: Moment) -> None:
        super().on_train_begin(moment)
        self.best_epoch, self._weights = -1, None

    def state(self) -> Mapping[str, Any]:
        return {**super().state(), "best_epoch": self.best_epoch, "weights": self._weights}

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self.best_epoch, self._weights = int(state["best_epoch"]), state["weights"]

    def on_epoch_end(self, moment: Moment) -> None:
        if self.improved(moment):
            self.best_epoch = moment.epoch
            if self.restore_best:
                self._weights = moment.weights()
        elif moment.epoch - self.best_epoch >= self.patience:
            moment.stop_reason = f"{self.monitor} has not improved for {self.patience} epochs"

    def on_train_end(self, moment: Moment) -> None:
        if self._weights is not None and self.best_epoch < moment.epoch:
            moment.restore(self._weights)
            history = moment.network.history  # so that whoever reads it knows which epoch the weights are of
            history.params["weights_of_epoch"] = len(history.epoch) - 1 - (moment.epoch - self.best_epoch)
            moment.notes.append(f"Weights of epoch {self.best_epoch + 1} put back ({self.monitor} {self.best:.6g}).")


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by ``factor`` when a figure has not improved for ``patience`` epochs."""

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 5, min_delta: float = 1e-4,
        mode: str = "auto", min_factor: float = 1e-6,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise DescriptionError(f"ReduceLROnPlateau: factor must be between 0 and 1, got {factor!r}.")
        self.patience = check_whole(patience, "ReduceLROnPlateau: patience", 0)
        self.factor, self.min_factor = factor, min_factor
        self._waited = 0

    def on_train_begin(self, moment: Moment) -> None:
        super().on_train_begin(moment)
        self._waited = 0

    def state(self) -> Mapping[str, Any]:
        return {**super().state(), "waited": self._waited}

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self._waited = int(state["waited"])

    def on_epoch_end(self, moment: Moment) -> None:
        self._waited = 0 if self.improved(moment) else self._waited + 1
        if self._waited >= max(1, self.patience) and moment.rate_factor > self.min_factor:
            moment.rate_factor = max(self.min_factor, moment.rate_factor * self.factor)
            moment.notes.append(f"Epoch {moment.epoch + 1}: learning rate × {moment.rate_factor:g}.")
            self._waited = 0


class Checkpoint(Monitor):
    """Saves the model file after every epoch, or after those in which a figure was the best so far.

    Parameters
    ----------
    path : path
        The file; ``{epoch}`` and the names of figures are put in, as in ``"best-{epoch}-{val_loss:.3f}.pellucid"``.
    best_only : bool
        Save only when ``monitor`` is the best so far.
    """

    def __init__(
        self, path: str | os.PathLike[str], monitor: str = "val_loss", best_only: bool = False, mode: str = "auto"
    ) -> None:
        super().__init__(monitor, mode, 0.0)
        self.path, self.best_only = os.fspath(path), best_only

    def on_epoch_end(self, moment: Moment) -> None:
        if self.best_only and not self.improved(moment):
            return
        try:
            path = self.path.format(epoch=moment.epoch + 1, **moment.logs)
        except (KeyError, IndexError, ValueError) as error:
            known = ", ".join(["epoch", *moment.logs])
            words = f'Checkpoint: path "{self.path}" cannot be filled in ({error}). Known: {known}.'
            raise DescriptionError(words) from error
        moment.network.save(path)
