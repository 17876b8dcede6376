"""Kernels that do one thing to lanes, for the tests: made for a function, and called without an engine."""

import ctypes

import numpy as np

from pellucid.engines.cpu import compiler
from pellucid.engines.cpu.lanes import at, fill, gather, lanes, put_row_part, random, row, total, transpose


def unary(function):
    """y = f(x). Fields: how many lanes, x, y."""

    def kernel(op, group, m, run):
        x, y = lanes(m, op[1]), lanes(m, op[2])
        for u in range(op[0]):
            y[u] = function(x[u])

    return kernel


def binary(function):
    """y = f(x, w). Fields: how many lanes, x, w, y."""

    def kernel(op, group, m, run):
        x, w, y = lanes(m, op[1]), lanes(m, op[2]), lanes(m, op[3])
        for u in range(op[0]):
            y[u] = function(x[u], w[u])

    return kernel


def totals(op, group, m, run):
    """y = Σ x over the lanes, in every lane. Fields: how many lanes, x, y."""
    x, y = lanes(m, op[1]), lanes(m, op[2])
    for u in range(op[0]):
        y[u] = fill(m, total(x[u]))


def tile(op, group, m, run):
    """A 16×16 tile turned. Fields: stride, where it lies, where it goes."""
    transpose(at(m, op[1]), op[0], at(m, op[2]))


def gathered(op, group, m, run):
    """Sixteen rows from column k on, turned; their offsets are in ``run``. Fields: k, where they lie, where it goes."""
    gather(at(m, op[1]), run, op[0], at(m, op[2]))


def part(op, group, m, run):
    """The first n of sixteen numbers copied. Fields: n, from, to."""
    put_row_part(at(m, op[2]), 0, row(at(m, op[1]), 0), op[0])


def uniform(op, group, m, run):
    """Random numbers. Fields: how many lanes, key, where they go."""
    y = lanes(m, op[2])
    for u in range(op[0]):
        y[u] = random(m, op[1], u)


_made = {}


def call(name, dtype, memory, *fields, run=(0,)):
    """Compile a kernel (once) and run it on an array of numbers, which it changes."""
    if (name, dtype) not in _made:
        _made[name, dtype] = compiler._link(*compiler._compile(f"lane_functions:{name}", dtype))
    pointer = ctypes.c_void_p
    native = ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, pointer, ctypes.c_int64, pointer, pointer)
    assert memory.dtype == dtype
    words, table = np.array(fields, np.int64), np.array(run, np.int64)
    places = np.zeros(2, np.int64)
    status = native(_made[name, dtype])(
        places[:1].ctypes.data, places[1:].ctypes.data, words.ctypes.data, 0, memory.ctypes.data, table.ctypes.data
    )
    assert status == 0


def apply(name, dtype, *arrays):
    """An elementwise kernel on arrays of one length."""
    count = -(-len(arrays[0]) // 16)
    memory = np.zeros((len(arrays) + 1, count * 16), dtype)
    for place, array in zip(memory, arrays, strict=False):
        place[: len(array)] = array
    flat = memory.reshape(-1)
    call(name, dtype, flat, count, *(k * count * 16 for k in range(len(arrays) + 1)))
    return memory[-1, : len(arrays[0])].copy()
