"""The sheet "Rows": a table's raw rows, what the network says of each, and the formulas that make inputs of them.

They are those of ``tables/columns.py`` for a cell: of what is typed into it, a number, a text or a date.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.answers import answer_columns, threshold
from pellucid.exchange.columns import mark_numbers
from pellucid.tables.columns import FAR, FIRST, GAP, PARTS, Category, Column, Date, Number, YesNo, days_of
from pellucid.tables.preparation import TablePreparation
from pellucid.tables.raw import MISSING, is_text
from pellucid.tables.read import read_table
from pellucid.views.worksheet.cells import Cell, Values

if TYPE_CHECKING:
    import polars as pl

    from pellucid.network import Network

ROWS, VALUES = "Rows", "Values"
TOP, SIDE = 5, 1  # where the first row's first cell stands
FIRST_VALUE = 2  # the row of a column's first value on the sheet of values
DAYS = 25569  # from Excel's day 0 to 1970-01-01
LONGEST_TEXT, LONGEST = 255, 4000  # letters of a text in a formula, and of a list of them, that fit in Excel
CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")  # a formula in a file holds none of these, or not as they are
X = "\0"  # a cell, in a formula that is not yet written for one


@dataclass(frozen=True)
class Answer:
    """A column of what the network says: its head, and of each row a formula and what it gives."""

    head: str
    formulas: list[str]
    values: list[Any]

    @property
    def texts(self) -> list[str]:
        """The answers that are texts."""
        return [value for value in self.values if isinstance(value, str)]


class Rows:
    """A sheet of raw rows.

    Parameters
    ----------
    preparation : TablePreparation
    frame : polars.DataFrame
        Raw rows of the columns that are used.

    Attributes
    ----------
    name : str
        On its tab.
    columns : tuple of Column
    cells : list of list
        What stands in each row: numbers, texts, and dates as Excel counts them; None where nothing does.
    inputs : float64 ndarray (rows, inputs)
        What the network takes.
    """

    name = ROWS

    def __init__(self, preparation: TablePreparation, frame: pl.DataFrame) -> None:
        self.columns, self._preparation = preparation.used, preparation
        frame = as_typed(frame, [column.name for column in self.columns if isinstance(column, Number)])
        rows = frame.select([column.name for column in self.columns]).rows()
        self.cells: list[list[Any]] = [[None if cell != cell else cell for cell in row] for row in rows]
        self.inputs: NDArray[np.float64] = preparation.transform(frame, np.float64, "samples")
        for k, column in enumerate(self.columns):
            if isinstance(column, Date):
                days = days_of(read_table(frame), column.name, column.format)
                for row, day in zip(self.cells, days.tolist(), strict=True):
                    row[k] = row[k] if math.isnan(day) else day + DAYS
        plain = [k for k, column in enumerate(self.columns) if not column.codes]
        codes = [k for k, column in enumerate(self.columns) if column.codes]
        self._made = [(k, text) for k in [*plain, *codes] for text in self._formulas(k)]

    def __len__(self) -> int:
        return len(self.cells)

    def formula(self, row: int, unit: int) -> str:
        """An input of the network, as another sheet computes it."""
        k, text = self._made[unit]
        return text.replace(X, str(Cell(TOP + row, SIDE + k, sheet=ROWS)))

    @property
    def area(self) -> str:
        """The cells of the rows."""
        last = Cell(TOP + len(self) - 1, SIDE + len(self.columns) - 1, True)
        return f"{Cell(TOP, SIDE, True)}:{last}"

    @property
    def lists(self) -> list[tuple[str, list[str]]]:
        """The values of each column that becomes a code, for the sheet of values."""
        return [(c.name, list(c.categories)) for c in self.columns if isinstance(c, Category) and c.codes]

    def answers(self, net: Network, outputs: Values) -> list[Answer]:
        """What the network says: class, and probability of each, or the number."""
        names, both = answer_columns(net)
        said, count, right = outputs.block.values, net.output_units, SIDE + len(self.columns)
        texts = [[outputs.far(s, *at) for at in np.ndindex(*outputs.shape)] for s in range(len(self))]
        if not names:
            return [Answer("predicted", [row[0] for row in texts], said[:, 0].tolist())]
        found = []
        if both:
            found.append(Answer(names[0], [f"1-{row[0]}" for row in texts], (1.0 - said[:, 0]).tolist()))
        found += [
            Answer(name, [row[u] for row in texts], said[:, u].tolist())
            for u, name in enumerate(names[both:] if both else names)
        ]
        if not net.class_names:
            return found
        chosen = net.classes_of(said).tolist()
        heads = [_text(name) for name in net.class_names]
        if count == 1:
            second = heads[min(1, len(heads) - 1)]
            formulas = [f"IF({row[0]}>{threshold(net):g},{second},{heads[0]})" for row in texts]
        else:
            formulas = []
            for s in range(len(self)):
                cells = f"{Cell(TOP + s, right + 1)}:{Cell(TOP + s, right + len(heads))}"
                formulas.append(f"INDEX({{{','.join(heads)}}},1,MATCH(MAX({cells}),{cells},0))")
        return [Answer("predicted", formulas, chosen), *found]

    def _formulas(self, k: int) -> list[str]:
        """How a column's inputs are made of ``X``, its cell."""
        column = self.columns[k]
        gap = self._gap(column)
        made: list[str] = []
        if isinstance(column, Number):
            made = [f"IF({gap},0,{_squashed(f'({X}-({column.median!r}))/{column.scale!r}')})"]
        elif isinstance(column, YesNo):
            said = [f"EXACT(LOWER({_said((column.yes, column.no))}),{_text(word)})" for word in (column.yes, column.no)]
            made = [f"IF({gap},0.5,IF({said[0]},1,IF({said[1]},0,0.5)))"]
        elif isinstance(column, Date):
            day = f"({X}-{DAYS})"
            made = [f"IF({gap},0,{_squashed(f'({day}-({column.middle!r}))/{column.scale!r}')})"]
            made += [
                f"IF({gap},0,{wave}(2*PI()*{day}/{PARTS[cycle]!r}))"
                for cycle in column.cycles
                for wave in ("SIN", "COS")
            ]
        elif isinstance(column, Category) and column.codes:
            place = [name for name, _ in self.lists].index(column.name)
            end = FIRST_VALUE + max(1, len(column.categories)) - 1
            listed = f"{Cell(FIRST_VALUE, place, True, VALUES)}:{Cell(end, place, True)}"
            code = f"SUMPRODUCT(EXACT({_said(column.categories)},{listed})*(ROW({listed})-{FIRST_VALUE + 1 - FIRST}))"
            return [f"IF({gap},{GAP},{code})"]
        elif isinstance(column, Category):
            made = [f"IF(EXACT({_said(column.categories)},{_text(value)}),1,0)" for value in column.categories]
        return made + ([f"IF({gap},1,0)"] if column.gaps and made else [])

    def _gap(self, column: Column) -> str:
        """Whether a cell is missing: empty, a text that says so, or one of the marks of its column."""
        marks = self._preparation.marks.get(column.name, ())
        texts = ",".join(_text(mark) for mark in dict.fromkeys([*MISSING[1:], *marks]))
        same = [f'TRIM({X})=""', f"EXACT({X},{{{texts}}})"]
        days = DAYS if isinstance(column, Date) else 0
        found = mark_numbers(self._preparation, column)
        numbers = [number + days for number in found if math.isfinite(number)]  # no cell holds another one
        if numbers and isinstance(column, (Number, Date)):
            same.append(f"{X}={{{','.join(repr(number) for number in numbers)}}}")
        return f"OR({','.join(same)})"


