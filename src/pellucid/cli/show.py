"""What the commands print: labelled lines that keep within the terminal's width, tables, and commands to run next."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path

LABEL = 10  # characters of the labels' column
WIDEST = 100  # lines of prose are not longer, however wide the terminal


def width() -> int:
    """The characters of a line."""
    return max(20, shutil.get_terminal_size((80, 24)).columns)


class Page:
    """Prints, unless told to be quiet."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    def line(self, label: str, text: str) -> None:
        """A label and a text, which goes on under itself."""
        room = max(20, min(width(), WIDEST) - LABEL)
        for k, part in enumerate(textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]):
            self.text(f"{label if k == 0 else '':<{LABEL}}{part}")

    def prose(self, text: str) -> None:
        """A text over the whole width."""
        self.text(textwrap.fill(text, min(width(), WIDEST), break_long_words=False, break_on_hyphens=False))

    def text(self, text: str = "") -> None:
        """A text as it is."""
        if not self.quiet:
            print(text, flush=True)


def command(*words: str | Path) -> str:
    """A command as it is typed.

    >>> command("pellucid", "predict", "my run")
    "pellucid predict 'my run'"
    """
    return shlex.join(str(word) for word in words)


def some(names: Sequence[str], most: int = 10) -> str:
    """The names, or the first and the last where there are many.

    >>> some(["a", "b"]), some([str(n) for n in range(99)])
    ('a, b', '0, 1, 2, …, 98')
    """
    return ", ".join(names) if len(names) <= most else ", ".join([*names[:3], "…", names[-1]])


def count(number: int, one: str, many: str | None = None) -> str:
    """A number and what it counts.

    >>> count(1, "row"), count(1437, "row"), count(2, "class", "classes")
    ('1 row', '1,437 rows', '2 classes')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """A share with two decimals.

    >>> percent(0.98333)
    '98.33 %'
    """
    return f"{100 * share:.2f} %"


def aligned(rows: list[list[str]]) -> list[str]:
    """Cells in columns, at their right ends."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(f"{cell:>{size}}" for cell, size in zip(row, widths, strict=True)) for row in rows]
