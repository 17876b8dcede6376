"""PyTorch, eager: nn.Sequential and Adam, with the data in memory and no DataLoader, whose workers cost far more."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Callable

from bench.cases import Case
from bench.peers import Program
from bench.peers.torch_model import ADAMS, calls, epoch, layouts
from bench.threads import LONG, quickest, worthwhile_counts

TITLE = "PyTorch"
TRIAL = 100  # steps, at most, by which the quickest way is chosen
STEPS = 2_000  # of an epoch, at most: a small network's whole epoch would keep all waiting


def available() -> bool:
    return importlib.util.find_spec("torch") is not None


def version() -> str:
    return importlib.metadata.version("torch")


def prepare(case: Case, threads: int) -> Program:
    case = case.at_most(STEPS)
    counts = worthwhile_counts(case, threads)
    if case.trains:
        programs = {
            ", ".join(filter(None, (adam, words, layout))): epoch(case, adam, count, layout)
            for words, count in counts.items()
            for layout in layouts(case)
            for adam in (ADAMS if case.flops < 10 * LONG else ["Adam(fused)"])  # Adam is not what takes the time there
        }
    else:
        programs = {
            ", ".join(filter(None, ("inference_mode", words, layout))): calls(case, count, layout)
            for words, count in counts.items()
            for layout in layouts(case)
        }
    steps = case.trial_steps(TRIAL)
    times = 3 if case.flops < LONG else 1
    best = quickest({name: functools.partial(run, steps) for name, run in programs.items()}, times)
    return Program(programs[best], f"eager, {best}: the quickest of {len(programs)} ways")


def plain(case: Case, threads: int) -> Callable[[], int]:
    """One way, without trials."""
    return epoch(case, "Adam(fused)", threads, layouts(case)[-1])
