"""What the project promises, and whether a run met it. Printed, never tested: times depend on the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.measure import CaseResult

REFERENCE = "pellucid"
# (case, peer): how many times as long as Pellucid the peer is to take, at least.
RATIOS = {
    ("12-3-2", "torch"): 60, ("12-3-2", "sklearn"): 40,
    ("8-12-8-1", "torch"): 60, ("8-12-8-1", "sklearn"): 40,
    ("64-32-10", "torch"): 15, ("64-32-10", "sklearn"): 8,
    ("784-128-10", "torch"): 2,
    ("lenet5", "torch"): 3, ("lenet5", "jax"): 6,  # later 4 for torch
    ("mnist_convnet", "torch"): 1.0,  # later 1.2
}  # fmt: skip
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
    for name, bound in WAITS.items():
        if waits and waits.get(name) is not None:
            floors.append(Floor(f"{WORDS[name]}, seconds", waits[name], bound, False))
    return floors
