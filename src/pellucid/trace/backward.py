"""How an error signal δ and a gradient come about: the chain rule with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DescriptionError
from pellucid.trace.explanation import Step, Term
from pellucid.trace.forward import channels_of, input_name, moments, place_of, table_place

if TYPE_CHECKING:
    from pellucid.trace.values import LayerTrace, Trace


def delta_steps(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> tuple[Step, ...]:
    """δ of a unit: from the loss in the last layer, from the next layer's δ elsewhere."""
    assert layer.delta is not None
    last = following(trace, layer) is None
    if last and trace.fused:
        return (_fused(trace, layer, flat, sample),)
    if layer.z is None:
        return _output_steps(trace, layer, flat, sample, "δ")
    assert layer.output_gradient is not None
    f, place = layer.activation, place_of(layer, flat)
    delta, da = float(layer.delta[sample].ravel()[flat]), layer.output_gradient[sample]
    if f is None or f.name == "identity":
        first = Step("δ", "δ = ∂C/∂z = ∂C/∂a, since a = z", (Term("∂C/∂a", (float(da.ravel()[flat]),)),), delta)
    elif f.elementwise:
        z, a = (
            layer.z[sample].ravel()[flat : flat + 1].astype(float),
            layer.a[sample].ravel()[flat : flat + 1].astype(float),
        )
        slope = float(type(f).function_derivative(z, a, *f.options)[0])
        terms = (Term("f′(z) · ∂C/∂a", (slope, float(da.ravel()[flat]))),)
        first = Step(
            "δ",
            f"δ = f′(z) · ∂C/∂a, f′(z) = {f.formula_derivative}",
            terms,
            delta,
            given=(("z", float(z[0])), ("a", float(a[0]))),
        )
    else:
        row, signals = layer.a[sample][place[:-1]].astype(float), da[place[:-1]].astype(float)
        start, own = flat - place[-1], float(row[place[-1]])
        parts = [
            Term(layer.units.short(start + j), (float(signals[j]), float(row[j]), (j == place[-1]) - own))
            for j in range(len(row))
        ]
        first = Step("δ", "δₖ = Σⱼ ∂C/∂aⱼ · aⱼ · ((1 if j = k else 0) − aₖ)", tuple(parts), delta)
    return (first, *_output_steps(trace, layer, flat, sample, "∂C/∂a"))


def following(trace: Trace, layer: LayerTrace) -> LayerTrace | None:
    """The layer that takes this one's activation; None where the loss does. Layers that only hand on are passed."""
    prefix = layer.name.rpartition(".")[0]
    beside = [name for name in trace.layers if name.rpartition(".")[0] == prefix]
    for name in beside[beside.index(layer.name) + 1 :]:
        if not trace.layers[name].passes:
            return trace.layers[name]
    while prefix and prefix not in trace.layers:  # the shortcut of a Residual, a member of an Ensemble
        prefix = prefix.rpartition(".")[0]
    return trace.layers[prefix] if prefix else None


def _output_steps(trace: Trace, layer: LayerTrace, flat: int, sample: int, name: str) -> tuple[Step, ...]:
    """∂C/∂a: from the loss, or from the δ of the layer that takes it."""
    assert layer.output_gradient is not None
    computed = float(layer.output_gradient[sample].ravel()[flat])
    after = following(trace, layer)
    if after is None:
        return (_loss_slope(trace, layer, flat, sample, name, computed),)
    if after.kind == "Dense":
        w, delta = after.parameters["weights"].value, after.delta
        assert delta is not None
        terms = [Term(after.units.long(k), (float(w[flat, k]), float(delta[sample, k]))) for k in range(w.shape[1])]
        return (Step(name, f"{name} = Σₖ wₖ · δₖ, over the units of {after.name}", tuple(terms), computed),)
    if after.kind == "Conv2D":
        formula = f"{name} = Σ w · δ, over the places of {after.name} whose window sees it"
        return (Step(name, formula, tuple(_seen_by(after, flat, sample)), computed),)
    where, within = f"{after.name} ({after.kind})", layer.name.startswith(f"{after.name}.")
    if after.kind == "Ensemble" and within:
        assert after.output_gradient is not None
        member = int(layer.name.removeprefix(f"{after.name}.member_").partition(".")[0])
        share: float = after.layer.shares[member - 1]  # type: ignore[attr-defined]
        factors = (share, float(after.output_gradient[sample].ravel()[flat]))
        formula = f"{name} = the member's share · ∂C/∂a of {where}"
        return (Step(name, formula, (Term(after.name, factors),), computed),)
    if after.kind == "Residual" and within:
        assert after.delta is not None
        value, formula = float(after.delta[sample].ravel()[flat]), f"{name} = δ of {where}, which adds this to its sum"
    elif after.kind == "Activation":
        assert after.delta is not None
        value, formula = float(after.delta[sample].ravel()[flat]), f"{name} = δ of {where}, whose z this is"
    else:
        assert after.input_gradient is not None
        value, formula = float(after.input_gradient[sample].ravel()[flat]), f"{name} = ∂C/∂input of {where}"
    return (Step(name, formula, (Term(after.name, (value,)),), computed),)


