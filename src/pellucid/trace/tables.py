"""A trace as tables of text: what ``print`` and notebooks show. Long ones are folded to their largest numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pellucid.trace.forward import table_place
from pellucid.trace.numbers import shown_number

if TYPE_CHECKING:
    from pellucid.trace.names import Names
    from pellucid.trace.values import Array, LayerTrace, ParameterTrace, Trace

MOST = 8  # rows of a table that is folded
FEW = 16  # rows up to which nothing is folded
WIDE = 10  # outputs that stand side by side


@dataclass(frozen=True)
class Table:
    """Rows of text under their heads; the first ``left`` columns are names."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    foot: str = ""


@dataclass(frozen=True)
class Section:
    """A title and the tables under it."""

    title: str
    tables: tuple[Table, ...]


def title(trace: Trace) -> str:
    """What was traced."""
    sizes = [trace.names.shape, *(layer.a.shape[1:] for layer in trace if "." not in layer.name)]
    chain = " → ".join("×".join(map(str, shape)) for shape in sizes)
    count = "1 sample" if len(trace) == 1 else f"{len(trace):,} samples"
    how = "forward pass"
    if trace.learns and trace.optimizer is not None:
        how = f"forward, loss, backward and one step of {trace.optimizer.name} (rate {shown_number(trace.rate, 6)})"
    mode = ", as while training" if trace.training else ""
    return f"Trace of {trace.network} ({chain}): {count} in {trace.dtype}{mode}; {how}"


def sections(trace: Trace, layer: str | None, digits: int | None, most: int | None) -> Iterator[Section]:
    """The input, every layer and the loss; or one layer."""
    if layer is None:
        yield Section("input", (_input(trace, digits, most),))
    for found in trace if layer is None else [trace[layer]]:
        yield Section(_layer_title(found), tuple(_layer(trace, found, digits, most)))
    if layer is None:
        yield Section(_outcome_title(trace, digits), (_outcome(trace, digits, most),))


def _layer_title(layer: LayerTrace) -> str:
    f = layer.activation
    if layer.passes:
        return f"{layer.name} ({layer.kind}): hands on what comes in, as {'×'.join(map(str, layer.a.shape[1:]))}"
    return f"{layer.name} ({layer.kind}, {f.name}): {f.formula}" if f is not None else f"{layer.name} ({layer.kind})"


def stage_section(trace: Trace, stage: str, layer: str | None, digits: int | None, most: int | None) -> Section:
    """What one stage of a step computes: "forward", "backward" or "update" of a layer, "loss", or the "input"."""
    if layer is None:
        if stage == "loss":
            return Section(_outcome_title(trace, digits), (_outcome(trace, digits, most),))
        return Section("input", (_units(trace, trace.names, [("value", trace.inputs)], digits, most, "input"),))
    found = trace[layer]
    tables = []
    if stage == "forward":
        tables.append(_units(trace, found.units, _forward_columns(found), digits, most, "unit"))
    if stage == "backward":
        tables.append(_units(trace, found.units, _backward_columns(found), digits, most, "unit"))
    if stage in ("backward", "update"):
        parameters = found.parameters.values()
        tables += [_parameter(found, p, digits, most, with_step=stage == "update") for p in parameters]
    if stage == "update" and trace.optimizer is not None:
        rate = f"rate {shown_number(trace.rate, 6)}"
        return Section(f"{layer}, {trace.optimizer.name} ({rate}): {trace.optimizer.formula}", tuple(tables))
    return Section(_layer_title(found), tuple(tables))


def _input(trace: Trace, digits: int | None, most: int | None) -> Table:
    columns = [("value", trace.inputs), ("∂C/∂x", trace.input_gradient)]
    return _units(trace, trace.names, columns, digits, most, "input")


def _layer(trace: Trace, layer: LayerTrace, digits: int | None, most: int | None) -> Iterator[Table]:
    if layer.passes:
        return
    columns = [*_forward_columns(layer), *_backward_columns(layer)]
    yield _units(trace, layer.units, columns, digits, most, "unit")
    for parameter in (*layer.parameters.values(), *layer.statistics.values()):
        yield _parameter(layer, parameter, digits, most)


def _forward_columns(layer: LayerTrace) -> list[tuple[str, Array | None]]:
    if layer.activation is not None and layer.activation.name == "identity":
        return [("z = a", layer.a)]
    return [("z", layer.z), ("a", layer.a)]


def _backward_columns(layer: LayerTrace) -> list[tuple[str, Array | None]]:
    if layer.z is None:
        return [("δ = ∂C/∂a", layer.output_gradient)]
    if layer.activation is not None and layer.activation.name == "identity":
        return [("δ = ∂C/∂z", layer.delta)]
    return [("∂C/∂a", layer.output_gradient), ("δ = ∂C/∂z", layer.delta)]


