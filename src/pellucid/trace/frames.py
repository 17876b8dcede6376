"""A trace's numbers as DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DescriptionError, nearest, unknown
from pellucid.trace.forward import table_place

if TYPE_CHECKING:
    from pellucid.trace.names import Names
    from pellucid.trace.values import Array, LayerTrace, ParameterTrace, Trace

LIBRARIES = ("polars", "pandas")
AXES = {2: ("input", "unit"), 4: ("row", "column", "channel", "filter")}


def to_frame(trace: Trace, what: str | None, library: str) -> Any:
    """See :meth:`Trace.to_frame`."""
    if library not in LIBRARIES:
        raise unknown("library", library, LIBRARIES)
    columns = _columns(trace, what)
    if library == "pandas":
        import pandas

        return pandas.DataFrame(columns)
    import polars

    return polars.DataFrame(columns)


def _columns(trace: Trace, what: str | None) -> dict[str, Any]:
    if what is None:
        return _samples(trace)
    if what == "input":
        return _values(trace, trace.names, {"value": trace.inputs, "gradient": trace.input_gradient}, "input")
    if what in trace.layers:
        layer = trace[what]
        arrays = {"z": layer.z, "a": layer.a, "output_gradient": layer.output_gradient, "delta": layer.delta}
        return _values(trace, layer.units, arrays, "unit")
    arrays_by_name = {
        p.name: (layer, p) for layer in trace for p in (*layer.parameters.values(), *layer.statistics.values())
    }
    if what in arrays_by_name:
        return _parameter(*arrays_by_name[what])
    known = ["input", *trace.layers, *arrays_by_name]
    raise DescriptionError(f'No layer or weights "{what}".{nearest(what, known)} Known: {", ".join(known)}.')


def _samples(trace: Trace) -> dict[str, Any]:
    found: dict[str, Any] = {"sample": np.arange(len(trace))}
    for name in ("true", "predicted", "losses", "shares"):
        values = getattr(trace, name)
        if values is not None:
            found[{"losses": "loss", "shares": "share"}.get(name, name)] = values
    units, outputs = list(trace)[-1].units, trace.outputs.reshape(len(trace), -1)
    targets = None if trace.targets is None else trace.targets.reshape(len(trace), -1)
    for k in range(outputs.shape[1]):
        found[f"a of {units.short(k)}"] = outputs[:, k]
        if targets is not None:
            found[f"target of {units.short(k)}"] = targets[:, k]
    return found


def _values(trace: Trace, names: Names, arrays: dict[str, Array | None], what: str) -> dict[str, Any]:
    units = [names.short(k) for k in range(len(names))]
    found: dict[str, Any] = {"sample": np.repeat(np.arange(len(trace)), len(units)), what: units * len(trace)}
    return found | {name: array.ravel() for name, array in arrays.items() if array is not None}


def _parameter(layer: LayerTrace, p: ParameterTrace) -> dict[str, Any]:
    shape = p.value.shape
    axes = AXES.get(len(shape), ("unit" if layer.kind == "Dense" else "channel",))
    places = np.indices(shape).reshape(len(shape), -1)
    found: dict[str, Any] = dict(zip(axes, places, strict=True))
    if layer.kind == "Embedding":
        _, first = table_place(layer, p.name.rpartition(".")[2])
        found = {"category": places[0], "unit": [layer.units.short(first + int(k)) for k in places[1]]}
    elif len(shape) == 2:
        found["input"] = [layer.inputs.long(int(k)) for k in places[0]]
    if layer.kind == "Dense":
        found["unit"] = [layer.units.short(int(k)) for k in places[-1]]
    arrays = {"value": p.value, "gradient": p.gradient, "update": p.update, "new": p.new}
    arrays |= {f"memory_{k}": m for k, m in enumerate(p.memories, 1)} | {
        f"new_memory_{k}": m for k, m in enumerate(p.new_memories, 1)
    }
    return found | {name: array.ravel() for name, array in arrays.items() if array is not None}
