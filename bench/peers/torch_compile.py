"""PyTorch with torch.compile, which makes C++ of the network, or of the whole step with Adam."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from bench.cases import Absent, Case
from bench.peers import Program
from bench.peers.torch_model import epoch, layouts
from bench.threads import quickest, worthwhile_counts

TITLE = "PyTorch compiled"
TRIAL = 100  # steps, at most, by which the quickest way is chosen
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
    """Every way costs a compilation: the first one finds the layout and threads that the others take."""
    import torch

    torch.compiler.reset()  # another case's compilations count towards a limit, past which nothing is compiled any more
    places = {
        ", ".join(filter(None, (words, layout))): (count, layout)
        for words, count in worthwhile_counts(case, threads).items()
        for layout in layouts(case)
    }
    first, *others = WAYS
    trial = functools.partial(_trial, steps=case.trial_steps(TRIAL))
    failures: list[Exception] = []
    runs = _compiled(case, {name: (first, *place) for name, place in places.items()}, failures)
    if not runs:
        raise Absent(f"torch.compile failed, {type(failures[0]).__name__}: {str(failures[0]).strip().splitlines()[0]}")
    place = trial(runs)
    runs = {first: runs[place]} | _compiled(case, {way: (way, *places[place]) for way in others}, failures)
    best = trial(runs)
    failed = f", of which {len(failures)} failed" if failures else ""
    return Program(runs[best], f"compiled {best}, {place}: the quickest of {len(places) + len(others)} ways{failed}")


def _trial(runs: Mapping[str, Callable[..., int]], steps: int) -> str:
    return quickest({name: functools.partial(run, steps) for name, run in runs.items()})


def _compiled(
    case: Case, ways: Mapping[str, tuple[str, int, str]], failures: list[Exception]
) -> dict[str, Callable[..., int]]:
    """The ways that can be compiled; why others cannot is added to ``failures``."""
    import torch

    runs = {}
    for name, (way, threads, layout) in ways.items():
        part, mode, adam = WAYS[way]
        compiling: dict[str, Any] = {part: functools.partial(torch.compile, mode=mode, dynamic=False)}
        torch.set_num_threads(threads)  # the number of threads is compiled in
        run = epoch(case, adam, threads, layout, **compiling)
        try:
            run(2)
        except Exception as failure:  # whatever the compiler, or its compiler, has to say
            failures.append(failure)
        else:
            runs[name] = run
    return runs
