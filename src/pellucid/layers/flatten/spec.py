"""Flatten: the numbers of a sample in one row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.layers.base import Layer
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan


@dataclass(frozen=True)
class Flatten(Layer):
    """The numbers of a sample in one row: (28, 28) becomes (784,), the last axis running fastest.

    Costs nothing: the engine keeps a sample's numbers in that order anyway, so nothing is moved.

    Examples
    --------
    >>> from pellucid import Network, Input, Flatten
    >>> Network([Input((4, 3)), Flatten()]).output_shape
    (12,)
    """

    kind = "Flatten"
    name: str | None = None

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        return (math.prod(inputs),)

    def plan(self, p: LayerPlan) -> Slot:
        return p.reshaped(p.input, (p.input.units,))
