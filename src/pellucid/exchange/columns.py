"""The raw columns that an exported model takes: what every format needs to know of them."""

from __future__ import annotations

import datetime
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.columns import Category, Column, Date, Number, YesNo, days_of
from pellucid.tables.preparation import TablePreparation, preparation_of
from pellucid.tables.raw import RawTable

if TYPE_CHECKING:
    import polars as pl

    from pellucid.network import Network

ROWS = 8  # that are drawn for a test
FARTHEST = 700_000.0  # days from 1970 that a date of four digits surely holds


def table_of(net: Network, otherwise: str = "to None") -> TablePreparation | None:
    """The table's preparation that a model of the network begins with; None where the network has no such thing.

    Raises
    ------
    DataError
        The preparation is damaged, or makes not as many inputs as the network takes.
    """
    preparation = preparation_of(net.preparation)
    if preparation is None:
        return None
    makes = len(preparation.input_names)
    if net.input_shape != (makes,):
        raise DataError(
            f"The table's preparation makes {makes} inputs, but the network takes {net.input_shape}. Set "
            f"net.preparation to the one that it was trained with, or {otherwise}."
        )
    return preparation


def mark_numbers(preparation: TablePreparation, column: Column) -> list[float]:
    """Numbers that stand for a missing one in a column: of dates, days since 1970."""
    marks = preparation.marks.get(column.name, ())
    if marks and isinstance(column, Date):
        import polars as pl

        table = RawTable("", pl.DataFrame({column.name: list(marks)}), True, np.arange(len(marks)))
        days = days_of(table, column.name, column.format)
        return [float(day) for day in days if np.isfinite(day)]
    found = []
    for mark in marks:
        with suppress(ValueError):
            found.append(float(mark))
    return [number for number in found if number == number]


def draw_rows(preparation: TablePreparation, count: int = ROWS, seed: int = 0, usual: bool = False) -> pl.DataFrame:
    """Rows of the columns that are used, the same ones for each seed: usual values first, then gaps, new and marked
    ones among them; on request usual values alone."""
    import polars as pl

    rng = np.random.default_rng(seed)
    cells: dict[str, list[Any]] = {column.name: [] for column in preparation.used}
    for column in preparation.used:
        number = isinstance(column, Number)
        marks = mark_numbers(preparation, column) if number else preparation.marks.get(column.name, ())
        for row in range(count):
            chance = rng.random() if row and not usual else 1.0
            if chance < 0.15 or (row == 1 and not usual):
                cells[column.name].append(None)
            elif chance < 0.3 and marks:
                cells[column.name].append(marks[int(rng.integers(len(marks)))])
            else:
                cells[column.name].append(_cell(column, rng, new=chance < 0.45))
    return pl.DataFrame({name: pl.Series(name, column, strict=False) for name, column in cells.items()})


def _cell(column: Any, rng: np.random.Generator, new: bool) -> Any:
    """A cell of a column; a new value where the column knows values."""
    if isinstance(column, Number):
        drawn = column.median + column.scale * rng.normal()
        return round(float(drawn), 2 - math.floor(math.log10(column.scale)))  # as people write numbers
    if isinstance(column, Date):
        day = float(np.clip(column.middle + column.scale * rng.normal(), -FARTHEST, FARTHEST))
        time = datetime.datetime(1970, 1, 1) + datetime.timedelta(days=day if column.format else np.floor(day))
        return time.strftime((column.format or "%Y-%m-%d").replace("%.f", ""))
    assert isinstance(column, (YesNo, Category))
    known = [column.no, column.yes.upper(), column.yes] if isinstance(column, YesNo) else list(column.categories)
    known = [value for value in known if "\0" not in value]  # which no text of C can hold
    unknown = "new"
    while unknown in known:
        unknown += "er"
    return unknown if new or not known else known[int(rng.integers(len(known)))]
