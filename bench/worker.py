"""A peer in a process of its own: settings that count from a library's import on, and libraries that do not meet."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from bench.cases import Absent, Case, Unsupported
from bench.peers import Program, Ran
from bench.threads import quickest, worthwhile_counts

Build = Callable[[Case, int], Program]
PATIENCE = 90.0  # seconds that a worker may take to prepare, or to run: a peer that takes longer is named, not awaited


def in_worker(build: Build, case: Case, threads: int, environment: Mapping[str, str]) -> Program:
    """The program that ``build`` makes in a new process, where each run is timed.

    Parameters
    ----------
    build : callable
        A module's function, (case, threads) to program; its library is imported within.
    environment : mapping
        Variables that are set before.

    The process ends when the program is forgotten, for then its pipe closes. One that takes longer than ``PATIENCE``
    is ended, and its peer counts as absent.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    worker = context.Process(target=_serve, args=(there, build, case, threads, dict(environment)), daemon=True)
    worker.start()
    there.close()
    note = _answer(here, worker, "preparing")
    if not isinstance(note, str):
        raise TypeError(f"A worker began with {note!r}, expected a note")

    def run() -> Ran:
        here.send("run")
        ran = _answer(here, worker, "a run")
        assert isinstance(ran, Ran)
        return ran

    return Program(run, note)


def quickest_worker(build: Build, case: Case, threads: int, environment: Callable[[int], Mapping[str, str]]) -> Program:
    """One worker for every number of threads worth a trial, of which the quickest stays."""
    programs: dict[str, Program] = {}
    reason: Absent | None = None
    for words, count in worthwhile_counts(case, threads).items():
        try:
            programs[words] = in_worker(build, case, count, environment(count))
        except Absent as absent:
            reason = absent
    if not programs:
        assert reason is not None
        raise reason
    best = next(iter(programs))
    if len(programs) > 1:
        best = quickest({words: program.run for words, program in programs.items()}, times=2)
    return Program(programs[best].run, f"{programs[best].note}, {best}")


def _answer(pipe: Connection, worker: Any, doing: str) -> object:
    try:
        if not pipe.poll(PATIENCE):
            worker.kill()
            raise Absent(f"{doing} took more than {PATIENCE:.0f} s")
        answer = pipe.recv()
    except EOFError:
        raise Absent("its process ended without a word") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _serve(pipe: Connection, build: Build, case: Case, threads: int, environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    try:
        program = build(case, threads)
        pipe.send(program.note)
        while pipe.recv():
            gc.collect()
            began = time.perf_counter()
            steps = program.run()
            pipe.send(Ran(steps, time.perf_counter() - began))
    except (Unsupported, Absent) as reason:
        pipe.send(reason)
    except EOFError:
        return  # forgotten
    except Exception as failure:  # to be raised where it can be read
        pipe.send(RuntimeError(f"{type(failure).__name__}: {failure}"))
