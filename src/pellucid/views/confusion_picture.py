"""The confusion matrix as a picture: rows are the true classes, columns the predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import shortened, width_of

MOST_WRITTEN = 25  # classes up to which counts are written into the cells
MOST_NAMED = 60  # classes up to which every one is named
NAME = 150.0  # room for the name of a class
SHADES = 16  # of the cells, where there are too many for a rectangle each
WHOLE = 720.0  # the side of a matrix of many classes


def draw_confusion(counts: NDArray[Any], names: Sequence[str]) -> Diagram:
    """Draw the matrix; the stronger a cell's colour, the larger its share of the true class.

    At the right stands each class's recall (how many of its samples were found), above its precision (how many of
    those taken for it are of it).

    Parameters
    ----------
    counts : array of int (C, C)
    names : sequence of str (C,)
    """
    size = len(names)
    cell = 56.0 if size <= 12 else 38.0 if size <= MOST_WRITTEN else WHOLE / size
    letters = 11.0 if size <= 12 else 9.5
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    right, whole = int(counts.trace()), int(counts.sum())
    title = f"Confusion matrix: {right:,} of {whole:,} right ({_percent(right, whole)})"
    c, side = Canvas(), size * cell
    if size <= MOST_WRITTEN:
        _cells(c, counts, cell, letters)
        above = _margins(c, counts, rows, columns, cell, letters)
    else:
        _shades(c, counts / np.maximum(rows, 1)[:, None], cell)
        above = -8.0
    c.rect(Box(0, 0, side, side), "", stroke="faint", width=1, radius=0)
    every = max(1, -(-size // MOST_NAMED))
    wide = below = 0.0
    turned = any(width_of(shortened(name, NAME, letters), letters) > every * cell - 4 for name in names[::every])
    for k in range(0, size, every):
        name, at = shortened(names[k], NAME, letters), (k + 0.5) * cell
        wide = max(wide, width_of(name, letters))
        c.text(-8, at, name, size=letters, anchor="end", kind="true")
        if turned:
            c.text(at, side + 8 + width_of(name, letters), name, size=letters, turned=True, kind="predicted")
            below = max(below, width_of(name, letters))
        else:
            c.text(at, side + 14, name, size=letters, anchor="middle", kind="predicted")
            below = 12.0
    c.text(-8 - wide - 16, side / 2, "true", size=11, colour="muted", anchor="middle", turned=True)
    c.text(side / 2, side + below + 26, "predicted", size=11, colour="muted", anchor="middle")
    c.text(-8 - wide - 22, above - 26, title, size=13, bold=True)
    return finished(c, title, f"Rows are the true classes, columns the predicted ones; {size} classes.")


def _cells(c: Canvas, counts: NDArray[Any], cell: float, letters: float) -> None:
    """A rectangle and a count for each cell that is not 0."""
    rows = np.maximum(counts.sum(axis=1), 1)
    most = max(width_of(f"{int(counts.max()):,}", letters), 1.0)
    fit = min(letters, letters * (cell - 6) / most)
    for k in range(1, len(counts)):
        c.line((0, k * cell), (len(counts) * cell, k * cell), "grid", 1)
        c.line((k * cell, 0), (k * cell, len(counts) * cell), "grid", 1)
    for i, j in np.argwhere(counts > 0).tolist():
        share, count = counts[i, j] / rows[i], int(counts[i, j])
        box = Box(j * cell, i * cell, (j + 1) * cell, (i + 1) * cell)
        c.rect(box, "positive", radius=0, opacity=float(share), kind="cell")
        colour = "paper" if share > 0.55 else "ink"
        c.text((j + 0.5) * cell, (i + 0.5) * cell, f"{count:,}", size=round(fit, 1), colour=colour, anchor="middle")


def _shades(c: Canvas, share: NDArray[np.float64], cell: float) -> None:
    """All cells of about the same share as one path."""
    shade = np.ceil(share * SHADES).astype(int)
    for level in range(1, SHADES + 1):
        places = np.argwhere(shade == level).tolist()
        if places:
            path = "".join(f"M{j * cell:.2f} {i * cell:.2f}h{cell:.2f}v{cell:.2f}h-{cell:.2f}z" for i, j in places)
            c.area(path, "positive", opacity=level / SHADES, kind="cell")


def _margins(
    c: Canvas, counts: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any], cell: float, letters: float
) -> float:  # fmt: skip
    """Recall at the right, precision above the columns; returns the highest place that is used."""
    size, small = len(counts), letters - 0.5
    recalls = [_percent(int(counts[k, k]), int(rows[k])) for k in range(size)]
    precisions = [_percent(int(counts[k, k]), int(columns[k])) for k in range(size)]
    widest = max(width_of(words, small) for words in precisions)
    for k in range(size):
        at = (k + 0.5) * cell
        c.text(size * cell + 8, at, recalls[k], size=small, colour="muted", kind="recall")
        if widest > cell - 4:
            c.text(at, -8, precisions[k], size=small, colour="muted", turned=True, kind="precision")
        else:
            c.text(at, -12, precisions[k], size=small, colour="muted", anchor="middle", kind="precision")
    above = -12 - widest if widest > cell - 4 else -20.0
    c.text(size * cell / 2, above - 10, "precision", size=11, colour="muted", anchor="middle")
    wide = max(width_of(words, small) for words in recalls)
    c.text(size * cell + 8 + wide + 14, size * cell / 2, "recall", size=11, colour="muted", anchor="middle",
           turned=True)  # fmt: skip
    return above - 16


def _percent(part: int, whole: int) -> str:
    """
    >>> _percent(1, 3), _percent(2, 2), _percent(0, 0)
    ('33.3 %', '100 %', '–')
    """
    if whole == 0:
        return "–"
    return "100 %" if part == whole else f"{min(99.9, 100 * part / whole):.1f} %"
