"""The activations with their derivatives: as text, and as a sheet of curves in SVG or PNG.

All numbers and curves come from the activations' own formulas, those that the engine trains with.
"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.activations import ACTIVATIONS
from pellucid.activations.table import Activation
from pellucid.views.chart.plot import headline, plot_in
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import wrapped

AT = (-2.0, -1.0, 0.0, 1.0, 2.0)  # weighted inputs at which values are listed
SPAN = 4.0  # curves run from −SPAN to SPAN
COLUMNS = 4
REACH = 2.2  # of a plot's upright axis, to both sides
WIDE, HIGH, ACROSS = 200.0, 130.0, 62.0


def curves(activation: Activation, z: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """a = f(z) and da/dz. Of softmax: of one unit beside two others with weighted input 0."""
    if activation.elementwise:
        return activation(z), activation.derivative(z)
    units = np.stack([z, np.zeros_like(z), np.zeros_like(z)], axis=-1)
    return activation(units)[..., 0], activation.derivative(units)[..., 0]


def value_range(activation: Activation) -> str:
    """Between which values the activation lies, from its formula.

    >>> value_range(ACTIVATIONS.get("sigmoid")), value_range(ACTIVATIONS.get("relu"))
    ('0 … 1', '0 … ∞')
    """
    far = np.array([-2e6, -1e6, 1e6, 2e6])
    a_far = curves(activation, far)[0]
    a = np.concatenate([curves(activation, np.linspace(-50, 50, 100_001))[0], a_far])
    low = "−∞" if a_far[1] - a_far[0] > 1 else _short(float(a.min()))
    high = "∞" if a_far[3] - a_far[2] > 1 else _short(float(a.max()))
    return f"{low} … {high}"


def activation_text(width: int = 80) -> str:
    """The table of activations, for a terminal."""
    found = [ACTIVATIONS.get(kind) for kind in ACTIVATIONS]
    wide = max(len(a.name) for a in found)
    lines = ["Activations a = f(z) of a weighted input z, and their derivatives a′ = da/dz", ""]
    for a in found:
        aliases = f" (also {', '.join(a.aliases)})" if a.aliases else ""
        note = f" {a.note}." if a.note else ""
        options = "".join(f" {name} = {value:g}." for name, value in a.to_dict().items() if name != "kind")
        remark = " ".join((a.__doc__ or "").partition("\n\n")[0].split()) if type(a).__doc__ else ""
        lines.append(f"{a.name}{aliases}")
        lines += [f"    {a.formula}", f"    a′ = {a.formula_derivative}", f"    range {value_range(a)}"]
        lines += textwrap.wrap(
            f"{remark}{options}{note}", min(width, 100), initial_indent="    ", subsequent_indent="    "
        )
        lines.append("")
    size = max(len(_value(v)) for a in found for part in curves(a, np.array(AT)) for v in part)
    head = "".join(f"  {_short(z):>{size}}" for z in AT)
    for symbol, part in (("a", 0), ("a′", 1)):
        lines.append(f"{symbol + ' at z =':<{wide}}{head}")
        for a in found:
            values = "".join(f"  {_value(float(v)):>{size}}" for v in curves(a, np.array(AT))[part])
            lines.append(f"{a.name:<{wide}}{values}")
        lines.append("")
    lines.append("Softmax takes a whole layer: listed is one unit beside two others with z = 0.")
    return "\n".join(lines)


def draw_activation_sheet(theme: str = "auto") -> Diagram:
    """Draw every activation and its derivative on a sheet."""
    c = Canvas()
    kinds = [ACTIVATIONS.get(kind) for kind in ACTIVATIONS]
    for first in range(0, len(kinds), COLUMNS):
        row = kinds[first : first + COLUMNS]
        lines = [_derivative_lines(activation) for activation in row]
        top = 0.0 if not first else c.box.bottom + 34
        top += 52 + 14 * max(map(len, lines))  # the words above the plots
        for k, (activation, words) in enumerate(zip(row, lines, strict=True)):
            _draw(c, k * (WIDE + ACROSS), top, activation, words)
    _key(c, 0.0, c.box.bottom + 30)
    title = "Activations a = f(z) and their derivatives a′ = da/dz"
    headline(c, title)
    return finished(c, title, f"{len(kinds)} activations, each with its formula, its curve and its slope.", theme)


def _derivative_lines(activation: Activation) -> list[str]:
    """The derivative's formula, on as many lines as it needs."""
    parts = activation.formula_derivative.split("; ")
    return [line for k, part in enumerate(parts) for line in wrapped(part if k else f"a′ = {part}", WIDE + 30, 9.5)]


def _draw(c: Canvas, left: float, top: float, activation: Activation, derivative: list[str]) -> None:
    z = np.linspace(-SPAN, SPAN, 321)
    a, slope = curves(activation, z)
    plot = plot_in(c, Box(left, top, left + WIDE, top + HIGH), (-SPAN, SPAN), (-REACH, REACH))
    plot.frame("", "", x_ticks=4)
    for start, end in (((-SPAN, 0.0), (SPAN, 0.0)), ((0.0, -REACH), (0.0, REACH))):
        (x1, y1), (x2, y2) = ((float(plot.x(x)), float(plot.y(y))) for x, y in (start, end))
        c.line((x1, y1), (x2, y2), "faint", 1)
    plot.line(z, _broken(slope), "negative", 1.5, dashed=True, kind="derivative", tip="a′ = da/dz")
    plot.line(z, _broken(a), "positive", 2.2, kind="activation", tip="a = f(z)")
    at = top - 14 - 14 * len(derivative)
    c.text(left, at - 20, activation.name, size=12.5, bold=True)
    c.text(left, at, activation.formula, size=9.5, colour="positive")
    for k, line in enumerate(derivative):
        c.text(left, at + 15 + 14 * k, line, size=9.5, colour="negative")


def _key(c: Canvas, left: float, top: float) -> None:
    for k, (colour, words) in enumerate((("positive", "a = f(z)"), ("negative", "a′ = da/dz"))):
        c.line((left + 110 * k, top), (left + 110 * k + 26, top), colour, 2.2 - 0.7 * k, dashed=k == 1)
        c.text(left + 110 * k + 34, top, words, size=10)
    c.text(left + 240, top, "All plots have the same axes. Softmax: one unit beside two others with z = 0.", size=10,
           colour="muted")  # fmt: skip


def _broken(values: NDArray[Any]) -> NDArray[Any]:
    """The values with gaps where they jump, so that no upright line is drawn there, and where they leave the plot."""
    broken = np.where(np.abs(values) > REACH, np.nan, values.astype(float))
    broken[np.flatnonzero(np.abs(np.diff(values)) > 0.1)] = np.nan
    return broken


def _short(value: float) -> str:
    """Few digits, with a true minus sign.

    >>> _short(-0.27846), _short(1.0), _short(-2.0)
    ('−0.278', '1', '−2')
    """
    rounded = round(value, 3) + 0.0
    return f"{rounded:g}".replace("-", "−")


def _value(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}".replace("-", "−")
