"""A table as it was read: columns with names, cells as they stand in the source, and where each cell stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, nearest
from pellucid.tables.number_cells import NumberCells, as_csv

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "?", "-", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL")
MOST_LISTED = 20  # column names in an error
COMMA_NUMBER = r"^[+-]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][+-]?\d+)?$"


class NoColumnError(DataError):
    """A table has no such column."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """Rows of a table before anything is made of them.

    Made by :func:`~pellucid.tables.read.read_table`. ``table[rows]`` takes rows by their numbers, ``len(table)`` counts
    them, and ``shape`` is (rows, columns).

    Attributes
    ----------
    place : str
        The file's name, or what the table is called in an error ("X").
    cells : polars.DataFrame or NumberCells
        Text as it stands in a CSV file, or typed columns; ``frame`` is always a table of polars.
    named : bool
        Whether the source has names of columns; else they are "column 1", "column 2", …
    decimal : str
        The sign before the decimals of numbers that are text.
    notes : tuple of str
        What was found while reading that the user should know: an encoding, decimal commas.
    rows : int64 ndarray (n,)
        Which row of the source each row is; for a CSV file its record.
    locate : function of a row of the source
        What such a row is called in an error: "line 3" of a file, "row 3" of a table.
    """

    place: str
    cells: pl.DataFrame | NumberCells
    named: bool
    rows: NDArray[np.int64]
    decimal: str = "."
    notes: tuple[str, ...] = ()
    locate: Callable[[int], str] = "row {}".format

    @property
    def frame(self) -> pl.DataFrame:
        """The cells as a table of polars."""
        return self.cells.frame if isinstance(self.cells, NumberCells) else self.cells

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(self.cells.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.cells.shape

    def __len__(self) -> int:
        return self.cells.height

    def __getitem__(self, rows: Any) -> RawTable:
        chosen = np.atleast_1d(np.arange(len(self))[rows])
        return replace(self, cells=self.cells[chosen], rows=self.rows[chosen])

    def without(self, *names: str) -> RawTable:
        """The table without these columns."""
        return replace(self, cells=self.cells.drop(list(names)))

    def renamed(self, names: tuple[str, ...]) -> RawTable:
        """The table with other names of all columns."""
        return replace(self, cells=self.cells.rename(dict(zip(self.columns, names, strict=True))), named=True)

    def where(self, row: int, column: str) -> str:
        """The place of a cell in words; the row counts from 0 within this table."""
        return f'{self.place}, {self.locate(int(self.rows[row]))}, column "{cut(column)}"'

    def find(self, column: str | int | None) -> str:
        """The name of the column that is meant by a name or by a number from 1; the last one if not given.

        Raises
        ------
        DataError
        """
        names = self.columns
        if column is None:
            return names[-1]
        if column in names:
            return str(column)
        number = int(column) if isinstance(column, int) or re.fullmatch(r"[+-]?\d{1,9}", column) else None
        if number is None:
            raise NoColumnError(
                f'{self.place}: no column "{column}".{nearest(column, names)} Columns: {listed(names)}.'
            )
        if not 1 <= number <= len(names):
            raise NoColumnError(f"{self.place}: no column {number}. Columns are counted from 1 to {len(names)}.")
        return names[number - 1]

    def blanked(self, marks: Mapping[str, tuple[str, ...]]) -> RawTable:
        """The table with gaps where a column's cell is one of its marks, such as a 0 that stands for "not measured".

        A mark that is a number stands for that number however it is written.
        """
        if not marks:
            return self
        import polars as pl

        frame = self.frame
        for column, values in marks.items():
            if column not in frame.columns:
                continue
            texts, numbers = self.texts(column), self.numbers(column)
            gap = np.asarray(texts.is_in(list(values)).fill_null(False).to_numpy(), bool)
            for value in values:
                with suppress(ValueError):
                    gap |= numbers == float(value)
            kept = pl.Series(~gap)
            nothing = pl.Series([None], dtype=frame[column].dtype).new_from_index(0, frame.height)
            frame = frame.with_columns(frame[column].zip_with(kept, nothing).alias(column))
        return replace(self, cells=frame)

    def is_text(self, column: str) -> bool:
        """Whether a column's cells are text, as all are in a CSV file."""
        return isinstance(self.cells, NumberCells) or is_text(self.cells[column])

    def to_csv(self, header: bool = True) -> str:
        """The table as text, commas between the cells."""
        return as_csv(self.cells, header)

    def missing(self, column: str) -> NDArray[np.bool_]:
        """Which cells of a column are gaps: empty, or written as one of MISSING; NaN in a column of numbers."""
        if isinstance(self.cells, NumberCells):
            return np.zeros(len(self), bool)
        return np.asarray(self._gaps[column].to_numpy(), bool)

    @cached_property
    def _gaps(self) -> pl.DataFrame:
        """The gaps of all columns, found at once: of a small table that takes no longer than those of one column."""
        import polars as pl

        def gaps(place: int, cells: pl.Series) -> pl.Expr:
            if is_text(cells):
                return pl.nth(place).is_in(MISSING).fill_null(True)
            return pl.nth(place).is_nan().fill_null(True) if cells.dtype.is_float() else pl.nth(place).is_null()

        return self.frame.select([gaps(k, cells) for k, cells in enumerate(self.frame.iter_columns())])

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column's numbers; NaN where the cell is a gap or no number."""
        if isinstance(self.cells, NumberCells):
            return self.cells.numbers(column)
        import polars as pl

        cells = self.frame[column]
        if is_text(cells):
            if self.decimal == ",":
                points = cells.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
                cells = cells.zip_with(~cells.str.contains(COMMA_NUMBER).fill_null(False), points)
        elif not (cells.dtype.is_numeric() or cells.dtype == pl.Boolean):
            return np.full(len(cells), np.nan)
        values = cells.cast(pl.Float64, strict=False).to_numpy()  # NaN where it is null
        return np.where(self.missing(column), np.nan, values)

    def texts(self, column: str) -> pl.Series:
        """A column's cells as text, the same for the same value whatever type it comes in; None where one is a gap."""
        import polars as pl

        cells = self.frame[column]
        texts = cells.cast(pl.String, strict=False)
        if cells.dtype.is_float():
            whole = cells.cast(pl.Int64, strict=False)
            same = (whole.cast(pl.Float64) == cells).fill_null(False)
            texts = whole.cast(pl.String).zip_with(same, texts)
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
        return texts.zip_with(~self._gaps[column], nothing)

    def written(self, column: str) -> list[str | None]:
        """What :meth:`texts` gives, as a list."""
        if isinstance(self.cells, NumberCells):
            return self.cells.written(column)
        return self.texts(column).to_list()


def is_text(cells: pl.Series) -> bool:
    """Whether a column's cells are text."""
    import polars as pl

    return cells.dtype in (pl.String, pl.Categorical, pl.Enum)


def cut(text: str) -> str:
    """A cell or name as it stands in an error, cut short where it is long."""
    return text if len(text) <= 60 else text[:57] + "…"


def listed(names: tuple[str, ...]) -> str:
    """Names in an error, the first ones where there are many."""
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(map(cut, names[:MOST_LISTED])) + more
