"""The cells of a CSV file that holds nothing but numbers below its first line.

Such files are common, and NumPy reads a small one long before polars is imported. The numbers are those that polars
reads; whoever asks for more than numbers gets the same cells as a table of polars.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

MOST_CHARACTERS = 1 << 20  # that NumPy reads in less time than polars is imported


@dataclass(frozen=True, eq=False)
class NumberCells:
    """Columns with names, and rows of finite numbers.

    It has those few attributes and methods of a ``polars.DataFrame`` that a RawTable needs of its cells; ``frame`` is
    the whole as one.

    Attributes
    ----------
    columns : list of str
        The columns' names.
    values : float64 ndarray (rows, columns)
    lines : ndarray of str objects (rows,)
        The rows' text. (An array of NumPy's own texts would give every line the memory of the longest.)
    places : tuple of int
        Where each column stands in a line.
    separator : str
        Of a line's cells.
    """

    columns: list[str]
    values: NDArray[np.float64]
    lines: NDArray[np.object_]
    places: tuple[int, ...]
    separator: str

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return len(self.lines), len(self.columns)

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.lines)

    def __getitem__(self, rows: NDArray[np.int64]) -> NumberCells:
        return replace(self, values=self.values[rows], lines=self.lines[rows])

    def drop(self, names: list[str]) -> NumberCells:
        """The cells without these columns."""
        kept = [k for k, name in enumerate(self.columns) if name not in names]
        columns, places = [self.columns[k] for k in kept], tuple(self.places[k] for k in kept)
        return replace(self, columns=columns, values=self.values[:, kept], places=places)

    def rename(self, names: Mapping[str, str]) -> NumberCells:
        """The cells with other names of columns."""
        return replace(self, columns=[names.get(name, name) for name in self.columns])

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column, the caller's own."""
        return self.values[:, self.columns.index(name)].copy()

    @cached_property
    def texts(self) -> list[list[str]]:
        """Each row's cells, as they stand in the file."""
        rows = [line.split(self.separator) for line in self.lines.tolist()]
        return [[row[place] for place in self.places] for row in rows]

    def written(self, name: str) -> list[str | None]:
        """A column's cells, as they stand in the file."""
        place = self.columns.index(name)
        return [row[place] for row in self.texts]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The cells as a table of polars: text, as those of every CSV file."""
        import polars as pl

        return pl.DataFrame(self.texts, schema=dict.fromkeys(self.columns, pl.String), orient="row")


def read_numbers(text: str, separator: str) -> tuple[list[str] | None, NumberCells] | None:
    """The first line's cells where they are no numbers, and the numbers; None of a text that needs more care.

    Parameters
    ----------
    text : str
        Of a CSV file, without blank lines before it.

    Examples
    --------
    >>> first, cells = read_numbers("height,age\\n1.5,30\\n1.25,7\\n", ",")
    >>> first, cells.columns, cells.values.tolist()
    (['height', 'age'], ['column 1', 'column 2'], [[1.5, 30.0], [1.25, 7.0]])
    >>> read_numbers("height,age\\n1.5,\\n", ",") is None  # a gap
    True
    """
    if len(text) > MOST_CHARACTERS:
        return None
    between = re.escape(separator)
    plain, name = re.compile(rf"[0-9.eE+\-{between}\n]+"), rf'("[^"]+"|[^"{between}]*)'
    head, rest = "", text.rstrip("\n")
    if not plain.fullmatch(rest):
        head, _, rest = rest.partition("\n")
        if not plain.fullmatch(rest) or not re.fullmatch(rf"{name}({between}{name})*", head):
            return None
    lines = rest.split("\n")
    try:
        values = np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2)
    except ValueError:  # a cell is no number, or rows are not equally long
        return None
    first = [cell.strip() for cell in next(csv.reader([head], delimiter=separator))] if head else None
    width = values.shape[1]
    fits = len(values) == len(lines) and (first is None or len(first) == width) and np.isfinite(values).all()
    if not fits or (first is not None and any(map(_begins_as_number, first))):
        return None
    columns = [f"column {k}" for k in range(1, width + 1)]
    return first, NumberCells(columns, values, np.array(lines, object), tuple(range(width)), separator)


def _begins_as_number(cell: str) -> bool:
    """Whether a name could be taken for a number: then the first line needs a closer look."""
    return re.match(r"[+-]?[.,]?\d", cell) is not None


def as_csv(cells: Any, header: bool) -> str:
    """The cells as polars writes them."""
    if isinstance(cells, NumberCells) and not any(re.search(r'[",\r\n]', name) for name in cells.columns):
        return "".join(f"{','.join(row)}\n" for row in ([cells.columns] if header else []) + cells.texts)
    frame = cells.frame if isinstance(cells, NumberCells) else cells
    return str(frame.write_csv(include_header=header))
