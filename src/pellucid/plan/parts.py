"""The parts of a plan: where each number lies, and the operations in order. Plain frozen data.

Nothing here knows an engine or a user's data. ``str(plan)`` is the plan, readable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Shape = tuple[int, ...]
LANES = 16  # samples in a group
OVER = ("groups", "tiles", "shares")  # what an operation runs for one after another, as a tape numbers it


@dataclass(frozen=True)
class Slot:
    """A named place in the plan's memory.

    A parameter (and its gradient and what the optimizer remembers of it) lies as an array of ``shape``. A value, one of
    each sample, lies as [group of sixteen samples][unit][lane]: ``groups`` × ``units`` × 16 numbers.
    """

    name: str
    kind: str  # "parameter", "gradient", "memory", "statistic", "constant", "scratch", "value" or "delta"
    shape: Shape
    offset: int
    groups: int = 0

    @property
    def units(self) -> int:
        """Numbers of one sample, or of the array."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Numbers in memory."""
        return self.units * self.groups * LANES if self.groups else self.units

    @property
    def end(self) -> int:
        """Where the next slot may begin."""
        return self.offset + self.size


@dataclass(frozen=True)
class Op:
    """One operation: a kernel, the layer that it belongs to, and its fields (sizes, and where its slots lie)."""

    kernel: str
    layer: str
    fields: dict[str, int]
    slots: tuple[str, ...] = ()
    over: str = "groups"  # of samples, "tiles" of parameters, or "shares" of a layer's units
    training: bool = False  # left out of programs that do not train

    @property
    def name(self) -> str:
        """The kernel's short name, such as ``dense.forward`` or ``activations.forward(sigmoid)``."""
        function, _, formula = self.kernel.partition("/")
        module, _, made = function.partition(":")
        room = module.split(".")[-2] if module.endswith(".kernels") else module.split(".")[-1]
        return f"{room}.{made}" + (f"({formula.partition(':')[2]})" if formula else "")


@dataclass(frozen=True)
class Phase:
    """Operations that one worker runs in order for a group of samples, a tile of parameters or a share of units.

    Between phases all workers wait for each other.
    """

    name: str
    over: str  # one of OVER
    tiles: int  # how many, where it is over tiles; over shares, the most
    every_pass: bool  # in each pass of a batch, or once a batch
    ops: tuple[Op, ...]


@dataclass(frozen=True)
class Plan:
    """A network worked out: where each number lies and what is done in which order."""

    dtype: str
    input_shape: Shape
    output_shape: Shape
    pass_groups: int
    slots: dict[str, Slot]
    constants: dict[int, float]
    size: int  # numbers of memory
    parameters: int  # trainable numbers; they come first in memory
    padded: int  # the same, rounded up to a multiple of sixteen: the distance from a parameter to its gradient
    remembers: int
    statistics: int = 0  # numbers that training moves without a gradient
    first_statistic: int = 0  # where they lie
    programs: dict[str, tuple[Phase, ...]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)  # layer name → its output slot
    layers: tuple[str, ...] = ()
    room: int = 0  # numbers of memory that each worker needs for itself, a multiple of sixteen
    flops: int = 0  # multiplications and additions of one sample's training step, roughly

    def __repr__(self) -> str:
        return f"<Plan: {self.parameters:,} parameters in {len(self.slots)} slots; print it to see them all>"

    def __str__(self) -> str:
        size = self.size * (4 if self.dtype == "float32" else 8) / 2**20
        lines = [f"Plan: {self.parameters:,} parameters; {size:.1f} MiB for {self.size:,} numbers of {self.dtype}"]
        lines += [f"A pass takes up to {self.pass_groups * LANES} samples, {LANES} at a time."]
        if self.room:
            lines += [f"Each thread has room for {self.room:,} numbers of its own, behind these."]
        lines += ["", f"{'slot':28} {'kind':10} {'shape':16} {'from':>9} {'to':>9}"]
        for slot in self.slots.values():
            shape = " × ".join(map(str, slot.shape)) + (f" × {slot.groups * LANES}" if slot.groups else "")
            lines.append(f"{slot.name:28} {slot.kind:10} {shape:16} {slot.offset:9} {slot.end:9}")
        for program, phases in self.programs.items():
            lines += ["", f"{program}:"]
            for phase in phases:
                each = {
                    "groups": "each group of samples",
                    "tiles": f"each of {phase.tiles} tiles",
                    "shares": f"each of up to {phase.tiles} shares",
                }
                lines.append(f"  {phase.name}, for {each[phase.over]}")
                for op in phase.ops:
                    fields = ", ".join(f"{k} {v}" for k, v in op.fields.items())
                    lines.append(f"    {op.layer:16} {op.name:40} {fields}")
        return "\n".join(lines)
