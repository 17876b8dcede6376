"""How long one trace takes: ``python -m bench.trace_time``. One sample through 784-128-10, warm, and its text."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from pellucid import Dense, Input, Network
from pellucid.trace import take

REPEATS = 50


def milliseconds(work: Callable[[], object]) -> float:
    """The median time of one call."""
    work()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


def main() -> None:
    """Print the times."""
    net = Network([Input(784), Dense(128, activation="relu"), Dense(10, activation="softmax")])
    net.compile("categorical_crossentropy", "adam")
    x = np.random.default_rng(0).uniform(size=784)
    trace = net.trace(x, 3)
    for what, work in {
        "trace of one sample, float32": lambda: net.trace(x, 3),
        "trace of one sample, float64": lambda: net.trace(x, 3, dtype="float64"),
        "trace, forward pass only": lambda: net.trace(x),
        "trace with its plan and engine made anew": lambda: (take._engines.clear(), net.trace(x, 3)),
        "its text": lambda: str(trace),
        "one unit explained": lambda: str(trace.explain("dense_1", 5)),
        "one weight's gradient explained": lambda: str(trace.explain_gradient("dense_1.weights", (300, 5))),
    }.items():  # fmt: skip
        print(f"{what:<45}{milliseconds(work):8.2f} ms")


if __name__ == "__main__":
    main()
