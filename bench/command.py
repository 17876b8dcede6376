"""A whole training from the start of the process to its end: ``pellucid train`` beside the same exercise in Keras.

    python -m bench.command [--data ../shared/data/tables/pima-indians-diabetes.csv] [--rounds 3] [--epochs 150]
                            [--backends jax tensorflow torch]

The exercise is the well-known first one with Keras: Pima Indians Diabetes, a network 8-12-8-1 with rectifiers and a
sigmoid, Adam, 150 epochs in batches of 10, then its accuracy. Pellucid runs its command, and a script of its own that
says the same as Keras's; Keras runs that exercise's script on every backend that is installed, without its progress
bar, which would cost it time. All take their turn, round after round, after one of one epoch that is not counted: what
is compiled once on a machine or read from disk for the first time is there by then. So are Pellucid's modules as Python
compiles them, which pip does where it installs a package: those of a checkout are kept in a temporary folder.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.floors import COMMAND
from bench.report import table

BACKENDS = ("jax", "tensorflow", "torch")
PATIENCE = 300.0  # seconds of a command
PIMA = Path("../shared/data/tables/pima-indians-diabetes.csv")

KERAS = """
import sys
import numpy as np
import keras
from keras import layers
data = np.loadtxt(sys.argv[1], delimiter=",")
X, y = data[:, :8], data[:, 8]
model = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(12, activation="relu"),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, y, epochs=int(sys.argv[2]), batch_size=10, verbose=0)
print(model.evaluate(X, y, verbose=0)[1])
"""

SCRIPT = """
import sys
import numpy as np
from pellucid import Dense, Input, Network
data = np.loadtxt(sys.argv[1], delimiter=",")
X, y = data[:, :8], data[:, 8]
net = Network([Input(8), Dense(12, activation="relu"), Dense(8, activation="relu"), Dense(1, activation="sigmoid")])
net.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
net.fit(X, y, epochs=int(sys.argv[2]), batch_size=10, verbose=0)
print(net.evaluate(X, y)["accuracy"])
"""


@dataclass(frozen=True)
class Command:
    """A command line with its variables, and whether it prints an accuracy alone as its last word."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    accuracy: bool = True


def commands(
    data: Path, epochs: int, modules: str, backends: Sequence[str] = BACKENDS
) -> dict[str, Command]:  # fmt: skip
    """All that can run here, by name; Pellucid's command first. ``modules`` is a folder for its compiled modules."""
    here, kept = sys.executable, {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": modules}
    options = ["--layers", "12,8", "--activation", "relu", "--epochs", str(epochs), "--batch-size", "10"]
    found = {
        "pellucid train": Command((here, "-m", "pellucid", "train", str(data), *options), kept, accuracy=False),
        "Pellucid, script": Command((here, "-c", SCRIPT, str(data), str(epochs)), kept),
    }
    if importlib.util.find_spec("keras"):
        for backend in backends:
            if importlib.util.find_spec(backend):
                own = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
                found[f"Keras on {backend}"] = Command((here, "-c", KERAS, str(data), str(epochs)), own)
    return found


def seconds_of(command: Command) -> tuple[float, float | None]:
    """(Seconds from start to end, the accuracy that it prints).

    Raises
    ------
    RuntimeError
        It failed, or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="pellucid-bench-") as here:
        began = time.perf_counter()
        try:
            run = subprocess.run(
                command.words, env={**os.environ, **command.environment}, cwd=here, capture_output=True, text=True,
                stdin=subprocess.DEVNULL, timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"took more than {PATIENCE:.0f} s") from None
        seconds = time.perf_counter() - began
    if run.returncode:
        raise RuntimeError((run.stderr.strip().splitlines() or ["failed without a word"])[-1])
    return seconds, float(run.stdout.split()[-1]) if command.accuracy else None


def measure(data: Path, epochs: int, rounds: int, backends: Sequence[str] = BACKENDS) -> dict[str, Any]:
    """Seconds of every round of every command, and why some have none; each time is printed when it is there."""
    with tempfile.TemporaryDirectory(prefix="pellucid-bench-modules-") as modules:
        both = (commands(data, count, modules, backends) for count in (epochs, 1))
        return _measured(*both, epochs, rounds)


def _measured(
    found: Mapping[str, Command], short: Mapping[str, Command], epochs: int, rounds: int
) -> dict[str, Any]:  # fmt: skip
    seconds: dict[str, list[float]] = {}
    accuracies: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    for name, command in short.items():
        try:
            seconds_of(command)
            seconds[name] = []
        except RuntimeError as reason:
            missing[name] = str(reason)
            print(f"{name}: absent, {reason}", flush=True)
    for number in range(1, rounds + 1):
        for name in list(seconds):
            try:
                taken, accuracies[name] = seconds_of(found[name])
            except RuntimeError as reason:
                missing[name] = str(reason)
                del seconds[name]
                print(f"{name}: absent, {reason}", flush=True)
                continue
            seconds[name].append(taken)
            print(f"round {number}, {name}: {taken:.2f} s", flush=True)
    return {"epochs": epochs, "seconds": seconds, "accuracy": accuracies, "missing": missing}


def command_text(found: Mapping[str, Any]) -> str:
    """The table, and whether the floor was met by the quickest Keras."""
    medians = {name: statistics.median(times) for name, times in found["seconds"].items() if times}
    own = medians.get("pellucid train")
    rows = [["process start to end", "median s", "least", "most", "÷ pellucid train", "accuracy"]]
    for name, median in medians.items():
        times, accuracy = found["seconds"][name], found["accuracy"].get(name)
        numbers = [f"{value:.2f}" for value in (median, min(times), max(times))]
        ratio = f"{median / own:.1f}×" if own else "–"
        rows.append([name, *numbers, ratio, "–" if accuracy is None else f"{accuracy:.3f}"])
    rows += [[name, *["–"] * 5] for name in found["missing"]]
    lines = [table(rows), *(f"{name}: absent, {reason}" for name, reason in found["missing"].items())]
    keras = [median for name, median in medians.items() if name.startswith("Keras")]
    if own and keras:
        ratio = min(keras) / own
        verdict = "met" if ratio >= COMMAND else "NOT MET"
        lines.append(f"floor: Keras's quickest backend ÷ pellucid train {ratio:.1f}, promised ≥ {COMMAND}: {verdict}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.command", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=PIMA, help=f"the table, {PIMA} unless given")
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backends", nargs="*", choices=BACKENDS, default=BACKENDS, help="of Keras, all unless given")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write command.json there")
    given = parser.parse_args(arguments)
    if not given.data.is_file():
        parser.error(f"{given.data}: there is no such file. Give the table with --data.")
    found = measure(given.data.resolve(), given.epochs, given.rounds, given.backends)
    print(f"\n{command_text(found)}")
    if given.output:
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "command.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return found


if __name__ == "__main__":
    main()
