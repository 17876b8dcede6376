"""What Dense and Conv2D share: an activation, and the start and the penalty of weights and biases."""

from __future__ import annotations

from typing import Any

from pellucid.activations import ACTIVATIONS, Activation
from pellucid.initializers import INITIALIZERS
from pellucid.layers.base import Layer, Parameter
from pellucid.plan.parts import Shape

RECTIFIERS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")


def default_initializer(activation: Activation) -> str:
    """He's for rectifiers, LeCun's for SELU, Glorot's for the rest: the spread that keeps signals of one size."""
    if activation.name in RECTIFIERS:
        return "he_uniform"
    return "lecun_normal" if activation.name == "selu" else "glorot_uniform"


class WeightedLayer(Layer):
    """A layer whose fields are, among others, those below; each kind lists them itself, in its own order."""

    activation: Any
    bias: bool
    initializer: Any
    bias_initializer: Any
    regularizer: Any
    bias_regularizer: Any

    def _find_named(self) -> None:
        """Put what names and plain data stand for in their place."""
        put = object.__setattr__
        put(self, "activation", ACTIVATIONS.get("identity" if self.activation is None else self.activation))
        put(self, "initializer", INITIALIZERS.get(self.initializer or default_initializer(self.f)))
        put(self, "bias_initializer", INITIALIZERS.get(self.bias_initializer))
        for name in ("regularizer", "bias_regularizer"):
            given = getattr(self, name)
            if given is not None:
                from pellucid.regularizers import REGULARIZERS

                put(self, name, REGULARIZERS.get(given))

    @property
    def f(self) -> Activation:
        """The activation."""
        assert isinstance(self.activation, Activation)
        return self.activation

    def _weights_and_bias(self, shape: Shape, fan_in: int, fan_out: int) -> tuple[Parameter, ...]:
        """Weights of a shape whose last axis is that of the outputs, and the bias where there is one."""
        weights = Parameter("weights", shape, self.initializer, fan_in, fan_out, self.regularizer)
        bias = Parameter("bias", shape[-1:], self.bias_initializer, fan_in, fan_out, self.bias_regularizer)
        return (weights, bias) if self.bias else (weights,)
