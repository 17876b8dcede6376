"""Locks that a forked process finds open."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet


class Lock:
    """A lock for ``with lock.held``, which its holder may take again.

    A process that is forked while another thread holds it finds it open: that thread is not there to let go of it.

    Attributes
    ----------
    held : RLock
        What ``with`` takes: no call of Python stands between.
    """

    def __init__(self) -> None:
        self.held = threading.RLock()
        _KNOWN.add(self)

    def renew(self) -> None:
        """Forget who holds it."""
        self.held = threading.RLock()


_KNOWN: WeakSet[Lock] = WeakSet()


def _renew_all() -> None:
    for lock in list(_KNOWN):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
