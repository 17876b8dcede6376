"""What the project promises, and whether a run met it. Printed, never tested: times depend on the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.measure import CaseResult

REFERENCE = "pellucid"
# (case, peer): how many times as long as Pellucid the peer is to take, at least.
RATIOS = {
    ("12-3-2", "torch"): 100, ("12-3-2", "sklearn"): 50, ("12-3-2", "fann"): 1.5,
    ("8-12-8-1", "torch"): 100, ("8-12-8-1", "sklearn"): 50, ("8-12-8-1", "fann"): 1.5,
    ("64-32-10", "torch"): 25, ("64-32-10", "sklearn"): 12,
    ("784-128-10", "torch"): 2.5, ("784-128-10", "jax"): 1.3,
    ("784-512-512-10", "torch"): 1.5,
    ("lenet5", "torch"): 4, ("lenet5", "jax"): 6,
    ("mnist_convnet", "torch"): 1.2,
    ("64-32-10/one-row", "sklearn"): 10, ("64-32-10/one-row", "onnxruntime"): 1,
    ("784-128-10/one-row", "sklearn"): 10, ("784-128-10/one-row", "onnxruntime"): 1,
}  # fmt: skip
# Of the speed of matrix products on as many threads, which take their turn beside the peers, at least.
SHARES = {"784-512-512-10": 0.6}
# A whole training of Pima, from the start of the process to its end: how many times as long Keras's quickest backend is
# to take, at least.
COMMAND = 20
# Seconds at most.
WAITS = {"import_pellucid": 0.5, "first": 15.0, "later": 0.5}
WORDS = {
    "import_pellucid": "import of pellucid",
    "import_numpy": "import of numpy, beside it",
    "first": "first training on a machine",
    "later": "first training of later processes",
    "command": "whole command: pellucid train digits",
}


@dataclass(frozen=True)
class Floor:
    """A promise and what was measured."""

    what: str
    measured: float
    bound: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether it was kept."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


def check_floors(results: Sequence[CaseResult], waits: Mapping[str, Any] | None) -> list[Floor]:
    """The floors of whatever was measured."""
    floors = []
    for result in results:
        for (case, peer), bound in RATIOS.items():
            if case == result.case.name and {peer, REFERENCE} <= result.timings.keys():
                floors.append(Floor(f"{case}: {peer} ÷ {REFERENCE}", result.ratio(peer, REFERENCE), bound, True))
        name = result.case.name
        if name in SHARES and result.products and REFERENCE in result.timings:
            share = result.share(REFERENCE)
            floors.append(Floor(f"{name}: share of the matrix product's speed", share, SHARES[name], True))
    for name, bound in WAITS.items():
        if waits and waits.get(name) is not None:
            floors.append(Floor(f"{WORDS[name]}, seconds", waits[name], bound, False))
    return floors
