"""The optimizer's step of one number, with the numbers that go into its formula."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pellucid.errors import DescriptionError
from pellucid.trace.explanation import Step, Term

if TYPE_CHECKING:
    from pellucid.optimizers import Optimizer
    from pellucid.trace.values import ParameterTrace, Trace

Place = tuple[int, ...]


def update_steps(trace: Trace, parameter: ParameterTrace, place: Place) -> tuple[Step, ...]:
    """What is done to the gradient, what the optimizer remembers, and the new number from the old."""
    optimizer = trace.optimizer
    assert optimizer is not None
    assert parameter.gradient is not None
    assert parameter.new is not None
    p, g, new = (float(array[place]) for array in (parameter.value, parameter.gradient, parameter.new))
    steps, g = _before_the_formula(trace, p, g)
    before = [float(memory[place]) for memory in parameter.memories]
    after = [float(memory[place]) for memory in parameter.new_memories]
    for symbol, formula, terms, computed in _remembered(optimizer, g, before, after):
        steps.append(Step(symbol, formula, terms, computed))
    terms = (Term("old", (p,)), *_change(trace, optimizer, p, g, after))
    given = (("t", float(trace.updates + 1)),) if optimizer.name in ("adam", "adamw") else ()
    last = optimizer.formula.split(";")[-1].strip() if optimizer.name != "adamw" else ADAMW
    steps.append(Step("new", last, terms, new, given=given))
    return tuple(steps)


ADAMW = "p ← p − η λ p − η/(1−β₁ᵗ) · m / (√(v/(1−β₂ᵗ)) + ε)"


def _before_the_formula(trace: Trace, p: float, g: float) -> tuple[list[Step], float]:
    """Clipping and decay."""
    optimizer, steps = trace.optimizer, []
    assert optimizer is not None
    if optimizer.clip_norm is not None:
        gradients = [q.gradient for layer in trace for q in layer.parameters.values() if q.gradient is not None]
        norm = math.sqrt(sum(float((each.astype(float) ** 2).sum()) for each in gradients))
        if norm > optimizer.clip_norm:
            terms: tuple[Term, ...] = (Term("g", (g, optimizer.clip_norm / norm)),)
            given = (("clip_norm", optimizer.clip_norm), ("length of all gradients", norm))
            g = terms[0].value
            steps.append(Step("g", "g ← g · clip_norm / length of all gradients", terms, g, given=given))
    if optimizer.clip_value is not None and abs(g) > optimizer.clip_value:
        g = float(np.clip(g, -optimizer.clip_value, optimizer.clip_value))
        limit = (("clip_value", optimizer.clip_value),)
        steps.append(Step("g", "g is kept within ± clip_value", (Term("g", (g,)),), g, given=limit))
    if optimizer.weight_decay and optimizer.name != "adamw":
        terms = (Term("g", (g,)), Term("λ · p", (optimizer.weight_decay, p)))
        g = math.fsum(term.value for term in terms)
        steps.append(Step("g", "g ← g + λ p, the weight decay", terms, g))
    return steps, g


def _remembered(
    optimizer: Optimizer, g: float, before: list[float], after: list[float]
) -> Iterator[tuple[str, str, tuple[Term, ...], float]]:
    """What the optimizer remembers of the number: (symbol, formula, terms, the engine's number)."""
    option = optimizer.options
    if optimizer.name in ("momentum", "nesterov"):
        yield "v", "v ← μ v + g", (Term("μ · v", (option[0], before[0])), Term("g", (g,))), after[0]
    elif optimizer.name == "rmsprop":
        yield "s", "s ← ρ s + (1 − ρ) g²", _mean("s", "ρ", option[0], before[0], (g, g), "g · g"), after[0]
    elif optimizer.name == "adagrad":
        yield "s", "s ← s + g²", (Term("s", (before[0],)), Term("g · g", (g, g))), after[0]
    elif optimizer.name in ("adam", "adamw"):
        yield "m", "m ← β₁ m + (1 − β₁) g", _mean("m", "β₁", option[0], before[0], (g,), "g"), after[0]
        yield "v", "v ← β₂ v + (1 − β₂) g²", _mean("v", "β₂", option[1], before[1], (g, g), "g · g"), after[1]


def _mean(symbol: str, share: str, part: float, old: float, new: tuple[float, ...], words: str) -> tuple[Term, ...]:
    """A running mean's terms."""
    return Term(f"{share} · {symbol}", (part, old)), Term(f"(1 − {share}) · {words}", (1.0 - part, *new))


def _change(trace: Trace, optimizer: Optimizer, p: float, g: float, after: list[float]) -> tuple[Term, ...]:
    """What is added to the number."""
    option, rates = optimizer.options, trace.step_numbers
    if optimizer.name in ("sgd", "gradient_descent"):
        return (Term("−η · g", (-rates[0], g)),)
    if optimizer.name == "momentum":
        return (Term("−η · v", (-rates[0], after[0])),)
    if optimizer.name == "nesterov":
        return Term("−η · g", (-rates[0], g)), Term("−η · μ · v", (-rates[0], option[0], after[0]))
    if optimizer.name in ("rmsprop", "adagrad"):
        epsilon = option[1] if optimizer.name == "rmsprop" else option[0]
        return (Term("−η · g · 1/(√s + ε)", (-rates[0], g, 1.0 / (math.sqrt(after[0]) + epsilon))),)
    if optimizer.name in ("adam", "adamw"):
        divisor = math.sqrt(after[1]) * rates[2] + option[2]
        step = Term("−η/(1−β₁ᵗ) · m · 1/(√(v/(1−β₂ᵗ)) + ε)", (-rates[1], after[0], 1.0 / divisor))
        return (Term("−η · λ · p", (-rates[0], option[3], p)), step) if optimizer.name == "adamw" else (step,)
    raise DescriptionError(f'The steps of optimizer "{optimizer.name}" cannot be written out.')
