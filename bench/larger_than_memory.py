"""Training on a table that is longer, or wider, than the memory that the process takes; and asking a network about one.

    python -m bench.larger_than_memory [--numbers 100000000] [--allow MB]
    python -m bench.larger_than_memory --answers [--rows 200000]

Each table, a CSV file of so many numbers, is trained on for one epoch in a process of its own, and what it took beyond
its imports is shown beside what the numbers would need in float32; the peak is the kernel's own figure (VmHWM). With
``--allow`` the kernel holds the process to so many megabytes (``RLIMIT_DATA``; room that is asked for and not used
counts too), and a control, in the same process, holds all the numbers at once and must fail. Linux only.

``--answers`` asks a network by ``pellucid predict`` and ``pellucid evaluate --stream`` about a table and about one of
eight times as many rows, as CSV and as Parquet, each in a process of its own, and shows the peaks.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PATIENCE = 600.0  # seconds of a training
PART = 2_000_000  # numbers that are written at a time
SHAPES = {"longer": 20, "wider": 300}  # columns
TIMES = (1, 8)  # rows of the tables that are asked about
NUMBERS = 100_000_000  # of a table


def make(path: Path, columns: int, rows: int) -> None:
    """Write a CSV file of random numbers whose sign decides the target, a part at a time."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    part = max(1, PART // columns)
    for first in range(0, rows, part):
        X = rng.normal(size=(min(part, rows - first), columns)).astype(np.float32).round(3)
        frame = pl.from_numpy(X, [f"x{k}" for k in range(columns)]).with_columns(
            pl.Series("sign", np.where(X[:, 0] + X[:, 1] > 0, "plus", "minus"))
        )
        with path.open("ab") as file:
            frame.write_csv(file, include_header=first == 0)


