"""Cells and blocks of cells: where numbers lie on a sheet, and sums of them in spreadsheet words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.plan.parts import Shape

MOST_ARGUMENTS = 255  # of a function in Excel
SPELLED_OUT = 3  # products up to which a sum is written term by term


@dataclass(frozen=True)
class Cell:
    """One cell, row and column from 0. ``fixed`` cells keep their place when a formula is copied: $C$5.

    >>> str(Cell(4, 2)), str(Cell(4, 2, fixed=True)), str(Cell(4, 27, sheet="Step 1"))
    ('C5', '$C$5', "'Step 1'!AB5")
    """

    row: int
    column: int
    fixed: bool = False
    sheet: str | None = None

    def __str__(self) -> str:
        mark = "$" if self.fixed else ""
        return f"{_of(self.sheet)}{mark}{column_letters(self.column)}{mark}{self.row + 1}"


@dataclass(frozen=True)
class Block:
    """A rectangle of cells that belong together: all weights of a layer, one quantity of all samples, or one number.

    Attributes
    ----------
    name : str
        As in the plan: ``dense_1.z``.
    title, words : str
        What stands above it: the name of the quantity, and how it is computed.
    role : str
        Its colour; see ``styles.py``.
    sheet : str
    row, column : int
        The first cell, from 0.
    values : ndarray (rows, columns)
        The numbers that Pellucid computed (of inputs: that were given).
    formulas : tuple of tuple of str, optional
        None where numbers are typed in.
    row_names, column_names : tuple of str
    checked : bool
        Whether ``values`` come from the engine, so that the cells are checked against them.
    """

    name: str
    title: str
    words: str
    role: str
    sheet: str
    row: int
    column: int
    values: NDArray[np.float64]
    formulas: tuple[tuple[str, ...], ...] | None = None
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    checked: bool = True

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.values.shape[0])

    @property
    def columns(self) -> int:
        """How many columns."""
        return int(self.values.shape[1])

    def cell(self, row: int = 0, column: int = 0, *, fixed: bool = False, far: bool = False) -> Cell:
        """One of its cells; ``far`` to name it from another sheet."""
        return Cell(self.row + row, self.column + column, fixed, self.sheet if far else None)

    @property
    def area(self) -> str:
        """The whole rectangle, as formulas on its own sheet name it."""
        first = Cell(self.row, self.column, True)
        last = Cell(self.row + self.rows - 1, self.column + self.columns - 1, True)
        return str(first) if first == last else f"{first}:{last}"

    def area_on(self, sheet: str) -> str:
        """The rectangle in the same place of a sheet, as other sheets name it."""
        return on(sheet, self.area)


class Values:
    """A quantity of every sample, by sample and place: ``z[s, o]``, ``a[s, p, q, c]``. Gives cells.

    Attributes
    ----------
    block : Block
    shape : Shape
    name : str
        By which ∂C/∂value is told apart where several layers take it; the block's unless given.
    also : tuple of functions
        What is added to ∂C/∂value, since the value goes another way too: of a sample and a unit, in spreadsheet words.
    """

    def __init__(
        self, block: Block, shape: Shape, name: str | None = None, also: tuple[Callable[[int, int], str], ...] = ()
    ) -> None:
        self.block, self.shape, self.name, self.also = block, shape, name or block.name, also

    def __getitem__(self, at: tuple[int, ...]) -> Cell:
        return self.block.cell(at[0], _place(at[1:], self.shape))

    def far(self, *at: int) -> str:
        """A cell, as another sheet names it."""
        return str(replace(self[at], sheet=self.block.sheet))

    @property
    def samples(self) -> range:
        """The samples' numbers."""
        return range(self.block.rows)


