"""When checkpoints are written, and which are kept."""

from __future__ import annotations

import contextlib
import math
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.errors import DescriptionError, ModelFileError, PellucidError
from pellucid.layers.base import check_whole
from pellucid.training.callbacks import Callback, Moment
from pellucid.training.standing import Standing

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.checkpoint import Checkpoint

START, BEST, LOCK = "start.pellucid", "best.pellucid", "lock"
NUMBERED = re.compile(r"step-(\d{9,})\.pellucid")
UNFINISHED = re.compile(r"\.(start|best|step-\d+)\.pellucid\.[0-9a-f]{8}")
SHARE = 0.02  # of the time, at most, goes into checkpoints that are written for the time that has passed


@dataclass(frozen=True)
class CheckpointFolder:
    """Where and how often a training writes checkpoints.

    Parameters
    ----------
    path : path
        A folder, made where it is not there. It holds ``start.pellucid``, the last checkpoints
        (``step-000001000.pellucid`` is that after 1,000 updates) and ``best.pellucid``, the network of the epoch with
        the lowest ``val_loss``, or ``loss`` where there is none.
    seconds : float, optional
        Write when so many seconds have passed; less often where writing would take more than 2 % of the time.
    steps : int, optional
        Write after every so many updates, whatever it takes.
    epochs : int, optional
        Write after every so many epochs, whatever it takes.
    keep : int
        How many of the last checkpoints are kept, at least 2: one is whole while the next is written.
    """

    path: str | os.PathLike[str]
    seconds: float | None = 10.0
    steps: int | None = None
    epochs: int | None = None
    keep: int = 2

    def __post_init__(self) -> None:
        if self.seconds is not None and not 0 < self.seconds < float("inf"):
            raise DescriptionError(f"CheckpointFolder: seconds must be a number above 0, got {self.seconds!r}.")
        for name in ("steps", "epochs"):
            if getattr(self, name) is not None:
                check_whole(getattr(self, name), f"CheckpointFolder: {name}")
        check_whole(self.keep, "CheckpointFolder: keep", 2)

    def rhythm(self) -> dict[str, Any]:
        """Everything but the path, as plain data."""
        return {"seconds": self.seconds, "steps": self.steps, "epochs": self.epochs, "keep": self.keep}


def numbered(folder: str | os.PathLike[str]) -> list[Path]:
    """The checkpoints of a folder, but for start and best, the first ones first."""
    try:
        found = [path for path in Path(folder).iterdir() if NUMBERED.fullmatch(path.name)]
    except OSError as error:
        raise ModelFileError(f"{folder}: cannot be read ({error.strerror}).") from error
    return sorted(found, key=lambda path: int(path.name[5:-9]))


def latest_checkpoint(folder: str | os.PathLike[str], most: int | None = None) -> Checkpoint:
    """The last whole checkpoint of a folder; the last after ``most`` updates of the network or fewer, where given.

    Raises
    ------
    ModelFileError
        There is none.
    """
    from pellucid.record.checkpoint import read_checkpoint

    place, trouble = Path(folder), ""
    if not place.is_dir():
        raise ModelFileError(f"{place}: {'a file, not a folder' if place.exists() else 'there is no such folder'}.")
    for path in [*reversed(numbered(place)), place / START]:
        if path.exists() and (most is None or path.name == START or int(path.name[5:-9]) <= most):
            try:
                found = read_checkpoint(path)
                if most is None or not found.finished:  # a training that has ended may have put other weights back
                    return found
            except ModelFileError as error:
                trouble = trouble or f" {error}"
    raise ModelFileError(f"{place}: no checkpoint of a training is there.{trouble}")


class NothingKept:
    """Writes no checkpoints; the base of the keeper that does."""

    def begin(self, standing: Standing, moment: Moment) -> None:
        """Before the first step."""

    def next_stop(self, standing: Standing, updates: int) -> int:
        """The step of the epoch at which the training must look up at the latest."""
        return 1 << 62

    def step(self, standing: Standing, moment: Moment, now: bool = False) -> None:
        """Some steps of an epoch are done."""

    def epoch(self, standing: Standing, moment: Moment) -> None:
        """An epoch is done."""

    def finish(self, standing: Standing, moment: Moment) -> None:
        """The training has ended."""

    def release(self) -> None:
        """No more is written, for whatever reason."""


