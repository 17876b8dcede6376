"""A gentle start, before any other schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.schedules.base import Schedule
from pellucid.schedules.table import as_schedule


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A straight line from ``start`` up to the first rate of ``then`` over ``steps`` updates, and after them ``then``.

    Update t < steps has the rate start + (then₀ − start) · t / steps; update t ≥ steps has the rate that ``then``
    gives to its own update t − steps, with the training shortened by ``steps``, so that a cosine still ends where the
    training ends. Equal to PyTorch's ``LinearLR`` followed by another schedule in ``SequentialLR``, where ``start`` is
    its ``start_factor`` times the rate; Keras's ``CosineDecay(warmup_steps=…)`` rises in the same way.
    With ``start=0`` the first update changes nothing.

    Parameters
    ----------
    steps : int
        Updates, 1 or more.
    then : Schedule, dict or float
        What follows; a number is a constant rate.
    start : float, default 0.0
        The rate of the first update; 0 or more.

    Examples
    --------
    >>> WarmUp(steps=4, then=0.5).rates(first_step=0, count=6, steps_per_epoch=2, total_steps=6)
    array([0.   , 0.125, 0.25 , 0.375, 0.5  , 0.5  ])
    """

    name: ClassVar[str] = "warm_up"
    aliases: ClassVar[tuple[str, ...]] = ("warmup",)

    steps: int
    then: Schedule
    start: float = 0.0

    def __post_init__(self) -> None:
        self._take_count("steps")
        object.__setattr__(self, "then", as_schedule(self.then))
        self._take_number("start", least=0)

    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        left = max(total_steps - self.steps, 0)
        # While the line rises, `then` is asked for its first rate, which is where the line ends.
        after = self.then._at(np.maximum(steps - self.steps, 0), steps_per_epoch, left)
        rising = self.start + (after - self.start) * (steps / self.steps)
        return np.where(steps < self.steps, rising, after)
