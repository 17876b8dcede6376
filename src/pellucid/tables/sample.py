"""The first time that a table on disk is gone through: its rows counted, its classes collected, a sample drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.tables.parts import Parts
from pellucid.tables.raw import RawTable
from pellucid.tables.targets import MOST_CLASSES

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 100_000  # rows that the preparation is fitted on


def look_through(
    parts: Parts, target: str | int | None, held_out: float, seed: int
) -> tuple[RawTable, int, set[str] | None]:
    """A sample of the rows for training, the number of all rows, and the target's values (None: too many)."""
    import polars as pl

    aside, draws = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    count, values, first = 0, set[str](), None
    many = False
    kept: list[pl.DataFrame] = []
    keys = np.zeros(0)
    places = np.zeros(0, np.int64)
    for part in parts():
        first = part if first is None else first
        name = first.find(target)
        if not many:
            values.update(part.texts(name).drop_nulls().unique().to_list())
            many = len(values) > MOST_CLASSES
        train = ~(aside.random(len(part)) < held_out)
        keys = np.concatenate([keys, draws.random(len(part))[train]])
        places = np.concatenate([places, count + np.flatnonzero(train)])
        kept.append(part.frame.filter(pl.Series(train)))
        if len(keys) > 2 * SAMPLE:
            kept, keys, places = _smallest(kept, keys, places)
        count += len(part)
    assert first is not None
    kept, keys, places = _smallest(kept, keys, places)
    frame = pl.concat(kept, rechunk=True)
    if frame.is_empty():
        raise DataError(f"{first.place}: all rows are held out. Hold out a smaller share.")
    sample = replace(first, cells=frame, rows=places, locate=lambda row: _place(parts, row))
    return sample, count, None if many else values


def rows_aside(count: int, share: float, seed: int) -> NDArray[np.bool_]:
    """Which rows are held out."""
    return np.random.default_rng([seed, 1]).random(count) < share


def _place(parts: Parts, row: int) -> str:
    """What a row of the file is called, found by going through it again."""
    for part in parts():
        if row < len(part):
            return part.locate(int(part.rows[row]))
        row -= len(part)
    raise IndexError(row)


def _smallest(
    kept: list[pl.DataFrame], keys: NDArray[np.float64], places: NDArray[np.int64]
) -> tuple[list[pl.DataFrame], NDArray[np.float64], NDArray[np.int64]]:
    """The rows with the smallest keys, in their order."""
    import polars as pl

    if len(keys) <= SAMPLE:
        return kept, keys, places
    rows = np.sort(np.argpartition(keys, SAMPLE)[:SAMPLE])
    return [pl.concat(kept)[rows]], keys[rows], places[rows]
