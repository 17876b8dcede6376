"""Logs of a training that other tools read: CSV, lines of JSON, and TensorBoard's event files."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pellucid.errors import DataError, DescriptionError
from pellucid.training.callbacks import Callback, Moment


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
            self._file = _open_at(self.path, int(state["size"]), newline="")

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


class JsonLinesLog(Callback):
    """Writes a line of JSON an epoch: epoch (from 1), updates, and every figure.

    Numbers that are not finite are null, since JSON has none. Where a training goes on from a checkpoint, the lines of
    epochs after it are cut off and written again.

    Parameters
    ----------
    path : path
    append : bool
        Go on after what the file holds, instead of beginning it anew.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid import Dense, Input, Network
    >>> from pellucid.callbacks import JsonLinesLog
    >>> net = Network([Input(1), Dense(1)])
    >>> net.compile("mse", "sgd")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = Path(folder) / "log.jsonl"
    ...     history = net.fit([[0], [1]], [0, 1], 2, callbacks=JsonLinesLog(log), verbose=0)
    ...     [json.loads(line)["epoch"] for line in log.read_text().splitlines()]
    [1, 2]
    """

    def __init__(self, path: str | os.PathLike[str], append: bool = False) -> None:
        self.path, self.append = Path(path), append
        self._file: IO[str] | None = None

    def state(self) -> Mapping[str, Any]:
        return {"size": self._file.tell() if self._file else None}

    def set_state(self, state: Mapping[str, Any]) -> None:
        if state["size"] is not None:
            self._file = _open_at(self.path, int(state["size"]))

    def on_epoch_end(self, moment: Moment) -> None:
        if self._file is None:
            self._file = self.path.open("a" if self.append else "w", encoding="utf-8")
        figures = {name: value if math.isfinite(value) else None for name, value in moment.logs.items()}
        line = {"epoch": moment.epoch + 1, "updates": moment.network.updates, **figures}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def on_train_end(self, moment: Moment) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class TensorBoardLog(Callback):
    """Writes an event file that TensorBoard draws: every figure of an epoch, at the number of updates so far.

    Needs the package tensorboardX. Where a training goes on from a checkpoint, a second file begins; it tells
    TensorBoard to drop what the first one holds of later steps.

    Parameters
    ----------
    folder : path
        Made where it is not there. ``tensorboard --logdir`` is given this folder or one above it.
    histograms : bool
        Draw the distribution of every array of weights too.

    Raises
    ------
    DescriptionError
        tensorboardX is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str], histograms: bool = False) -> None:
        self.folder, self.histograms = Path(folder), histograms
        self._step: int | None = None  # of a training that goes on
        self._last = 0
        self._writer: Any = None
        _tensorboard()

    def on_train_begin(self, moment: Moment) -> None:
        self._step, self._last = None, moment.network.updates

    def state(self) -> Mapping[str, Any]:
        return {"step": self._last}

    def set_state(self, state: Mapping[str, Any]) -> None:
        self._step = int(state["step"]) + 1

    def on_epoch_end(self, moment: Moment) -> None:
        if self._writer is None:
            # The name of an event file tells the second; a process that goes on in the same one must not take the file.
            suffix = f".{self._step or 0}.{os.getpid()}"
            self._writer = _tensorboard().SummaryWriter(
                os.fspath(self.folder), purge_step=self._step, filename_suffix=suffix
            )
        self._last = moment.network.updates
        for name, value in moment.logs.items():
            group = "validation" if name.startswith("val_") else "training"
            self._writer.add_scalar(f"{group}/{name.removeprefix('val_')}", value, self._last)
        if self.histograms:
            for name, array in moment.network.weights.items():
                self._writer.add_histogram(name.replace(".", "/"), array, self._last)
        self._writer.flush()

    def on_train_end(self, moment: Moment) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _tensorboard() -> Any:
    try:
        import tensorboardX
    except ImportError as error:
        raise DescriptionError(
            "TensorBoardLog needs the package tensorboardX. Install it by: pip install 'pellucid[tensorboard]'"
        ) from error
    return tensorboardX


def _open_at(path: Path, size: int, newline: str | None = None) -> IO[str]:
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
