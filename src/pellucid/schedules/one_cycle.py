"""One rise to a high rate and one long fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from pellucid.schedules.base import Schedule


@dataclass(frozen=True)
class OneCycle(Schedule):
    """From rate / start_divisor up to ``rate``, then down to rate / (start_divisor · final_divisor).

    With N the updates of the whole training, the peak is at update p = warm_fraction · N − 1 and the end at N − 1.
    Between two rates a and b, with s the share of the way from 0 to 1, the rate is

    - ``shape="cosine"``: b + (a − b) · (1 + cos(π s)) / 2,
    - ``shape="linear"``: a + (b − a) · s.

    Equal to PyTorch's ``OneCycleLR`` without its momentum cycle. A training that goes on past N keeps the last rate.

    Parameters
    ----------
    rate : float
        The peak; above 0.
    warm_fraction : float, default 0.3
        The share of the training that rises, 0 to 1.
    start_divisor : float, default 25
        Above 0.
    final_divisor : float, default 1e4
        Above 0.
    shape : {"cosine", "linear"}, default "cosine"

    References
    ----------
    Smith, Topin (2018), Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates.

    Examples
    --------
    >>> cycle = OneCycle(1.0, warm_fraction=0.5, start_divisor=4, final_divisor=1, shape="linear")
    >>> cycle.rates(first_step=0, count=6, steps_per_epoch=2, total_steps=6)
    array([0.25 , 0.625, 1.   , 0.75 , 0.5  , 0.25 ])
    """

    name: ClassVar[str] = "one_cycle"
    aliases: ClassVar[tuple[str, ...]] = ("onecycle", "onecyclelr", "1cycle")

    rate: float
    warm_fraction: float = 0.3
    start_divisor: float = 25.0
    final_divisor: float = 1e4
    shape: Literal["cosine", "linear"] = "cosine"

    def __post_init__(self) -> None:
        self._take_number("rate", above=0)
        self._take_number("warm_fraction", least=0, most=1)
        self._take_number("start_divisor", above=0)
        self._take_number("final_divisor", above=0)
        self._check_choice("shape", ("cosine", "linear"))

    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        first = self.rate / self.start_divisor
        peak, end = self.warm_fraction * total_steps - 1.0, total_steps - 1.0
        steps = np.minimum(steps, max(total_steps - 1, 0))
        # A peak before the first update (a short warm part) leaves the fall alone, begun before it, as in PyTorch.
        up = self._between(first, self.rate, _share(steps, 0.0, peak))
        down = self._between(self.rate, first / self.final_divisor, _share(steps, peak, end))
        return np.where(steps <= peak, up, down)

    def _between(self, a: float, b: float, share: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.shape == "linear":
            return a + (b - a) * share
        return b + (a - b) * (1.0 + np.cos(np.pi * share)) / 2.0


def _share(steps: NDArray[np.int64], begin: float, end: float) -> NDArray[np.float64]:
    """How far each step is on the way from ``begin`` to ``end``, 0 to 1; a way of no length is already gone."""
    if end <= begin:
        return np.ones(len(steps))
    return np.clip((steps - begin) / (end - begin), 0.0, 1.0)
