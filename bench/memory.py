"""Imports and peak memory: what each peer takes to train a case, in a process of its own.

    python -m bench.memory [--cases 64-32-10 784-128-10 lenet5] [--peers ...] [--output FOLDER]

The process imports NumPy and makes the data, then imports the peer, prepares one way of it without trials, and trains
for as many steps as a few seconds allow, at most an epoch. The peak is the kernel's own figure for the process (VmHWM;
elsewhere than on Linux, getrusage's). Import times are those of processes that have nothing to read from disk any more:
the median of three.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.cases import CASES, Case, Unsupported
from bench.peers import PEERS, load_peer
from bench.report import table
from bench.startup import IMPORT
from bench.threads import available_cores

PATIENCE = 120.0  # seconds of a process
WORK = 40_000_000_000  # multiplications and additions of a run, at most
# What a user of the peer imports.
IMPORTS = {
    "pellucid": "from pellucid import Dense, Input, Network",
    "torch": "import torch",
    "jax": "import jax, jax.numpy",
    "keras_jax": "import keras",
    "keras_tensorflow": "import keras",
    "keras_torch": "import keras",
    "sklearn": "from sklearn.neural_network import MLPClassifier",
    "onnxruntime": "import onnxruntime",
}


def peak() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the process that started this one had at that moment
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def train(peer: str, case: Case, threads: int) -> dict[str, float]:
    """Megabytes before the peer is imported, after it, and in all; within the process."""
    case = case.at_most(max(2, min(500, WORK // case.flops)))
    case.data()
    before = peak()
    exec(IMPORTS.get(peer, ""), {})
    imported = peak()
    run = load_peer(peer).plain(case, threads)  # type: ignore[attr-defined]
    run()
    return {"before": before, "imported": imported, "peak": peak()}


def import_seconds(peer: str, environment: dict[str, str]) -> float | None:
    """The median of three processes; None for a peer without an import of its own."""
    if peer not in IMPORTS:
        return None
    command = [sys.executable, "-c", IMPORT.format(IMPORTS[peer])]
    seconds = []
    for _ in range(3):
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
        if run.returncode:
            return None
        seconds.append(float(run.stdout.split()[-1]))
    return statistics.median(seconds)


def measure(peer: str, case: str, threads: int, environment: dict[str, str]) -> dict[str, Any]:
    """What a process of a peer and a case tells, or why it tells nothing."""
    command = [sys.executable, "-m", "bench.memory", "--child", peer, case, str(threads)]
    try:
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return {"missing": f"took more than {PATIENCE:.0f} s"}
    if run.returncode:
        return {"missing": (run.stderr.strip().splitlines() or ["failed"])[-1]}
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print line by line, and return everything as plain data."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.memory", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    trained = [name for name, case in CASES.items() if case.trains]
    peers = [name for name in PEERS if hasattr(load_peer(name), "plain")]
    add = parser.add_argument
    add("--cases", nargs="*", default=["64-32-10", "784-128-10", "lenet5"], choices=trained, metavar="CASE",
        help=f"of: {', '.join(trained)}")  # fmt: skip
    add("--peers", nargs="*", default=peers, choices=peers, metavar="PEER", help=f"of: {', '.join(peers)}")
    add("--threads", type=int, default=available_cores(), help="all cores unless given")
    add("--output", type=Path, metavar="FOLDER", help="write memory.json there")
    add("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        name, case, threads = given.child
        try:
            found: dict[str, Any] = dict(train(name, CASES[case], int(threads)))
        except Unsupported as reason:
            found = {"missing": f"cannot: {reason}"}
        print(json.dumps(found))
        return found
    results: list[dict[str, Any]] = []
    heads = ["case, peer", "import s", "MB after import", "peak MB", "beyond import"]
    rows = [heads]
    for name in given.peers:
        peer = load_peer(name)
        if not peer.available():
            rows.append([peer.TITLE, *["absent"] * 4])
            continue
        own = peer.environment(given.threads) if hasattr(peer, "environment") else {}
        environment = {**os.environ, **own, "OMP_NUM_THREADS": str(given.threads)}
        began = import_seconds(name, environment)
        for case in given.cases:
            found = measure(name, case, given.threads, environment)
            results.append({"peer": name, "case": case, "import_seconds": began, **found})
            seconds = "–" if began is None else f"{began:.2f}"
            if "missing" in found:
                rows.append([f"{case}, {peer.TITLE}", seconds, *["–"] * 3])
                rows[-1][-1] = found["missing"]
            else:
                numbers = found["imported"], found["peak"], found["peak"] - found["imported"]
                rows.append([f"{case}, {peer.TITLE}", seconds, *(f"{number:.0f}" for number in numbers)])
            print(
                ": ".join([rows[-1][0], ", ".join(map(" ".join, zip(heads[1:], rows[-1][1:], strict=True)))]),
                flush=True,
            )
    rows[1:] = sorted(rows[1:], key=lambda row: given.cases.index(row[0].partition(",")[0])
                      if row[0].partition(",")[0] in given.cases else -1)  # fmt: skip
    print(f"\n{table(rows)}")
    if given.output:
        given.output.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"threads": given.threads, "results": results}, indent=1, ensure_ascii=False)
        (given.output / "memory.json").write_text(text + "\n", encoding="utf-8")
    return {"threads": given.threads, "results": results}


if __name__ == "__main__":
    main()
