"""Snapshots: the weights at some epochs, never more than a set number, for a replay of the training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.layers.base import check_whole
from pellucid.training.callbacks import Callback, Moment


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that training moves, after so many epochs (0: before the first)."""

    epoch: int
    numbers: NDArray[Any]


class Snapshots(Callback):
    """Keeps the weights of some epochs, evenly spread, the first and the last among them.

    While there is room every epoch is kept; then every second, every fourth, … so memory and work stay bounded whatever
    the number of epochs.

    Parameters
    ----------
    most : int
        How many are kept, at least 2.
    megabytes : float
        How much memory they may take; of large networks fewer are kept, never less than 2.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(1)])
    >>> net.compile("mse", "sgd")
    >>> snapshots = Snapshots(most=5)
    >>> _ = net.fit([[0, 1], [1, 0]], [0, 1], epochs=13, callbacks=snapshots, verbose=0)
    >>> [one.epoch for one in snapshots.kept]
    [0, 4, 8, 12, 13]
    """

    def __init__(self, most: int = 24, megabytes: float = 64.0) -> None:
        self.most, self.megabytes = check_whole(most, "Snapshots: most", 2), megabytes
        self._kept: list[Snapshot] = []
        self._latest: Snapshot | None = None
        self._every = 1

    @property
    def kept(self) -> tuple[Snapshot, ...]:
        """The snapshots, in the order of the epochs."""
        ends = [] if self._latest is None or self._latest is self._kept[-1] else [self._latest]
        return (*self._kept, *ends)

    def on_train_begin(self, moment: Moment) -> None:
        if not self._kept:  # a further fit goes on with the same snapshots
            self._kept.append(Snapshot(len(moment.network.history.epoch), moment.weights()))

    def on_epoch_end(self, moment: Moment) -> None:
        first = self._kept[0]
        self._latest = Snapshot(len(moment.network.history.epoch), moment.weights())
        if (self._latest.epoch - first.epoch) % self._every:
            return
        self._kept.append(self._latest)
        room = max(2, min(self.most, int(self.megabytes * 2**20 / max(1, first.numbers.nbytes))))
        while len(self._kept) >= room and len(self._kept) > 1:  # one place is for the last epoch
            self._every *= 2
            self._kept = [one for one in self._kept if (one.epoch - first.epoch) % self._every == 0]

    def state(self) -> Mapping[str, Any]:
        kept = self.kept
        return {
            "every": self._every,
            "epochs": np.array([one.epoch for one in kept], np.int64),
            "numbers": np.stack([one.numbers for one in kept]) if kept else None,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        self._every = int(state["every"])
        if state["numbers"] is None:
            return
        found = [Snapshot(int(e), n.copy()) for e, n in zip(state["epochs"], state["numbers"], strict=True)]
        even = [(one.epoch - found[0].epoch) % self._every == 0 for one in found]
        self._kept = [one for one, kept in zip(found, even, strict=True) if kept]
        self._latest = found[-1]
