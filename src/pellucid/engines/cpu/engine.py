"""The CPU engine: a plan's memory, its programs as tapes, and calls of the interpreter."""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.cpu import compiler
from pellucid.engines.cpu import run as R
from pellucid.engines.cpu.workers import WORKERS, Crew, available_cores
from pellucid.engines.protocol import Data, Progress
from pellucid.locks import Lock
from pellucid.plan.parts import LANES, OVER, Plan

SLICE = 0.05  # seconds of work between two looks at the caller
FIRST_SLICE = 250_000_000  # operations before the first look, when nothing has been timed yet
SHARED_WORK = 400_000  # operations of a step from which a second worker pays
ALIGNMENT = 64  # bytes
ANYTHING = ctypes.c_char * 0  # a view of an array of any length, also of none


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
    program : str
        What it runs first: that program's kernels are compiled at once, so that several cores can share in it.
    """

    def __init__(
        self, plan: Plan, threads: int | None = None, progress: Progress | None = None, program: str = "predict"
    ) -> None:
        self.plan = plan
        self.threads = threads or available_cores()
        self._progress = progress
        self._memory = aligned(plan.size + self.threads * plan.room, plan.dtype)
        self._memory[list(plan.constants)] = list(plan.constants.values())
        self._tapes: dict[str, tuple[NDArray[np.int64], int]] = {}  # by program, with their addresses
        self._kernels: dict[str, frozenset[str]] = {}  # by program, their short names
        self._costs = np.zeros(0)
        self._latest: NDArray[np.int64] | None = None  # the run table of what the memory holds
        self._one_at_a_time = Lock()  # the memory holds the values of one pass
        self._widths = math.prod(plan.input_shape), math.prod(plan.output_shape)
        self._crews: dict[tuple[str, int, int], Crew] = {}  # by program, batch size and most workers
        self._few: list[_Few | None] = [None] * (LANES + 1)  # by samples
        self._tape_of(program)
        self._interpret = compiler.interpreter(progress)

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
        groups = samples = 0
        if self._latest is not None:
            groups = int(self._latest[R.GROUPS])
            left = self._latest[R.BATCH_SAMPLES] - (self._latest[R.PASS_FIRST] - groups * LANES)
            samples = int(min(left, groups * LANES))
        lanes = numbers.reshape(slot.groups, slot.units, LANES)[:groups]
        return lanes.transpose(0, 2, 1).reshape(-1, slot.units)[:samples].reshape(-1, *slot.shape).copy()

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
        costs: NDArray[np.float64] | None = None,
        updates: int = 0,
        seed: int = 0,
        first: int = 0,
        last: int | None = None,
    ) -> Iterator[int]:
        samples = len(data.features) if order is None else len(order)
        end = -(-samples // batch_size) if last is None else last
        costs = np.zeros(end) if costs is None else costs
        self._costs = costs
        most = self._worker_count(program, min(batch_size, samples))
        call = self._call_of(program, samples, batch_size, most)
        self._refuse_misfits(program, data, step_numbers, mix, costs, end)
        run = call.run
        run[R.TRAINING], run[R.UPDATES], run[R.SEED] = program == "train", updates, seed
        arrays = {
            R.FEATURES: data.features, R.TARGETS: data.targets, R.WEIGHTS: data.weights, R.ORDER: order,
            R.OUTPUTS: outputs, R.COSTS: costs, R.MIX: mix, R.RATES: step_numbers,
        }  # fmt: skip
        for place, array in arrays.items():
            if array is not None:
                run[place] = address(array)
        crew = self._crews.setdefault((program, batch_size, most), Crew(most))

        done, count = first, max(1, FIRST_SLICE // (1 + self.plan.flops * min(batch_size, samples)))
        while done < end:
            with self._one_at_a_time.held:
                workers, began = crew.next(most), time.perf_counter()
                reached = call(self._interpret, done, min(end, done + count), workers)
                seconds = max(time.perf_counter() - began, 1e-6)
                crew.note(workers, reached - done, seconds)
                self._latest = run
            count = _next_slice(reached - done, seconds, count)
            done = reached
            yield done
            if not math.isfinite(costs[done - 1]):
                if self._costs is costs:
                    self._costs = costs[:done]
                return

    def predict(self, features: NDArray[Any], outputs: NDArray[Any]) -> None:
        samples = len(features)
        if samples <= LANES:  # one group, through arrays of the engine's own: to ask where an array lies takes longer
            with self._one_at_a_time.held:
                call, own_features, own_outputs = self._few[samples] or self._place_for(samples)
                own_features[:] = features
                self._interpret(*call.alone)
                outputs[:] = own_outputs
                self._latest = call.run
            return
        batch = self.plan.pass_groups * LANES
        workers = self._worker_count("predict", min(batch, samples))
        call = self._call_of("predict", samples, batch, workers)
        call.run[R.FEATURES], call.run[R.OUTPUTS] = address(features), address(outputs)
        done, end = 0, -(-samples // batch)
        count = max(1, 3 * FIRST_SLICE // (1 + self.plan.flops * batch))  # a third of a training step's work
        while done < end:
            with self._one_at_a_time.held:
                began = time.perf_counter()
                reached = call(self._interpret, done, min(end, done + count), workers)
                count = _next_slice(reached - done, time.perf_counter() - began, count)
                self._latest = call.run
            done = reached

    def _place_for(self, samples: int) -> _Few:
        """A call that predicts so many samples, the array that it takes them from and the one that it writes to."""
        features, outputs = (np.zeros((samples, width), self.plan.dtype) for width in self._widths)
        call = self._call_of("predict", samples, LANES, 1)
        call.run[R.FEATURES], call.run[R.OUTPUTS] = address(features), address(outputs)
        call.run[R.LAST_STEP], call.run[R.WORKERS] = 1, 1
        self._few[samples] = few = call, features, outputs
        return few

    def _refuse_misfits(
        self, program: str, data: Data, step_numbers: NDArray[Any] | None, mix: NDArray[Any] | None,
        costs: NDArray[Any], steps: int,
    ) -> None:  # fmt: skip
        """Refuse arrays that the program's kernels would read or write past their end."""
        samples, targets, dtype = len(data.features), data.targets, self.plan.dtype
        inputs, outputs = self._widths
        given = ("features", data.features, samples * inputs), ("weights", data.weights, samples)
        for what, array, count in given:
            if array is not None and (array.size != count or array.dtype != dtype):
                came = f"{array.size} of {array.dtype}"
                raise ValueError(f"The plan takes {count} numbers of {dtype} as {what}, got {came}.")
        forms = ("take_labels", (samples,), "int64"), ("take_targets", (samples, outputs), dtype)
        for kernel, shape, kind in forms:
            fits = targets is not None and targets.shape == shape and targets.dtype == kind
            if kernel in self._kernels[program] and not fits:
                came = "none" if targets is None else f"{targets.shape} of {targets.dtype}"
                raise ValueError(f"The plan takes targets {shape} of {kind}, got {came}.")
        if "mix_samples" in self._kernels[program] and (mix is None or len(mix) < steps):
            raise ValueError(f"The plan mixes samples, so it takes a share for each of {steps} steps.")
        if len(costs) < steps or (program == "train" and (step_numbers is None or len(step_numbers) < steps)):
            raise ValueError(f"A cost and three numbers are taken for each of {steps} steps.")

    def _call_of(self, program: str, samples: int, batch_size: int, most: int) -> _Call:
        """A call of a program with the engine's own part of the run table."""
        call = _Call(self._tape_of(program), most, self.plan.room)
        run = call.run
        run[R.SAMPLES], run[R.BATCH_SIZE], run[R.PASS_GROUPS] = samples, batch_size, self.plan.pass_groups
        run[R.MEMORY], run[R.ROOM] = address(self._memory), self.plan.size
        return call

    def _worker_count(self, program: str, batch: int) -> int:
        """As many workers as a step's work is worth, from its size alone."""
        work = self.plan.flops * batch // (1 if program == "train" else 3)
        return int(max(1, min(self.threads, work // (SHARED_WORK // 2))))

    def _tape_of(self, program: str) -> int:
        """The address of a program as whole numbers; see the interpreter for their meaning."""
        if program not in self._tapes:
            phases = self.plan.programs[program]
            names = [op.kernel for phase in phases for op in phase.ops]
            kernels = compiler.addresses([compiler.INTERPRETER, *names], self.plan.dtype, self._progress)
            heads, body, place = [len(phases)], [], 1 + 5 * len(phases)
            for phase in phases:
                start = place + len(body)
                for op in phase.ops:
                    body += [kernels[op.kernel], len(op.fields), *op.fields.values()]
                ends = place + len(body)
                heads += [0 if phase.every_pass else 1, OVER.index(phase.over), phase.tiles, start, ends]
            self._kernels[program] = frozenset(name.rpartition(":")[2] for name in names)
            tape = np.array(heads + body, np.int64)
            self._tapes[program] = tape, address(tape)
        return self._tapes[program][1]


class _Call:
    """Calls the interpreter with one tape; what changes between calls stands in ``run``, the first worker's table.

    ``tape`` is an address; the engine keeps what lies there.
    """

    def __init__(self, tape: int, most: int, room: int) -> None:
        # A table for each worker, and last what they share.
        self._rows = aligned((most + 1) * R.SIZE, "int64").reshape(most + 1, R.SIZE)
        self.run = self._rows[0]
        self._offsets = np.arange(most) * room  # from the first worker's scratch to that of each
        first, row = address(self._rows), 8 * R.SIZE
        shared = first + most * row
        tables = range(first, shared, row)
        self._places = [(at + 8 * R.RESULT, at + 8 * R.EXCEPTION, tape, at, shared) for at in tables]
        self.alone = self._places[0]  # what the interpreter takes to run the table's steps on one thread

    def __call__(self, interpret: Callable[[int, int, int, int, int], int], first: int, last: int, workers: int) -> int:
        """Run steps ``first`` to ``last``; return the step after the last one that was run."""
        run, places = self.run, self._places
        run[R.FIRST_STEP], run[R.LAST_STEP], run[R.WORKERS] = first, last, workers
        if workers == 1:
            interpret(*self.alone)
        else:
            self._rows[-1] = 0
            run[R.TAKEN :] = 0
            self._rows[:workers] = run
            self._rows[:workers, R.WORKER] = range(workers)
            self._rows[:workers, R.ROOM] += self._offsets[:workers]
            WORKERS.run(lambda worker: interpret(*places[worker]), workers)
        return int(run[R.RESULT])


def _next_slice(steps: int, seconds: float, last: int) -> int:
    """Steps until the caller looks again, from the time that these took; not many times as many as the last ones."""
    return max(1, min(int(steps * SLICE / max(seconds, 1e-6)), 8 * last, 1_000_000_000))


_Few = tuple[_Call, NDArray[Any], NDArray[Any]]


def address(array: NDArray[Any]) -> int:
    """Where an array's numbers lie."""
    assert array.flags.c_contiguous
    try:
        return ctypes.addressof(ANYTHING.from_buffer(array))  # in a third of the time that ``array.ctypes`` takes
    except TypeError:  # it is read-only
        return array.ctypes.data


def aligned(count: int, dtype: str) -> NDArray[Any]:
    """Zeros that start at a cache line."""
    size = np.dtype(dtype).itemsize
    room = np.zeros(count * size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + count * size].view(dtype)
