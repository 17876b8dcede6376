"""The text of generated programs: plain names for what users call as they like, comments, and lines of a width."""

from __future__ import annotations

import math
import re
import textwrap


class Identifiers:
    """Gives each name an identifier of its own, always the same one; one in small letters if asked for.

    >>> names = Identifiers()
    >>> names["dense_1.weights"], names["größe.z"], names["dense_1_weights"], names["dense_1.weights"]
    ('dense_1_weights', 'gr_e_z', 'dense_1_weights_2', 'dense_1_weights')
    """

    def __init__(self, nameless: str = "layer", small: bool = False) -> None:
        self._nameless, self._small = nameless, small
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def __getitem__(self, name: str) -> str:
        if name not in self._given:
            plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or self._nameless
            plain = f"{self._nameless}_{plain}" if plain[0].isdigit() else plain
            plain = plain.lower() if self._small else plain
            unique, count = plain, 1
            while unique in self._taken:
                count += 1
                unique = f"{plain}_{count}"
            self._taken.add(unique)
            self._given[name] = unique
        return self._given[name]


def literal(cell: object) -> str:
    """A cell of a table as Python has it, also a number that is not finite.

    >>> literal("inf"), literal(1.5), literal(float("-inf")), literal(float("nan"))
    ("'inf'", '1.5', '-np.inf', 'np.nan')
    """
    if isinstance(cell, float) and not math.isfinite(cell):
        return re.sub("inf|nan", r"np.\g<0>", repr(cell))
    return repr(cell)


def one_line(text: str) -> str:
    r"""Text that can stand in a comment or a docstring: nothing in it ends either, or means anything there.

    >>> one_line("a\n*/ c?? ü: 'd'")
    'a c : d'
    """
    return " ".join(re.sub("[^A-Za-z0-9 .,:;()=+_-]", " ", text).split())


def fold(line: str, width: int = 118) -> str:
    """A call that is longer than a line goes on below, indented by four more; its arguments stay whole.

    >>> print(fold("    f((1, 2), (3, 4), 500)", 18))
        f((1, 2),
            (3, 4),
            500)
    """
    indent, depth, kept = line[: len(line) - len(line.lstrip())], 0, ""
    for mark in line.strip():
        depth += (mark in "({[") - (mark in ")}]")
        kept += "\0" if mark == " " and depth != 1 else mark
    lines = textwrap.wrap(kept, width - len(indent) - 4, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"{indent}{'    ' * (k > 0)}{part}" for k, part in enumerate(lines)).replace("\0", " ")
