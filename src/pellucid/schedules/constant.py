"""The same rate throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.schedules.base import Schedule


@dataclass(frozen=True)
class Constant(Schedule):
    """Every update uses ``rate``.

    Parameters
    ----------
    rate : float
        Above 0.

    Examples
    --------
    >>> Constant(0.5).rates(first_step=0, count=3, steps_per_epoch=2, total_steps=10)
    array([0.5, 0.5, 0.5])
    """

    name: ClassVar[str] = "constant"

    rate: float

    def __post_init__(self) -> None:
        self._take_number("rate", above=0)

    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        return np.full(len(steps), self.rate)
