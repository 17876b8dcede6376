"""The columns of a table as a network takes them: each kind knows its inputs, and how a cell becomes numbers.

A column is plain data and can be worked out by hand:

number    (x − median) / scale, then x / √(1 + (x/8)²), which keeps far values below 8; a gap is 0
yes/no    0 or 1; a gap, or a value that is neither, is ½
category  one input for each category, 1 for the cell's own; all 0 where the category is new
          or one code for an Embedding: 0 new or rare, 1 a gap, 2 and on the categories
date      the day as a number, and sine and cosine of its place in the year, the week, the day
dropped   nothing

A column that had gaps in training has one more input, 1 for a gap and else 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.named import Kind, Table
from pellucid.tables.raw import RawTable, cut, is_text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
UNSEEN, GAP, FIRST = 0, 1, 2  # codes of an embedded column
FAR = 8.0  # what far values of a scaled number come near to
PARTS = {"year": 365.2425, "week": 7.0, "day": 1.0}  # cycles of a date, in days
DAY = 86_400.0


@dataclass(frozen=True)
class Column(Kind):
    """A column and what becomes of it.

    Attributes
    ----------
    name : str
        Of the column.
    gaps : int
        Cells that were missing among the rows that it was fitted on.
    """

    name: str
    gaps: int = 0

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs, but for a code."""
        return self.own_inputs + ((f"{self.name} missing",) if self.gaps and self.own_inputs else ())

    @property
    def own_inputs(self) -> tuple[str, ...]:
        """The same without the one for gaps."""
        raise NotImplementedError

    @property
    def codes(self) -> int:
        """How many codes an Embedding takes of it; 0 where it has inputs instead."""
        return 0

    @property
    def title(self) -> str:
        """The kind in words."""
        return self.kind

    @property
    def becomes(self) -> str:
        """What becomes of it, in words."""
        raise NotImplementedError

    def values(self, table: RawTable) -> Floats:
        """The column's inputs, (rows, own inputs), or its codes (rows, 1)."""
        raise NotImplementedError

    def transform(self, table: RawTable) -> Floats:
        """The column's inputs with the one for gaps, or its codes."""
        values = self.values(table)
        if not self.gaps or self.codes or not self.own_inputs:
            return values
        return np.column_stack([values, table.missing(self.name).astype(float)])

    def unseen(self, table: RawTable) -> int:
        """How many cells hold a category that was not among the rows that it was fitted on."""
        return 0

    @property
    def usual_cell(self) -> Any:
        """The cell of a usual row: the median, the middle date, or the value of most rows; None where not known."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form, fit for JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in super().to_dict().items()}


def checked_numbers(table: RawTable, name: str) -> Floats:
    """The numbers of a column; NaN for gaps.

    Raises
    ------
    DataError
        A cell is text, or not finite: its row and column.
    """
    values = table.numbers(name)
    gaps = table.missing(name)
    wrong = ~np.isfinite(values) & ~gaps
    if wrong.any():
        row = int(np.argmax(wrong))
        cell = str(table.frame[name][row])
        count = int(wrong.sum())
        if np.isnan(values[row]):
            expected, those = "a number", "1 cell of the column is no number" if count == 1 else (
                f"{count:,} cells of the column are no numbers")  # fmt: skip
        else:
            expected, those = "a finite number", "1 cell of the column is infinite or no number" if count == 1 else (
                f"{count:,} cells of the column are infinite or no numbers")  # fmt: skip
        raise DataError(
            f'{table.where(row, name)}: expected {expected}, got "{cut(cell)}". {those}. '
            f"Correct such cells, or leave them empty where the value is not known."
        )
    return values


def squashed(z: Floats) -> Floats:
    """z / √(1 + (z/8)²): nearly z within ±3, never beyond ±8.

    The form is that of Holzmüller, Grinsztajn and Steinwart 2024, whose bound of 3 cost half a point of accuracy on
    the Pima table: what lies far from the middle says something there.

    >>> squashed(np.array([0.0, 1.0, 1e9])).round(3).tolist()
    [0.0, 0.992, 8.0]
    """
    return z / np.sqrt(1.0 + (z / FAR) ** 2)


@dataclass(frozen=True)
class Number(Column):
    """A number: scaled by its quartiles, then squashed. Gaps become the median."""

    kind = "number"
    median: float = 0.0
    scale: float = 1.0

    @property
    def own_inputs(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def usual_cell(self) -> float:
        return self.median

    @property
    def becomes(self) -> str:
        return f"(x − {self.median:g}) / {self.scale:g}, squashed" + (", and 1 where missing" if self.gaps else "")

    def values(self, table: RawTable) -> Floats:
        x = checked_numbers(table, self.name)
        return self.scaled(np.where(np.isnan(x), self.median, x))[:, np.newaxis]

    def scaled(self, x: Floats) -> Floats:
        """Numbers in the column's own units as the network takes them."""
        return squashed((x - self.median) / self.scale)

    def unscaled(self, z: Floats) -> Floats:
        """What the network takes in the column's own units: the inverse of :meth:`scaled`.

        >>> column = Number("age", median=40.0, scale=10.0)
        >>> column.unscaled(column.scaled(np.array([20.0, 40.0, 95.0]))).round(9).tolist()
        [20.0, 40.0, 95.0]
        """
        return self.median + self.scale * z / np.sqrt(1.0 - np.minimum(np.abs(z) / FAR, 1.0 - 1e-12) ** 2)


