"""The exercise: a step with blanks to fill in, marked right or wrong against the sheet that has the formulas."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from pellucid.views.worksheet.cells import Block, Cell
from pellucid.views.worksheet.sheets import Sheet

ASKED = 3  # blanks of a quantity at the most
OF_SAMPLES = ("z", "a", "loss", "delta")
OF_UNITS = ("gradient", "memory", "update")
RELATIVE, ABSOLUTE = "0.005", "0.000001"  # an answer is right within this share of the number, or this much


@dataclass(frozen=True)
class Exercise:
    """A sheet with blanks.

    Attributes
    ----------
    sheet : Sheet
        The same cells as the key's, in the same places.
    key : str
        The sheet that has the formulas.
    blanks : dict of (row, column) to str
        The cells to fill in, and their roles.
    shift : int
        So many columns to the right stand the marks.
    """

    sheet: Sheet
    key: str
    blanks: dict[tuple[int, int], str]
    shift: int

    def mark(self, row: int, column: int) -> str:
        """Whether an answer is right: 1 or 0, empty while there is none."""
        answer, right = Cell(row, column), f"'{self.key}'!{Cell(row, column)}"
        near = f"ABS({answer}-{right})<={RELATIVE}*ABS({right})+{ABSOLUTE}"
        return f'=IF(ISBLANK({answer}),"",IF(ISNUMBER({answer}),IF({near},1,0),0))'

    @property
    def score(self) -> str:
        """How many are right, in words."""
        rows = [row for row, _ in self.blanks]
        columns = [column + self.shift for _, column in self.blanks]
        area = f"{Cell(min(rows), min(columns))}:{Cell(max(rows), max(columns))}"
        return f'COUNTIF({area},1)&" right of {len(self.blanks)}"'


def exercise_of(key: Sheet, number: int) -> Exercise:
    """The exercise of a step: of each quantity the first few numbers are left out."""
    sheet = copy.copy(key)
    sheet.name, sheet.title = f"Exercise {number}", f"{key.title}: fill in the blanks"
    blanks = {place: block.role for block in key.blocks for place in _asked(block)}
    last = max(block.column + block.columns for block in key.blocks)
    return Exercise(sheet, key.name, blanks, last + 1)


def _asked(block: Block) -> list[tuple[int, int]]:
    """The places of a block that are left blank: of the first sample, or of the first unit."""
    if block.role not in (*OF_SAMPLES, *OF_UNITS) or block.name == "penalty":
        return []
    return [(block.row, block.column + c) for c in range(min(block.columns, ASKED))]
