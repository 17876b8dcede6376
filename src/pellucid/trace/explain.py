"""Explanations of a trace's numbers: what is asked for found, its calculation put together."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DescriptionError
from pellucid.layers.base import check_whole
from pellucid.trace.backward import delta_steps, gradient_step, refuse_without_targets
from pellucid.trace.explanation import Explanation
from pellucid.trace.forward import forward_steps
from pellucid.trace.names import parse_place
from pellucid.trace.update import update_steps
from pellucid.trace.values import LayerTrace, ParameterTrace, Trace


def explain(trace: Trace, layer: str, unit: Any, sample: int) -> Explanation:
    """See :meth:`Trace.explain`."""
    found, flat = _unit(trace, layer, unit)
    sample = _sample(trace, sample)
    return Explanation(_title(trace, found, flat, sample), forward_steps(trace, found, flat, sample))


def explain_delta(trace: Trace, layer: str, unit: Any, sample: int) -> Explanation:
    """See :meth:`Trace.explain_delta`."""
    refuse_without_targets(trace)
    found, flat = _unit(trace, layer, unit)
    sample = _sample(trace, sample)
    if found.delta is None:
        raise DescriptionError(
            f'The error signal of "{found.name}" is in the memory only with the shortcut\'s added to it, so it cannot '
            f"be written out. Ask for the layer behind it."
        )
    return Explanation(f"δ of {_title(trace, found, flat, sample)}", delta_steps(trace, found, flat, sample))


def explain_gradient(trace: Trace, parameter: str, index: Any, sample: int | None) -> Explanation:
    """See :meth:`Trace.explain_gradient`."""
    refuse_without_targets(trace)
    layer, found, place = _number(trace, parameter, index)
    first, origins = gradient_step(trace, layer, found.name.rpartition(".")[2], place)
    if sample is not None:
        wanted = _sample(trace, sample)
        origins = [origin for origin in origins if origin[1] == wanted]
    steps = [first]
    if origins:
        _, chosen, flat = max(origins, key=lambda origin: origin[0])
        steps += delta_steps(trace, layer, flat, chosen)
        several = f"; δ of sample {chosen}" if len(trace) > 1 else ""
        several += f" at {layer.units.long(flat)}" if layer.a.ndim > 2 else ""
    return Explanation(f"gradient of {_named(found, place)}{several if origins else ''}", tuple(steps))


def explain_update(trace: Trace, parameter: str, index: Any) -> Explanation:
    """See :meth:`Trace.explain_update`."""
    refuse_without_targets(trace)
    _, found, place = _number(trace, parameter, index)
    return Explanation(f"update of {_named(found, place)}", update_steps(trace, found, place))


def _unit(trace: Trace, layer: str, unit: Any) -> tuple[LayerTrace, int]:
    name, place = parse_place(layer)
    found = trace[name]
    unit = place if unit is None else unit
    if unit is None and len(found.units) > 1:
        raise DescriptionError(f'Which unit of "{name}"? {found.units.exist()} Write trace.explain("{name}", unit).')
    only = (0,) * (found.a.ndim - 1)
    return found, found.units.index(only if unit is None else unit, f'Layer "{name}"')


def _number(trace: Trace, parameter: str, index: Any) -> tuple[LayerTrace, ParameterTrace, tuple[int, ...]]:
    name, place = parse_place(parameter)
    found = trace.parameter(name)
    index = place if index is None else index
    shape, given = found.value.shape, index
    if index is None and found.value.size == 1:
        index = (0,) * len(shape)
    wanted = tuple(np.atleast_1d(np.asarray(() if index is None else index)).tolist())
    whole = all(isinstance(k, int) and 0 <= k < n for k, n in zip(wanted, shape, strict=False))
    if len(wanted) != len(shape) or not whole:
        axes = AXES.get((found.name.rpartition(".")[2], len(shape)), "")
        ends = ", ".join(f"0…{n - 1}" for n in shape)
        came = "no place" if given is None else repr(given)
        raise DescriptionError(f'"{name}" has numbers at ({ends}){axes}, got {came}. Write "{name}[{_first(shape)}]".')
    return trace[name.rpartition(".")[0]], found, wanted


AXES = {("weights", 2): " (input, unit)", ("weights", 4): " (row, column, channel, filter)", ("bias", 1): " (unit)"}


def _first(shape: tuple[int, ...]) -> str:
    return ", ".join("0" for _ in shape)


def _sample(trace: Trace, sample: int) -> int:
    number = check_whole(sample, "sample", 0)
    if number >= len(trace):
        last = len(trace) - 1
        exist = "one sample, number 0" if last == 0 else f"samples 0 to {last}"
        raise DescriptionError(f"The trace has {exist}, got sample {number}.")
    return number


def _title(trace: Trace, layer: LayerTrace, flat: int, sample: int) -> str:
    place = layer.units.long(flat)
    name = layer.units.short(flat) if layer.units.given else ""
    kind = f"{layer.kind}, {layer.activation.name}" if layer.activation is not None else layer.kind
    here = f"{place} ({kind})" if place.startswith(layer.name) else f"{layer.name}: {place} ({kind})"
    return here + (f' "{name}"' if name else "") + (f", sample {sample}" if len(trace) > 1 else "")


def _named(parameter: ParameterTrace, place: tuple[int, ...]) -> str:
    return f"{parameter.name}[{', '.join(map(str, place))}]"
