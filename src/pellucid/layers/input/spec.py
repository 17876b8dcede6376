"""Input: the shape of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.errors import DescriptionError
from pellucid.layers.base import Layer, check_whole
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan


@dataclass(frozen=True)
class Input(Layer):
    """The shape of one sample; the first entry of a network.

    Parameters
    ----------
    shape : int or tuple of int
        Without the number of samples: ``Input(8)`` for a table of 8 columns, ``Input((28, 28))`` for grey pictures of
        28 rows and 28 columns.
    name : str, optional

    Examples
    --------
    >>> Input(8).shape, Input((28, 28)).shape
    ((8,), (28, 28))
    """

    kind = "Input"
    shape: int | Sequence[int] = ()
    name: str | None = None

    def __post_init__(self) -> None:
        given = self.shape if isinstance(self.shape, Sequence) and not isinstance(self.shape, str) else (self.shape,)
        if not given:
            raise DescriptionError("Input: give the shape of one sample, for instance Input(8) or Input((28, 28)).")
        object.__setattr__(self, "shape", tuple(check_whole(n, "Input: every size of the shape") for n in given))

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        return tuple(self.shape)  # type: ignore[arg-type]

    def plan(self, p: LayerPlan) -> Slot:
        return p.input
