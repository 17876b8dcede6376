"""Callbacks: what happens between epochs. A callback sees a :class:`Moment`, never the engine."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest

if TYPE_CHECKING:
    from pellucid.network import Network


@dataclass
class Moment:
    """A moment of a training, as callbacks see it.

    Attributes
    ----------
    network : Network
        The network as it is now: callbacks may predict with it and save it.
    epoch, epochs : int
        The epoch that has just ended, from 0, and how many are planned.
    logs : Mapping
        The figures of the epoch: loss, metrics, val_loss, …
    rate_factor : float
        What the learning rate is multiplied with; a callback may change it.
    stop_reason : str, optional
        Set it to end the training after this epoch.
    notes : list of str
        What a callback wants to say to the user; shown with the progress.
    """

    network: Network
    epoch: int = -1
    epochs: int = 0
    logs: Mapping[str, float] = field(default_factory=dict)
    rate_factor: float = 1.0
    stop_reason: str | None = None
    notes: list[str] = field(default_factory=list)

    def weights(self) -> NDArray[Any]:
        """A copy of everything that training moves, one vector."""
        return self.network.snapshot()

    def restore(self, weights: NDArray[Any]) -> None:
        """Put back what :meth:`weights` returned."""
        self.network.put_back(weights)


class Callback:
    """Base of the callbacks; override what is needed. Any function of a :class:`Moment` is a callback too."""

    @property
    def kind(self) -> str:
        """What checkpoints call it."""
        return type(self).__name__

    def on_train_begin(self, moment: Moment) -> None:
        """Before the first epoch."""

    def on_epoch_end(self, moment: Moment) -> None:
        """After every epoch."""

    def on_train_end(self, moment: Moment) -> None:
        """After the last epoch, also where training was stopped or failed."""

    def state(self) -> Mapping[str, Any]:
        """What it must know to go on after an interruption: numbers, text, None and arrays by name, for checkpoints."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take back what :meth:`state` gave; called after ``on_train_begin`` of a training that goes on."""


class FunctionCallback(Callback):
    """Calls a function at the end of every epoch."""

    def __init__(self, function: Callable[[Moment], Any]) -> None:
        self._function = function

    def on_epoch_end(self, moment: Moment) -> None:
        self._function(moment)


class _Watching(Callback):
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


class EarlyStopping(_Watching):
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
        self.patience, self.restore_best = patience, restore_best
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


class ReduceLROnPlateau(_Watching):
    """Multiplies the learning rate by ``factor`` when a figure has not improved for ``patience`` epochs."""

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 5, min_delta: float = 1e-4,
        mode: str = "auto", min_factor: float = 1e-6,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise DescriptionError(f"ReduceLROnPlateau: factor must be between 0 and 1, got {factor!r}.")
        self.factor, self.patience, self.min_factor = factor, patience, min_factor
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
        if self._waited >= self.patience and moment.rate_factor > self.min_factor:
            moment.rate_factor = max(self.min_factor, moment.rate_factor * self.factor)
            moment.notes.append(f"Epoch {moment.epoch + 1}: learning rate × {moment.rate_factor:g}.")
            self._waited = 0


class Checkpoint(_Watching):
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


class CSVLog(Callback):
    """Writes one line of figures an epoch into a CSV file.

    Where a training goes on from a checkpoint, the lines of epochs after it are cut off and written again.
    """

    def __init__(self, path: str | os.PathLike[str], append: bool = False) -> None:
        self.path, self.append = Path(path), append
        self._file: IO[str] | None = None
        self._names: list[str] = []

    def state(self) -> Mapping[str, Any]:
        return {"names": self._names, "size": self._file.tell() if self._file else 0}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self._names = [str(name) for name in state["names"]]
        if self._names:
            self._file = open_at(self.path, int(state["size"]), newline="")

    def on_epoch_end(self, moment: Moment) -> None:
        if self._file is None:
            self._names = ["epoch", *moment.logs]
            go_on = self.append and self.path.exists() and self.path.stat().st_size > 0
            self._file = self.path.open("a" if go_on else "w", newline="", encoding="utf-8")
            if not go_on:
                csv.writer(self._file).writerow(self._names)
        row = {"epoch": moment.epoch + 1, **moment.logs}
        csv.writer(self._file).writerow([row.get(name, "") for name in self._names])
        self._file.flush()

    def on_train_end(self, moment: Moment) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def open_at(path: Path, size: int, newline: str | None = None) -> IO[str]:
    """Open a log to go on at a place: what was written after it is cut off.

    Raises
    ------
    DataError
        The log is not there.
    """
    try:
        file = path.open("r+", newline=newline, encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(f"{path}: this log of the training is missing. Put it back, or make an empty file.") from error
    file.truncate(min(size, path.stat().st_size))
    file.seek(0, os.SEEK_END)
    return file


def as_callbacks(given: Callback | Callable[[Moment], Any] | Sequence[Any] | None) -> list[Callback]:
    """A list of callbacks from one, several, or functions."""
    if given is None:
        return []
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    made = []
    for one in several:
        if isinstance(one, Callback):
            made.append(one)
        elif callable(one) and not isinstance(one, type):
            made.append(FunctionCallback(one))
        else:
            raise DescriptionError(f"callbacks: expected a Callback or a function of a Moment, got {one!r}.")
    return made


__all__ = ["CSVLog", "Callback", "Checkpoint", "EarlyStopping", "Moment", "ReduceLROnPlateau", "as_callbacks"]
