"""Measure programs in turn, A B C A B C, after a warm-up."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.cases import Absent, Case, Unsupported
from bench.machine import product_run
from bench.peers import Peer, Program, Ran
from bench.threads import same_threads

PRODUCTS = "matrix products"
PAUSE = 0.2  # seconds before each run: threads of the program before may go on waiting for work, and take a core


@dataclass(frozen=True)
class Timing:
    """A program's step times in microseconds, one a round."""

    peer: str
    note: str
    steps: int
    microseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """What is compared."""
        return float(np.median(self.microseconds))

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between them lies the middle half of the rounds."""
        low, high = np.percentile(self.microseconds, (25, 75))
        return float(low), float(high)

    @property
    def least(self) -> float:
        """The round that was disturbed least."""
        return min(self.microseconds)


@dataclass(frozen=True)
class CaseResult:
    """All peers' timings of a case, and why some have none.

    ``products`` are GFLOP/s of matrix products that took their turn in every round, where they were asked for.
    """

    case: Case
    timings: Mapping[str, Timing]
    missing: Mapping[str, str]
    products: tuple[float, ...] = ()

    def share(self, peer: str) -> float:
        """The speed of the peer's steps by that of the matrix products beside them, medians both."""
        return self.case.flops / self.timings[peer].median / 1e3 / float(np.median(self.products))

    def ratio(self, peer: str, reference: str) -> float:
        """The peer's step time by the reference's: how many times as long it takes."""
        return self.timings[peer].median / self.timings[reference].median


def measure_case(
    case: Case, peers: Mapping[str, Peer], rounds: int, threads: int, say: Callable[[str], None] = lambda text: None,
    products: bool = False,
) -> CaseResult:  # fmt: skip
    """Prepare and warm up every peer's program, then run them in turn for ``rounds`` rounds.

    Peers that are not installed, or cannot run the case, are named in ``missing`` with the reason. With ``products``,
    plain matrix products have their turn too.
    """
    programs: dict[str, Program] = {}
    missing: dict[str, str] = {}
    for name, peer in peers.items():
        if not peer.available():
            missing[name] = "absent"
            continue
        say(f"{case.name}: preparing {peer.TITLE}")
        try:
            programs[name] = peer.prepare(case, threads)
        except Unsupported as reason:
            missing[name] = f"cannot: {reason}"
        except Absent as reason:
            missing[name] = f"absent: {reason}"
    with same_threads(threads):
        runs: dict[str, Callable[[], int | Ran]] = {}
        for name, program in programs.items():
            say(f"{case.name}: warming up {peers[name].TITLE}")
            try:
                program.run()
            except Absent as reason:
                missing[name] = f"absent: {reason}"
            else:
                runs[name] = program.run
        if products:
            runs[PRODUCTS] = product_run(threads)
        found = interleave(runs, rounds, say, case.name, missing)
    speeds = tuple(flops / seconds / 1e9 for flops, seconds in found.pop(PRODUCTS, ()))
    timings = {
        name: Timing(name, programs[name].note, pairs[0][0], tuple(1e6 * s / n for n, s in pairs))
        for name, pairs in found.items()
    }
    return CaseResult(case, timings, missing, speeds)


def interleave(
    runs: Mapping[str, Callable[[], int | Ran]],
    rounds: int,
    say: Callable[[str], None],
    title: str,
    missing: dict[str, str] | None = None,
) -> dict[str, list[tuple[int, float]]]:
    """(Steps, seconds) of every round of every program; round by round, each program once.

    A program that gives up is left out from then on, and named in ``missing`` with the reason.
    """
    missing = {} if missing is None else missing
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in runs}
    for number in range(1, rounds + 1):
        say(f"{title}: round {number} of {rounds}")
        for name, run in runs.items():
            if name not in found:
                continue
            gc.collect()
            time.sleep(PAUSE)
            began = time.perf_counter()
            try:
                ran = run()
            except Absent as reason:
                missing[name] = f"absent: {reason}"
                del found[name]
                continue
            seconds = time.perf_counter() - began
            found[name].append((ran.steps, ran.seconds) if isinstance(ran, Ran) else (ran, seconds))
    return found


def load_average() -> Sequence[float]:
    """The machine's load, by which a disturbed run is known; empty where the system does not tell."""
    return os.getloadavg() if hasattr(os, "getloadavg") else ()
