"""Reading the layers out of an engine: which slot of the plan is which number of which layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.trace.names import Names
from pellucid.trace.values import LayerTrace, ParameterTrace

if TYPE_CHECKING:
    from pellucid.engines import Engine
    from pellucid.layers.base import Layer
    from pellucid.plan.parts import Shape

Array = NDArray[Any]


@dataclass(frozen=True)
class Value:
    """Where a value of the samples lies, and where its delta."""

    slot: str
    delta: str
    names: Names

    @property
    def shape(self) -> Shape:
        return self.names.shape


class LayerReader:
    """Follows the layers through the plan as their specs laid it out.

    Parameters
    ----------
    engine : Engine
        After a step.
    learns : bool
        Whether the step was one of training: only then are deltas and gradients of this pass in the memory.
    before : mapping
        Parameters, statistics and memories before the step, by their slots' names.
    class_names : tuple of str, optional
        Names of the last layer's units.
    """

    def __init__(
        self, engine: Engine, learns: bool, before: Mapping[str, Array], class_names: tuple[str, ...] | None
    ) -> None:
        self._engine, self._plan = engine, engine.plan
        self._learns, self._before, self._class_names = learns, before, class_names
        self._found: dict[str, LayerTrace] = {}
        self._unread: set[str] = set()  # deltas that no operation of the step has written
        last = self._plan.outputs[self._plan.layers[-1]]
        losses = [
            op for phase in self._plan.programs.get("train", ()) for op in phase.ops if "losses.kernels" in op.kernel
        ]
        self.fused = bool(losses) and f"{last}.delta" not in losses[0].slots
        if self.fused:
            self._unread.add(f"{last}.delta")

    def read(self, layers: Sequence[tuple[str, Layer]], names: Names) -> dict[str, LayerTrace]:
        """Every layer's numbers, those within others before the one that holds them."""
        value = Value("input", "input.delta", names)
        for name, layer in layers:
            value = self._layer(name, layer, value, last=name == layers[-1][0])
        return self._found

    def _layer(self, name: str, layer: Layer, x: Value, last: bool = False) -> Value:
        if layer.kind == "Residual":
            self._branches(name, layer, x)
        if layer.kind == "Ensemble":
            self._members(name, layer, x)
        slots, z = self._plan.slots, None
        shape = layer.output_shape(x.shape, name)
        if f"{name}.z" in slots:
            z = Value(f"{name}.z", f"{name}.z.delta", Names(name, shape, shape))
        elif layer.kind == "Activation":
            z = x
        a = z or replace(x, names=x.names.seen(shape))
        if f"{name}.a" in slots:
            made = slots[f"{name}.a"].shape
            a = Value(f"{name}.a", f"{name}.a.delta", Names(name, shape, made))
        if last and self._class_names is not None:
            a = replace(a, names=replace(a.names, given=self._class_names))
        delta, out = self._delta(z or a), self._delta(a)
        self._found[name] = LayerTrace(
            name=name, kind=layer.kind, layer=layer, input=self._value(x), a=self._value(a),
            z=None if z is None else self._value(z), delta=delta, output_gradient=out, input_gradient=self._delta(x),
            inputs=x.names, units=a.names, passes=a.slot == x.slot, parameters=self._arrays(name, "parameter"),
            statistics=self._arrays(name, "statistic"),
        )  # fmt: skip
        return a

    def _branches(self, name: str, layer: Any, x: Value) -> None:
        """The layers within a Residual. The path's ∂C/∂input is in the memory only with the shortcut's added to it."""
        side = replace(x, delta=f"{name}.shortcut.input.delta")
        for inner in layer.shortcut:
            side = self._layer(f"{name}.shortcut.{inner.label}", inner, side)
        was, path = set(self._unread), x
        self._unread.add(x.delta)
        for inner in layer.layers:
            path = self._layer(f"{name}.{inner.label}", inner, path)
        self._unread = was

    def _members(self, name: str, layer: Any, x: Value) -> None:
        """The layers within an Ensemble; every member has a ∂C/∂input of its own."""
        for k, member in enumerate(layer.members, start=1):
            value = replace(x, delta=f"{name}.member_{k}.input.delta")
            for inner in member:
                value = self._layer(f"{name}.member_{k}.{inner.label}", inner, value)

    def _value(self, value: Value) -> Array:
        found = self._engine.read(value.slot)
        return found.reshape(len(found), *value.shape)

    def _delta(self, value: Value) -> Array | None:
        if not self._learns or value.delta in self._unread or value.delta not in self._plan.slots:
            return None
        found = self._engine.read(value.delta)
        return found.reshape(len(found), *value.shape)

    def _arrays(self, layer: str, kind: str) -> dict[str, ParameterTrace]:
        """The layer's own arrays of one kind, before and after the step."""
        read, found = self._engine.read, {}
        for slot in self._plan.slots.values():
            owner, _, short = slot.name.rpartition(".")
            if slot.kind != kind or owner != layer:
                continue
            value = self._before[slot.name]
            if not self._learns:
                found[short] = ParameterTrace(slot.name, value)
                continue
            memories = (
                [f"{slot.name}.memory_{k}" for k in range(1, self._plan.remembers + 1)] if kind == "parameter" else []
            )
            found[short] = ParameterTrace(
                slot.name, value, read(f"{slot.name}.gradient") if kind == "parameter" else None, read(slot.name),
                tuple(self._before[m] for m in memories), tuple(read(m) for m in memories),
            )  # fmt: skip
        return found
