"""The confusion matrix as text: rows are the true classes, columns the predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

MOST_LISTED = 3  # mistakes of a class in the list form
CORNER = "true \\ predicted"


def confusion_text(counts: NDArray[Any], names: Sequence[str], width: int = 80) -> str:
    """Draw a confusion matrix in at most ``width`` characters a line where that is possible.

    Parameters
    ----------
    counts : array of int (C, C)
        As :func:`~pellucid.metrics.confusion_matrix` gives it.
    names : sequence of str (C,)
        The classes' names.
    width : int
        A matrix that is wider gets numbers instead of names above its columns, and where that is not enough becomes
        a list: a line for each class with what it is mostly taken for.

    Examples
    --------
    >>> import numpy as np
    >>> print(confusion_text(np.array([[8, 2], [0, 5]]), ["cat", "dog"]))
    true \\ predicted  cat  dog  recall
    cat                 8    2  80.0 %
    dog                 ·    5   100 %
    >>> print(confusion_text(np.array([[8, 2], [0, 5]]), ["cat", "dog"], width=29))
    class  rows  recall  taken for
    cat      10  80.0 %  dog (2)
    dog       5   100 %
    """
    recall = [_percent(int(row[k]), int(row.sum())) for k, row in enumerate(counts)]
    for heads, rows in ((list(names), list(names)), _numbered(names)):
        lines = _matrix(counts, heads, rows, recall)
        if max(map(len, lines)) <= width:
            return "\n".join(lines)
    return "\n".join(_list(counts, names, recall, width))


def _matrix(counts: NDArray[Any], heads: list[str], rows: list[str], recall: list[str]) -> list[str]:
    cells = [[str(int(n)) if n else "·" for n in row] for row in counts]
    first = max(len(CORNER), *map(len, rows))
    widths = [max(len(head), *(len(row[k]) for row in cells)) for k, head in enumerate(heads)]
    last = max(len("recall"), *map(len, recall))

    def line(name: str, values: Sequence[str], end: str) -> str:
        middle = "".join(f"  {value:>{size}}" for value, size in zip(values, widths, strict=True))
        return f"{name:<{first}}{middle}  {end:>{last}}"

    return [line(CORNER, heads, "recall"), *map(line, rows, cells, recall)]


def _numbered(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Numbers from 1 above the columns, and before the names of the rows."""
    size = len(str(len(names)))
    return [str(k) for k in range(1, len(names) + 1)], [f"{k:>{size}} {name}" for k, name in enumerate(names, 1)]


def _list(counts: NDArray[Any], names: Sequence[str], recall: list[str], width: int) -> list[str]:
    lines = [("class", "rows", "recall", "taken for")]
    for k, row in enumerate(counts):
        wrong = sorted((j for j in range(len(names)) if j != k and row[j]), key=lambda j: (-row[j], j))
        shown = ", ".join(f"{names[j]} ({int(row[j])})" for j in wrong[:MOST_LISTED])
        more = f", {len(wrong) - MOST_LISTED} more" if len(wrong) > MOST_LISTED else ""
        lines.append((names[k], str(int(row.sum())), recall[k], shown + more))
    a, b, c = (max(len(line[k]) for line in lines) for k in range(3))
    a = min(a, max(8, width // 3))
    return [f"{_cut(n, a):<{a}}  {rows:>{b}}  {share:>{c}}  {wrong}".rstrip() for n, rows, share, wrong in lines]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _percent(part: int, whole: int) -> str:
    """A share with three digits; "–" where there is nothing to share."""
    if whole == 0:
        return "–"
    return "100 %" if part == whole else f"{min(99.9, 100 * part / whole):.1f} %"