class Weights:
    """A parameter, by its index in the network: ``w[i, o]``. On the sheet a row belongs to one unit.

    ``far``: its cells are named from another sheet.
    """

    def __init__(self, block: Block, shape: Shape, name: str, far: bool = False) -> None:
        self.block, self.shape, self.name, self.far = block, shape, name, far

    def __getitem__(self, at: int | tuple[int, ...]) -> Cell:
        index = at if isinstance(at, tuple) else (at,)
        return self.block.cell(index[-1], _place(index[:-1], self.shape[:-1]), fixed=True, far=self.far)

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """Which number lies in a row and column of the block."""
        return (*(int(k) for k in np.unravel_index(column, self.shape[:-1])), row) if self.shape[:-1] else (row,)


def _place(index: tuple[int, ...], shape: Shape) -> int:
    """Where a number lies in a row; NumPy takes long over single ones, so the usual case goes without it."""
    if len(index) < 2:
        return int(index[0]) if index else 0
    return int(np.ravel_multi_index(index, shape))


def as_rows(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """A parameter as it lies on the sheet: a row of each unit, (I, O) becomes (O, I).

    >>> as_rows(np.arange(6).reshape(3, 2)).tolist()
    [[0, 2, 4], [1, 3, 5]]
    """
    return array.reshape(-1, array.shape[-1]).T


def formulas(rows: int, columns: int, write: Callable[[int, int], str]) -> tuple[tuple[str, ...], ...]:
    """The formula of every cell of a block."""
    return tuple(tuple(f"={write(r, c)}" for c in range(columns)) for r in range(rows))


def products(pairs: Iterable[tuple[Cell, Cell]]) -> str:
    """Σ a·b in spreadsheet words: cells that lie side by side are taken together.

    >>> row = [(Cell(4, k), Cell(0, k, fixed=True)) for k in range(5)]
    >>> products(row[:2]), products(row), products([])
    ('A5*$A$1+B5*$B$1', 'SUMPRODUCT(A5:E5,$A$1:$E$1)', '0')
    """
    terms: list[str] = []
    for run in _runs(list(pairs)):
        if len(run) <= SPELLED_OUT:
            terms += [f"{a}*{b}" for a, b in run]
        else:
            terms.append(f"SUMPRODUCT({_range([a for a, _ in run])},{_range([b for _, b in run])})")
    return "+".join(terms) or "0"


def span(cells: Iterable[Cell]) -> str:
    """Cells as the arguments of SUM, MAX, AVERAGE: ranges where they lie side by side.

    >>> span([Cell(0, 0), Cell(0, 1), Cell(1, 0), Cell(1, 1)])
    'A1:B1,A2:B2'
    """
    ranges = [_range([a for a, _ in run]) for run in _runs([(cell, cell) for cell in cells])]
    if len(ranges) > MOST_ARGUMENTS:
        raise DescriptionError(
            f"The worksheet would need a function of {len(ranges)} ranges of cells; Excel takes up to "
            f"{MOST_ARGUMENTS}. Use smaller pictures or smaller windows."
        )
    return ",".join(ranges)


def column_letters(column: int) -> str:
    """
    >>> column_letters(0), column_letters(25), column_letters(26), column_letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def _runs(pairs: Sequence[tuple[Cell, Cell]]) -> Iterable[list[tuple[Cell, Cell]]]:
    """Cut pairs into runs in which both cells go one column, or one row, on."""
    run: list[tuple[Cell, Cell]] = []
    way: tuple[int, int] | None = None
    for pair in pairs:
        if run:
            steps = {(new.row - old.row, new.column - old.column) for new, old in zip(pair, run[-1], strict=True)}
            step = steps.pop() if len(steps) == 1 else None
            if step in ((0, 1), (1, 0)) and way in (None, step):
                run.append(pair)
                way = step
                continue
            yield run
        run, way = [pair], None
    if run:
        yield run


def _range(cells: Sequence[Cell]) -> str:
    return str(cells[0]) if len(cells) == 1 else f"{cells[0]}:{replace(cells[-1], sheet=None)}"


def on(sheet: str, area: str) -> str:
    """An area of a sheet, as other sheets name it."""
    return _of(sheet) + area


def _of(sheet: str | None) -> str:
    if sheet is None:
        return ""
    return f"'{sheet}'!" if " " in sheet else f"{sheet}!"
