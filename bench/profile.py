"""Where a step's time goes: every operation of a plan by itself, on one thread.

The engine's own interpreter runs a tape in which one phase stands many times, with one of its operations; the same tape
without the operation tells what the interpreter takes, and is subtracted. So no call from Python is in a figure. What
the whole step takes beyond the sum of its operations is what the interpreter takes, and what operations lose when they
find each other's numbers in the cache instead of their own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.cpu import compiler
from pellucid.engines.cpu import run as R
from pellucid.engines.cpu.engine import CpuEngine, address
from pellucid.engines.protocol import Data
from pellucid.plan.parts import LANES, OVER, Op, Phase, Plan

SECONDS = 0.02  # of a measurement; the least of several counts
TIMES = 5
MOST = 2_000  # repetitions of an operation in a tape


@dataclass(frozen=True)
class OpTime:
    """What an operation costs in one step.

    Attributes
    ----------
    layer, name : str
        As in the plan.
    microseconds : float
    flops : int
        Multiplications and additions of its matrix products.
    bytes : int
        Of the slots that it reads and writes, each once.
    """

    layer: str
    name: str
    microseconds: float
    flops: int
    bytes: int

    @property
    def gflops(self) -> float:
        """Of its matrix products."""
        return self.flops / max(self.microseconds, 1e-9) / 1e3


@dataclass(frozen=True)
class Profile:
    """A step's operations in order, and the time of the whole step on the same thread."""

    ops: tuple[OpTime, ...]
    microseconds: float

    @property
    def between(self) -> float:
        """What the whole step takes beyond the sum of its operations."""
        return self.microseconds - sum(op.microseconds for op in self.ops)

    def by_kind(self) -> list[OpTime]:
        """Operations of one name together, the longest first; their layers' names are left out."""
        kinds: dict[str, list[OpTime]] = {}
        for op in self.ops:
            kinds.setdefault(op.name, []).append(op)
        sums = [
            OpTime("", name, sum(o.microseconds for o in ops), sum(o.flops for o in ops), sum(o.bytes for o in ops))
            for name, ops in kinds.items()
        ]
        return sorted(sums, key=lambda op: -op.microseconds)


def op_flops(op: Op, samples: int) -> int:
    """Multiplications and additions of an operation's matrix products in a step of so many samples."""
    f, kernel = op.fields, op.kernel.partition("/")[0]
    name = kernel.partition(":")[2]
    if ".layers.dense." in kernel and name in ("forward", "backward", "gradient"):
        return 2 * f["I"] * f["O"] * samples
    if ".layers.conv2d." in kernel and "KH" in f:
        return 2 * f["P"] * f["Q"] * f["O"] * f["KH"] * f["KW"] * f["C"] // f["G"] * samples
    return 0


