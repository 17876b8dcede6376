"""One unit with its numbers: inputs, weights, bias, their sum, and the activation's curve with its point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.connections import Scale
from pellucid.views.diagram.palette import sign_of
from pellucid.views.diagram.sample import take_trace
from pellucid.views.diagram.text import number, shortened

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.trace.values import LayerTrace

STEP, NAMED, LINES = 40.0, 130.0, 300.0  # between inputs, room for their names, length of the lines
PLOT = 190.0  # the side of the curve


def draw_neuron(
    net: Network, unit: tuple[str, Any], x: Any, y: Any, most: int, title: str | None
) -> tuple[Canvas, str, str]:
    """Draw one unit; return the canvas, its title and its description in words."""
    name, key = _split(unit)
    if x is None:
        raise DescriptionError(f"Diagram: the unit {unit!r} is drawn with its numbers. Give a sample: x=X[0].")
    trace = take_trace(net, x, y)
    layer = trace[name]
    if layer.weights is None or layer.kind not in ("Dense", "Conv2D"):
        kinds = ", ".join(one.name for one in trace if one.kind in ("Dense", "Conv2D"))
        raise DescriptionError(
            f'Diagram: "{name}" ({layer.kind}) has no weighted sum, so its units are not drawn. Known: {kinds}.'
        )
    place = layer.units.index(key, f'Layer "{name}"')
    inputs, values, weights = _inputs(layer, place)
    bias = 0.0 if layer.bias is None else float(layer.bias.value[place % layer.a.shape[-1]])
    assert layer.z is not None
    z, a = float(layer.z[0].reshape(-1)[place]), float(layer.a[0].reshape(-1)[place])
    delta = None if layer.delta is None else float(layer.delta[0].reshape(-1)[place])
    canvas = Canvas()
    end = _sum(canvas, inputs, values, weights, None if layer.bias is None else bias, z, most)
    _curve(canvas, layer, place, z, a, delta, end)
    heading = f"{net.name}: {layer.units.long(place)}" if title is None else title
    _heading(canvas, heading, layer, z, a, bias, len(inputs))
    words = f"{layer.units.long(place)} of {net.name}: weighted input z = {z!r}, activation a = {a!r}."
    return canvas, heading, words


def _split(unit: Any) -> tuple[str, Any]:
    if isinstance(unit, (tuple, list)) and len(unit) == 2 and isinstance(unit[0], str):
        return unit[0], unit[1]
    raise DescriptionError(f'Diagram: unit must be a layer\'s name and a number, as in ("dense_1", 0), got {unit!r}.')


def _inputs(layer: LayerTrace, place: int) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    """The names and values of what comes in, and their weights."""
    assert layer.weights is not None
    W, x = layer.weights.value, layer.input[0]
    if layer.kind == "Dense":
        return [layer.inputs.long(k) for k in range(len(x))], x.astype(float), W[:, place].astype(float)
    spec: Any = layer.layer
    window, (KH, KW, C, O) = spec.window, W.shape
    H, width, _ = x.shape
    (top, _), (left, _) = window.border(x.shape)
    p, q, o = (int(k) for k in np.unravel_index(place, layer.a.shape[1:]))
    first = (o // (O // spec.groups)) * C  # the channels that this map's group sees
    names, values, weights = [], [], []
    for kh in range(KH):
        for kw in range(KW):
            r = p * window.stride[0] + kh * window.dilation[0] - top
            s = q * window.stride[1] + kw * window.dilation[1] - left
            for c in range(C):
                inside = 0 <= r < H and 0 <= s < width
                flat = int(np.ravel_multi_index((r, s, first + c), x.shape)) if inside else 0
                names.append(layer.inputs.long(flat) if inside else "border")
                values.append(float(x[r, s, first + c]) if inside else 0.0)
                weights.append(float(W[kh, kw, c, o]))
    return names, np.array(values), np.array(weights)


def _sum(
    canvas: Canvas, names: list[str], x: NDArray[Any], w: NDArray[Any], bias: float | None, z: float, most: int
) -> float:
    """Inputs with their products, the bias and the sum; return where the sum's circle ends."""
    products = w * x
    shown = sorted(np.argsort(-np.abs(products), kind="stable")[: most if len(x) <= most else most - 1].tolist())
    rest = [k for k in range(len(x)) if k not in set(shown)]
    rows = len(shown) + bool(rest) + (bias is not None)
    places = [(k - (rows - 1) / 2) * STEP for k in range(rows)]
    scale = Scale(max(float(np.abs(w[shown]).max()) if shown else 1.0, abs(bias or 0.0)))
    column = LINES + 28  # where the products stand
    middle = column + 78
    strongest = float(np.abs(x).max()) or 1.0
    heads = (("input", -28.0, "end"), ("x", 0.0, "middle"), ("w", 0.5 * LINES, "middle"), ("w · x", column, "end"))
    for words, at, anchor in heads:
        canvas.text(at, places[0] - 34, words, size=11, colour="muted", anchor=anchor, bold=True)
    for k, v in zip(shown, places, strict=False):
        tip = f"{names[k]} = {x[k]!r}, w = {w[k]!r}, w x = {products[k]!r}".replace("np.float64", "")
        canvas.line((16, v), (column - 66, v), sign_of(w[k]), scale.width(w[k]), kind="weight", tip=tip)
        _into(canvas, column + 6, v, middle, sign_of(products[k]))
        canvas.circle(0, v, 16, "paper")
        canvas.circle(0, v, 16, sign_of(x[k]), opacity=0.55 * abs(x[k]) / strongest)
        canvas.circle(0, v, 16, "", stroke="input", width=2, tip=tip)
        canvas.text(0, v, number(x[k]), size=9.5 if len(number(x[k])) < 6 else 8, anchor="middle")
        canvas.text(-28, v, shortened(names[k], NAMED, 11), anchor="end")
        canvas.text(0.5 * LINES, v, number(w[k]), size=11, anchor="middle", halo=True, colour=sign_of(w[k]))
        canvas.text(column, v, number(products[k]), size=11, anchor="end", colour=sign_of(products[k]))
    if rest:
        v, left = places[len(shown)], float(products[rest].sum())
        canvas.text(-28, v, f"{len(rest):,} others", colour="muted", anchor="end")
        canvas.text(column, v, number(left), size=11, anchor="end", colour=sign_of(left))
        canvas.line((-16, v), (column - 66, v), "faint", 1.2, dashed=True)
        _into(canvas, column + 6, v, middle, sign_of(left))
    if bias is not None:
        v = places[-1]
        canvas.rect(Box(-13, v - 13, 13, v + 13), "paper", stroke="muted", width=1.5, radius=3)
        canvas.text(0, v, "1", size=10, anchor="middle")
        canvas.text(-28, v, "bias", anchor="end")
        canvas.line((13, v), (column - 66, v), sign_of(bias), scale.width(bias), kind="bias")
        canvas.text(0.5 * LINES, v, number(bias), size=11, anchor="middle", halo=True, colour=sign_of(bias))
        canvas.text(column, v, number(bias), size=11, anchor="end", colour=sign_of(bias))
        _into(canvas, column + 6, v, middle, sign_of(bias))
    canvas.circle(middle, 0, 30, "paper", stroke="hidden", width=2.4, kind="unit")
    canvas.text(middle, -9, "Σ", size=17, anchor="middle", bold=True)
    canvas.text(middle, 11, number(z), size=11, anchor="middle", colour=sign_of(z))
    words = "z = Σ w x + b" if bias is not None else "z = Σ w x"
    canvas.text(middle, places[0] - 34, words, size=11, colour="muted", anchor="middle", bold=True)
    return middle + 30


