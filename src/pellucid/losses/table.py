"""The table of losses: what each is, which outputs it fits, and how it is summed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pellucid.activations import Activation
from pellucid.errors import DescriptionError
from pellucid.losses import formulas as f
from pellucid.named import Named, Table


@dataclass(frozen=True)
class Loss(Named):
    """A loss L, the cost of one sample's outputs, and how samples are put together to the cost C of a batch.

    With B samples of weight w_s (1 unless class or sample weights are given) and O outputs:

    - ``per_output`` "sum": L_s = Σₖ ℓ(aₖ, tₖ); "mean": that divided by O.
    - ``per_batch`` "mean": C = (1/B) Σ_s w_s L_s, as Keras does; "sum": C = Σ_s w_s L_s, the total.
    """

    formula: ClassVar[str]
    function: ClassVar[Callable[..., Any]]
    function_derivative: ClassVar[Callable[..., Any]]
    per_output: ClassVar[str] = "mean"
    per_batch: ClassVar[str] = "mean"
    # Targets: numbers ("values"), 0/1 for each output ("binary"), one class of several ("classes"), −1/1 ("signs").
    targets: ClassVar[str] = "values"
    # Output activations that it fits; an empty tuple means any.
    fits: ClassVar[tuple[str, ...]] = ()
    # The output activation with which it is one step, and that step's name in the plan.
    fused_with: ClassVar[str | None] = None
    fused_name: ClassVar[str] = ""
    fused_function: ClassVar[Callable[..., Any] | None] = None
    fused_derivative: ClassVar[Callable[..., Any] | None] = None
    # A loss without an unfused form.
    fused_only: ClassVar[bool] = False

    @property
    def option(self) -> float:
        """The one number that the formulas take, 0 where they take none."""
        return 0.0

    @property
    def smoothing(self) -> float:
        """Label smoothing ε, 0 where there is none."""
        return 0.0

    def check_output(self, activation: Activation, units: int, where: str) -> None:
        """Refuse an output layer that this loss does not fit, with the mend.

        Raises
        ------
        DescriptionError
        """
        if self.fits and activation.name not in self.fits:
            wanted = " or ".join(f'"{name}"' for name in self.fits)
            raise DescriptionError(
                f'Loss "{self.name}" does not fit {where}: its activation is "{activation.name}", expected {wanted}. '
                f"{self.mend(activation, units)}"
            )
        if self.targets == "classes" and units == 1:
            raise DescriptionError(
                f'Loss "{self.name}" does not fit {where}: it has 1 unit, and a softmax over one unit is always 1. '
                f'Use one unit for each class, or Dense(1, activation="sigmoid") with loss="binary_crossentropy".'
            )

    def mend(self, activation: Activation, units: int) -> str:
        """What to write instead."""
        return f'Use activation="{self.fits[0]}" in the last layer, or a loss that fits "{activation.name}".'


class SquaredError(Loss):
    """½ Σₖ (aₖ − tₖ)² of a sample, mean over the samples (Nielsen's quadratic cost)."""

    name = "squared_error"
    aliases: ClassVar[tuple[str, ...]] = ("quadratic",)
    formula = "C = 1/B Σ_s ½ Σₖ (aₖ − tₖ)²"
    function, function_derivative = staticmethod(f.squared_error), staticmethod(f.squared_error_derivative)
    per_output = "sum"


class TotalSquaredError(SquaredError):
    """½ Σ (a − t)² over all outputs and samples: the total that worked examples and spreadsheets add up."""

    name = "total_squared_error"
    aliases = ("sum_squared_error", "sse")
    formula = "C = ½ Σ_s Σₖ (aₖ − tₖ)²"
    per_batch = "sum"


class MeanSquaredError(Loss):
    """(a − t)², mean over outputs and samples, as in Keras and PyTorch."""

    name = "mean_squared_error"
    aliases = ("mse",)
    formula = "C = 1/(B·O) Σ_s Σₖ (aₖ − tₖ)²"
    function, function_derivative = staticmethod(f.square), staticmethod(f.square_derivative)


class MeanAbsoluteError(Loss):
    """|a − t|, mean over outputs and samples."""

    name = "mean_absolute_error"
    aliases = ("mae", "absolute_error")
    formula = "C = 1/(B·O) Σ_s Σₖ |aₖ − tₖ|"
    function, function_derivative = staticmethod(f.absolute_error), staticmethod(f.absolute_error_derivative)


@dataclass(frozen=True)
class Huber(Loss):
    """Squared near the target, absolute from delta on: outliers pull less. Mean over outputs and samples."""

    name = "huber"
    formula = "½ e² where |e| ≤ δ, else δ (|e| − ½ δ), with e = a − t"
    function, function_derivative = staticmethod(f.huber), staticmethod(f.huber_derivative)
    delta: float = 1.0

    def __post_init__(self) -> None:
        number = isinstance(self.delta, (int, float)) and not isinstance(self.delta, bool)
        if not (number and self.delta > 0 and math.isfinite(self.delta)):
            raise DescriptionError(f'Loss "huber": delta must be a positive number, got {self.delta!r}.')

    @property
    def option(self) -> float:
        return self.delta


@dataclass(frozen=True)
class _Smoothed(Loss):
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        number = isinstance(self.label_smoothing, (int, float)) and not isinstance(self.label_smoothing, bool)
        if not (number and 0.0 <= self.label_smoothing < 1.0):
            raise DescriptionError(
                f'Loss "{self.name}": label_smoothing must be at least 0 and below 1, got {self.label_smoothing!r}.'
            )

    @property
    def smoothing(self) -> float:
        return self.label_smoothing


class BinaryCrossentropy(_Smoothed):
    """For one sigmoid unit (two classes), or several (several yes/no labels). Mean over outputs and samples."""

    name = "binary_crossentropy"
    aliases = ("bce", "log_loss")
    formula = "−t ln a − (1 − t) ln(1 − a)"
    function, function_derivative = staticmethod(f.binary_crossentropy), staticmethod(f.binary_crossentropy_derivative)
    targets = "binary"
    fits = ("sigmoid", "hard_sigmoid")
    fused_with, fused_name = "sigmoid", "sigmoid_crossentropy"
    fused_function = staticmethod(f.sigmoid_crossentropy)
    fused_derivative = staticmethod(f.sigmoid_crossentropy_derivative)

    def mend(self, activation: Activation, units: int) -> str:
        if activation.name == "softmax":
            return 'Use loss="categorical_crossentropy", or end with Dense(1, activation="sigmoid") for two classes.'
        return 'Use activation="sigmoid" in the last layer.'


class CategoricalCrossentropy(_Smoothed):
    """For softmax outputs, one a class; targets are class numbers or one-hot rows. Mean over samples."""

    name = "categorical_crossentropy"
    aliases = ("sparse_categorical_crossentropy", "cross_entropy", "crossentropy", "cce")
    formula = "−Σₖ tₖ ln aₖ"
    function = staticmethod(f.categorical_crossentropy)
    function_derivative = staticmethod(f.categorical_crossentropy_derivative)
    per_output = "sum"
    targets = "classes"
    fits = ("softmax",)
    fused_with, fused_name = "softmax", "softmax_crossentropy"

    def mend(self, activation: Activation, units: int) -> str:
        if units == 1:
            return 'For two classes with one unit use activation="sigmoid" and loss="binary_crossentropy".'
        return 'Use activation="softmax" in the last layer.'


class Hinge(Loss):
    """max(0, 1 − t a) with targets −1 and 1 (0/1 labels are taken as −1/1). Mean over outputs and samples."""

    name = "hinge"
    formula = "max(0, 1 − t a)"
    function, function_derivative = staticmethod(f.hinge), staticmethod(f.hinge_derivative)
    targets = "signs"
    fits = ("identity", "tanh")

    def mend(self, activation: Activation, units: int) -> str:
        return 'Use activation="identity" or "tanh" in the last layer.'


class KLDivergence(Loss):
    """How far the outputs' distribution is from the targets', both adding up to 1. Mean over samples."""

    name = "kl_divergence"
    aliases = ("kullback_leibler", "kl")
    formula = "Σₖ tₖ ln(tₖ / aₖ)"
    function, function_derivative = staticmethod(f.kl_divergence), staticmethod(f.kl_divergence_derivative)
    per_output = "sum"
    targets = "classes"
    fits = ("softmax",)


class PerceptronLoss(Loss):
    """The perceptron's learning rule as a loss: (a − t) z, so that ∂L/∂z = a − t although a step has no slope.

    With gradient descent at rate η this is Rosenblatt's rule Δw = η (t − a) x.
    """

    name = "perceptron"
    formula = "(a − t) z, with ∂L/∂z = a − t"
    function, function_derivative = staticmethod(f.squared_error), staticmethod(f.squared_error_derivative)
    per_output = "sum"
    targets = "binary"
    fits = ("step",)
    fused_with, fused_name = "step", "perceptron_rule"
    fused_function = staticmethod(f.perceptron)
    fused_derivative = staticmethod(f.perceptron_derivative)
    fused_only = True


LOSSES: Table[Loss] = Table(
    "loss",
    [
        SquaredError, TotalSquaredError, MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossentropy,
        CategoricalCrossentropy, Hinge, KLDivergence, PerceptronLoss,
    ],
)  # fmt: skip