def _seen_by(conv: LayerTrace, flat: int, sample: int) -> list[Term]:
    """w · δ of every place of a convolution whose window sees a number that comes in."""
    assert conv.delta is not None
    h, v, c = (int(k) for k in np.unravel_index(flat, conv.input.shape[1:]))
    w, delta, terms = conv.parameters["weights"].value, conv.delta[sample], []
    window = conv.layer.window  # type: ignore[attr-defined]
    (top, _), (left, _) = window.border(conv.input.shape[1:])
    for kh in range(window.kernel[0]):
        for kw in range(window.kernel[1]):
            p, past = divmod(h + top - kh * window.dilation[0], window.stride[0])
            q, beside = divmod(v + left - kw * window.dilation[1], window.stride[1])
            if past or beside or not (0 <= p < delta.shape[0] and 0 <= q < delta.shape[1]):
                continue
            for o in range(delta.shape[2]):
                channels = channels_of(conv, o)
                if c in channels:
                    unit = int(np.ravel_multi_index((p, q, o), delta.shape))
                    factors = (float(w[kh, kw, c - channels[0], o]), float(delta[p, q, o]))
                    terms.append(Term(conv.units.long(unit), factors))
    return terms


def _share(trace: Trace, layer: LayerTrace, sample: int) -> tuple[float, str]:
    """What an output's loss counts in the cost."""
    assert trace.shares is not None
    assert trace.loss is not None
    share, units = float(trace.shares[sample]), int(np.prod(layer.a.shape[1:]))
    mean = trace.loss.per_output == "mean"
    words = "the sample's share of the cost" + (f" / {units} outputs" if mean and units > 1 else "")
    return share / units if mean else share, words


def _loss_slope(trace: Trace, layer: LayerTrace, flat: int, sample: int, name: str, computed: float) -> Step:
    loss, targets = trace.loss, trace.targets
    assert loss is not None
    assert targets is not None
    a, t = float(layer.a[sample].ravel()[flat]), float(targets[sample].ravel()[flat])
    share, words = _share(trace, layer, sample)
    slope = float(type(loss).function_derivative(np.float64(a), np.float64(t), loss.option))
    terms = (Term("share · ∂L/∂a", (share, slope)),)
    formula = f"{name} = share · ∂L/∂a, L: {loss.formula}"
    return Step(name, formula, terms, computed, given=(("a", a), ("t", t)), note=f"share: {words}")