@dataclass(frozen=True)
class YesNo(Column):
    """One of two values: 0 for ``no``, 1 for ``yes`` (in small letters), ½ for a gap or anything else."""

    kind = "yes/no"
    no: str = "no"
    yes: str = "yes"
    usual: str | None = None  # the value of most rows

    @property
    def own_inputs(self) -> tuple[str, ...]:
        return (f"{self.name}={self.yes}",)

    @property
    def usual_cell(self) -> str | None:
        return self.usual

    @property
    def becomes(self) -> str:
        return f'0 for "{self.no}", 1 for "{self.yes}"' + (", and 1 where missing" if self.gaps else "")

    def values(self, table: RawTable) -> Floats:
        texts = plain_texts(table, self.name)
        no, yes = ((texts == value).fill_null(False).to_numpy() for value in (self.no, self.yes))
        return np.where(yes, 1.0, np.where(no, 0.0, 0.5))[:, np.newaxis]

    def unseen(self, table: RawTable) -> int:
        texts = plain_texts(table, self.name).drop_nulls()
        return len(texts) - int(texts.is_in([self.no, self.yes]).sum())


@dataclass(frozen=True)
class Category(Column):
    """One of several values: an input for each, or a code that an Embedding turns into ``units`` numbers."""

    kind = "category"
    categories: tuple[str, ...] = ()
    units: int = 0
    rare: int = 0  # categories too rare for a code of their own
    usual: str | None = None  # the value of most rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(self.categories))

    @property
    def title(self) -> str:
        return "text label" if self.units else "category"

    @property
    def own_inputs(self) -> tuple[str, ...]:
        return () if self.units else tuple(f"{self.name}={category}" for category in self.categories)

    @property
    def codes(self) -> int:
        return FIRST + len(self.categories) if self.units else 0

    @property
    def usual_cell(self) -> str | None:
        return self.usual

    @property
    def becomes(self) -> str:
        count = f"{len(self.categories):,} categor{'y' if len(self.categories) == 1 else 'ies'}"
        if not self.units:
            return f"{count}, an input for each" + (", and 1 where missing" if self.gaps else "")
        shared = "1 rare one has the code of new ones" if self.rare == 1 else f"{self.rare:,} rare ones share a code"
        rare = f" ({shared})" if self.rare else ""
        return f"{count}{rare}, embedded in {self.units} numbers"

    def values(self, table: RawTable) -> Floats:
        codes = self._codes(table)
        if self.units:
            return codes[:, np.newaxis].astype(float)
        own = np.arange(FIRST, FIRST + len(self.categories))
        return np.asarray(codes[:, np.newaxis] == own, float)

    def unseen(self, table: RawTable) -> int:
        return 0 if self.rare else int((self._codes(table) == UNSEEN).sum())

    def _codes(self, table: RawTable) -> NDArray[np.int64]:
        import polars as pl

        texts = table.texts(self.name)
        if not self.categories:
            known = pl.Series([None] * len(texts), dtype=pl.Int64)
        else:
            codes = pl.Series(np.arange(FIRST, FIRST + len(self.categories)), dtype=pl.Int64)
            known = texts.replace_strict(pl.Series(self.categories), codes, default=None, return_dtype=pl.Int64)
        found = known.fill_null(UNSEEN).to_numpy()
        return np.where(texts.is_null().to_numpy(), GAP, found).astype(np.int64)


