"""A rate that falls along half a cosine wave: slowly, quickly, slowly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.schedules.base import Schedule


@dataclass(frozen=True)
class Cosine(Schedule):
    """final + (rate − final) · (1 + cos(π t / T)) / 2, for t = 0 … T; then ``final``.

    Equal to PyTorch's ``CosineAnnealingLR`` for the first T updates; after them PyTorch's rate rises again, while this
    one stays at ``final``, as Keras's ``CosineDecay``. With T = ``total_steps`` the last update of the training,
    t = T − 1, is still a little above ``final``.

    Parameters
    ----------
    rate : float
        Of the first update; above 0.
    final : float, default 0.0
        0 or more.
    steps : int, optional
        T; without it the length of the whole training.

    References
    ----------
    Loshchilov, Hutter (2017), SGDR: Stochastic Gradient Descent with Warm Restarts.

    Examples
    --------
    >>> Cosine(1.0).rates(first_step=0, count=4, steps_per_epoch=2, total_steps=4).round(4)
    array([1.    , 0.8536, 0.5   , 0.1464])
    """

    name: ClassVar[str] = "cosine"
    aliases: ClassVar[tuple[str, ...]] = ("cosine_decay", "cosinedecay", "cosineannealinglr")

    rate: float
    final: float = 0.0
    steps: int | None = None

    def __post_init__(self) -> None:
        self._take_number("rate", above=0)
        self._take_number("final", least=0)
        if self.steps is not None:
            self._take_count("steps")

    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        length = total_steps if self.steps is None else self.steps
        t = np.minimum(steps / max(length, 1), 1.0)
        return self.final + (self.rate - self.final) * (1.0 + np.cos(np.pi * t)) / 2.0
