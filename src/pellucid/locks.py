"""Locks that a forked process finds open."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from weakref import WeakSet


class Lock:
    """A lock for ``with``, which its holder may take again.

    A process that is forked while another thread holds it finds it open: that thread is not there to let go of it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _KNOWN.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Forget who holds it."""
        self._lock = threading.RLock()


_KNOWN: WeakSet[Lock] = WeakSet()


def _renew_all() -> None:
    for lock in list(_KNOWN):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
