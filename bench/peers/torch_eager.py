"""PyTorch, eager: nn.Sequential and Adam, with the data in memory and no DataLoader, whose workers cost far more."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util

from bench.cases import Case
from bench.peers import Program
from bench.peers.torch_model import ADAMS, epoch, layouts
from bench.threads import quickest, thread_counts

TITLE = "PyTorch"
TRIAL = 100  # steps, at most, by which the quickest way is chosen


def available() -> bool:
    return importlib.util.find_spec("torch") is not None


def version() -> str:
    return importlib.metadata.version("torch")


def prepare(case: Case, threads: int) -> Program:
    programs = {
        ", ".join(filter(None, (adam, words, layout))): epoch(case, adam, count, layout)
        for words, count in thread_counts(threads).items()
        for layout in layouts(case)
        for adam in ADAMS
    }
    steps = case.trial_steps(TRIAL)
    best = quickest({name: functools.partial(run, steps) for name, run in programs.items()})
    return Program(programs[best], f"eager, {best}: the quickest of {len(programs)} ways")
