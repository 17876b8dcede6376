"""How a unit's activation comes about, for every layer kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DescriptionError
from pellucid.trace.explanation import Step, Term

if TYPE_CHECKING:
    from pellucid.trace.values import LayerTrace, Trace

Place = tuple[int, ...]


def forward_steps(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    """The steps from the layer's input to the unit's activation."""
    if layer.passes and layer.kind != "Activation":
        return (_handed_on(layer, flat, sample),)
    if layer.kind not in STEPS:
        raise DescriptionError(
            f'Layer "{layer.name}": there is no explanation for {layer.kind} layers. Its numbers are in '
            f'trace["{layer.name}"].input and .a.'
        )
    return STEPS[layer.kind](trace, layer, flat, sample)


def place_of(layer: LayerTrace, flat: int) -> Place:
    """The axes' numbers of a unit."""
    return tuple(int(k) for k in np.unravel_index(flat, layer.a.shape[1:]))


def window_of(layer: LayerTrace, place: Place) -> list[tuple[int, int, int, int]]:
    """(row in the window, column in it, row of the picture, its column) of each pixel that a window sees there."""
    H, W = layer.input.shape[1:3]
    if layer.kind == "GlobalAvgPool2D":
        return [(h, w, h, w) for h in range(H) for w in range(W)]
    window = layer.layer.window  # type: ignore[attr-defined]
    (top, _), (left, _) = window.border(layer.input.shape[1:])
    found = []
    for kh in range(window.kernel[0]):
        for kw in range(window.kernel[1]):
            h = place[0] * window.stride[0] + kh * window.dilation[0] - top
            w = place[1] * window.stride[1] + kw * window.dilation[1] - left
            if 0 <= h < H and 0 <= w < W:
                found.append((kh, kw, h, w))
    return found


def channels_of(layer: LayerTrace, o: int) -> range:
    """The input channels that an output channel of a convolution sees."""
    conv: Any = layer.layer
    each = layer.input.shape[3] // conv.groups
    first = o // (conv.filters // conv.groups) * each
    return range(first, first + each)


def input_name(layer: LayerTrace, *place: int) -> str:
    """What a number that comes in is called."""
    return layer.inputs.long(int(np.ravel_multi_index(place, layer.input.shape[1:])))


def _handed_on(layer: LayerTrace, flat: int, sample: int) -> Step:
    x, a = layer.input[sample].ravel()[flat], layer.a[sample].ravel()[flat]
    return Step(
        "a", f"a = x: {layer.kind} hands on what comes in", (Term(layer.inputs.long(flat), (float(x),)),), float(a)
    )


