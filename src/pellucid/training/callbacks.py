"""Callbacks: what happens between epochs. A callback sees a :class:`Moment`, never the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.errors import DescriptionError

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
