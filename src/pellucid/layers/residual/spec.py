"""Residual: layers beside a shortcut; what they compute is added to what went in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pellucid.activations import ACTIVATIONS, Activation
from pellucid.errors import DescriptionError
from pellucid.layers.base import Layer, Parameter, Statistic, name_layers
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.residual.kernels"


@dataclass(frozen=True)
class Residual(Layer):
    """a = f(layers(x) + shortcut(x)): layers that learn what to add (He et al. 2015).

    Parameters
    ----------
    layers : sequence of Layer
        The path.
    shortcut : sequence of Layer
        What x goes through beside the path; nothing unless given. Where the path changes the shape, a shortcut such as
        ``[Conv2D(32, 1, stride=2)]`` brings x to it.
    activation : str or Activation
        f, after the sum.
    name : str, optional

    Raises
    ------
    DescriptionError
        Path and shortcut end in different shapes.

    Examples
    --------
    >>> from pellucid import BatchNorm, Conv2D, Input, Network, Residual
    >>> block = Residual([Conv2D(4, padding="same", activation="relu"), Conv2D(4, padding="same")], activation="relu")
    >>> Network([Input((8, 8, 4)), block]).output_shape
    (8, 8, 4)
    """

    kind = "Residual"
    layers: Sequence[Any] = ()
    shortcut: Sequence[Any] = ()
    activation: str | Activation | dict[str, Any] = "identity"
    name: str | None = None

    def __post_init__(self) -> None:
        from pellucid.layers import LAYERS

        for field in ("layers", "shortcut"):
            given = () if getattr(self, field) is None else getattr(self, field)
            if isinstance(given, (Mapping, str)) or not isinstance(given, Iterable):
                raise DescriptionError(f"Residual: {field} must be a list of layers.")
            found = tuple(LAYERS.get(layer) for layer in given)
            if any(layer.kind == "Input" for layer in found):
                raise DescriptionError("Residual: Input stands at the start of a network only.")
            object.__setattr__(
                self, field, tuple(replace(layer, **{"name": name}) for name, layer in name_layers(found))
            )
        if not self.layers:
            raise DescriptionError("Residual: give at least one layer.")
        object.__setattr__(self, "activation", ACTIVATIONS.get(self.activation))

    def to_dict(self) -> dict[str, Any]:
        plain = super().to_dict()
        return plain | {k: [layer.to_dict() for layer in plain[k]] for k in ("layers", "shortcut") if k in plain}

    @property
    def takes_input(self) -> bool:
        return any(layer.takes_input for layer in (*self.layers[:1], *self.shortcut[:1]))

    @property
    def needs_whole_batch(self) -> bool:
        return any(layer.needs_whole_batch for layer in (*self.layers, *self.shortcut))

    def check_features(self, X: NDArray[Any], what: str) -> None:
        for layer in (*self.layers[:1], *self.shortcut[:1]):
            layer.check_features(X, what)

    @property
    def f(self) -> Activation:
        """The activation."""
        assert isinstance(self.activation, Activation)
        return self.activation

    def _walk(self, inputs: Shape, where: str = "") -> list[tuple[str, Layer, Shape]]:
        """(name, layer, shape of its input) of the path and the shortcut."""
        found = []
        for branch, layers in (("", self.layers), ("shortcut.", self.shortcut)):
            shape = inputs
            for layer in layers:
                found.append((f"{branch}{layer.label}", layer, shape))
                shape = layer.output_shape(shape, f'{where}, "{layer.label}"')
        return found

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        ends = []
        for layers in (self.layers, self.shortcut):
            shape = inputs
            for layer in layers:
                shape = layer.output_shape(shape, f'{where}, "{layer.label}"')
            ends.append(shape)
        if ends[0] != ends[1]:
            path, beside = (" × ".join(map(str, end)) for end in ends)
            last = ends[0][-1]
            mend = f"Conv2D({last}, 1, stride=…)" if len(ends[0]) == len(inputs) == 3 else f"…, Dense({last})"
            raise DescriptionError(
                f"{where} (Residual): the layers give {path}, but the shortcut {beside}, so they cannot be added. "
                f"Give both the same shape, for instance with shortcut=[{mend}]."
            )
        return ends[0]

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        walk = self._walk(inputs)
        return tuple(replace(p, name=f"{name}.{p.name}") for name, layer, s in walk for p in layer.parameters(s))

    def statistics(self, inputs: Shape) -> tuple[Statistic, ...]:
        walk = self._walk(inputs)
        return tuple(replace(t, name=f"{name}.{t.name}") for name, layer, s in walk for t in layer.statistics(s))

    def plan(self, p: LayerPlan) -> Slot:
        x, beside = p.input, p.input
        if self.shortcut:
            beside = p.again(x, "shortcut.input")
        side, path = beside, x
        for layer in self.shortcut:
            side = p.inner(layer, f"shortcut.{layer.label}", side, p.wants_input_delta or side is not beside)
        for layer in self.layers:
            path = p.inner(layer, str(layer.label), path, p.wants_input_delta or path is not x)
        last = p.another()
        z = last.values("z", path.shape)
        last.forward(f"{KERNELS}:add", U=z.units, x=side, y=path, z=z)
        a = last.activation(self.f, z)
        last.backward(f"{KERNELS}:copy", U=z.units, dz=last.delta(z), dy=last.delta(path))
        if self.shortcut:
            last.backward(f"{KERNELS}:copy", U=z.units, dz=last.delta(z), dy=last.delta(side))
        if p.wants_input_delta:
            skipped = p.delta(beside) if self.shortcut else p.delta(z)
            p.backward(f"{KERNELS}:add", U=x.units, x=p.input_delta, y=skipped, z=p.input_delta)
        return a
