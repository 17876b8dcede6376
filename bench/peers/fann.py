"""FANN, the C library, through ctypes: ``fann_train_on_data``, with whichever of its own ways has the quickest epoch.

FANN has no batches between one sample and all of them, and no Adam. So its epochs are compared: its time for as many
samples as a case's step has. Its ways are iRPROP− (its default), plain batch and, with the data shuffled, incremental
training, each with the exact sigmoid and with the stepwise one that its manual names as the faster. What it lacks is
replaced by what costs least: rectifiers by its piece of a line, softmax by sigmoids.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.cases import Case, Unsupported
from bench.layers import DenseLayer
from bench.peers import Program
from bench.threads import quickest

TITLE = "FANN"
LIBRARIES = ("floatfann", "fann")  # both compute in float32
WORK = 1_000_000_000  # multiplications and additions of a run, at most: about a second
TRIAL = 0.05  # share of a run by which the quickest way is chosen

# Of fann_data.h, version 2.2.
INCREMENTAL, BATCH, RPROP = 0, 1, 2
LINEAR, SIGMOID, STEPWISE, LINEAR_PIECE = 0, 3, 4, 12
LINEAR_ERROR = 0
WAYS = {"iRPROP−": RPROP, "batch": BATCH, "incremental": INCREMENTAL}
Fill = ctypes.CFUNCTYPE(
    None, *[ctypes.c_uint] * 3, ctypes.POINTER(ctypes.c_float), ctypes.POINTER(ctypes.c_float)
)  # fmt: skip


@functools.cache
def _library() -> Any:
    for name in LIBRARIES:
        found = ctypes.util.find_library(name)
        if found:
            library = ctypes.CDLL(found)
            pointer, number, unsigned = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
            library.fann_create_standard_array.restype = pointer
            library.fann_create_standard_array.argtypes = [unsigned, ctypes.POINTER(unsigned)]
            library.fann_create_train_from_callback.restype = pointer
            library.fann_create_train_from_callback.argtypes = [unsigned, unsigned, unsigned, Fill]
            library.fann_train_on_data.argtypes = [pointer, pointer, unsigned, unsigned, ctypes.c_float]
            for function in ("training_algorithm", "activation_function_hidden", "activation_function_output"):
                getattr(library, f"fann_set_{function}").argtypes = [pointer, number]
            library.fann_set_train_error_function.argtypes = [pointer, number]
            for function in ("shuffle_train_data", "destroy_train", "destroy"):
                getattr(library, f"fann_{function}").argtypes = [pointer]
            return library
    return None


def available() -> bool:
    return _library() is not None


def version() -> str:
    """That of the file which was loaded, where the system tells it."""
    try:
        loaded = Path("/proc/self/maps").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    found = re.search(r"fann\.so\.([\d.]+)", loaded)
    return found[1] if found else "unknown"


def prepare(case: Case, threads: int) -> Program:
    short = case.at_most(max(1, int(TRIAL * _steps(case))))
    ways = {
        ", ".join(filter(None, way)): way
        for way in itertools.product(WAYS, ("sigmoid", "stepwise sigmoid") if _sigmoids(case) else ("",))
    }
    best = quickest({name: epoch(short, *way) for name, way in ways.items()}, times=2)
    return Program(epoch(case, *ways[best]), f"fann_train_on_data, {best}, 1 thread: the quickest of {len(ways)} ways")


def plain(case: Case, threads: int) -> Callable[[], int]:
    """One way, without trials."""
    return epoch(case, "iRPROP−", "sigmoid")


def _steps(case: Case) -> int:
    return max(1, min(case.steps, WORK // case.flops))


def _sigmoids(case: Case) -> bool:
    return any(layer.activation in ("sigmoid", "softmax") for layer in case.layers if isinstance(layer, DenseLayer))


def epoch(case: Case, way: str, sigmoid: str) -> Callable[[], int]:
    """An epoch of the case's rows, or of as many as take about a second; it returns how many of its batches."""
    if not case.trains:
        raise Unsupported("only training")
    dense = [layer for layer in case.layers if isinstance(layer, DenseLayer)]
    if len(dense) < len(case.layers):
        raise Unsupported("only dense layers")
    if len({layer.activation for layer in dense[:-1]}) > 1:
        raise Unsupported("one activation for all hidden layers")
    library = _library()
    case = case.at_most(_steps(case))
    sizes = [case.inputs[0], *(layer.units for layer in dense)]
    net = library.fann_create_standard_array(len(sizes), (ctypes.c_uint * len(sizes))(*sizes))
    kinds = {"relu": LINEAR_PIECE} | dict.fromkeys(("sigmoid", "softmax"), STEPWISE if "step" in sigmoid else SIGMOID)
    library.fann_set_activation_function_hidden(net, kinds[dense[0].activation])
    library.fann_set_activation_function_output(net, kinds[dense[-1].activation])
    library.fann_set_training_algorithm(net, WAYS[way])
    if case.loss == "squared_error":
        library.fann_set_train_error_function(net, LINEAR_ERROR)
    data = _data(case, sizes)

    def run() -> int:
        if WAYS[way] == INCREMENTAL:
            library.fann_shuffle_train_data(data)
        library.fann_train_on_data(net, data, 1, 0, 0.0)
        return case.steps

    return run


def _data(case: Case, sizes: list[int]) -> Any:
    """FANN's own copy of the data; labels become rows with a 1."""
    import numpy as np

    X, y = case.data()
    if y.ndim == 1:
        y = np.eye(sizes[-1], dtype=np.float32)[y]

    def fill(row: int, inputs: int, outputs: int, x: Any, t: Any) -> None:
        ctypes.memmove(x, X[row].ctypes.data, 4 * inputs)
        ctypes.memmove(t, y[row].ctypes.data, 4 * outputs)

    return _library().fann_create_train_from_callback(len(X), sizes[0], sizes[-1], Fill(fill))
