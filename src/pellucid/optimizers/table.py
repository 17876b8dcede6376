"""The table of optimizers: their options, what they remember, and the numbers of each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.named import Named, Table
from pellucid.optimizers import formulas as f
from pellucid.schedules import Schedule, as_schedule

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Optimizer(Named):
    """How parameters are moved along their gradients.

    Parameters
    ----------
    rate : float or Schedule
        The learning rate η, or a schedule of it over the training. ``learning_rate`` in Keras.
    weight_decay : float
        λ: adds λ·p to the gradient of every parameter (AdamW: takes η·λ·p off the parameter instead).
    clip_norm : float, optional
        The gradient of all parameters together is shortened to this length where it is longer.
    clip_value : float, optional
        Every element of the gradient is kept within ± this value. At most one of the two clippings.
    average : float, optional
        Also keep a running average of the parameters, average ← d·average + (1 − d)·p after every update, with
        d = min(``average``, (1 + t) / (10 + t)) at update t; 0.999 is usual. It is what validation and callbacks see
        at an epoch's end, and what the network has at the end of ``fit`` (Polyak and Juditsky 1992).
    """

    formula: ClassVar[str]
    function: ClassVar[Callable[..., Any]]
    remembers: ClassVar[int] = 0  # numbers kept for each parameter
    full_batch: ClassVar[bool] = False

    rate: float | Schedule | Mapping[str, Any] = 0.01
    weight_decay: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    average: float | None = None

    def __post_init__(self) -> None:
        as_schedule(self.rate)  # refuses what is not a rate
        if not isinstance(self.rate, (int, float)):
            object.__setattr__(self, "rate", as_schedule(self.rate))
        for name in ("clip_norm", "clip_value"):
            self._check(name, lambda v: v is None or v > 0, "a positive number or None")
        if self.clip_norm is not None and self.clip_value is not None:
            raise DescriptionError(f'Optimizer "{self.name}": give clip_norm or clip_value, not both.')
        self._check("average", lambda v: v is None or 0 < v < 1, "between 0 and 1, or None")
        self._check("weight_decay", lambda v: v >= 0, "0 or a positive number")

    def _check(self, field: str, good: Callable[[Any], bool], expected: str) -> None:
        value = getattr(self, field)
        try:
            fine = good(value) and (value is None or math.isfinite(value))
        except TypeError:
            fine = False
        if not fine:
            raise DescriptionError(f'Optimizer "{self.name}": {field} must be {expected}, got {value!r}.')

    @property
    def vectors(self) -> int:
        """How many numbers are kept for each parameter: what the formula remembers, then the average."""
        return self.remembers + (self.average is not None)

    @property
    def schedule(self) -> Schedule:
        """The learning rate as a schedule."""
        return as_schedule(self.rate)

    @property
    def options(self) -> tuple[float, ...]:
        """The numbers that the formula takes as ``option``."""
        own = {f.name for f in fields(Optimizer)}
        return tuple(float(getattr(self, f.name)) for f in fields(self) if f.name not in own)

    def step_numbers(self, rates: Floats, first_update: int) -> Floats:
        """The formula's ``rate`` for a run of updates, shape (updates, 3); ``first_update`` counts from 0."""
        numbers = np.zeros((len(rates), 3))
        numbers[:, 0] = rates
        return numbers


class SGD(Optimizer):
    """Stochastic gradient descent: the plain step against the gradient of a batch."""

    name = "sgd"
    formula = "p ← p − η g"
    function = staticmethod(f.sgd)


class GradientDescent(SGD):
    """Gradient descent on the cost of all samples at once: one step an epoch, whatever the batch size."""

    name = "gradient_descent"
    aliases = ("gd", "full_batch")
    full_batch = True


@dataclass(frozen=True)
class Momentum(Optimizer):
    """SGD with a velocity that remembers earlier gradients.

    As in PyTorch, the rate multiplies the velocity; in Keras it goes into it. That differs only while the rate
    changes.
    """

    name = "momentum"
    formula = "v ← μ v + g;  p ← p − η v"
    function = staticmethod(f.momentum)
    remembers = 1
    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("momentum", lambda v: 0 <= v < 1, "at least 0 and below 1")


class Nesterov(Momentum):
    """Momentum that looks one step ahead."""

    name = "nesterov"
    formula = "v ← μ v + g;  p ← p − η (g + μ v)"
    function = staticmethod(f.nesterov)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Every parameter's step divided by the size of its recent gradients (Hinton's lecture 6e)."""

    name = "rmsprop"
    formula = "s ← ρ s + (1 − ρ) g²;  p ← p − η g / (√s + ε)"
    function = staticmethod(f.rmsprop)
    remembers = 1
    rate: float | Schedule | Mapping[str, Any] = 0.001
    rho: float = 0.99
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("rho", lambda v: 0 <= v < 1, "at least 0 and below 1")
        self._check("epsilon", lambda v: v > 0, "a positive number")


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Every parameter's step divided by the size of all its gradients so far (Duchi et al. 2011)."""

    name = "adagrad"
    formula = "s ← s + g²;  p ← p − η g / (√s + ε)"
    function = staticmethod(f.adagrad)
    remembers = 1
    epsilon: float = 1e-10

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("epsilon", lambda v: v > 0, "a positive number")


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum and a step size for each parameter (Kingma and Ba 2014). A good first choice."""

    name = "adam"
    formula = "m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²;  p ← p − η/(1−β₁ᵗ) · m / (√(v/(1−β₂ᵗ)) + ε)"
    function = staticmethod(f.adam)
    remembers = 2
    rate: float | Schedule | Mapping[str, Any] = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        for beta in ("beta_1", "beta_2"):
            self._check(beta, lambda v: 0 <= v < 1, "at least 0 and below 1")
        self._check("epsilon", lambda v: v > 0, "a positive number")

    def step_numbers(self, rates: Floats, first_update: int) -> Floats:
        t = np.arange(first_update + 1, first_update + 1 + len(rates), dtype=float)
        numbers = np.empty((len(rates), 3))
        numbers[:, 0] = rates
        numbers[:, 1] = rates / (1.0 - self.beta_1**t)
        numbers[:, 2] = 1.0 / np.sqrt(1.0 - self.beta_2**t)
        return numbers


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay acts on the weights themselves (Loshchilov and Hutter 2017)."""

    name = "adamw"
    formula = "p ← p − η λ p; then as Adam"
    function = staticmethod(f.adamw)
    weight_decay: float = 0.01

    @property
    def options(self) -> tuple[float, ...]:
        return (*super().options, float(self.weight_decay))


OPTIMIZERS: Table[Optimizer] = Table(
    "optimizer", [GradientDescent, SGD, Momentum, Nesterov, RMSprop, Adagrad, Adam, AdamW]
)