class Keeper(NothingKept):
    """Writes the checkpoints of one training.

    Parameters
    ----------
    where : CheckpointFolder
    batch_size : int
    options, data, callbacks
        As the checkpoint has them; see :class:`pellucid.record.checkpoint.Checkpoint`.
    memories : callable
        The optimizer's memories as they are.
    best : mapping, optional
        The best epoch so far, where the training goes on.
    """

    def __init__(
        self,
        where: CheckpointFolder,
        batch_size: int,
        options: Mapping[str, Any],
        data: Mapping[str, str],
        callbacks: Sequence[Callback],
        memories: Callable[[], NDArray[Any]],
        best: Mapping[str, Any] | None = None,
        goes_on: bool = False,
    ) -> None:
        self.where, self.folder = where, Path(where.path)
        self.batch_size, self.options, self.data, self.callbacks = batch_size, options, data, callbacks
        self.best = None if best is None else dict(best)
        self._memories, self._goes_on = memories, goes_on
        self._best_is_new: tuple[Any, ...] | None = None
        self._due = 0.0
        self._written = 0  # the updates of the last checkpoint
        self._last: Path | None = None
        self._lock: IO[bytes] | None = None

    def begin(self, standing: Standing, moment: Moment) -> None:
        self._claim()
        self._written = moment.network.updates
        if self._goes_on:
            self._last = (numbered(self.folder) or [self.folder / START])[-1]
            self._due = time.perf_counter() + (self.where.seconds or 0.0)
        else:
            self._write(self.folder / START, standing, moment)

    def next_stop(self, standing: Standing, updates: int) -> int:
        every = self.where.steps
        return 1 << 62 if every is None else standing.step + every - (updates - standing.begun) % every

    def step(self, standing: Standing, moment: Moment, now: bool = False) -> None:
        every, updates = self.where.steps, moment.network.updates
        asked = every is not None and (updates - standing.begun) % every == 0
        late = self.where.seconds is not None and time.perf_counter() >= self._due
        if now or asked or late:
            self._checkpoint(standing, moment)

    def epoch(self, standing: Standing, moment: Moment) -> None:
        self._note_best(standing, moment)
        every = self.where.epochs
        self.step(standing, moment, now=every is not None and standing.epoch % every == 0)

    def finish(self, standing: Standing, moment: Moment) -> None:
        self._checkpoint(standing, moment, finished=True)

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _claim(self) -> None:
        """Make the folder, and see to it that no other process writes into it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / LOCK).open("wb")
            _lock(self._lock, self.folder)
            taken = [path.name for path in self.folder.iterdir() if path.name == START or NUMBERED.fullmatch(path.name)]
            if taken and not self._goes_on:
                raise ModelFileError(
                    f"{self.folder} holds checkpoints of a training, and nothing is overwritten. Go on with that "
                    f'training by pellucid.resume("{self.folder}", X, y), or choose another folder.'
                )
            for path in self.folder.iterdir():  # left by a process that was killed while it wrote
                if UNFINISHED.fullmatch(path.name):
                    path.unlink()
        except OSError as error:
            raise ModelFileError(f"{self.folder}: checkpoints cannot be written there ({error.strerror}).") from error

    def _note_best(self, standing: Standing, moment: Moment) -> None:
        """Keep a copy of the network where the epoch was the best; it is written with the next checkpoint."""
        net = moment.network
        monitor = "val_loss" if "val_loss" in moment.logs else "loss"
        value = float(moment.logs[monitor])
        if math.isfinite(value) and (self.best is None or value < self.best["value"]):
            self.best = {"monitor": monitor, "value": value, "epoch": standing.epoch}
            self._best_is_new = net.snapshot(), self._memories().copy(), net.updates, len(net.history.epoch)

    def _checkpoint(self, standing: Standing, moment: Moment, finished: bool = False) -> None:
        self._write_best(moment.network)
        self._write(self.folder / f"step-{moment.network.updates:09d}.pellucid", standing, moment, finished)
        for path in numbered(self.folder)[: -self.where.keep]:
            path.unlink(missing_ok=True)

    def _write(self, path: Path, standing: Standing, moment: Moment, finished: bool = False) -> None:
        from pellucid.record.checkpoint import write_checkpoint

        began = time.perf_counter()
        fields = {name: getattr(moment, name) for name in ("epoch", "rate_factor", "stop_reason")}
        about = {**fields, "logs": dict(moment.logs), "notes": list(moment.notes)}
        states = [(callback.kind, callback.state()) for callback in self.callbacks]
        with self._telling(moment.network):
            write_checkpoint(
                path, moment.network, standing, batch_size=self.batch_size, options=self.options, data=self.data,
                moment=about, callbacks=states, best=self.best, finished=finished,
            )  # fmt: skip
        self._last, now = path, time.perf_counter()
        self._due = now + max(self.where.seconds or 0.0, (now - began) / SHARE)

    def _write_best(self, net: Network) -> None:
        if self._best_is_new is None:
            return
        snapshot, memories, updates, epochs = self._best_is_new
        best = type(net).from_dict(net.to_dict())
        best.compile(**net.compile_settings())
        best.put_back(snapshot)
        best.keep_memories(memories)
        best.updates = updates
        for name in ("class_names", "feature_names", "preparation", "recipe"):
            setattr(best, name, getattr(net, name))
        best.adopt_history(net.history.first(epochs))
        with self._telling(net):
            best.save(self.folder / BEST)
        self._best_is_new = None

    @contextlib.contextmanager
    def _telling(self, net: Network) -> Any:
        """Say what a checkpoint that cannot be written means."""
        try:
            yield
        except (PellucidError, OSError) as error:
            words = str(error) if isinstance(error, PellucidError) else f"{error.strerror or error}."
            whole = self._last is not None and self._last.exists()
            kept = f"The last good one is {self._last}" if whole else "None is there any more"
            raise ModelFileError(
                f"The training was stopped after {net.updates:,} updates: its checkpoint could not be written. "
                f"{words} {kept}."
            ) from error


def _lock(file: IO[bytes], folder: Path) -> None:
    """Lock a file until it is closed or the process ends, however it ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        file.close()
        raise ModelFileError(f"{folder}: another process trains there now. Wait for its end, or stop it.") from error
