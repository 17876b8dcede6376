"""How near a training step comes to what the machine can do, and where the rest of its time goes.

    python -m bench.limits [--cases main] [--rounds 5] [--output FOLDER]

Two limits bound a step (the roofline of Williams, Waterman and Patterson 2009): its matrix products' multiplications
and additions, at the speed of the machine's own matrix product; and the bytes that its operations read and write, each
slot once an operation, at the speed of copying memory of that size. The larger of the two times is the limit; its share
of the measured time is what is reached. Bytes and operations are counted from the plan.

The measured time is that of ``net.fit`` over whole epochs. The profile times each operation of one step alone, on one
thread (``profile.py``). What ``fit`` takes beyond it on one thread is the order of samples, rows that come from all
over the data, and Python.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.cases import CASES, GROUPS, Case
from bench.machine import copy_speed, peak, processor
from bench.peers.pellucid_fit import network
from bench.profile import Profile, profile, step_bytes, step_flops
from bench.report import table
from bench.threads import available_cores

SHOWN = 8  # kinds of operations of a profile's table; the others are added up


def measure(case: Case, threads: int, rounds: int) -> dict[str, Any]:
    """Counts of a case's step, its times on one thread and on all, and its profile, as plain data."""
    X, y = case.data()
    net = network(case)
    labels = y.ndim == 1
    found = profile(net, X, y, case.batch_size)
    plan = net.plan(case.batch_size, labels=labels)
    times = {count: _fit(case, net, X, y, count, rounds) for count in dict.fromkeys((1, threads))}
    return {
        "case": case.name,
        "batch_size": case.batch_size,
        "flops": step_flops(plan, case.batch_size),
        "bytes": step_bytes(plan, case.batch_size),
        "memory": plan.size * np.dtype(plan.dtype).itemsize,
        "microseconds": {str(count): seconds for count, seconds in times.items()},
        "profile": _plain(found),
    }


def _fit(case: Case, net: Any, X: Any, y: Any, threads: int, rounds: int) -> float:
    """Microseconds of a step in ``net.fit``: the median of epochs."""
    seconds = []
    for _ in range(1 + rounds):
        began = time.perf_counter()
        net.fit(X, y, epochs=1, batch_size=case.batch_size, threads=threads, verbose=0)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:])) / case.steps * 1e6


def _plain(found: Profile) -> dict[str, Any]:
    kinds = [dataclasses.asdict(op) for op in found.by_kind()]
    ops = [dataclasses.asdict(op) for op in found.ops]
    return {"microseconds": found.microseconds, "between": found.between, "kinds": kinds, "ops": ops}


def limit(flops: float, moved: float, gflops: float, gigabytes: float) -> tuple[float, str]:
    """The least microseconds that a step can take, and what sets them."""
    computing, moving = flops / gflops / 1e3, moved / gigabytes / 1e3
    return (computing, "products") if computing >= moving else (moving, "memory")


def machine(threads: int, sizes: Sequence[int]) -> dict[str, Any]:
    """The machine's peaks on one thread and on all: matrix products, and copies of so many bytes."""
    counts = dict.fromkeys((1, threads))
    return {
        "processor": processor(),
        "threads": threads,
        "gflops": {str(count): peak(count) for count in counts},
        "copy": {str(count): {str(size): copy_speed(count, size) for size in sizes} for count in counts},
    }


def limits_text(case: dict[str, Any], machine: dict[str, Any]) -> list[list[str]]:
    """A case's rows of the table: one thread, and all."""
    rows = []
    for count, microseconds in case["microseconds"].items():
        speed = machine["copy"][count][str(case["memory"])]
        least, by = limit(case["flops"], case["bytes"], machine["gflops"][count], speed)
        sizes = [case["flops"] / 1e6, case["bytes"] / 1e6, case["memory"] / 1e6]
        cells = [case["case"], str(case["batch_size"]), count, *(f"{size:.3g}" for size in sizes), f"{speed:.0f}"]
        speeds = [f"{least / microseconds:.0%}", f"{case['flops'] / microseconds / 1e3:.1f}"]
        rows.append([*cells, f"{microseconds:.3g}", f"{least:.3g}", by, *speeds])
    return rows


HEADS = [
    "step of", "batch", "threads", "MFLOP", "MB moved", "MB held", "copy GB/s", "µs", "limit µs", "set by", "reached",
    "GFLOP/s",
]  # fmt: skip


def profile_text(case: dict[str, Any]) -> str:
    """Where a case's step goes, on one thread."""
    found, fit = case["profile"], case["microseconds"]["1"]
    rows = [[f"{case['case']}, one thread", "µs", "share", "GFLOP/s", "GB/s"]]

    def row(name: str, microseconds: float, flops: float = 0, moved: float = 0) -> list[str]:
        speeds = [
            f"{amount / microseconds / 1e3:.1f}" if amount and microseconds > 0 else "" for amount in (flops, moved)
        ]
        return [name, f"{microseconds:.2f}", f"{microseconds / fit:.0%}", *speeds]

    kinds = found["kinds"]
    for op in kinds[:SHOWN]:
        rows.append(row(op["name"], op["microseconds"], op["flops"], op["bytes"]))
    rest = sum(op["microseconds"] for op in kinds[SHOWN:])
    rows.append(row(f"{len(kinds[SHOWN:])} other kinds", rest))
    rows.append(row("between operations", found["between"]))
    rows.append(row("order, rows from all over the data, Python", fit - found["microseconds"]))
    return table(rows)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print case by case, and return everything as plain data."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.limits", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = {case.name: [case] for group in GROUPS.values() for case in group if case.trains}
    known |= {group: [case for case in cases if case.trains] for group, cases in GROUPS.items()}
    parser.add_argument("--cases", nargs="*", default=["main"], choices=list(known), metavar="CASE",
                        help=f"of: {', '.join(name for name in known if known[name])}")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="epochs that are timed, 5 unless given")
    parser.add_argument("--threads", type=int, default=available_cores(), help="all cores unless given")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write limits.json there")
    given = parser.parse_args(arguments)
    cases = []
    for case in dict.fromkeys(case.name for name in given.cases for case in known[name]):
        cases.append(measure(CASES[case], given.threads, given.rounds))
        print(profile_text(cases[-1]), end="\n\n", flush=True)
    found = {"machine": machine(given.threads, [case["memory"] for case in cases]), "cases": cases}
    print(table([HEADS, *(row for case in cases for row in limits_text(case, found["machine"]))]))
    peaks = found["machine"]["gflops"]
    print(f"\n{found['machine']['processor']}: matrix product "
          + ", ".join(f"{peaks[count]:.0f} GFLOP/s on {count} threads" for count in peaks))  # fmt: skip
    if given.output:
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "limits.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return found


if __name__ == "__main__":
    main()
