"""Threads: how many there may be, the same limit for all, and the quickest of several ways within it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from bench.cases import Case

LONG = 100_000_000  # flops of a step that all threads are surely better for
TIE = 1.1  # list ways with fewer threads first: of two that are as quick, they suffer less from other work


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def same_threads(threads: int) -> AbstractContextManager[Any]:
    """Limit all thread pools (BLAS, OpenMP) that are loaded by now."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(threads)
    return limits


def quickest(trials: Mapping[str, Callable[[], object]], times: int = 3) -> str:
    """The name of the trial with the least time; they run in turn, after a warm-up. A near tie goes to the earlier one.

    A peer whose ways differ (kinds of Adam; one thread or all, where a small step is better off with one) gets its best
    one, as Pellucid does, which shares a step out among threads only where that pays.
    """
    seconds = dict.fromkeys(trials, float("inf"))
    for run in trials.values():
        run()
    for _ in range(times):
        for name, run in trials.items():
            began = time.perf_counter()
            run()
            seconds[name] = min(seconds[name], time.perf_counter() - began)
    least = min(seconds.values())
    return next(name for name in trials if seconds[name] <= TIE * least)


def thread_counts(threads: int) -> dict[str, int]:
    """One thread, and all that are allowed, by their words."""
    return {"1 thread": 1} | ({f"{threads} threads": threads} if threads > 1 else {})


def worthwhile_counts(case: Case, threads: int) -> dict[str, int]:
    """Of :func:`thread_counts`, those worth a process or a compilation each: for long steps, all threads."""
    counts = thread_counts(threads)
    return counts if case.flops < LONG else dict(list(counts.items())[-1:])
