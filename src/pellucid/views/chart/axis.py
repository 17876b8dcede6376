"""How numbers become places: an axis between two ends, and the round numbers on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Axis:
    """How numbers become places between two ends.

    Attributes
    ----------
    low, high : float
        The numbers at the ends.
    begin, end : float
        The places of the ends.
    logarithmic : bool
    """

    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: Any) -> Any:
        """The place of a number, or of each of an array.

        >>> Axis(0.0, 10.0, 100.0, 300.0)(2.5)
        150.0
        """
        low, high, v = (np.log10(n) if self.logarithmic else n for n in (self.low, self.high, value))
        share = (v - low) / (high - low) if high != low else 0.5 + 0 * v
        return self.begin + (self.end - self.begin) * share

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers on it."""
        if self.logarithmic:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            tens = [10.0**k for k in range(first, last + 1)]
            if len(tens) > 1:
                return tens[:: -(-len(tens) // (most + 1))]
            found = [m * 10.0**k for k in range(first - 1, last + 2) for m in (1, 2, 5)]
            found = [float(f"{v:.6g}") for v in found if self.low <= v <= self.high]
            return found if len(found) > 1 else [self.low, self.high]
        return round_numbers(self.low, self.high, most)


def round_numbers(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from ``low`` to ``high``.

    >>> round_numbers(0, 10), round_numbers(0.12, 0.31)
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [0.15, 0.2, 0.25, 0.3])
    """
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, math.floor(high / step + 1e-9) + 1)]
