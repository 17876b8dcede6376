"""Regularizers: a penalty on large weights, added to the cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from pellucid.errors import DescriptionError
from pellucid.named import Named, Table


@dataclass(frozen=True)
class Regularizer(Named):
    """A penalty l1 Σ|w| + l2 Σw² on one parameter, added to the cost of every batch, as in Keras.

    (Textbooks often write λ/2n Σw² with n training samples: that is ``L2(λ / (2 * n))``.)
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (isinstance(value, (int, float)) and value >= 0 and math.isfinite(value)):
                raise DescriptionError(
                    f'Regularizer "{self.name}": {field.name} must be 0 or a positive number, got {value!r}.'
                )

    @property
    def factors(self) -> tuple[float, float]:
        """(l1, l2)"""
        return float(getattr(self, "l1", 0.0)), float(getattr(self, "l2", 0.0))


@dataclass(frozen=True)
class L1(Regularizer):
    """l1 Σ|w|: drives weights that do little to zero."""

    name = "l1"
    l1: float = 0.01


@dataclass(frozen=True)
class L2(Regularizer):
    """l2 Σw²: keeps weights small.

    >>> L2(0.01).factors
    (0.0, 0.01)
    """

    name = "l2"
    l2: float = 0.01


@dataclass(frozen=True)
class L1L2(Regularizer):
    """Both."""

    name = "l1_l2"
    l1: float = 0.01
    l2: float = 0.01


REGULARIZERS: Table[Regularizer] = Table("regularizer", [L1, L2, L1L2])
