"""The recipe for tables, as plain data: what is tried, and how much of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pellucid.errors import DescriptionError


@dataclass(frozen=True)
class Candidate:
    """One kind of network that is tried.

    Attributes
    ----------
    name : str
    words : str
        What it is, for people.
    hidden : tuple of int
        Units of the hidden layers; none is a linear model (logistic regression where there are classes).
    activation : str
        Of the hidden layers.
    bins : int
        Stretches of a ``PiecewiseLinear`` layer at the start; 0 is none.
    rate : float
        Of Adam.
    smoothing : float
        Label smoothing, where there are classes.
    least_rows : int
        It is tried from so many training rows on.
    """

    name: str
    words: str
    hidden: tuple[int, ...] = (128,)
    activation: str = "silu"
    bins: int = 0
    rate: float = 0.005
    smoothing: float = 0.0
    least_rows: int = 0


# Below 300 rows inner folds cannot tell a linear model from a network, and choosing between them costs accuracy.
LINEAR = Candidate("linear", "a linear model", hidden=(), rate=0.02, smoothing=0.1, least_rows=300)
NETWORK = Candidate("network", "one hidden layer of 128 units", smoothing=0.1)
PIECEWISE = Candidate("piecewise", "piecewise-linear inputs and one hidden layer of 128 units", bins=8, least_rows=1000)


@dataclass(frozen=True)
class TableRecipe:
    """How :func:`fit_table` goes about it. The defaults were chosen by ``python -m bench.tables``.

    Attributes
    ----------
    candidates : tuple of Candidate
        Tried in this order, the simplest first.
    margin : float
        Of candidates whose error is within this share of the least, the first is taken.
    small : int
        Below so many rows, inner folds; from there on, one part is held out.
    folds : int
        Inner folds of a small table: as many members, each trained on all folds but one.
    members, held_out : int, float
        Of a large table: so many members, all trained on the rows but this share.
    updates : int
        About so many updates a member, while the epochs stay within ``least_epochs`` and ``most_epochs``.
    most_inputs : int
        Piecewise-linear inputs are tried while they are no more than this.
    average : float
        Decay of Adam's running average of the weights, which is what is judged and kept.
    """

    candidates: tuple[Candidate, ...] = (LINEAR, NETWORK, PIECEWISE)
    margin: float = 0.02
    small: int = 2000
    folds: int = 5
    members: int = 3
    held_out: float = 0.15
    updates: int = 2000
    least_epochs: int = 20
    most_epochs: int = 150
    most_inputs: int = 1000
    average: float = 0.99

    def __post_init__(self) -> None:
        candidates = tuple(Candidate(**c) if isinstance(c, Mapping) else c for c in self.candidates)
        object.__setattr__(self, "candidates", tuple(candidates))
        if not candidates or not all(isinstance(c, Candidate) for c in candidates):
            raise DescriptionError("TableRecipe: candidates must be a tuple of Candidate, at least one.")
        if len({c.name for c in candidates}) < len(candidates):
            raise DescriptionError("TableRecipe: give every candidate a name of its own.")
        if self.folds < 2 or self.members < 1 or not 0 < self.held_out < 1:
            raise DescriptionError("TableRecipe: folds must be at least 2, members at least 1, held_out in (0, 1).")

    def batch_size(self, rows: int) -> int:
        """Rows of an update: the larger the table, the more."""
        return 16 if rows < 300 else 32 if rows < 2000 else 128 if rows < 20000 else 256

    def epochs(self, rows: int) -> int:
        """Epochs that are tried; the one that is kept is chosen among them."""
        wanted = math.ceil(self.updates * self.batch_size(rows) / rows)
        return min(self.most_epochs, max(self.least_epochs, wanted))

    def chosen(self, rows: int, inputs: int) -> tuple[Candidate, ...]:
        """The candidates that are tried on a table of this size."""
        return tuple(
            c for c in self.candidates if rows >= c.least_rows and c.bins * inputs <= self.most_inputs
        ) or self.candidates[:1]  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data, for the model file; ``TableRecipe(**plain)`` makes it again."""
        plain = asdict(self)
        return plain | {"candidates": [c | {"hidden": list(c["hidden"])} for c in plain["candidates"]]}
