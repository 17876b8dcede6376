"""Where a training stands between two steps: all it takes, besides the network and the optimizer, to go on."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.training.callbacks import Callback, Moment


@dataclass
class Standing:
    """Where a training stands.

    Attributes
    ----------
    begun : int
        The network's updates before this training.
    epoch, step : int
        The epoch, from 0, and how many of its steps are done.
    seconds : float
        That the epoch has taken so far.
    costs : array of float64
        The cost of each of the epoch's steps so far.
    outputs : ndarray (samples, outputs), optional
        The outputs of the epoch's samples so far, in the epoch's order; metrics are computed from them.
    latest : ndarray, optional
        Between epochs, where the optimizer keeps an average: the parameters that training goes on from.
    """

    begun: int
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    costs: array[float] = field(default_factory=lambda: array("d"))
    outputs: NDArray[Any] | None = None
    latest: NDArray[Any] | None = None

    def next_epoch(self) -> None:
        """The epoch is done."""
        self.epoch, self.step, self.seconds, self.costs = self.epoch + 1, 0, 0.0, array("d")


@dataclass(frozen=True)
class Resumed:
    """A training that goes on: what a checkpoint holds besides the network.

    Attributes
    ----------
    standing : Standing
    moment : Mapping
        The fields of the moment: epoch, logs, rate_factor, stop_reason, notes.
    callbacks : sequence of (str, Mapping)
        The kind and the state of each callback.
    data : Mapping of str to str
        The hash of every part of the data.
    best : Mapping, optional
        The best epoch so far: monitor, value, epoch.
    """

    standing: Standing
    moment: Mapping[str, Any]
    callbacks: Sequence[tuple[str, Mapping[str, Any]]]
    data: Mapping[str, str]
    best: Mapping[str, Any] | None

    def restore(self, moment: Moment, callbacks: Sequence[Callback]) -> None:
        """Give the moment and the callbacks back what they knew.

        Raises
        ------
        DataError
            Other callbacks than the training had.
        """
        had, given = [kind for kind, _ in self.callbacks], [callback.kind for callback in callbacks]
        if had != given:
            raise DataError(
                f"callbacks: the training had {', '.join(had) or 'none'}, got {', '.join(given) or 'none'}. "
                f"Give the same ones in the same order; what they know is put back."
            )
        for name in ("epoch", "logs", "rate_factor", "stop_reason"):
            setattr(moment, name, self.moment[name])
        moment.notes[:] = self.moment["notes"]
        for callback, (_, state) in zip(callbacks, self.callbacks, strict=True):
            callback.set_state(state)


def check_data(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse to go on with other data.

    Raises
    ------
    DataError
    """
    for name in dict.fromkeys([*before, *now]):
        if name not in now:
            raise DataError(f"The training had {name}. Give the same again.")
        if name not in before:
            raise DataError(f"The training had no {name}. Leave it out.")
    changed = [name for name in before if before[name] != now[name]]
    if changed:
        raise DataError(
            f"Not the data that the training was begun with: {', '.join(changed)} "
            f"{'differs' if len(changed) == 1 else 'differ'}. Give the same data, in the same order."
        )