def _into(canvas: Canvas, u: float, v: float, middle: float, colour: str) -> None:
    """A thin line from a product to the circle of the sum."""
    length = float(np.hypot(middle - u, v))
    share = (length - 31) / length
    canvas.line((u, v), (u + share * (middle - u), v - share * v), colour, 1.2, 0.6)


def _curve(
    canvas: Canvas, layer: LayerTrace, place: int, z: float, a: float, delta: float | None, begin: float
) -> None:
    """The activation's curve, with this unit's point on it."""
    f = layer.activation
    assert layer.z is not None
    reach = max(4.0, 1.25 * abs(z))
    grid = np.linspace(-reach, reach, 321)
    if f.elementwise:
        values = np.asarray(f(grid), float)
    else:  # of the layer, this unit's z runs and the others stay
        rows = np.repeat(layer.z[0].reshape(1, -1).astype(float), len(grid), axis=0)
        rows[:, place] = grid
        values = np.asarray(f(rows), float)[:, place]
    low, high = min(0.0, float(values.min()), a), max(float(values.max()), a)
    pad = 0.08 * ((high - low) or 1.0)
    low, high = low - pad, high + pad
    left, top = begin + 46, -PLOT / 2

    def at(zz: float, aa: float) -> tuple[float, float]:
        return left + PLOT * (zz + reach) / (2 * reach), top + PLOT * (1 - (aa - low) / (high - low))

    canvas.line((begin + 2, 0), (left - 8, 0), "muted", 1.6)
    canvas.area(f"M{left - 3:.1f} 0L{left - 10:.1f} -5L{left - 10:.1f} 5Z", "muted")
    frame = Box(left, top, left + PLOT, top + PLOT)
    canvas.rect(frame, "panel", radius=6)
    canvas.line(at(-reach, 0), at(reach, 0), "faint", 1)
    canvas.line(at(0, low), at(0, high), "faint", 1)
    x, y = at(z, a)
    canvas.line((x, y), at(z, 0), "muted", 1, dashed=True)
    canvas.line((x, y), at(0, a), "muted", 1, dashed=True)
    points = "L".join(f"{px:.1f} {py:.1f}" for px, py in (at(*p) for p in zip(grid, values, strict=True)))
    canvas.curve(f"M{points}", frame, "hidden", 2.4)
    canvas.circle(x, y, 5.5, "output", stroke="paper", width=1.5, kind="point", tip=f"z = {z!r}, a = {a!r}")
    for k, words in enumerate((f.formula, f.name)):
        canvas.text(left + PLOT / 2, top - 16 - 17 * k, words, size=11, anchor="middle", bold=k == 1,
                    colour="hidden" if k else "muted")  # fmt: skip
    span = f"z from {number(-reach)} to {number(reach)}"
    for k, words in enumerate((span, *(() if f.elementwise else ("the layer's other z held",)))):
        canvas.text(left + PLOT / 2, top + PLOT + 16 + 15 * k, words, size=10, colour="muted", anchor="middle")
    right = left + PLOT
    canvas.line((right + 4, 0), (right + 32, 0), "muted", 1.6)
    canvas.area(f"M{right + 38:.1f} 0L{right + 31:.1f} -5L{right + 31:.1f} 5Z", "muted")
    canvas.text(right + 46, 0, f"a = {number(a)}", size=14, bold=True)
    slope = float(f.derivative(z)) if f.elementwise else float(a * (1 - a))
    canvas.text(right + 46, 22, f"da/dz = {number(slope)}", size=11, colour="muted")
    if delta is not None:
        canvas.text(right + 46, 42, f"δ = ∂C/∂z = {number(delta)}", size=11, colour=sign_of(delta))


def _heading(canvas: Canvas, heading: str, layer: LayerTrace, z: float, a: float, bias: float, inputs: int) -> None:
    left, top = canvas.box.left, canvas.box.top - 40
    if heading:
        canvas.text(left, top - 22, heading, size=16, bold=True)
    words = f"{layer.kind} · {layer.activation.name} · {inputs:,} inputs · z = {z:.9g} · a = {a:.9g}".replace("-", "−")
    canvas.text(left, top, words, size=11.5, colour="muted")
