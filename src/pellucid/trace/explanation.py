"""An explanation: sums written out with their numbers, each beside the number that the engine computed."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

from pellucid.trace.numbers import shown_number

WIDE = 100  # characters of a line
MOST = 12  # terms that are written out; of more, the largest


@dataclass(frozen=True)
class Term:
    """One summand: what it is, the numbers that are multiplied, and their product."""

    what: str
    factors: tuple[float, ...]

    @property
    def value(self) -> float:
        """The product."""
        return math.prod(self.factors)


@dataclass(frozen=True)
class Step:
    """One line of the calculation: (scale ·) a sum of terms, and what the engine has for it.

    Attributes
    ----------
    name : str
        What is computed: ``z``, ``a``, ``δ``, ``∂C/∂w``.
    formula : str
        How.
    terms : tuple of Term
    computed : float
        The engine's number.
    scale : float, optional
        A factor before the sum, such as f′(z).
    how : {"sum", "max"}
        What is done with the terms.
    given : tuple of (str, float)
        Numbers that the formula's letters stand for.
    note : str
        What else should be known.
    """

    name: str
    formula: str
    terms: tuple[Term, ...]
    computed: float
    scale: float | None = None
    how: str = "sum"
    given: tuple[tuple[str, float], ...] = ()
    note: str = ""

    @property
    def total(self) -> float:
        """What the terms come to."""
        values = [term.value for term in self.terms]
        whole = max(values) if self.how == "max" else math.fsum(values)
        return whole if self.scale is None else self.scale * whole

    @property
    def gap(self) -> float:
        """How far the terms' total is from the engine's number, in units of the terms' size."""
        size = math.fsum(abs(term.value) for term in self.terms) * abs(1.0 if self.scale is None else self.scale)
        off = abs(self.total - self.computed)
        return off if off == 0.0 or size == 0.0 else off / max(size, abs(self.computed))


@dataclass(frozen=True)
class Explanation:
    """How one number of a trace comes about, step by step. ``print`` it, or read its steps' terms.

    Attributes
    ----------
    title : str
    steps : tuple of Step
    """

    title: str
    steps: tuple[Step, ...]

    @property
    def value(self) -> float:
        """The number that was asked for."""
        return self.steps[0].computed if self.steps[0].name.startswith(("∂", "δ")) else self.steps[-1].computed

    @property
    def gap(self) -> float:
        """The largest gap between what terms come to and what the engine computed, relative to the terms' size."""
        return max(step.gap for step in self.steps)

    def step(self, name: str) -> Step:
        """The first step that computes this."""
        return next(step for step in self.steps if step.name == name)

    def text(self, digits: int | None = 6, most: int | None = MOST) -> str:
        """The calculation as text.

        Parameters
        ----------
        digits : int, optional
            Significant digits; None gives every digit.
        most : int, optional
            Terms of a sum that are written out, the largest; None writes all.
        """
        return "\n\n".join([self.title, *(_step_text(step, digits, most) for step in self.steps)])

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text())}</pre>"


def _step_text(step: Step, digits: int | None, most: int | None) -> str:
    given = ", ".join(f"{name} = {shown_number(value, digits)}" for name, value in step.given)
    lines = [f"{step.formula}, with {given}" if given else step.formula]
    if len(lines[0]) > WIDE and given:
        lines = [step.formula, f"  with {given}"]
    kept, left = _largest(step.terms, most)
    rows = []
    for term in kept:
        product = " · ".join(_factor(f, digits, k) for k, f in enumerate(term.factors)) if len(term.factors) > 1 else ""
        rows.append((term.what, product, shown_number(term.value, digits)))
    if left:
        word = "more, at most that large" if step.how == "max" else "smaller terms"
        whole = max(t.value for t in left) if step.how == "max" else math.fsum(t.value for t in left)
        rows.append((f"… {len(left):,} {word}", "", shown_number(whole, digits)))
    first, second = (max((len(row[k]) for row in rows), default=0) for k in (0, 1))
    lines += [f"  {a:<{first}}  {b:>{second}}{'  = ' if b else '    '}{c}".rstrip() for a, b, c in rows]
    value = shown_number(step.computed, digits)
    several = len(step.terms) > 1 or step.scale is not None
    if step.scale is not None:
        inner = max(t.value for t in step.terms) if step.how == "max" else math.fsum(t.value for t in step.terms)
        factor = f"{shown_number(step.scale, digits)} · {_factor(inner, digits, 1)}"
        lines.append(f"  {step.name} = {factor} = {value}")
    elif several or not step.terms:
        lines.append(f"  {step.name} = {value}")
    else:
        lines[-1] = f"  {step.name} = {rows[0][1] + ' = ' if rows[0][1] else ''}{value}"
    if step.note:
        lines.append(f"  ({step.note})")
    return "\n".join(lines)


def _factor(number: float, digits: int | None, place: int) -> str:
    """A factor; a negative one behind a dot stands in brackets."""
    text = shown_number(number, digits)
    return f"({text})" if place and text.startswith("-") else text


def _largest(terms: tuple[Term, ...], most: int | None) -> tuple[list[Term], list[Term]]:
    """The largest terms, in their order, and the others."""
    if most is None or len(terms) <= most:
        return list(terms), []
    by_size = sorted(range(len(terms)), key=lambda k: -abs(terms[k].value))
    kept = set(by_size[: most - 1])
    return [t for k, t in enumerate(terms) if k in kept], [t for k, t in enumerate(terms) if k not in kept]