def _units(
    trace: Trace, names: Names, columns: Sequence[tuple[str, Array | None]], digits: int | None, most: int | None,
    what: str,
) -> Table:  # fmt: skip
    """A row for each sample and unit."""
    shown = [(head, array.reshape(len(trace), -1)) for head, array in columns if array is not None]
    first = shown[-1][1] if what == "unit" else shown[0][1]  # the units that matter most to the cost
    kept, foot = _largest(first, most)
    if foot:
        spans = [f"{head} from {shown_number(v.min(), digits)} to {shown_number(v.max(), digits)}" for head, v in shown]
        zeros = int((shown[0][1] == 0).sum())
        foot = f"… {foot}{f', {zeros:,} of them 0' if zeros and what == 'input' else ''}: {'; '.join(spans)}"
    several = len(trace) > 1
    rows = []
    for k in kept:
        sample, unit = divmod(int(k), first.shape[1])
        labels = ([str(sample)] if several else []) + [names.short(unit)]
        rows.append((*labels, *(shown_number(v[sample, unit], digits) for _, v in shown)))
    head = (*(["sample"] if several else []), what, *(name for name, _ in shown))
    return Table(head, tuple(rows), 1 + several, foot)


def _parameter(
    layer: LayerTrace, p: ParameterTrace, digits: int | None, most: int | None, with_step: bool = True
) -> Table:
    short = p.name.rpartition(".")[2]
    letter = {"weights": "w", "bias": "b", "gamma": "γ", "beta": "β"}.get(short, short)
    columns = [(letter, p.value), (f"∂C/∂{letter}", p.gradient)]
    columns += [("update", p.update), (f"new {letter}", p.new)] if with_step else []
    shown = [(head, array.ravel()) for head, array in columns if array is not None]
    by = p.value if p.gradient is None else p.gradient
    kept, foot = _largest(by.ravel(), most)
    if foot:
        spans = [
            f"{head} from {shown_number(v.min(), digits)} to {shown_number(v.max(), digits)}" for head, v in shown[:2]
        ]
        foot = f"… {foot}: {'; '.join(spans)}"
    rows = [(place_name(layer, p, int(k)), *(shown_number(v[k], digits) for _, v in shown)) for k in kept]
    return Table((short, *(head for head, _ in shown)), tuple(rows), 1, foot)


def place_name(layer: LayerTrace, p: ParameterTrace, flat: int) -> str:
    """What one number of a parameter connects.

    As in ``x[0] → 2``, ``window (0, 1), channel 0 → map 3``, ``category 2 → 0`` or ``→ 2``.
    """
    place = tuple(int(k) for k in np.unravel_index(flat, p.value.shape))
    if layer.kind == "Embedding":
        _, first = table_place(layer, p.name.rpartition(".")[2])
        return f"category {place[0]} → {layer.units.short(first + place[1])}"
    if p.value.ndim == 2:
        return f"{layer.inputs.long(place[0])} → {layer.units.short(place[1])}"
    if p.value.ndim == 4:
        return f"window ({place[0]}, {place[1]}), channel {place[2]} → map {place[3]}"
    if layer.kind == "Dense":
        return f"→ {layer.units.short(place[0])}"
    return f"→ map {place[0]}" if layer.kind == "Conv2D" else f"channel {place[-1]}"


def _largest(values: Array, most: int | None) -> tuple[Array, str]:
    """The places of the largest numbers in their order, and what was left out."""
    flat = np.abs(values.ravel())
    if most is None or flat.size <= FEW:
        return np.arange(flat.size), ""
    found = np.argpartition(-flat, most - 1)[:most]
    return np.sort(found), f"the {most} largest of {flat.size:,}"


def _outcome_title(trace: Trace, digits: int | None) -> str:
    if not trace.learns:
        return "outputs"
    penalty = f" (penalty {shown_number(trace.penalty, digits)} included)" if trace.penalty else ""
    loss = "" if trace.loss is None else f": {trace.loss.name}, {trace.loss.formula}"
    return f"cost C = {shown_number(trace.cost, digits)}{penalty}{loss}"


def _outcome(trace: Trace, digits: int | None, most: int | None) -> Table:
    """A row for each sample: its loss, its classes, its outputs."""
    outputs = trace.outputs.reshape(len(trace), -1)
    units = list(trace)[-1].units
    places = range(min(outputs.shape[1], WIDE)) if most is not None else range(outputs.shape[1])
    head = ["sample"]
    parts: list[list[str]] = [[str(s) for s in range(len(trace))]]
    for name, labels in (("true", trace.true), ("predicted", trace.predicted)):
        if labels is not None:
            head.append(name)
            parts.append([str(label) for label in labels])
    left = len(head)
    if trace.losses is not None and trace.shares is not None:
        head += ["loss", "share"]
        parts += [[shown_number(v, digits) for v in values] for values in (trace.losses, trace.shares)]
    for k in places:
        head.append(f"a of {units.short(k)}")
        parts.append([shown_number(v, digits) for v in outputs[:, k]])
        if trace.targets is not None and len(places) == 1:
            head.append("target")
            parts.append([shown_number(v, digits) for v in trace.targets.reshape(len(trace), -1)[:, k]])
    rows = tuple(zip(*parts, strict=True))
    foot = ""
    if most is not None and len(rows) > FEW:
        foot, rows = f"… the first {most} of {len(rows):,} samples", rows[:most]
    if len(places) < outputs.shape[1]:
        foot += f"{'; ' if foot else '… '}the first {WIDE} of {outputs.shape[1]:,} outputs"
    return Table(tuple(head), rows, left, foot)
