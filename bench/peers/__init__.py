"""The peers, each a module of this folder: the list, and what every one of them has."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bench.cases import Case

# By the name on the command line: a module, or module:object. Pellucid comes first; ratios are taken to it.
PEERS = {
    "pellucid": "bench.peers.pellucid_fit",
    "torch": "bench.peers.torch_eager",
    "torch_compile": "bench.peers.torch_compile",
    "jax": "bench.peers.jax_epoch",
    "keras_jax": "bench.peers.keras_fit:JAX",
    "keras_tensorflow": "bench.peers.keras_fit:TENSORFLOW",
    "keras_torch": "bench.peers.keras_fit:TORCH",
    "sklearn": "bench.peers.scikit_learn",
    "fann": "bench.peers.fann",
    "onnxruntime": "bench.peers.onnx_runtime",
}


@dataclass(frozen=True)
class Ran:
    """What a run in a process of its own reports: its steps, and the seconds that it measured there."""

    steps: int
    seconds: float


@dataclass(frozen=True)
class Program:
    """A peer's training or prediction of a case, ready to run.

    Attributes
    ----------
    run : callable
        Trains for one whole epoch or several, with shuffling, or makes the case's calls; returns how many steps or
        calls it made, or a :class:`Ran`.
    note : str
        Which of its ways the peer took, for the report.
    """

    run: Callable[[], int | Ran]
    note: str = ""


class Peer(Protocol):
    """What a peer's module has."""

    TITLE: str

    def available(self) -> bool:
        """Whether it is installed; nothing heavy is imported."""

    def version(self) -> str:
        """Its version."""

    def prepare(self, case: Case, threads: int) -> Program:
        """Make the network and the data; raises ``Unsupported`` where the peer lacks what the case needs.

        ``Absent`` says that the peer is installed and cannot work on this machine.
        """

    # A peer whose memory is measured also has ``plain(case, threads)``, the training in one way without trials, and may
    # have ``environment(threads)``, variables to be set before its library is imported. See ``memory.py``.


def load_peer(name: str) -> Peer:
    """The peer of this name."""
    module, _, name = PEERS[name].partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found  # type: ignore[return-value]
