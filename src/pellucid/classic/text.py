"""Numbers and columns as text."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float) -> str:
    """A number in up to six digits.

    >>> number(2.0), number(-0.25), number(1 / 3), number(-0.0)
    ('2', '-0.25', '0.333333', '0')
    """
    return f"{value + 0.0:.6g}"


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as columns to the right, with a rule under the first row.

    >>> print(columns([("w", "cost"), ("5", "16")]))
    w  cost
    ───────
    5    16
    """
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([lines[0], "─" * len(lines[0]), *lines[1:]])
