"""The CPU engine: a plan's memory, its programs as tapes, and calls of the interpreter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.cpu import compiler
from pellucid.engines.cpu import run as R
from pellucid.engines.cpu.workers import WORKERS, available_cores
from pellucid.engines.protocol import Data, Progress
from pellucid.plan.parts import LANES, Plan

SLICE = 0.05  # seconds of work between two looks at the caller
FIRST_SLICE = 50_000_000  # operations before the first look, when nothing has been timed yet
SHARED_WORK = 400_000  # operations of a step from which a second worker pays
ALIGNMENT = 64  # bytes


class CpuEngine:
    """Runs a plan with machine code compiled by Numba.

    Parameters
    ----------
    plan : Plan
    threads : int, optional
        Workers at the most; all cores unless given. A step too small to share is run by one. Results do not depend
        on it.
    progress : callable, optional
        Called while kernels are compiled, which happens once on a machine.
    """

    def __init__(self, plan: Plan, threads: int | None = None, progress: Progress | None = None) -> None:
        self.plan = plan
        self.threads = threads or available_cores()
        self._progress = progress
        self._memory = aligned(plan.size, plan.dtype)
        self._memory[list(plan.constants)] = list(plan.constants.values())
        self._interpret = compiler.interpreter(progress)
        self._tapes: dict[str, NDArray[np.int64]] = {}
        self._costs = np.zeros(0)
        self._groups = 0  # in the latest pass
        self._samples = 0
        self._tape_of("predict")

    def prepare(self, program: str) -> None:
        """Compile, or load, what a program needs."""
        self._tape_of(program)

    @property
    def parameters(self) -> NDArray[Any]:
        return self._memory[: self.plan.parameters]

    @property
    def memories(self) -> NDArray[Any]:
        padded, count = self.plan.padded, self.plan.remembers
        rows = self._memory[2 * padded : (2 + count) * padded].reshape(count, padded)
        return rows[:, : self.plan.parameters]

    @property
    def statistics(self) -> NDArray[Any]:
        first = self.plan.first_statistic
        return self._memory[first : first + self.plan.statistics]

    @property
    def costs(self) -> NDArray[np.float64]:
        return self._costs

    def read(self, name: str) -> NDArray[Any]:
        slot = self.plan.slots[name]
        numbers = self._memory[slot.offset : slot.end]
        if not slot.groups:
            return numbers.reshape(slot.shape).copy()
        lanes = numbers.reshape(slot.groups, slot.units, LANES)[: self._groups]
        return lanes.transpose(0, 2, 1).reshape(-1, slot.units)[: self._samples].reshape(-1, *slot.shape).copy()

    def steps(
        self,
        program: str,
        data: Data,
        *,
        batch_size: int,
        order: NDArray[np.int64] | None = None,
        outputs: NDArray[Any] | None = None,
        step_numbers: NDArray[np.float64] | None = None,
        mix: NDArray[np.float64] | None = None,
        updates: int = 0,
        seed: int = 0,
        first: int = 0,
        last: int | None = None,
    ) -> Iterator[int]:
        tape = self._tape_of(program)
        if order is None:
            order = np.arange(len(data.features), dtype=np.int64)
        samples = len(order)
        end = -(-samples // batch_size) if last is None else last
        weights = data.weights
        if weights is None:
            weights = np.ones(len(data.features), self.plan.dtype)
        self._costs = np.zeros(end)
        run = np.zeros(R.SIZE, np.int64)
        run[R.SAMPLES], run[R.BATCH_SIZE], run[R.PASS_GROUPS] = samples, batch_size, self.plan.pass_groups
        run[R.TRAINING], run[R.UPDATES], run[R.SEED] = program == "train", updates, seed
        run[R.FEATURES], run[R.WEIGHTS], run[R.ORDER] = address(data.features), address(weights), address(order)
        run[R.TARGETS] = 0 if data.targets is None else address(data.targets)
        run[R.OUTPUTS] = 0 if outputs is None else address(outputs)
        run[R.COSTS], run[R.MEMORY] = address(self._costs), address(self._memory)
        run[R.MIX] = 0 if mix is None else address(mix)
        run[R.RATES] = 0 if step_numbers is None else address(step_numbers)
        run[R.WORKERS] = self._worker_count(program, min(batch_size, samples))
        tables = [run.copy() for _ in range(run[R.WORKERS])]
        for worker, table in enumerate(tables):
            table[R.WORKER] = worker
        shared = np.zeros(R.SHARED_SIZE, np.int64)

        done, count = first, max(1, FIRST_SLICE // (1 + self.plan.flops * min(batch_size, samples)))
        while done < end:
            for table in tables:
                table[R.FIRST_STEP], table[R.LAST_STEP] = done, min(end, done + count)
            began = time.perf_counter()
            reached = WORKERS.run(
                lambda worker: self._interpret(tape.ctypes.data, tables[worker].ctypes.data, shared.ctypes.data),
                len(tables),
            )
            self._latest(tables[0])
            seconds = max(time.perf_counter() - began, 1e-6)
            count = max(1, min(int((reached - done) * SLICE / seconds), 8 * count, 1_000_000_000))
            done = reached
            yield done
            if not np.isfinite(self._costs[done - 1]):
                self._costs = self._costs[:done]
                return

    def _latest(self, table: NDArray[np.int64]) -> None:
        """Remember which samples the memory holds."""
        self._groups = int(table[R.GROUPS])
        left = table[R.BATCH_SAMPLES] - (table[R.PASS_FIRST] - self._groups * LANES)
        self._samples = int(min(left, self._groups * LANES))

    def _worker_count(self, program: str, batch: int) -> int:
        """As many workers as a step's work is worth, from its size alone."""
        work = self.plan.flops * batch // (1 if program == "train" else 3)
        return int(max(1, min(self.threads, work // (SHARED_WORK // 2))))

    def _tape_of(self, program: str) -> NDArray[np.int64]:
        """A program as whole numbers; see the interpreter for their meaning."""
        if program not in self._tapes:
            phases = self.plan.programs[program]
            names = [op.kernel for phase in phases for op in phase.ops]
            kernels = compiler.addresses(names, self.plan.dtype, self._progress)
            heads, body, place = [len(phases)], [], 1 + 5 * len(phases)
            for phase in phases:
                start = place + len(body)
                for op in phase.ops:
                    body += [kernels[op.kernel], len(op.fields), *op.fields.values()]
                ends = place + len(body)
                heads += [0 if phase.every_pass else 1, 0 if phase.over == "groups" else 1, phase.tiles, start, ends]
            self._tapes[program] = np.array(heads + body, np.int64)
        return self._tapes[program]


def address(array: NDArray[Any]) -> int:
    """Where an array's numbers lie."""
    assert array.flags.c_contiguous
    return array.ctypes.data


def aligned(count: int, dtype: str) -> NDArray[Any]:
    """Zeros that start at a cache line."""
    size = np.dtype(dtype).itemsize
    room = np.zeros(count * size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + count * size].view(dtype)
