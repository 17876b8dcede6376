"""What a plan is built of: places for numbers, and operations that name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from pellucid.activations import Activation
from pellucid.plan.parts import LANES, Op, Phase, Shape, Slot

if TYPE_CHECKING:
    from pellucid.regularizers import Regularizer

Fields = Mapping[str, int | Slot | None]  # of an operation, in the order in which its kernel reads them


class Builder:
    """Collects slots and operations; ``build_plan`` drives it, layers see it through ``LayerPlan``."""

    def __init__(self, dtype: str, groups: int, learns: bool, training: bool = True) -> None:
        self.dtype = dtype
        self.learns = learns  # whether there is a backward pass
        self.training = training  # whether layers may act in another way while training
        self.groups = groups
        self.slots: dict[str, Slot] = {}
        self.constants: dict[int, float] = {}
        self.size = 0
        self.forward: list[Op] = []
        self.backward: list[list[Op]] = []  # of each layer, in the order of the layers
        self.gradients: list[Op] = []
        self.penalized: list[tuple[Slot, Regularizer]] = []
        self.activations: dict[str, tuple[Activation, Slot, Op]] = {}  # output slot → what made it
        self.flops = 0
        self.tiles = 1
        self.room = 0  # numbers of memory that each worker needs for itself
        self.plans = 0  # layers so far, those within others counted

    def slot(self, name: str, kind: str, shape: Shape, groups: int = 0) -> Slot:
        """Give a new slot its place: the next multiple of sixteen, but parameters lie close together."""
        if groups or kind in ("constant", "scratch"):
            self.round_up()
        slot = Slot(name, kind, shape, self.size, groups)
        self.slots[name] = slot
        self.size = slot.end
        return slot

    def round_up(self) -> None:
        """Go to the next multiple of sixteen."""
        self.size = -(-self.size // LANES) * LANES

    def values(self, name: str, shape: Shape, kind: str = "value") -> Slot:
        """A value of every sample."""
        return self.slot(name, kind, shape, self.groups)

    def delta(self, value: Slot) -> Slot:
        """∂C/∂value, one of every sample."""
        name = f"{value.name}.delta"
        return self.slots.get(name) or self.values(name, value.shape, "delta")

    def reshaped(self, value: Slot, shape: Shape) -> Slot:
        """The same values, seen in another shape; they keep their name."""
        return replace(value, shape=shape)

    def constant(self, name: str, *numbers: float) -> Slot:
        """Numbers that do not change while the plan is in use."""
        slot = self.slot(name, "constant", (max(1, len(numbers)),))
        self.constants.update({slot.offset + k: number for k, number in enumerate(numbers)})
        return slot


def op(kernel: str, layer: str, fields: Fields, over: str = "groups", training: bool = False) -> Op:
    """An operation; a slot as a field gives its place, None gives −1."""
    places = {k: v.offset if isinstance(v, Slot) else -1 if v is None else v for k, v in fields.items()}
    return Op(kernel, layer, places, tuple(v.name for v in fields.values() if isinstance(v, Slot)), over, training)


def kernel_of(function: str, formula: object) -> str:
    """The name of the kernel that ``function`` makes for a formula's class."""
    kind = formula if isinstance(formula, type) else type(formula)
    return f"{function}/{kind.__module__}:{kind.__qualname__}"


def phases_of(name: str, ops: Sequence[Op], tiles: int, training: bool) -> list[Phase]:
    """Cut a row of operations where it changes from groups of samples to tiles or shares, or back."""
    kept = [step for step in ops if training or not step.training]
    runs = [(over, tuple(steps)) for over, steps in groupby(kept, key=lambda step: step.over)]
    names = [name if len(runs) == 1 else f"{name}, part {k}" for k in range(1, len(runs) + 1)]
    return [Phase(n, over, tiles, True, steps) for n, (over, steps) in zip(names, runs, strict=True)]