def _dense(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    x, w = layer.input[sample], layer.parameters["weights"].value
    terms = [Term(layer.inputs.long(i), (float(w[i, flat]), float(x[i]))) for i in range(len(x))]
    return (_weighted_input(layer, flat, flat, sample, terms), *activation_step(layer, flat, sample))


def _conv(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    place = place_of(layer, flat)
    x, w, o = layer.input[sample], layer.parameters["weights"].value, place[2]
    channels = channels_of(layer, o)
    terms = [
        Term(input_name(layer, h, v, c), (float(w[kh, kw, c - channels[0], o]), float(x[h, v, c])))
        for kh, kw, h, v in window_of(layer, place)
        for c in channels
    ]
    return (_weighted_input(layer, flat, o, sample, terms), *activation_step(layer, flat, sample))


def _weighted_input(layer: LayerTrace, flat: int, unit: int, sample: int, terms: Sequence[Term]) -> Step:
    assert layer.z is not None
    bias = layer.parameters.get("bias")
    first = [] if bias is None else [Term("bias", (float(bias.value[unit]),))]
    formula = "z = Σ w · x" if bias is None else "z = b + Σ w · x"
    seen = ", over the window" if layer.kind == "Conv2D" else ""
    return Step("z", formula + seen, (*first, *terms), float(layer.z[sample].ravel()[flat]))


def activation_step(layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    """a = f(z) with its numbers."""
    f, z = layer.activation, layer.z
    assert z is not None
    here, a = float(z[sample].ravel()[flat]), float(layer.a[sample].ravel()[flat])
    if f.name == "identity":
        return (Step("a", "a = z", (Term("z", (here,)),), a),)
    if f.elementwise:
        return (Step("a", f.formula, (Term("a", (float(f(here)),)),), a, given=(("z", here), *_options(f))),)
    place = place_of(layer, flat)
    row = z[sample][place[:-1]].astype(float)
    top = float(row.max())  # e^(z − the largest z): the shares are the same, and nothing overflows
    first = flat - place[-1]
    powers = [Term(f"e^(z of {layer.units.short(first + k)} − …)", (math.exp(v - top),)) for k, v in enumerate(row)]
    whole = math.fsum(p.value for p in powers)
    largest = ("the largest z", top)
    return (
        Step("Σ", "Σ = Σⱼ e^(zⱼ − the largest z)", tuple(powers), whole, given=(largest,)),
        Step("a", "a = e^(z − the largest z) / Σ", (Term("a", (math.exp(here - top), 1.0 / whole)),), a,
             given=(("z", here), largest)),
    )  # fmt: skip


def _options(f: Any) -> tuple[tuple[str, float], ...]:
    return tuple((field.name, float(getattr(f, field.name))) for field in fields(f))


def _activation(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    return activation_step(layer, flat, sample)


def _max_pool(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    terms = _window_terms(layer, flat, sample)
    return (Step("a", "a = the largest x of the window", terms, float(layer.a[sample].ravel()[flat]), how="max"),)


def _average_pool(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    terms = _window_terms(layer, flat, sample)
    formula = f"a = 1/{len(terms)} · Σ x, the mean of the window"
    return (Step("a", formula, terms, float(layer.a[sample].ravel()[flat]), scale=1.0 / len(terms)),)


def _window_terms(layer: LayerTrace, flat: int, sample: int) -> tuple[Term, ...]:
    place, x = place_of(layer, flat), layer.input[sample]
    c = place[-1]
    return tuple(Term(input_name(layer, h, w, c), (float(x[h, w, c]),)) for _, _, h, w in window_of(layer, place))


def moments(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[float, float, str]:
    """Mean, 1/√(variance + ε) and whose they are, of the numbers that a unit is normalised with."""
    epsilon = float(layer.layer.epsilon)  # type: ignore[attr-defined]
    place = place_of(layer, flat)
    x = layer.input.astype(float)
    if layer.kind == "LayerNorm":
        row = x[sample][place[:-1]]
        mean, variance, whose = row.mean(), row.var(), "of the sample's channels there"
    elif trace.training:
        column = x[..., place[-1]]
        mean, variance, whose = column.mean(), column.var(), "of the batch"
    else:
        mean, variance = (layer.statistics[k].value[place[-1]] for k in ("mean", "variance"))
        whose = "the running ones of training"
    return float(mean), 1.0 / math.sqrt(float(variance) + epsilon), whose


def _norm(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    mean, scale, whose = moments(trace, layer, flat, sample)
    c = place_of(layer, flat)[-1]
    x = float(layer.input[sample].ravel()[flat])
    gamma, beta = (float(layer.parameters[k].value[c]) for k in ("gamma", "beta"))
    terms = (Term("γ · (x − mean) · 1/√(variance + ε)", (gamma, x - mean, scale)), Term("β", (beta,)))
    a = float(layer.a[sample].ravel()[flat])
    note = f"mean and variance: {whose}"
    formula = "a = γ (x − mean) / √(variance + ε) + β"
    return (Step("a", formula, terms, a, given=(("x", x), ("mean", mean)), note=note),)


def _standardize(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    spec: Any = layer.layer
    channels = layer.a.shape[-1]
    mean, deviation = (float(np.broadcast_to(v, channels)[flat % channels]) for v in (spec.mean, spec.deviation))
    x = float(layer.input[sample].ravel()[flat])
    terms = (Term("(x − mean) · 1/deviation", (x - mean, 1.0 / deviation)),)
    given = (("x", x), ("mean", mean), ("deviation", deviation))
    return (Step("a", "a = (x − mean) / deviation", terms, float(layer.a[sample].ravel()[flat]), given=given),)


def _residual(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    spec: Any = layer.layer
    assert layer.z is not None
    path = trace.layers[f"{layer.name}.{spec.layers[-1].label}"].a[sample].ravel()[flat]
    if spec.shortcut:
        beside = trace.layers[f"{layer.name}.shortcut.{spec.shortcut[-1].label}"].a[sample].ravel()[flat]
    else:
        beside = layer.input[sample].ravel()[flat]
    terms = (Term("layers", (float(path),)), Term("shortcut", (float(beside),)))
    z = Step("z", "z = layers(x) + shortcut(x)", terms, float(layer.z[sample].ravel()[flat]))
    return (z, *activation_step(layer, flat, sample))


def _ensemble(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    spec: Any = layer.layer
    terms = []
    for k, (member, share) in enumerate(zip(spec.members, spec.shares, strict=True), start=1):
        end = trace.layers[f"{layer.name}.member_{k}.{member[-1].label}"]
        terms.append(Term(f"member_{k}", (float(share), float(end.a[sample].ravel()[flat]))))
    return (Step("a", "a = Σ share · member", tuple(terms), float(layer.a[sample].ravel()[flat])),)


def table_place(layer: LayerTrace, table: str) -> tuple[int, int]:
    """Where an Embedding's code comes in, and the first unit of its vectors."""
    spec: Any = layer.layer
    k = int(table.removeprefix("table_")) - 1
    numbers = layer.input.shape[1] - len(spec.tables)
    return numbers + k, numbers + sum(units for _, units in spec.tables[:k])


def _embedding(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    a, x = float(layer.a[sample, flat]), layer.input[sample]
    for table, parameter in layer.parameters.items():
        code, first = table_place(layer, table)
        if first <= flat < first + parameter.value.shape[1]:
            category = int(x[code])
            term = Term(f"{table}[{category}, {flat - first}]", (float(parameter.value[category, flat - first]),))
            given = ((layer.inputs.long(code), float(category)),)
            return (Step("a", f"a = the category's vector in {table}", (term,), a, given=given),)
    return (Step("a", "a = x", (Term(layer.inputs.long(flat), (float(x[flat]),)),), a),)


def _piecewise(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    spec: Any = layer.layer
    pieces = [(i, k, len(row) - 1) for i, row in enumerate(spec.edges) for k in range(len(row) - 1)]
    i, k, count = pieces[flat]
    low, high = spec.edges[i][k : k + 2]
    x, a = float(layer.input[sample, i]), float(layer.a[sample, flat])
    share = (x - low) / (high - low)
    kept = min(share, 1.0) if k < count - 1 else share
    kept = max(kept, 0.0) if k else kept
    term = Term("share", (x - low, 1.0 / (high - low)) if kept == share else (kept,))
    note = "" if kept == share else f"below 0 or above 1, so kept at {kept:g}"
    given = ((layer.inputs.long(i), x), ("b₀", low), ("b₁", high))
    return (Step("a", "a = (x − b₀) / (b₁ − b₀), kept within its stretch", (term,), a, given=given, note=note),)


def _dropout(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    x, a = float(layer.input[sample].ravel()[flat]), float(layer.a[sample].ravel()[flat])
    rate = float(layer.layer.rate)  # type: ignore[attr-defined]
    factor = 0.0 if a == 0.0 else 1.0 / (1.0 - rate)
    formula = "a = x · mask, the mask 0 or 1 / (1 − rate), drawn at random"
    if x == 0.0:  # then its mask cannot be told from a
        note = "x is 0, so a is 0 whether this unit was left out or not"
        return (Step("a", formula, (Term(layer.inputs.long(flat), (x,)),), a, note=note),)
    note = "this unit was left out" if factor == 0.0 else f"1 / (1 − {rate:g}), so that the mean stays"
    return (Step("a", formula, (Term(layer.inputs.long(flat), (factor, x)),), a, note=note),)


def _augment(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    raise DescriptionError(
        f'Layer "{layer.name}" (Augment) moves and changes pixels at random, which is no sum of a few terms. '
        f"Trace without training=True, and it hands its input on."
    )


STEPS: dict[str, Callable[[Any, Any, int, int], tuple[Step, ...]]] = {
    "Dense": _dense, "Conv2D": _conv, "Activation": _activation, "MaxPool2D": _max_pool, "AvgPool2D": _average_pool,
    "GlobalAvgPool2D": _average_pool, "BatchNorm": _norm, "LayerNorm": _norm, "Standardize": _standardize,
    "Residual": _residual, "Ensemble": _ensemble, "Embedding": _embedding, "PiecewiseLinear": _piecewise,
    "Dropout": _dropout, "Augment": _augment,
}  # fmt: skip
