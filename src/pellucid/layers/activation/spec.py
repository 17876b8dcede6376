"""Activation: an activation as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.activations import ACTIVATIONS
from pellucid.activations import Activation as Formula
from pellucid.layers.base import Layer
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan


@dataclass(frozen=True)
class Activation(Layer):
    """a = f(z), unit by unit (softmax: over the last axis). Shapes stay as they are.

    Parameters
    ----------
    activation : str or Activation
        f.
    name : str, optional

    Examples
    --------
    >>> from pellucid import Network, Input, Dense, Activation
    >>> Network([Input(3), Dense(4), Activation("relu")]).output_shape
    (4,)
    """

    kind = "Activation"
    activation: str | Formula | dict[str, Any] = "identity"
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", ACTIVATIONS.get(self.activation))

    @property
    def f(self) -> Formula:
        """The activation."""
        assert isinstance(self.activation, Formula)
        return self.activation

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        return inputs

    def plan(self, p: LayerPlan) -> Slot:
        return p.activation(self.f, p.input)
