"""The interpreter: runs a tape over batches, compiled once for all networks.

A tape is whole numbers. ``tape[0]`` phases follow from ``tape[1]`` on, five numbers each::

    when      0: in every pass of a batch; 1: once a batch
    over      0: the pass's groups of samples; 1: a fixed number of tiles; 2: shares, two of them for each worker
    tiles     that number; of shares, the most
    first     where the phase's first operation lies in the tape
    last      where the operation after its last would lie

and an operation is the address of its kernel, the length of its fields, and the fields. The workers of a call all run
this same loop. In each phase every worker has a part of the units (the groups, tiles or shares): what it has there in
one phase is near it in the next. It runs the phase's operations, in order, for one of them after another, then for what
is left of the others' parts, since a worker may be held up; then it waits for the others. Which numbers an operation
computes for a unit does not depend on the worker, and how the numbers of a layer are cut into shares changes none of
them, so neither does any result.
"""

from __future__ import annotations

import os

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from pellucid.engines.cpu import run as R

WORDS = types.CPointer(types.int64)
SIGNATURE = types.int64(WORDS, WORDS, WORDS)
SHARES = 2  # for each worker
PATIENCE = 4000  # looks at the counter before the worker lets others have the core
I64 = ir.IntType(64)


@intrinsic
def call_kernel(context, kernel, fields, unit, memory, run):
    """Call the kernel at an address: fields of the operation, group or tile, the memory, the run table."""

    def build(ctx, builder, sig, args):
        pointer = ir.IntType(8).as_pointer()
        words = I64.as_pointer()
        # Numba's native functions return a status and take two places more: for the result, and for an exception.
        place = pointer.as_pointer()
        function = ir.FunctionType(ir.IntType(32), [place, place, words, I64, pointer, words])
        target = builder.inttoptr(args[0], function.as_pointer())
        result, exception = (cgutils.alloca_once(builder, pointer) for _ in range(2))
        builder.call(target, [result, exception, args[1], args[2], builder.inttoptr(args[3], pointer), args[4]])
        return ctx.get_dummy_value()

    return types.void(types.int64, fields, types.int64, types.int64, run), build


@intrinsic
def moved(context, pointer, count):
    """The pointer, ``count`` words on."""
    return pointer(pointer, types.int64), lambda ctx, builder, sig, args: builder.gep(args[0], [args[1]])


@intrinsic
def add_one(context, counter):
    """Add one to a counter that all workers see; return what it was."""

    def build(ctx, builder, sig, args):
        return builder.atomic_rmw("add", args[0], I64(1), "seq_cst")

    return types.int64(counter), build


@intrinsic
def seen(context, counter):
    """The counter as the other workers have left it."""

    def build(ctx, builder, sig, args):
        return builder.load_atomic(args[0], "acquire", 8)

    return types.int64(counter), build


@intrinsic
def let_others(context):
    """Offer the core to other threads."""

    def build(ctx, builder, sig, args):
        if os.name == "posix":
            function = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, function, "sched_yield"), [])
        return ctx.get_dummy_value()

    return types.void(), build


@intrinsic
def float_at(context, address, index):
    """A float64 of an array, by the array's address."""

    def build(ctx, builder, sig, args):
        return builder.load(builder.gep(builder.inttoptr(args[0], ir.DoubleType().as_pointer()), [args[1]]))

    return types.float64(types.int64, types.int64), build


@njit(inline="always")
def run_operations(tape, head, unit, run):
    """A phase's operations, in order, for one unit."""
    place = head[3]
    while place < head[4]:
        call_kernel(tape[place], moved(tape, place + 2), unit, run[R.MEMORY], run)
        place += 2 + tape[place + 1]


def interpret(tape, run, shared):
    """Run steps ``run[FIRST_STEP]`` to ``run[LAST_STEP]``; return the step after the last one that was run.

    A step whose cost is not a finite number is the last one that is run.
    """
    workers, worker = run[R.WORKERS], run[R.WORKER]
    arrived = moved(shared, R.ARRIVED)
    taken = R.TAKEN  # which of the two counts this phase uses; meanwhile the other one is set back
    for step in range(run[R.FIRST_STEP], run[R.LAST_STEP]):
        run[R.STEP] = step
        run[R.BATCH_FIRST] = step * run[R.BATCH_SIZE]
        run[R.BATCH_SAMPLES] = min(run[R.BATCH_SIZE], run[R.SAMPLES] - run[R.BATCH_FIRST])
        run[R.PASS_FIRST] = 0
        while run[R.PASS_FIRST] < run[R.BATCH_SAMPLES]:
            left = run[R.BATCH_SAMPLES] - run[R.PASS_FIRST]
            run[R.GROUPS] = min(run[R.PASS_GROUPS], (left + 15) // 16)
            run[R.FIRST_PASS] = 1 if run[R.PASS_FIRST] == 0 else 0
            last_pass = left <= run[R.GROUPS] * 16
            for phase in range(tape[0]):
                head = moved(tape, 1 + 5 * phase)
                if head[0] == 0 or last_pass:
                    units = run[R.GROUPS] if head[1] == 0 else head[2]
                    if head[1] == 2:
                        units = min(units, SHARES * workers)
                    run[R.UNITS] = units
                    if workers == 1:
                        for unit in range(units):
                            run_operations(tape, head, unit, run)
                    else:
                        for turn in range(workers):
                            whose = (worker + turn) % workers
                            first, end = whose * units // workers, (whose + 1) * units // workers
                            count = moved(run, (whose - worker) * R.SIZE + taken)
                            unit = first + add_one(count)
                            while unit < end:
                                run_operations(tape, head, unit, run)
                                unit = first + add_one(count)
                        taken = 2 * R.TAKEN + 8 - taken
                        run[taken] = 0
                        goal = (add_one(arrived) // workers + 1) * workers
                        looks = 0
                        while seen(arrived) < goal:
                            looks += 1
                            if looks > PATIENCE:
                                let_others()
            run[R.PASS_FIRST] += run[R.GROUPS] * 16
        if run[R.COSTS] != 0:
            cost = float_at(run[R.COSTS], step)
            if cost - cost != 0.0:
                return step + 1
    return run[R.LAST_STEP]
