"""A table of numbers as a heat map: blue above zero, red below, the number in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import sign_of
from pellucid.views.diagram.text import number, width_of

ROW, LETTERS = 22.0, 9.5
MOST_WIDE = 640.0  # of the columns together, where their names decide how wide they are


def heat_table(
    canvas: Canvas, left: float, top: float, values: NDArray[Any], rows: Sequence[str], columns: Sequence[str],
    least: float = 58.0,
) -> Box:  # fmt: skip
    """Draw numbers (rows, columns) with their names; returns where the cells lie.

    ``left`` and ``top`` are the corner of names and all; a column is at least ``least`` wide.
    """
    wide = max([least, *(width_of(number(float(v)), LETTERS) + 10 for v in values.flat)])
    longest = max((width_of(name, LETTERS) for name in columns), default=0.0)
    if (longest + 10) * len(columns) <= MOST_WIDE:  # there is room for the names as they are
        wide = max(wide, longest + 10)
    turned = longest > wide - 6
    above = longest + 14 if turned else 20.0
    beside = max((width_of(name, LETTERS) for name in rows), default=0.0) + 9
    cells = Box(left + beside, top + above, left + beside + wide * len(columns), top + above + ROW * len(rows))
    most = float(np.abs(values).max()) or 1.0
    for j, name in enumerate(columns):
        at = cells.left + (j + 0.5) * wide
        if turned:
            canvas.text(at, cells.top - 7, name, size=LETTERS, turned=True, kind="column")
        else:
            canvas.text(at, cells.top - 10, name, size=LETTERS, anchor="middle", kind="column")
    for i, name in enumerate(rows):
        canvas.text(cells.left - 8, cells.top + (i + 0.5) * ROW, name, size=LETTERS, anchor="end", kind="row")
    for i, j in np.ndindex(values.shape):
        value = float(values[i, j])
        share = abs(value) / most
        box = Box(cells.left + j * wide, cells.top + i * ROW, cells.left + (j + 1) * wide, cells.top + (i + 1) * ROW)
        if share:
            canvas.rect(box, sign_of(value), radius=0, opacity=max(share, 0.004), kind="cell")
        colour = "paper" if share > 0.6 else "ink"
        canvas.text((box.left + box.right) / 2, (box.top + box.bottom) / 2, number(value), size=LETTERS,
                    colour=colour, anchor="middle")  # fmt: skip
    canvas.rect(cells, "", stroke="faint", width=1, radius=0)
    return cells