@dataclass(frozen=True)
class Date(Column):
    """A date or a time: how far from the middle of the training's, and where in the year, the week and the day.

    ``middle`` and ``scale`` are days since 1970; ``cycles`` are names of PARTS. A gap is 0 everywhere.
    """

    kind = "date"
    format: str | None = None
    middle: float = 0.0
    scale: float = 1.0
    cycles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cycles", tuple(self.cycles))

    @property
    def own_inputs(self) -> tuple[str, ...]:
        return (self.name, *(f"{self.name} {turn} of {cycle}" for cycle in self.cycles for turn in ("sine", "cosine")))

    @property
    def usual_cell(self) -> datetime:
        return datetime(1970, 1, 1) + timedelta(days=self.middle)

    @property
    def becomes(self) -> str:
        written = "" if self.format is None else f"read as {self.format}; "
        around = "".join(f", place in the {cycle}" for cycle in self.cycles)
        return f"{written}days{around}" + (", and 1 where missing" if self.gaps else "")

    def values(self, table: RawTable) -> Floats:
        days = days_of(table, self.name, self.format)
        wrong = np.isnan(days) & ~table.missing(self.name)
        if wrong.any():
            row = int(np.argmax(wrong))
            form = "a date" if self.format is None else f"a date written as {self.format}"
            cells = "1 cell of the column is none" if wrong.sum() == 1 else f"{int(wrong.sum()):,} cells are none"
            raise DataError(
                f'{table.where(row, self.name)}: expected {form}, got "{cut(str(table.frame[self.name][row]))}". '
                f"{cells}. Correct such cells, or leave them empty where the date is not known."
            )
        gap = np.isnan(days)
        parts = [squashed((np.where(gap, self.middle, days) - self.middle) / self.scale)]
        for cycle in self.cycles:
            angle = 2 * np.pi * np.where(gap, 0.0, days) / PARTS[cycle]
            parts += [np.where(gap, 0.0, np.sin(angle)), np.where(gap, 0.0, np.cos(angle))]
        return np.column_stack(parts)


@dataclass(frozen=True)
class Dropped(Column):
    """A column that is left out, and why: "constant", "unique id", "ignored"."""

    kind = "dropped"
    found: str = "ignored"
    why: str = ""

    @property
    def title(self) -> str:
        return self.found

    @property
    def own_inputs(self) -> tuple[str, ...]:
        return ()

    @property
    def becomes(self) -> str:
        return f"left out: {self.why}"

    def values(self, table: RawTable) -> Floats:
        return np.zeros((len(table), 0))


COLUMNS: Table[Column] = Table("column", [Number, YesNo, Category, Date, Dropped])


def from_plain(plain: dict[str, Any]) -> Column:
    """The column that :meth:`Column.to_dict` described."""
    return COLUMNS.get(plain)


def plain_texts(table: RawTable, name: str) -> pl.Series:
    """A column's cells in small letters; 1.0 is 1."""
    return table.texts(name).str.to_lowercase().str.replace(r"^(\d+)\.0+$", "$1")


def days_of(table: RawTable, name: str, form: str | None) -> Floats:
    """A column's dates as days since 1970, with the time of day as a part of a day; NaN where there is none.

    Typed dates are taken as they are; text is read by ``form``, or as 2025-01-31.
    """
    import polars as pl

    cells = table.frame[name]
    if cells.dtype == pl.Datetime:
        times = cells.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    elif cells.dtype == pl.Date:
        times = cells.cast(pl.Datetime("us"))
    elif not is_text(cells):
        return np.full(len(cells), np.nan)
    elif form is not None and "%H" in form:
        times = table.texts(name).str.to_datetime(form, strict=False, time_unit="us")
    else:
        times = table.texts(name).str.to_date(form or "%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    micros = times.to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()
    days: Floats = micros / (1e6 * DAY)
    return days
