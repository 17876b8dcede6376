"""Dropout: a part of the units is left out, another one at each step of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.errors import DescriptionError
from pellucid.layers.base import Layer
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.dropout.kernels"


@dataclass(frozen=True)
class Dropout(Layer):
    """While training, each input is 0 with probability ``rate`` and x / (1 − rate) otherwise; else it is x.

    Shapes stay as they are. The choice depends on the seed, the update, the sample's place in the batch and the unit
    alone, so it is the same on any number of threads (Srivastava et al. 2014; "inverted" as in Keras and PyTorch).

    Parameters
    ----------
    rate : float
        The share that is left out, at least 0 and below 1.
    name : str, optional

    Examples
    --------
    >>> from pellucid import Network, Input, Dense, Dropout
    >>> Network([Input(3), Dense(4), Dropout(0.5), Dense(1)]).output_shape
    (1,)
    """

    kind = "Dropout"
    rate: float = 0.5
    name: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.rate, bool) or not isinstance(self.rate, (int, float)) or not 0 <= self.rate < 1:
            raise DescriptionError(f"Dropout: rate must be at least 0 and below 1, got {self.rate!r}.")

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        return inputs

    def plan(self, p: LayerPlan) -> Slot:
        if not p.training:
            return p.input
        a = p.values("a", p.input.shape)
        options = p.constant("options", float(self.rate), 1.0 / (1.0 - self.rate))
        p.forward(f"{KERNELS}:forward", U=a.units, x=p.input, a=a, number=p.number, options=options)
        if p.wants_input_delta:
            da, dx = p.delta(a), p.input_delta
            p.backward(f"{KERNELS}:backward", U=a.units, da=da, dx=dx, number=p.number, options=options)
        return a
