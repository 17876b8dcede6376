"""The table of activations: name, formula, derivative, and where each comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from pellucid.activations import formulas as f
from pellucid.errors import DescriptionError
from pellucid.named import Named, Table


@dataclass(frozen=True)
class Activation(Named):
    """An activation a = f(z).

    Call one with an array of weighted inputs z; :meth:`derivative` gives da/dz. Both are the formulas that the engine
    trains with.

    >>> float(Sigmoid()(0.0)), float(Sigmoid().derivative(0.0))
    (0.5, 0.25)
    """

    formula: ClassVar[str]
    formula_derivative: ClassVar[str]
    function: ClassVar[Callable[..., Any]]
    function_derivative: ClassVar[Callable[..., Any]]
    elementwise: ClassVar[bool] = True
    note: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, (int, float)) or not math.isfinite(value):
                raise DescriptionError(f'Activation "{self.name}": {field.name} must be a number, got {value!r}.')

    @property
    def options(self) -> tuple[float, ...]:
        """The values of the options, in the order in which the formulas take them."""
        return tuple(float(getattr(self, field.name)) for field in fields(self))

    def __call__(self, z: Any) -> Any:
        """The activation of weighted inputs z, element by element (softmax: along the last axis)."""
        with np.errstate(over="ignore"):
            return type(self).function(np.asarray(z, dtype=float), *self.options)

    def derivative(self, z: Any) -> Any:
        """da/dz at weighted inputs z, element by element."""
        with np.errstate(over="ignore"):
            return type(self).function_derivative(np.asarray(z, dtype=float), self(z), *self.options)


class Identity(Activation):
    """The weighted input itself: a linear unit, for regression."""

    name = "identity"
    aliases = ("linear",)
    formula, formula_derivative = "a = z", "1"
    function = staticmethod(lambda z: 1.0 * z)
    function_derivative = staticmethod(lambda z, a: 1.0 + 0.0 * z)


class Step(Activation):
    """The threshold unit of the perceptron. Its derivative is 0: it learns by the perceptron rule only."""

    name = "step"
    aliases = ("heaviside", "threshold")
    formula, formula_derivative = "a = 1 if z ≥ 0 else 0", "0"
    function, function_derivative = staticmethod(f.step), staticmethod(f.step_derivative)
    note = "McCulloch and Pitts 1943; no gradient passes"


class Sigmoid(Activation):
    """Between 0 and 1: the logistic unit, a probability of one class against the other."""

    name = "sigmoid"
    aliases = ("logistic",)
    formula, formula_derivative = "a = 1 / (1 + e⁻ᶻ)", "a (1 − a)"
    function, function_derivative = staticmethod(f.sigmoid), staticmethod(f.sigmoid_derivative)


class HardSigmoid(Activation):
    """Three straight pieces near the sigmoid (as in Keras 3 and PyTorch: slope 1/6)."""

    name = "hard_sigmoid"
    formula, formula_derivative = "a = min(max(z/6 + ½, 0), 1)", "1/6 if |z| < 3 else 0"
    function, function_derivative = staticmethod(f.hard_sigmoid), staticmethod(f.hard_sigmoid_derivative)


class Tanh(Activation):
    """Between −1 and 1, centred on 0."""

    name = "tanh"
    formula, formula_derivative = "a = tanh z", "1 − a²"
    function, function_derivative = staticmethod(f.tanh_), staticmethod(f.tanh_derivative)


class ReLU(Activation):
    """The rectifier: what is positive passes. The usual choice for hidden layers."""

    name = "relu"
    formula, formula_derivative = "a = max(z, 0)", "1 if z > 0 else 0"
    function, function_derivative = staticmethod(f.relu), staticmethod(f.relu_derivative)


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """A rectifier that lets a little of what is negative pass. PyTorch's default slope is 0.01, Keras's 0.2."""

    name = "leaky_relu"
    formula, formula_derivative = "a = z if z ≥ 0 else slope · z", "1 if z > 0 else slope"
    function, function_derivative = staticmethod(f.leaky_relu), staticmethod(f.leaky_relu_derivative)
    slope: float = 0.01


@dataclass(frozen=True)
class ELU(Activation):
    """Smooth below zero, down to −alpha."""

    name = "elu"
    formula, formula_derivative = "a = z if z > 0 else α (eᶻ − 1)", "1 if z > 0 else a + α"
    function, function_derivative = staticmethod(f.elu), staticmethod(f.elu_derivative)
    note = "Clevert et al. 2015"
    alpha: float = 1.0


class SELU(Activation):
    """An ELU scaled so that activations keep mean 0 and variance 1; use with lecun_normal weights."""

    name = "selu"
    formula, formula_derivative = "a = λ z if z > 0 else λ α (eᶻ − 1)", "λ if z > 0 else a + λ α"
    function, function_derivative = staticmethod(f.selu), staticmethod(f.selu_derivative)
    note = "Klambauer et al. 2017: λ = 1.0507…, α = 1.6733…"


class GELU(Activation):
    """z times the share of a normal distribution below z (the exact form; Φ is its cumulative distribution)."""

    name = "gelu"
    formula, formula_derivative = "a = z Φ(z)", "Φ(z) + z φ(z)"
    function, function_derivative = staticmethod(f.gelu), staticmethod(f.gelu_derivative)
    note = "Hendrycks and Gimpel 2016"


class SiLU(Activation):
    """z times its own sigmoid."""

    name = "silu"
    aliases = ("swish",)
    formula, formula_derivative = "a = z σ(z)", "σ(z) (1 + z (1 − σ(z)))"
    function, function_derivative = staticmethod(f.silu), staticmethod(f.silu_derivative)


class Softplus(Activation):
    """A smooth rectifier, always positive."""

    name = "softplus"
    formula, formula_derivative = "a = ln(1 + eᶻ)", "σ(z)"
    function, function_derivative = staticmethod(f.softplus), staticmethod(f.softplus_derivative)


class Softsign(Activation):
    """Between −1 and 1, flattening more slowly than tanh."""

    name = "softsign"
    formula, formula_derivative = "a = z / (1 + |z|)", "1 / (1 + |z|)²"
    function, function_derivative = staticmethod(f.softsign), staticmethod(f.softsign_derivative)


def _softmax(z: Any) -> Any:
    powers = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


class Softmax(Activation):
    """Positive shares that add up to 1 over the layer: a probability for each of several classes.

    Every unit's activation depends on all weighted inputs of the layer: ∂aₖ/∂zⱼ = aₖ (1 if k = j else 0) − aₖ aⱼ.
    :meth:`derivative` gives the entries with k = j.
    """

    name = "softmax"
    formula, formula_derivative = "aₖ = e^zₖ / Σⱼ e^zⱼ", "aₖ (1 − aₖ); −aₖ aⱼ between units"
    function = staticmethod(_softmax)
    function_derivative = staticmethod(lambda z, a: a * (1.0 - a))
    elementwise = False


ACTIVATIONS: Table[Activation] = Table(
    "activation",
    [
        Identity, Step, Sigmoid, HardSigmoid, Tanh, ReLU, LeakyReLU, ELU, SELU, GELU, SiLU, Softplus, Softsign, Softmax,
    ],
)  # fmt: skip
