"""Worker threads that wait for the next call. The caller's own thread is worker 0."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Runs one function on several threads at once, each with its number.

    The function is machine code that lets go of Python's lock, and its threads wait for each other inside, so all of
    them must be running: one call at a time.
    """

    def __init__(self) -> None:
        self._tasks: list[queue.SimpleQueue] = []
        self._done: queue.SimpleQueue = queue.SimpleQueue()
        self._process = os.getpid()
        self._lock = threading.Lock()

    def run(self, function: Callable[[int], object], count: int) -> None:
        """Call ``function(worker)`` for each worker."""
        with self._lock:
            self._need(count - 1)
            for worker in range(1, count):
                self._tasks[worker - 1].put((function, worker))
            function(0)
            for _ in range(1, count):
                self._done.get()

    def _need(self, count: int) -> None:
        if self._process != os.getpid():  # after a fork the threads are gone
            self._tasks, self._done, self._process = [], queue.SimpleQueue(), os.getpid()
        while len(self._tasks) < count:
            tasks: queue.SimpleQueue = queue.SimpleQueue()
            self._tasks.append(tasks)
            threading.Thread(target=self._wait, args=(tasks, self._done), daemon=True, name="pellucid").start()

    @staticmethod
    def _wait(tasks: queue.SimpleQueue, done: queue.SimpleQueue) -> None:
        while True:
            function, worker = tasks.get()
            function(worker)
            done.put(worker)


WORKERS = Workers()
