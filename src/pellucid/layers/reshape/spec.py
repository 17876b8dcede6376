"""Reshape: the same numbers of a sample, seen in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.errors import DescriptionError
from pellucid.layers.base import Layer, check_whole
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan


@dataclass(frozen=True)
class Reshape(Layer):
    """The same numbers of a sample in another shape, the last axis running fastest. Costs nothing.

    Parameters
    ----------
    shape : int or tuple of int
        Of one sample.
    name : str, optional

    Examples
    --------
    >>> from pellucid import Input, Network, Reshape
    >>> Network([Input(12), Reshape((4, 3, 1))]).output_shape
    (4, 3, 1)
    """

    kind = "Reshape"
    shape: int | Sequence[int] = ()
    name: str | None = None

    def __post_init__(self) -> None:
        given = self.shape if isinstance(self.shape, Sequence) and not isinstance(self.shape, str) else (self.shape,)
        if not given:
            raise DescriptionError("Reshape: give the shape of one sample, for instance Reshape((4, 3, 1)).")
        object.__setattr__(self, "shape", tuple(check_whole(n, "Reshape: every size of the shape") for n in given))

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        shape: Shape = tuple(self.shape)  # type: ignore[arg-type]
        if math.prod(shape) != math.prod(inputs):
            before, after = (" × ".join(map(str, s)) for s in (inputs, shape))
            raise DescriptionError(
                f"{where} (Reshape): {before} = {math.prod(inputs)} numbers cannot be seen as {after} = "
                f"{math.prod(shape)}. Choose a shape of {math.prod(inputs)} numbers."
            )
        return shape

    def plan(self, p: LayerPlan) -> Slot:
        return p.reshaped(p.input, self.output_shape(p.input.shape, p.name))