def op_bytes(op: Op, plan: Plan, samples: int) -> int:
    """Bytes of the slots that an operation reads and writes in a step of so many samples, each once."""
    groups = -(-samples // LANES)
    numbers = 0
    for name in op.slots:
        slot = plan.slots.get(name)
        if slot is not None:
            numbers += slot.units * LANES * groups if slot.groups else slot.size
    kernel = op.kernel.partition("/")[0].partition(":")[2]
    if kernel == "update":  # parameters and what is remembered are read and written, gradients read
        numbers += op.fields["rows"] * LANES * (3 + 2 * plan.remembers)
    elif kernel == "sum_groups":
        numbers += op.fields["N"] * min(groups, plan.pass_groups)
    elif kernel == "take_features":  # the user's own array
        numbers += op.fields["I"] * samples
    return numbers * np.dtype(plan.dtype).itemsize


def step_flops(plan: Plan, samples: int, program: str = "train") -> int:
    """Multiplications and additions of a program's matrix products."""
    return sum(op_flops(op, samples) for phase in plan.programs[program] for op in phase.ops)


def step_bytes(plan: Plan, samples: int, program: str = "train") -> int:
    """Bytes that a program's operations read and write."""
    return sum(op_bytes(op, plan, samples) for phase in plan.programs[program] for op in phase.ops)


def profile(net: Any, X: NDArray[Any], y: NDArray[Any], batch_size: int, seconds: float = SECONDS) -> Profile:
    """Time every operation of a training step.

    Parameters
    ----------
    net : Network
        Compiled; it stays as it is.
    X : array (samples, *input_shape)
    y : array (samples,) of labels or (samples, outputs)
    batch_size : int
        Samples of the step; the first ones are taken.
    seconds : float
        Of each of several measurements of each operation.
    """
    labels = y.ndim == 1 and y.dtype.kind == "i"
    plan = net.plan(batch_size, labels=labels)
    engine = CpuEngine(plan, 1)
    engine.parameters[:], engine.statistics[:] = net.parameters, net.snapshot()[net.parameter_count :]
    features = np.ascontiguousarray(X[:batch_size].reshape(batch_size, -1), plan.dtype)
    targets = y[:batch_size].astype(np.int64) if labels else np.ascontiguousarray(y[:batch_size], plan.dtype)
    rates = net.optimizer.step_numbers(np.zeros(1), 0)  # a rate of 0: parameters stay where they are
    data = Data(features, targets, np.ones(batch_size, plan.dtype))
    for _ in engine.steps("train", data, batch_size=batch_size, step_numbers=rates):
        pass  # every slot holds the numbers of a real step
    bench = _Bench(engine, data, batch_size, rates, seconds)
    ops = []
    for phase in plan.programs["train"]:
        idle = bench.time(phase, [None])
        for op in phase.ops:
            microseconds = max(0.0, bench.time(phase, [op]) - idle)
            ops.append(
                OpTime(op.layer, op.name, microseconds, op_flops(op, batch_size), op_bytes(op, plan, batch_size))
            )
    return Profile(tuple(ops), bench.whole())


class _Bench:
    """Runs tapes of its own on an engine's memory."""

    def __init__(self, engine: CpuEngine, data: Data, batch_size: int, rates: NDArray[Any], seconds: float) -> None:
        self.engine, self.seconds = engine, seconds
        self.kept = (data, rates, np.arange(batch_size), np.zeros(1))  # arrays whose addresses the run table holds
        run = engine._call_of("train", batch_size, batch_size, 1).run
        assert data.weights is not None
        assert data.targets is not None
        run[R.TRAINING], run[R.WORKERS], run[R.LAST_STEP] = 1, 1, 1
        run[R.FEATURES], run[R.WEIGHTS], run[R.TARGETS] = map(address, (data.features, data.weights, data.targets))
        run[R.ORDER], run[R.COSTS], run[R.RATES] = address(self.kept[2]), address(self.kept[3]), address(rates)
        self.run, self.shared = run, np.zeros(R.SIZE, np.int64)
        names = [op.kernel for phase in engine.plan.programs["train"] for op in phase.ops]
        self.kernels = compiler.addresses(names, engine.plan.dtype)

    def time(self, phase: Phase, ops: Sequence[Op | None]) -> float:
        """Microseconds of one turn of a phase that has these operations alone; None is no operation."""
        return self._repeated([(phase, [op for op in ops if op is not None])])

    def whole(self) -> float:
        """Microseconds of the whole step."""
        return self._repeated([(phase, phase.ops) for phase in self.engine.plan.programs["train"]])

    def _repeated(self, phases: Sequence[tuple[Phase, Sequence[Op]]]) -> float:
        """So many repetitions in one tape that the call of it weighs nothing."""
        once = self._seconds(self._tape(phases, 1), 2)
        count = int(max(1, min(MOST, self.seconds / max(once, 1e-7))))
        tape = self._tape(phases, count)
        return 1e6 * self._seconds(tape, TIMES) / count

    def _seconds(self, tape: NDArray[np.int64], times: int) -> float:
        run, least = self.run, math.inf
        places = (address(run) + 8 * R.RESULT, address(run) + 8 * R.EXCEPTION, address(tape), address(run),
                  address(self.shared))  # fmt: skip
        for _ in range(times):
            self.kept[3][:] = 0.0  # the cost, to which every turn adds
            began = time.perf_counter()
            self.engine._interpret(*places)
            least = min(least, time.perf_counter() - began)
        return least

    def _tape(self, phases: Sequence[tuple[Phase, Sequence[Op]]], count: int) -> NDArray[np.int64]:
        """The phases in turn, ``count`` times; see the interpreter for a tape's meaning."""
        heads: list[int] = [count * len(phases)]
        body: list[int] = []
        start = 1 + 5 * count * len(phases)
        once = []
        for phase, ops in phases:
            first = start + len(body)
            for op in ops:
                body += [self.kernels[op.kernel], len(op.fields), *op.fields.values()]
            kind = [0 if phase.every_pass else 1, OVER.index(phase.over), phase.tiles]
            once += [*kind, first, start + len(body)]
        return np.array(heads + once * count + body, np.int64)
