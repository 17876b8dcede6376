"""How much slower training gets with a Recorder attached: python -m bench.recording [--repeats N]

The same training with and without, in turn, on digits (small) and on pictures of MNIST's size drawn at random; of each
the fastest run counts.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from pellucid import Dense, Input, Network
from pellucid.callbacks import Recorder
from pellucid.data import load_digits

CASES = {"digits 64-64-10": (64, 64, 60), "like MNIST 784-128-10": (784, 128, 6)}


def samples(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and classes."""
    if name.startswith("digits"):
        data = load_digits()
        return data.X.reshape(len(data.X), -1), data.y
    rng = np.random.default_rng(0)
    return rng.random((20_000, 784), np.float32), rng.integers(0, 10, 20_000)


def seconds(name: str, X: np.ndarray, y: np.ndarray, recorded: bool) -> tuple[float, int]:
    """The time of one training, and how many epochs were recorded."""
    inputs, units, epochs = CASES[name]
    net = Network([Input(inputs), Dense(units, "relu"), Dense(10, "softmax")])
    net.compile("categorical_crossentropy", "adam", ["accuracy"])
    recorder = Recorder(X, y) if recorded else None
    began = time.perf_counter()
    net.fit(X, y, epochs=epochs, batch_size=32, callbacks=recorder, verbose=0)
    return time.perf_counter() - began, len(recorder.records) if recorder else 0


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    for name in CASES:
        X, y = samples(name)
        seconds(name, X, y, True)  # kernels are loaded
        plain, recorded = [], []
        for _ in range(repeats):
            plain.append(seconds(name, X, y, False)[0])
            took, count = seconds(name, X, y, True)
            recorded.append(took)
        slower = 100 * (min(recorded) / min(plain) - 1)
        print(f"{name}: {min(plain):.2f} s, with {count} records {min(recorded):.2f} s: {slower:+.1f} %")


if __name__ == "__main__":
    main()
