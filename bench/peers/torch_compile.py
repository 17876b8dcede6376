"""PyTorch with torch.compile, which makes C++ of the network, or of the whole step with Adam."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench.cases import Absent, Case
from bench.peers import Program
from bench.peers.torch_model import calls, epoch, layouts
from bench.threads import quickest, worthwhile_counts
from bench.worker import in_worker

TITLE = "PyTorch compiled"
TRIAL = 100  # steps, at most, by which the quickest way is chosen
STEPS = 2_000  # of an epoch, at most
TRYING = 40.0  # seconds of compilation after which no further way is begun
# What is compiled, in which mode, beside which kind of Adam; as part of a whole step, Adam is compiled too. Modes that
# tune longer (max-autotune) are left out: their trials last longer than all the rest of the bench.
WAYS = {
    "network": ("wrap_net", "default", "Adam(fused)"),
    "whole step": ("wrap_step", "default", "Adam(foreach)"),
}


def available() -> bool:
    return importlib.util.find_spec("torch") is not None


def version() -> str:
    return importlib.metadata.version("torch")


def prepare(case: Case, threads: int) -> Program:
    """In a process of its own, which can be ended where compilation takes too long."""
    return in_worker(build, case, threads, {"TORCHINDUCTOR_COMPILE_THREADS": "1", "OMP_NUM_THREADS": str(threads)})


def build(case: Case, threads: int) -> Program:
    """Every way costs a compilation: the first one finds the layout and threads that the others take."""
    case = case.at_most(STEPS)
    until = time.perf_counter() + TRYING
    places = {
        ", ".join(filter(None, (words, layout))): (count, layout)
        for words, count in worthwhile_counts(case, threads).items()
        for layout in reversed(layouts(case))
    }
    first, *others = WAYS
    trial = functools.partial(_trial, steps=case.trial_steps(TRIAL))
    failures: list[Exception] = []
    runs = _compiled(case, {name: (first, *place) for name, place in places.items()}, failures, until)
    if not runs:
        raise Absent(f"torch.compile failed, {type(failures[0]).__name__}: {str(failures[0]).strip().splitlines()[0]}")
    place = trial(runs)
    tried = len(runs) + len(failures)
    if not case.trains:
        return Program(runs[place], f"compiled, {place}: the quickest of {tried} ways")
    runs = {first: runs[place]}
    runs |= _compiled(case, {way: (way, *places[place]) for way in others}, failures, until)
    best = trial(runs)
    tried += len(runs) - 1
    failed = f", of which {len(failures)} failed" if failures else ""
    late = len(places) + len(others) - tried
    left = f", {late} left out after {TRYING:.0f} s of compilation" if late else ""
    return Program(runs[best], f"compiled {best}, {place}: the quickest of {tried} ways{failed}{left}")


def _trial(runs: Mapping[str, Callable[..., int]], steps: int) -> str:
    return quickest({name: functools.partial(run, steps) for name, run in runs.items()})


def _compiled(
    case: Case, ways: Mapping[str, tuple[str, int, str]], failures: list[Exception], until: float
) -> dict[str, Callable[..., int]]:
    """The ways that can be compiled, begun before ``until``; why others cannot is added to ``failures``."""
    import torch

    runs = {}
    for name, (way, threads, layout) in ways.items():
        if (runs or way != next(iter(WAYS))) and time.perf_counter() > until:
            break
        part, mode, adam = WAYS[way]
        compiling: dict[str, Any] = {part: functools.partial(torch.compile, mode=mode, dynamic=False)}
        torch.set_num_threads(threads)  # the number of threads is compiled in
        if case.trains:
            run = epoch(case, adam, threads, layout, **compiling)
        else:
            run = calls(case, threads, layout, **compiling)
        try:
            run(2)
        except Exception as failure:  # whatever the compiler, or its compiler, has to say
            failures.append(failure)
        else:
            runs[name] = run
    return runs
