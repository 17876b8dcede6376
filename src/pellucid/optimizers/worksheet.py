"""Optimizers in spreadsheet words: the formulas of ``formulas.py``, for a cell.

``{p}`` and ``{g}`` are the parameter and its gradient, ``{s}`` and ``{r}`` what was remembered of it, ``{S}`` and
``{R}`` what is remembered now. Names in plain letters are named cells: ``learning_rate``, ``update_number`` (t) and the
optimizer's options.
"""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.errors import DescriptionError
from pellucid.optimizers.table import Optimizer


@dataclass(frozen=True)
class Memory:
    """A number that is remembered of each parameter: its name, textbook formula, and formula for a cell."""

    title: str
    formula: str
    value: str


@dataclass(frozen=True)
class Words:
    """One update: what is remembered, and the new parameter."""

    value: str
    memories: tuple[Memory, ...] = ()


VELOCITY = Memory("velocity v", "v ← μ v + g", "momentum*{s}+{g}")
MEAN = Memory("mean m", "m ← β₁ m + (1−β₁) g", "beta_1*{s}+(1-beta_1)*{g}")
MEAN_SQUARE = Memory("mean square v", "v ← β₂ v + (1−β₂) g²", "beta_2*{r}+(1-beta_2)*{g}^2")
ADAM = "learning_rate/(1-beta_1^update_number)*{S}/(SQRT({R})/SQRT(1-beta_2^update_number)+epsilon)"

# Of the new parameter {p}; its share is that of the update: the first ones count more.
SHARE = "MIN(average,(1+update_number)/(10+update_number))"
AVERAGE = Memory("running average", "d · average + (1 − d) · new", "average_share*{s}+(1-average_share)*{p}")

OPTIMIZER_WORDS = {
    "gradient_descent": Words("{p}-learning_rate*{g}"),
    "sgd": Words("{p}-learning_rate*{g}"),
    "momentum": Words("{p}-learning_rate*{S}", (VELOCITY,)),
    "nesterov": Words("{p}-learning_rate*({g}+momentum*{S})", (VELOCITY,)),
    "rmsprop": Words(
        "{p}-learning_rate*{g}/(SQRT({S})+epsilon)",
        (Memory("mean square s", "s ← ρ s + (1−ρ) g²", "rho*{s}+(1-rho)*{g}^2"),),
    ),
    "adagrad": Words(
        "{p}-learning_rate*{g}/(SQRT({S})+epsilon)", (Memory("sum of squares s", "s ← s + g²", "{s}+{g}^2"),)
    ),
    "adam": Words(f"{{p}}-{ADAM}", (MEAN, MEAN_SQUARE)),
    "adamw": Words(f"{{p}}-learning_rate*weight_decay*{{p}}-{ADAM}", (MEAN, MEAN_SQUARE)),
}


def words_of(optimizer: Optimizer) -> Words:
    """An optimizer in spreadsheet words.

    Raises
    ------
    DescriptionError
        There are none.
    """
    if optimizer.name not in OPTIMIZER_WORDS:
        known = ", ".join(OPTIMIZER_WORDS)
        raise DescriptionError(
            f'Optimizer "{optimizer.name}" has no spreadsheet formula. A worksheet can hold: {known}.'
        )
    return OPTIMIZER_WORDS[optimizer.name]


def takes_update_number(optimizer: Optimizer) -> bool:
    """Whether its formula, or that of the weights' running average, needs the number of the update."""
    return "update_number" in words_of(optimizer).value or optimizer.average is not None


def memories_of(optimizer: Optimizer) -> tuple[Memory, ...]:
    """What is remembered of each parameter: what the formula remembers, then the running average where there is one."""
    return words_of(optimizer).memories + ((AVERAGE,) if optimizer.average is not None else ())
