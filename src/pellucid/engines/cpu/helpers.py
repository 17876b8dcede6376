"""Processes that help to compile. Numba compiles one function at a time in a process, whatever the number of threads.

A helper takes over nothing but time: one that cannot start, or cannot compile a kernel, leaves it to the one who asked.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from typing import Any

SERVE = "from pellucid.engines.cpu.helpers import serve; serve()"


class Helper:
    """A Python process that compiles one kernel after another; it finds modules where this process does.

    Raises
    ------
    OSError
        No process can be started.
    """

    def __init__(self) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip

    def compile(self, name: str, dtype: str) -> tuple[bytes, str] | None:
        """Machine code and symbol of a kernel, as ``compiler._compile`` gives them; None where it could not be made."""
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        try:
            pickle.dump((name, dtype), questions)
            questions.flush()
            made: tuple[bytes, str] | None = pickle.load(answers)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return None
        return made

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        with contextlib.suppress(OSError, ValueError):  # a pipe is closed, or full of the last question
            self._process.communicate()


def serve() -> None:
    """A helper's work: kernels' names come on standard input, their machine code goes to standard output."""
    questions = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a module prints when it is imported is no answer
    from pellucid.engines.cpu import compiler

    while True:
        try:
            name, dtype = pickle.load(questions)
        except EOFError:
            return
        made: Any = None
        with contextlib.suppress(Exception):  # whoever asked compiles it too, and says what is wrong
            made = compiler._compile(name, dtype)
        pickle.dump(made, answers)
        answers.flush()
