"""What every schedule is: a few numbers, and one pure function from the update's number to its learning rate."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError, nearest
from pellucid.named import Named

Unit = Literal["epoch", "step"]
UNITS = ("epoch", "step")


class Schedule(Named, ABC):
    """Base of the schedules. A schedule has no state, so that a run can go on from any update."""

    def rates(self, first_step: int, count: int, steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        """Return the learning rates of ``count`` updates, from update ``first_step`` on.

        Parameters
        ----------
        first_step : int
            The number of the first of these updates, counted from the start of training; the first of all is 0.
        count : int
            How many updates.
        steps_per_epoch : int
            Updates in one epoch.
        total_steps : int
            Updates in the whole training as planned.

        Returns
        -------
        ndarray of float64, shape (count,)
        """
        return self._at(np.arange(first_step, first_step + count, dtype=np.int64), steps_per_epoch, total_steps)

    @abstractmethod
    def _at(self, steps: NDArray[np.int64], steps_per_epoch: int, total_steps: int) -> NDArray[np.float64]:
        """The rates of the updates with these numbers."""

    def _take_number(
        self, field: str, *, above: float | None = None, least: float | None = None, most: float | None = None
    ) -> None:
        """Check that a field is a finite number within its bounds and keep it as a plain float, fit for JSON."""
        given = getattr(self, field)
        value = float(given) if isinstance(given, Real) and not isinstance(given, bool) else math.nan
        if (
            not math.isfinite(value)
            or (above is not None and value <= above)
            or (least is not None and value < least)
            or (most is not None and value > most)
        ):
            bounds = [("above", above), ("of at least", least), ("of at most", most)]
            wanted = " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)
            raise DescriptionError(
                f'Schedule "{self.name}": {field} must be a finite number {wanted}, not {given!r}.'
                + (" Use rate=0.01, for instance." if field == "rate" else "")
            )
        object.__setattr__(self, field, value)

    def _take_count(self, field: str) -> None:
        """Check that a field is a whole number of 1 or more and keep it as a plain int."""
        value = getattr(self, field)
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise DescriptionError(
                f'Schedule "{self.name}": {field} must be a whole number of at least 1, not {value!r}.'
            )
        object.__setattr__(self, field, int(value))

    def _check_choice(self, field: str, known: tuple[str, ...]) -> None:
        """Check that a field is one of the known words."""
        value = getattr(self, field)
        if value not in known:
            words = " or ".join(f'"{word}"' for word in known)
            raise DescriptionError(
                f'Schedule "{self.name}": {field} must be {words}, not {value!r}.{nearest(value, known)}'
            )


def whole_units(steps: NDArray[np.int64], unit: Unit, steps_per_epoch: int) -> NDArray[np.int64]:
    """How many whole epochs, or updates, lie before each update.

    >>> whole_units(np.arange(5), "epoch", 2)
    array([0, 0, 1, 1, 2])
    """
    return steps // steps_per_epoch if unit == "epoch" else steps