def _fused(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> Step:
    """∂C/∂z of the last layer, in which the activation's slope and the loss's have cancelled."""
    loss, targets, f = trace.loss, trace.targets, layer.activation
    assert loss is not None
    assert targets is not None
    assert layer.delta is not None
    a, t = float(layer.a[sample].ravel()[flat]), float(targets[sample].ravel()[flat])
    computed = float(layer.delta[sample].ravel()[flat])
    share, words = _share(trace, layer, sample)
    together = f"{f.name} and {loss.name} together"
    if f.elementwise:
        terms: tuple[Term, ...] = (Term("share · (a − t)", (share, a - t)),)
        formula = f"δ = ∂C/∂z = share · (a − t): {together}"
    else:
        whole = float(targets[sample].astype(float).sum())
        terms = (Term("share · a · Σⱼ tⱼ", (share, a, whole)), Term("−share · t", (-share, t)))
        formula = f"δ = ∂C/∂z = share · (a · Σⱼ tⱼ − t): {together}"
    return Step("δ", formula, terms, computed, given=(("a", a), ("t", t)), note=f"share: {words}")


def gradient_step(
    trace: Trace, layer: LayerTrace, short: str, place: tuple[int, ...]
) -> tuple[Step, list[tuple[float, int, int]]]:
    """∂C/∂(one parameter) as a sum over samples and places; and (size, sample, unit) of each of its terms."""
    parameter = layer.parameters[short]
    assert parameter.gradient is not None
    signal = layer.output_gradient if layer.z is None else layer.delta
    assert signal is not None
    terms: list[Term] = []
    origins: list[tuple[float, int, int]] = []
    formula, symbol = _gradient_words(layer, short)
    for sample in range(len(trace)):
        for flat, what, factors in _gradient_factors(trace, layer, short, place, sample):
            term = Term(f"sample {sample}{what}", (*factors, float(signal[sample].ravel()[flat])))
            terms.append(term)
            origins.append((abs(term.value), sample, flat))
    terms += _penalty(layer, short, float(parameter.value[place]))
    computed = float(parameter.gradient[place])
    return Step(symbol, f"{symbol} = {formula}", tuple(terms), computed), origins


def _gradient_words(layer: LayerTrace, short: str) -> tuple[str, str]:
    over = "over samples" if layer.kind == "Dense" else "over samples and places"
    words = {
        "weights": (f"Σ x · δ, {over}", "∂C/∂w"), "bias": (f"Σ δ, {over}", "∂C/∂b"),
        "gamma": (f"Σ x̂ · ∂C/∂a, {over}", "∂C/∂γ"), "beta": (f"Σ ∂C/∂a, {over}", "∂C/∂β"),
    }  # fmt: skip
    return words.get(short, ("Σ ∂C/∂a, over the samples of this category", "∂C/∂w"))


def _gradient_factors(
    trace: Trace, layer: LayerTrace, short: str, place: tuple[int, ...], sample: int
) -> list[tuple[int, str, tuple[float, ...]]]:
    """(unit, what, factors besides the signal) of one sample's terms."""
    x, shape = layer.input[sample], layer.a.shape[1:]
    if layer.kind == "Dense":
        return [(place[-1], "", (float(x[place[0]]),) if short == "weights" else ())]
    found: list[tuple[int, str, tuple[float, ...]]] = []
    if layer.kind == "Embedding":
        code, first = table_place(layer, short)
        return [(first + place[1], "", ())] if int(x[code]) == place[0] else []
    if layer.kind == "Conv2D":
        return _gradient_of_window(layer, short, place, x)
    channels = shape[-1]
    for flat in range(place[0], int(np.prod(shape)), channels):
        where = "" if len(shape) == 1 else f", {layer.units.short(flat)}"
        if short == "beta":
            found.append((flat, where, ()))
            continue
        mean, scale, _ = moments(trace, layer, flat, sample)
        found.append((flat, where, (float(x.ravel()[flat]) - mean, scale)))
    return found


def _gradient_of_window(
    conv: LayerTrace, short: str, place: tuple[int, ...], x: Any
) -> list[tuple[int, str, tuple[float, ...]]]:
    """The terms of a convolution's weight or bias: one for each place at which its pixel lies in the picture."""
    shape, o = conv.a.shape[1:], place[-1]
    window = conv.layer.window  # type: ignore[attr-defined]
    (top, _), (left, _) = window.border(conv.input.shape[1:])
    channel = channels_of(conv, o)[place[2]] if short == "weights" else 0
    found: list[tuple[int, str, tuple[float, ...]]] = []
    for p in range(shape[0]):
        for q in range(shape[1]):
            flat = (p * shape[1] + q) * shape[2] + o
            if short == "bias":
                found.append((flat, f", ({p}, {q})", ()))
                continue
            h = p * window.stride[0] + place[0] * window.dilation[0] - top
            v = q * window.stride[1] + place[1] * window.dilation[1] - left
            if 0 <= h < x.shape[0] and 0 <= v < x.shape[1]:
                name = f", ({p}, {q}), {input_name(conv, h, v, channel)}"
                found.append((flat, name, (float(x[h, v, channel]),)))
    return found


def _penalty(layer: LayerTrace, short: str, value: float) -> list[Term]:
    """What a regularizer adds to a gradient."""
    regularizer: Any = next(
        (p.regularizer for p in layer.layer.parameters(layer.input.shape[1:]) if p.name == short), None
    )
    if regularizer is None:
        return []
    l1, l2 = regularizer.factors
    terms = [Term("penalty: l1 · sign(w)", (l1, float(np.sign(value))))] if l1 else []
    return [*terms, *([Term("penalty: 2 · l2 · w", (2.0, l2, value))] if l2 else [])]


def refuse_without_targets(trace: Trace) -> None:
    """Gradients need a loss, and a loss needs targets."""
    if not trace.learns:
        raise DescriptionError(
            "This trace has no gradients, because it was taken without targets. Give them: net.trace(X, y)."
        )
