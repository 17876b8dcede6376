"""Which buffer holds which value of a program: a buffer is used again when nothing needs what is in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pellucid.exchange.steps import INPUT, Step

INPLACE = ("Activation",)  # operations that may write where they read
VIEWS = ("Reshape",)  # operations that only see the same numbers in another shape


@dataclass
class Memory:
    """Buffers by number: where each value lies, and how large each buffer is."""

    place: dict[str, int] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)


def lay_out(steps: list[Step], output: str) -> Memory:
    """Give every value but the input a buffer.

    Values that are needed at the same time never share one. ``output`` is needed to the end.
    """
    whole = {INPUT: INPUT}  # a view → the value that it is a view of
    last: dict[str, int] = {}
    for k, step in enumerate(steps):
        whole[step.output] = whole[step.inputs[0]] if step.op in VIEWS else step.output
        for name in step.inputs:
            last[whole[name]] = k
    last[whole[output]] = len(steps)
    memory, free = Memory(), set[int]()
    for k, step in enumerate(steps):
        size, source = math.prod(step.shape), whole[step.inputs[0]]
        if step.op in VIEWS:
            if source != INPUT:
                memory.place[step.output] = memory.place[source]
            continue
        if step.op in INPLACE and source != INPUT and last[source] == k:
            chosen = memory.place[source]
        else:
            chosen = min(free, key=lambda b: abs(memory.sizes[b] - size), default=len(memory.sizes))
            free.discard(chosen)
            memory.sizes += [0] * (chosen == len(memory.sizes))
        memory.place[step.output] = chosen
        memory.sizes[chosen] = max(memory.sizes[chosen], size)
        ended = {memory.place[whole[name]] for name in step.inputs if whole[name] != INPUT and last[whole[name]] == k}
        if step.output not in last:  # computed, but never asked for
            ended.add(chosen)
            free.add(chosen)
        free |= ended - {chosen}
    return memory
