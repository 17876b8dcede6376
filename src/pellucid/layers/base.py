"""What a layer kind is: fields, a shape rule, parameters, and the operations that it adds to the plan."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from pellucid.errors import DescriptionError
from pellucid.initializers import Initializer
from pellucid.named import Named
from pellucid.plan.parts import Shape, Slot
from pellucid.regularizers import Regularizer

if TYPE_CHECKING:
    from pellucid.plan.build import LayerPlan


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
class Layer(Named):
    """A description: what the user wrote, and no numbers of any training."""

    kind: ClassVar[str]

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

    def plan(self, p: LayerPlan) -> Slot:
        """Add the layer's operations to the plan; return where its output lies."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form, with the fields that differ from their defaults."""
        plain = super().to_dict()
        defaults = {f.name: f.default for f in fields(self)}
        return {k: v for k, v in plain.items() if k == "kind" or v != defaults[k]}


def check_whole(value: object, what: str, at_least: int = 1) -> int:
    """Return a whole number, or raise the error that says what was expected."""
    import operator

    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = at_least - 1
    if isinstance(value, bool) or number < at_least:
        raise DescriptionError(f"{what} must be a whole number of at least {at_least}, got {value!r}.")
    return number