def as_typed(frame: pl.DataFrame, numbers: Iterable[str] = ()) -> pl.DataFrame:
    """Rows as a spreadsheet keeps them: with fifteen digits of a number, and columns of ``numbers`` not as text.

    No cell holds NaN or infinity, so such cells are empty.

    >>> import polars
    >>> as_typed(polars.DataFrame({"x": [1.0, 1000000004.5500259]}))["x"].to_list()
    [1.0, 1000000004.55003]
    >>> as_typed(polars.DataFrame({"x": ["1,5", "NA"], "code": ["07", "08"]}), ["x"]).rows()
    [(1.5, '07'), (None, '08')]
    """
    import polars as pl

    table, spoken = read_table(frame), set(numbers)
    typed = [cells.name for cells in frame if cells.dtype.is_float() or (cells.name in spoken and is_text(cells))]
    return frame.with_columns(
        pl.Series(
            name, [float(f"{x:.15g}") if math.isfinite(x) else None for x in table.numbers(name).tolist()], pl.Float64
        )
        for name in typed
    )


def fits(net: Network, preparation: TablePreparation) -> bool:
    """Whether every text of the table's preparation fits into a formula, its length and its letters."""
    texts: list[str] = list(net.class_names or ())
    for column in preparation.used:
        texts += [str(mark) for mark in preparation.marks.get(column.name, ())]
        texts += [column.yes, column.no] if isinstance(column, YesNo) else []
        texts += column.categories if isinstance(column, Category) else []
    lists = [net.class_names or (), *(map(str, marks) for marks in preparation.marks.values())]
    together = max(sum(map(len, words)) for words in lists)
    return together <= LONGEST and all(len(text) <= LONGEST_TEXT and not CONTROL.search(text) for text in texts)


def _squashed(z: str) -> str:
    return f"{z}/SQRT(1+({z}/{FAR:g})^2)"


def _said(words: Iterable[str]) -> str:
    """A cell as text. TRUE and FALSE, which are no texts in every program, are those of the words."""
    return f'IF(ISLOGICAL({X}),IF({X},"true","false"),{X})' if {"true", "false"} & set(words) else X


def _text(text: str) -> str:
    """A text in a formula."""
    return '"' + text.replace('"', '""') + '"'
