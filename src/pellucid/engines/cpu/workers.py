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
        self._lock = threading.Lock()

    def run(self, function: Callable[[int], object], count: int) -> None:
        """Call ``function(worker)`` for each worker."""
        if count == 1:  # nobody to wait for: several networks may train at once, each on the thread that asked
            function(0)
            return
        with self._lock:
            self._need(count - 1)
            done: queue.SimpleQueue = queue.SimpleQueue()  # of this call alone: Ctrl-C may keep us from emptying it
            for worker in range(1, count):
                self._tasks[worker - 1].put((function, worker, done))
            function(0)
            for _ in range(1, count):
                done.get()

    def _need(self, count: int) -> None:
        while len(self._tasks) < count:
            tasks: queue.SimpleQueue = queue.SimpleQueue()
            threading.Thread(target=self._wait, args=(tasks,), daemon=True, name="pellucid").start()
            self._tasks.append(tasks)  # not where no thread could be started: nobody would do what is put there

    def forget(self) -> None:
        """In a forked process: the threads are gone, and one of them may have held the lock."""
        self._tasks, self._lock = [], threading.Lock()

    @staticmethod
    def _wait(tasks: queue.SimpleQueue) -> None:
        while True:
            function, worker, done = tasks.get()
            function(worker)
            done.put(worker)


class Crew:
    """How many workers the steps of a program are given: what has lately been quickest.

    Workers wait for each other several times in a step. Where other programs use the machine too, one that has lost
    its core holds up all; then fewer are quicker. So now and then a slice of steps is given to another number, and the
    quickest is kept. Results do not depend on the number.
    """

    FIRST = 0.3  # seconds of work before the first trial: shorter trainings take all workers
    PATIENCE = 3.0  # seconds of work between two trials
    SHARE = 0.05  # of the time that trials may take
    GAIN = 0.9  # of the time that a step takes now: what another number must get below

    def __init__(self, most: int) -> None:
        self.best = most
        self._pace: dict[int, float] = {}  # the least seconds a step of each number in this trial
        self._trial: list[int] = []  # the numbers still to be tried in it
        self._spent = 0.0  # seconds of this trial so far
        self._worked = 0.0  # seconds of work so far
        self._until = self.FIRST  # of work, when the next one begins

    def next(self, most: int) -> int:
        """How many workers the next slice gets, ``most`` at the most."""
        if most == 1:
            return 1
        if not self._trial and self._worked >= self._until:
            others = {most >> k for k in range(most.bit_length())} - {self.best}
            self._trial = [self.best, *sorted(others)] * 2
            self._pace, self._spent = {}, 0.0
        return min(self._trial[0] if self._trial else self.best, most)

    def note(self, workers: int, steps: int, seconds: float) -> None:
        """Take in how long a slice took."""
        self._worked += seconds
        if self._trial:
            self._trial.pop(0)
            self._pace[workers] = min(seconds / steps, self._pace.get(workers, seconds))
            self._spent += seconds
            if not self._trial:
                quickest = min(self._pace, key=self._pace.__getitem__)
                if self._pace[quickest] < self.GAIN * self._pace[self.best]:
                    self.best = quickest
                self._until = self._worked + max(self.PATIENCE, self._spent / self.SHARE)


WORKERS = Workers()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WORKERS.forget)
