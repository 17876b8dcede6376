"""Ensemble: several networks on the same input; what comes out is their mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pellucid.activations import ACTIVATIONS, Activation
from pellucid.errors import DescriptionError
from pellucid.layers.base import Layer, Parameter, Statistic, name_layers
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.plan.builder import Fields
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.ensemble.kernels"


@dataclass(frozen=True)
class Ensemble(Layer):
    """a = Σ_m v_m member_m(x) / Σ_m v_m: members side by side on the same input, and their mean (Breiman 1996).

    Takes samples of any shape; every member gives the same shape, and so does the ensemble. Backward:
    ∂C/∂a_m = v_m / Σ v · ∂C/∂a; ∂C/∂x is the sum over the members. A loss sees the mean, so training an ensemble trains
    its members together, on what is left of the error of their mean. To average networks that were trained one by one,
    see :func:`pellucid.ensemble`.

    The peer in Keras is ``Average`` over branches. For two classes and one output, the mean is that of probabilities.

    Parameters
    ----------
    members : sequence of sequences of Layer
        Each member's layers. Their parameters are named ``member_1.dense_1.weights`` and so on.
    weights : sequence of float, optional
        v, a positive number for each member; all alike unless given. They are not trained.
    name : str, optional

    Raises
    ------
    DescriptionError
        Members end in different shapes, or there are not as many weights as members.

    Examples
    --------
    >>> from pellucid import Dense, Ensemble, Input, Network
    >>> small, linear = [Dense(8, "relu"), Dense(1, "sigmoid")], [Dense(1, "sigmoid")]
    >>> net = Network([Input(3), Ensemble([small, linear], weights=[2, 1])])
    >>> net.output_shape, net.parameter_count
    ((1,), 45)
    """

    kind = "Ensemble"
    members: Sequence[Sequence[Any]] = ()
    weights: Sequence[float] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", _members(self.members))
        if self.weights is not None:
            object.__setattr__(self, "weights", _weights(self.weights, len(self.members)))

    def to_dict(self) -> dict[str, Any]:
        plain = super().to_dict()
        return plain | {"members": [[layer.to_dict() for layer in member] for member in self.members]}

    @property
    def takes_input(self) -> bool:
        return any(member[0].takes_input for member in self.members)

    @property
    def needs_whole_batch(self) -> bool:
        return any(layer.needs_whole_batch for member in self.members for layer in member)

    def check_features(self, X: NDArray[Any], what: str) -> None:
        for member in self.members:
            member[0].check_features(X, what)

    @property
    def activation(self) -> Activation:
        """The activation that all members end with, since a mean of probabilities is one; identity if they differ."""
        ends = [getattr(member[-1], "activation", None) for member in self.members]
        same = all(end is not None and end == ends[0] for end in ends)
        return ends[0] if same and isinstance(ends[0], Activation) else ACTIVATIONS.get("identity")

    @property
    def shares(self) -> tuple[float, ...]:
        """Each member's share of the mean; they add up to 1."""
        given = self.weights or (1.0,) * len(self.members)
        return tuple(v / math.fsum(given) for v in given)

    def _walk(self, inputs: Shape, where: str = "") -> tuple[list[tuple[str, Layer, Shape]], list[Shape]]:
        """(name, layer, shape of its input) of every layer within, and the shape that each member ends in."""
        found, ends = [], []
        for k, member in enumerate(self.members, start=1):
            shape = inputs
            for layer in member:
                found.append((f"member_{k}.{layer.label}", layer, shape))
                shape = layer.output_shape(shape, f'{where}, member {k}, "{layer.label}"')
            ends.append(shape)
        return found, ends

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        ends = self._walk(inputs, where)[1]
        for k, end in enumerate(ends, start=1):
            if end != ends[0]:
                first, other = (" × ".join(map(str, shape)) for shape in (ends[0], end))
                raise DescriptionError(
                    f"{where} (Ensemble): member 1 gives {first}, but member {k} gives {other}, so there is no mean. "
                    f"End all members alike, for instance with Dense({ends[0][-1]})."
                )
        return ends[0]

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        walk = self._walk(inputs)[0]
        return tuple(replace(p, name=f"{name}.{p.name}") for name, layer, s in walk for p in layer.parameters(s))

    def statistics(self, inputs: Shape) -> tuple[Statistic, ...]:
        walk = self._walk(inputs)[0]
        return tuple(replace(t, name=f"{name}.{t.name}") for name, layer, s in walk for t in layer.statistics(s))

    def plan(self, p: LayerPlan) -> Slot:
        count = len(self.members)
        sources = [p.again(p.input, f"member_{k}.input") for k in range(1, count + 1)]
        ends = []
        for k, (member, source) in enumerate(zip(self.members, sources, strict=True), start=1):
            value, wants = source, p.wants_input_delta
            for layer in member:
                value = p.inner(layer, f"member_{k}.{layer.label}", value, wants)
                wants = True
            ends.append(value)
        last = p.another()  # its way back comes before that of the members
        a = last.values("a", ends[0].shape)
        sizes: Fields = {"U": a.units, "M": count}
        shares = p.constant("shares", *self.shares)
        last.forward(f"{KERNELS}:blend", {**sizes, "a": a, "shares": shares, **_each(ends)}, flops=2 * count * a.units)
        deltas = {"da": last.delta(a), "shares": shares, **_each([last.delta(end) for end in ends])}
        last.backward(f"{KERNELS}:spread", {**sizes, **deltas}, flops=count * a.units)
        if p.wants_input_delta:
            whole: Fields = {"U": p.input.units, "M": count, "dx": p.input_delta}
            ones = p.constant("ones", *[1.0] * count)
            p.backward(f"{KERNELS}:blend", {**whole, "ones": ones, **_each([p.delta(x) for x in sources])})
        return a


def _each(slots: Sequence[Slot | None]) -> Fields:
    """A field for each member."""
    return {f"member_{k}": slot for k, slot in enumerate(slots, start=1)}


def _members(given: Any) -> tuple[tuple[Layer, ...], ...]:
    """Every member's layers, each with its name."""
    from pellucid.layers import LAYERS

    if isinstance(given, (Mapping, str)) or not isinstance(given, Iterable):
        raise DescriptionError("Ensemble: members must be a list of lists of layers.")
    made = []
    for k, member in enumerate(given, start=1):
        if isinstance(member, (Mapping, str, Layer)) or not isinstance(member, Iterable):
            raise DescriptionError(f"Ensemble: member {k} must be a list of layers, got {member!r}.")
        layers = tuple(LAYERS.get(layer) for layer in member)
        if not layers:
            raise DescriptionError(f"Ensemble: member {k} has no layers. Give at least one.")
        if any(layer.kind == "Input" for layer in layers):
            raise DescriptionError("Ensemble: Input stands at the start of a network only.")
        made.append(tuple(replace(layer, **{"name": name}) for name, layer in name_layers(layers)))
    if not made:
        raise DescriptionError("Ensemble: give at least one member, a list of layers.")
    return tuple(made)


def _weights(given: Any, count: int) -> tuple[float, ...]:
    """A positive number for each member."""
    try:
        weights = tuple(float(v) for v in given)
    except (TypeError, ValueError):
        weights = (math.nan,)
    if not all(math.isfinite(v) and v > 0 for v in weights):
        raise DescriptionError(f"Ensemble: weights must be positive numbers, one for each member, got {given!r}.")
    if len(weights) != count:
        raise DescriptionError(f"Ensemble: {len(weights)} weights for {count} members. Give one for each member.")
    return weights
