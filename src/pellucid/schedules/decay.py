"""Rates that fall by a factor, now and then or all the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.schedules.base import UNITS, Schedule, Unit, whole_units


@dataclass(frozen=True)
class Step(Schedule):
    """Times ``factor`` after every ``every`` epochs (or updates): rate · factor^⌊t / every⌋, t whole epochs (updates).

    Equal to PyTorch's ``StepLR`` stepped once an epoch (or once an update).

    Parameters
    ----------
    rate : float
        Of the first update; above 0.
    every : int, default 10
    factor : float, default 0.1
        Above 0.
    unit : {"epoch", "step"}, default "epoch"

    Examples
    --------
    >>> Step(0.5, every=1, factor=0.5).rates(first_step=0, count=5, steps_per_epoch=2, total_steps=5)
    array([0.5  , 0.5  , 0.25 , 0.25 , 0.125])
    """

    name: ClassVar[str] = "step"
    aliases: ClassVar[tuple[str, ...]] = ("step_decay", "steplr")

    rate: float
    every: int = 10
    factor: float = 0.1
    unit: Unit = "epoch"

    def __post_init__(self) -> None:
        self._take_number("rate", above=0)
        self._take_count("every")
        self._take_number("factor", above=0)
        self._check_choice("unit", UNITS)

    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        falls = whole_units(steps, self.unit, steps_per_epoch) // self.every
        return self.rate * self.factor ** falls.astype(np.float64)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Times ``factor`` after every epoch (or update): rate · factor^t, t whole epochs (updates).

    With ``unit="epoch"`` the rate is the same within an epoch, as PyTorch's ``ExponentialLR`` stepped once an epoch;
    Keras's ``ExponentialDecay`` falls smoothly unless told ``staircase=True``. A factor above 1 makes the rate grow,
    which is a way to look for the largest rate that still trains.

    Parameters
    ----------
    rate : float
        Of the first update; above 0.
    factor : float, default 0.95
        Above 0.
    unit : {"epoch", "step"}, default "epoch"

    Examples
    --------
    >>> Exponential(0.5, factor=0.5, unit="step").rates(first_step=0, count=4, steps_per_epoch=2, total_steps=4)
    array([0.5   , 0.25  , 0.125 , 0.0625])
    """

    name: ClassVar[str] = "exponential"
    aliases: ClassVar[tuple[str, ...]] = ("exponential_decay", "exponentialdecay", "exponentiallr")

    rate: float
    factor: float = 0.95
    unit: Unit = "epoch"

    def __post_init__(self) -> None:
        self._take_number("rate", above=0)
        self._take_number("factor", above=0)
        self._check_choice("unit", UNITS)

    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        return self.rate * self.factor ** whole_units(steps, self.unit, steps_per_epoch).astype(np.float64)
