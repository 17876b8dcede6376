"""The peers, each a module of this folder: the list, and what every one of them has."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bench.cases import Case

# By the name on the command line. Pellucid comes first; ratios are taken to it.
PEERS = {
    "pellucid": "bench.peers.pellucid_fit",
    "torch": "bench.peers.torch_eager",
    "sklearn": "bench.peers.scikit_learn",
}


@dataclass(frozen=True)
class Program:
    """A peer's training of a case, ready to run.

    Attributes
    ----------
    run : callable
        Trains for one whole epoch or several, with shuffling, and returns how many steps it made.
    note : str
        Which of its ways the peer took, for the report.
    """

    run: Callable[[], int]
    note: str = ""


class Peer(Protocol):
    """What a peer's module has."""

    TITLE: str

    def available(self) -> bool:
        """Whether it is installed; nothing heavy is imported."""

    def version(self) -> str:
        """Its version."""

    def prepare(self, case: Case, threads: int) -> Program:
        """Make the network and the data; raises ``Unsupported`` where the peer lacks what the case needs."""


def load_peer(name: str) -> Peer:
    """The peer of this name."""
    return importlib.import_module(PEERS[name])  # type: ignore[return-value]
