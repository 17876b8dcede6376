"""A table's preparation as lines of a Python program: what becomes of each column, one after the other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pellucid.exchange.columns import mark_numbers
from pellucid.exchange.python import table as t
from pellucid.exchange.text import literal
from pellucid.tables.columns import FIRST, GAP, PARTS, UNSEEN, Category, Column, Date, Number, YesNo
from pellucid.tables.preparation import TablePreparation

if TYPE_CHECKING:
    from pellucid.exchange.python.write import Program

WIDTH = 110
TAKES = {"number": "a number", "yes/no": "yes or no", "category": "one of several values", "date": "a date"}


def column_facts(preparation: TablePreparation) -> str:
    """``COLUMNS``: the names of the columns that are used; and what all are called where a file has no names."""
    lines = [f"    {column.name!r},  # {TAKES[column.kind]}" for column in preparation.used]
    facts = "\n".join(["COLUMNS = (", *lines, ")"])
    if preparation.named:
        return facts
    names = [column.name for column in preparation.columns]
    if preparation.target is not None and preparation.target_place is not None:
        names.insert(preparation.target_place, preparation.target)
    listed = wrapped("ORDER = [", map(repr, names), f"], {preparation.target!r}")
    return f"{facts}\n{listed}  # a file's columns, which have no names, and which of them is not an input"


def prepare(p: Program, preparation: TablePreparation) -> str:
    """The function ``prepare(rows)``, which makes the network's inputs of raw rows."""
    order = "" if preparation.named else ", ORDER"
    inputs = len(preparation.input_names)
    plain = [column for column in preparation.used if not column.codes]
    codes = [column for column in preparation.used if column.codes]
    body = [
        f'"""The network\'s inputs (N, {inputs}) for rows of a table: dicts, or the path of a CSV file."""',
        "if isinstance(rows, (str, pathlib.Path)):",
        f"    table = {p.function(t.read_file)}(rows, COLUMNS{order})",
        "else:",
        f"    table = {p.function(t.read_rows)}(rows, COLUMNS)",
        "inputs = []",
    ]
    for column in [*plain, *codes]:
        body += ["", *_lines(p, column, preparation)]
    body += ["", f"return np.column_stack(inputs).astype(np.{p.net.dtype})"]
    p.modules.add("pathlib")
    return f"\ndef prepare(rows):\n{textwrap.indent(chr(10).join(body), '    ')}\n"


def _lines(p: Program, column: Column, preparation: TablePreparation) -> list[str]:
    """The lines that append a column's inputs."""
    marks = [*preparation.marks.get(column.name, ()), *mark_numbers(preparation, column)]
    if isinstance(column, Date):
        marks = list(preparation.marks.get(column.name, ()))
    given = f"{column.name!r}"
    told = wrapped(", marks=[", map(literal, marks), "]") if marks else ""
    said = f"# {column.name!r}: "
    empty = "gap" if isinstance(column, (Number, Date)) else '[text == "" for text in x]'
    gap = [f"inputs.append({empty})  # 1 where it is missing"] if column.gaps and column.inputs else []
    lines: list[str] = []
    if isinstance(column, Number):
        far = f"{p.function(t.squash)}(({away('x', column.median)}) / {column.scale!r})"
        lines = [
            f"{said}how far it is from the median {column.median:g}; 0 where it is missing",
            f"x = {p.function(t.numbers)}(table, {given}{told})",
            "gap = np.isnan(x)",
            f"inputs.append(np.where(gap, 0.0, {far}))",
        ]
    elif isinstance(column, Date):
        day = f"{p.function(t.squash)}(({away('x', column.middle)}) / {column.scale!r})"
        cycles = ", ".join(repr(PARTS[cycle]) for cycle in column.cycles)
        turns = [
            f"for length in [{cycles}]:  # of {', '.join(f'a {cycle}' for cycle in column.cycles)}, in days",
            "    inputs.append(np.where(gap, 0.0, np.sin(2 * np.pi * x / length)))",
            "    inputs.append(np.where(gap, 0.0, np.cos(2 * np.pi * x / length)))",
        ]
        lines = [
            f"{said}days since 1970-01-01, and where in the cycles of time; 0 where it is missing",
            f"x = {p.function(t.days)}(table, {given}, {column.format or '%Y-%m-%d'!r}{told})",
            "gap = np.isnan(x)",
            f"inputs.append(np.where(gap, 0.0, {day}))",
            *(turns if cycles else []),
        ]
    elif isinstance(column, YesNo):
        lines = [
            f"{said}0 or 1, in any capital or small letters; 0.5 for anything else",
            f"x = {p.function(t.answers)}(table, {given}{told})",
            f"inputs.append([1.0 if text == {column.yes!r} else 0.0 if text == {column.no!r} else 0.5 for text in x])",
        ]
    elif isinstance(column, Category) and column.codes:
        lines = [
            f"{said}a code for the embedding: {UNSEEN} new, {GAP} missing, {FIRST} and on the values",
            f"x = {p.function(t.texts)}(table, {given}{told})",
            *wrapped("values = [", map(repr, column.categories), "]").splitlines(),
            f'codes = {{"": {GAP}}} | {{value: code for code, value in enumerate(values, {FIRST})}}',
            f"inputs.append([codes.get(text, {UNSEEN}) for text in x])",
        ]
    elif isinstance(column, Category):
        lines = [
            f"{said}an input for each value, 1 for the row's own",
            f"x = {p.function(t.texts)}(table, {given}{told})",
            *wrapped("for value in [", map(repr, column.categories), "]:").splitlines(),
            "    inputs.append([text == value for text in x])",
        ]
    return lines + gap


def away(x: str, middle: float) -> str:
    """x − middle as it is written.

    >>> away("x", 2.5), away("x", -2.5)
    ('x - 2.5', 'x + 2.5')
    """
    return f"{x} + {-middle!r}" if middle < 0 else f"{x} - {middle!r}"


def wrapped(before: str, items: Iterable[str], after: str) -> str:
    """A list of items that goes on below where it is long; each item stays whole.

    >>> print(wrapped("x = [", ["1", "2"], "]"))
    x = [1, 2]
    """
    listed = list(items)
    line = f"{before}{', '.join(listed)}{after}"
    if len(line) <= WIDTH:
        return line
    lines = [""]
    for item in listed:
        if len(lines[-1]) + len(item) > WIDTH and lines[-1]:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n".join([before, *(f"    {line.rstrip()}" for line in lines), after])
