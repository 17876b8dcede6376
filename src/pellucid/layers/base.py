"""What a layer kind is: fields, a shape rule, parameters, and the operations that it adds to the plan."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.initializers import Initializer
from pellucid.named import Kind
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.plan.layer_plan import LayerPlan
    from pellucid.regularizers import Regularizer


@dataclass(frozen=True)
class Parameter:
    """A trainable array of a layer: its name and shape, and how it starts.

    ``fan_in`` and ``fan_out`` are the numbers of connections into and out of one unit, for the initializers.
    """

    name: str
    shape: Shape
    initializer: Initializer
    fan_in: int
    fan_out: int
    regularizer: Regularizer | None = None


@dataclass(frozen=True)
class Statistic:
    """An array of a layer that training moves, but not along a gradient: its name, shape and start."""

    name: str
    shape: Shape
    start: float


@dataclass(frozen=True)
class Layer(Kind):
    """A description: what the user wrote, and no numbers of any training."""

    @property
    def takes_input(self) -> bool:
        """Whether it, or a layer in it, takes the inputs as they are given and so can only be a network's first."""
        return False

    @property
    def label(self) -> str | None:
        """The name that the user gave it."""
        return getattr(self, "name", None)

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        """The shape of one sample after this layer. ``where`` names the layer in errors."""
        raise NotImplementedError

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        """The layer's trainable arrays, for samples of that shape."""
        return ()

    def statistics(self, inputs: Shape) -> tuple[Statistic, ...]:
        """What the layer keeps of the data that it was trained on."""
        return ()

    @property
    def needs_whole_batch(self) -> bool:
        """Whether all samples of a batch must go through together."""
        return False

    def check_features(self, X: NDArray[Any], what: str) -> None:
        """Refuse samples (B, I) that the layer, the network's first, cannot take; ``what`` names them in errors."""

    def plan(self, p: LayerPlan) -> Slot:
        """Add the layer's operations to the plan; return where its output lies."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form, with the fields that differ from their defaults."""
        plain = super().to_dict()
        defaults = {f.name: f.default for f in fields(self)}
        return {k: v for k, v in plain.items() if k == "kind" or v != defaults[k]}


def name_layers(layers: Sequence[Layer]) -> tuple[tuple[str, Layer], ...]:
    """Every layer with its name: the user's, or its kind and a number."""
    counts: dict[str, int] = {}
    named: list[tuple[str, Layer]] = []
    for layer in layers:
        kind = layer.kind.lower()
        if layer.takes_input and named:
            raise DescriptionError(
                f"{layer.kind} takes the inputs as they are given, but stands after {named[-1][1].kind}. Put it "
                f"directly after Input."
            )
        counts[kind] = counts.get(kind, 0) + 1
        name = layer.label or f"{kind}_{counts[kind]}"
        if not isinstance(name, str):
            raise DescriptionError(f"A layer's name must be text, got {name!r}.")
        if "." in name or not name.strip():
            raise DescriptionError(f'Layer name "{name}" must not be empty or contain a dot.')
        if name in ("input", "output", "target", "loss", "weight", "shortcut", *(taken for taken, _ in named)):
            raise DescriptionError(f'Layer name "{name}" is taken. Give every layer a name of its own.')
        named.append((name, layer))
    return tuple(named)


def check_whole(value: object, what: str, at_least: int = 1) -> int:
    """Return a whole number, or raise the error that says what was expected."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = at_least - 1
    if isinstance(value, bool) or number < at_least:
        raise DescriptionError(f"{what} must be a whole number of at least {at_least}, got {value!r}.")
    return number


def check_seed(seed: Any) -> int:
    """A seed as a whole number, or the error that says what was expected."""
    number = check_whole(seed, "seed", 0)
    if number >= 2**63:
        raise DescriptionError(f"seed must be below 2**63, got {number}.")
    return number