def train(path: Path, allowed: int) -> dict[str, Any]:
    """Train under the limit; megabytes, and what it came to."""
    import resource

    import numpy as np
    import polars  # noqa: F401  # what is imported before the limit does not count

    from pellucid import Dense, Input, Network
    from pellucid.tables import open_table

    small = Network([Input(2), Dense(1, activation="sigmoid")])
    small.compile("binary_crossentropy", "adam", ["accuracy"])
    small.fit(np.zeros((64, 2)), np.arange(64) % 2, verbose=0)
    before = status("VmData")
    if allowed:
        resource.setrlimit(resource.RLIMIT_DATA, ((before + allowed // 1024) * 1024,) * 2)
    began, start = time.perf_counter(), status("VmRSS")
    with open_table(path, "sign", held_out=0.1) as stream:
        net = Network([Input(stream.shape[1]), Dense(16, activation="relu"), Dense(1, activation="sigmoid")])
        net.compile("binary_crossentropy", "adam", ["accuracy"])
        net.fit(stream, batch_size=256, verbose=0)
        accuracy = net.evaluate(stream.held_out)["accuracy"]
        numbers = (len(stream) + len(stream.held_out)) * stream.shape[1]
    peak = status("VmHWM")
    control = "not tried"
    if allowed:
        try:
            held = np.ones(numbers, np.float32)
            control = f"held {held.nbytes / 1e6:.0f} MB: the limit does not hold"
        except MemoryError:
            control = "fails, as it must"
    return {
        "numbers": numbers,
        "file_megabytes": path.stat().st_size / 1e6,
        "allowed_megabytes": allowed / 1e6,
        "taken_megabytes": (peak - start) / 1e3,
        "seconds": time.perf_counter() - began,
        "accuracy": accuracy,
        "control": control,
    }


def status(name: str) -> int:
    """A figure of the kernel's for this process, in KB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def measure_tables(numbers: int = NUMBERS, allow: int = 0) -> dict[str, Any]:
    """Both tables; each is printed as soon as it is there. What went wrong stands in ``failed``."""
    found: dict[str, Any] = {}
    if not Path("/proc/self/status").exists():
        print("Tables larger than memory: not measured, only Linux limits a process's memory so.")
        return found
    for name, columns in SHAPES.items():
        rows = max(1_000, numbers // columns)
        allowed = allow * 1_000_000
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            here = [sys.executable, "-m", "bench.larger_than_memory", "--path", str(path)]
            subprocess.run([*here, "--make", str(columns), str(rows)], check=True)
            try:
                run = subprocess.run([*here, "--train", str(allowed)], capture_output=True, text=True, timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                found[name] = {"failed": f"took more than {PATIENCE:.0f} s"}
                print(f"{name}: {found[name]['failed']}", flush=True)
                continue
        words = f"{name}: {rows:,} rows of {columns:,} columns, {4e-6 * rows * columns:.0f} MB of numbers"
        limit = f" within {allow} MB" if allow else ""
        if run.returncode:
            found[name] = {"failed": run.stderr.strip().splitlines()[-1:]}
            print(f"{words}: FAILED{limit}\n{run.stderr}", flush=True)
            continue
        found[name] = t = json.loads(run.stdout.splitlines()[-1])
        share = t["taken_megabytes"] / (4e-6 * t["numbers"])
        taken = f"{t['taken_megabytes']:.0f} MB, {share:.0%} of it, {t['seconds']:.1f} s, accuracy {t['accuracy']:.3f}"
        holding = f"; holding all of it {t['control']}" if allow else ""
        print(f"{words}: trained{limit}, took {taken}{holding}", flush=True)
    return found


def save_network(path: Path) -> None:
    """Train one epoch on a table's raw rows and save the network, its preparation with it, beside the table."""
    from pellucid import Dense, Input, Network
    from pellucid.tables import open_table

    with open_table(path, "sign") as stream:
        net = Network([Input(stream.shape[1]), Dense(16, activation="relu"), Dense(1, activation="sigmoid")])
        net.preparation = stream.preparation.to_dict()
        net.compile("binary_crossentropy", "adam", ["accuracy"])
        net.fit(stream, batch_size=256, verbose=0)
    net.save(path.with_suffix(".pellucid"))


def measure_answers(rows: int = 200_000) -> dict[str, Any]:
    """Peak memory of predicting and of evaluating, in megabytes, by format, command and rows; printed as it comes."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for times in TIMES:  # in processes of their own: a process's peak counts what the one that starts it holds
            table = Path(folder, f"times-{times}.csv")
            here = [sys.executable, "-m", "bench.larger_than_memory", "--path", str(table)]
            subprocess.run([*here, "--make", str(SHAPES["longer"]), str(rows * times)], check=True)
            subprocess.run([*here, "--copy", *(["--save"] if times == 1 else [])], check=True)
        model = Path(folder, "times-1.pellucid")
        for kind in (".csv", ".parquet"):
            for words in (["predict", "--output", str(Path(folder, "answers.csv"))], ["evaluate", "--stream"]):
                peaks = []
                for times in TIMES:
                    table = Path(folder, f"times-{times}{kind}")
                    command = [sys.executable, "-m", "pellucid", words[0], str(model), str(table), *words[1:]]
                    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
                    _, ended, used = os.wait4(process.pid, 0)
                    if ended:
                        raise SystemExit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(ended)}")
                    peaks.append(used.ru_maxrss / 1e3)
                    print(f"{words[0]} {rows * times:,} rows of {kind[1:]}: peak {peaks[-1]:.0f} MB", flush=True)
                found[f"{words[0]}, {kind[1:]}"] = dict(zip((rows * times for times in TIMES), peaks, strict=True))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.larger_than_memory", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--numbers", type=int, default=NUMBERS, help="of each table")
    parser.add_argument("--allow", type=int, default=0, metavar="MB", help="what the process may take; no limit")
    parser.add_argument("--answers", action="store_true", help="ask a network about tables instead")
    parser.add_argument("--rows", type=int, default=200_000, help="of the smaller table that is asked about")
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--train", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--copy", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--save", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.make:
        make(given.path, *given.make)
    elif given.train is not None:
        print(json.dumps(train(given.path, given.train)))
    elif given.copy:
        import polars as pl

        pl.scan_csv(given.path).sink_parquet(given.path.with_suffix(".parquet"))
        if given.save:
            save_network(given.path)
    elif given.answers:
        measure_answers(given.rows)
    else:
        measure_tables(given.numbers, given.allow)


if __name__ == "__main__":
    main()
