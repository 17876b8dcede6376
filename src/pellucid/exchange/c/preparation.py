"""A table's preparation in C: a row as a struct, what becomes of each column, and how a text gets into the row."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from pellucid.exchange.c.calls import TAKEN, string, strings
from pellucid.exchange.columns import mark_numbers
from pellucid.exchange.text import Identifiers, one_line
from pellucid.tables.columns import FIRST, GAP, PARTS, Category, Column, Date, Number, YesNo, days_of
from pellucid.tables.preparation import TablePreparation
from pellucid.tables.raw import MISSING
from pellucid.tables.read import read_table

if TYPE_CHECKING:
    import polars as pl

    from pellucid.exchange.c.write import Program

SAYS = {
    "number": "a number; NAN where it is missing",
    "date": "days since 1970-01-01, the time of day as a part of a day; NAN where it is missing",
    "yes/no": "a text; NULL where it is missing",
    "category": "a text; NULL where it is missing",
}
MACROS = ("errno", "linux", "unix", "i386", "stdin", "stdout", "stderr", "assert", "isnan", "isinf", "signbit")


def fields(preparation: TablePreparation) -> dict[str, str]:
    """The name of each column in the struct, in small letters so that it is no macro of C's headers."""
    names = Identifiers("column", small=True)
    plain = {column.name: names[column.name] for column in preparation.used}
    return {name: f"{short}_" if short in TAKEN or short in MACROS else short for name, short in plain.items()}


def header(p: Program, preparation: TablePreparation, inputs: int) -> str:
    """What the header says of raw rows."""
    own, f = fields(preparation), p.function
    members = []
    for column in preparation.used:
        kind = "double " if isinstance(column, (Number, Date)) else "const char *"
        said = f"{one_line(column.name) or 'a column'}: {SAYS[column.kind]}"
        members.append(f"    {kind}{own[column.name]}; /* {said} */")
    count = len(preparation.used)
    return "\n".join(
        [
            "/* A row of the table. Texts are UTF-8 without spaces around them, as they stand in a file. */",
            f"struct {f}_row {{",
            *members,
            "};",
            "",
            f"/* What the network says of a row: {p.net.output_units} numbers. 1 is returned, or 0 where a number is",
            "   infinite. Not for two calls at once. */",
            f"int {f}(const struct {f}_row *row, float *output);",
            "",
            f"/* The same for the {inputs} inputs that the network takes. */",
            f"void {f}_prepared(const float *input, float *output);",
            "",
            "/* Puts a text as it stands in a CSV file, without spaces around it, into a column of a row, which keeps",
            "   texts where they are. The decimal sign is '.' or ','. NULL is returned, or what was expected. */",
            f"const char *{f}_set(struct {f}_row *row, int column, const char *text, char decimal);",
            "",
            "/* The columns' names, in the order of the row. */",
            f"extern const char *const {f}_columns[{count}];",
            "",
        ]
    )  # fmt: skip


def body(p: Program, preparation: TablePreparation) -> list[str]:
    """The parts of the program that take raw rows."""
    own, f = fields(preparation), p.function
    names = strings(f"const char *const {f}_columns", [c.name for c in preparation.used], end=False)
    plain = [column for column in preparation.used if not column.codes]
    codes = [column for column in preparation.used if column.codes]
    lines = [line for column in [*plain, *codes] for line in _lines(p, column, preparation, own[column.name])]
    set_lines = [
        line for k, column in enumerate(preparation.used) for line in _set(p, k, column, preparation, own[column.name])
    ]
    count = len(preparation.input_names)
    own_variables = [name for name in ("gap", "place") if any(name in line for line in lines)]
    variables = [f"    int {', '.join(own_variables)};"] if own_variables else []
    return [
        names,
        *p.lists.values(),
        f"int {f}(const struct {f}_row *row, float *output)\n{{\n"
        + "\n".join([f"    static float inputs[{count}];", "    float *input = inputs;", *variables, *lines])
        + f"\n    {f}_prepared(inputs, output);\n    return 1;\n}}",
        f"const char *{f}_set(struct {f}_row *row, int column, const char *text, char decimal)\n{{\n"
        "    switch (column) {\n" + "\n".join(set_lines) + '\n    }\n    return "a column";\n}',
    ]


def _lines(p: Program, column: Column, preparation: TablePreparation, name: str) -> list[str]:
    """The lines that append a column's inputs."""
    x, said = f"row->{name}", one_line(column.name) or "a column"
    gap = ["    *input++ = (float)gap; /* 1 where it is missing */"] if column.gaps and column.inputs else []
    if isinstance(column, (Number, Date)):
        middle = column.median if isinstance(column, Number) else column.middle
        same = "".join(f" || {x} == {_number(mark)}" for mark in dict.fromkeys(mark_numbers(preparation, column)))
        far = f"{p.use('squash')}(({x} - {_signed(middle)}) / {_number(column.scale)})"
        lines = [
            f"    /* {said}: how far it is from the middle; 0 where it is missing */",
            f"    gap = isnan({x}){same};",
            f"    if (!gap && isinf({x}))",
            "        return 0;",
            f"    *input++ = gap ? 0.0f : {far};",
        ]
        for cycle in getattr(column, "cycles", ()):
            turn = f"6.283185307179586 * {x} / {_number(PARTS[cycle])}"
            lines += [
                f"    *input++ = gap ? 0.0f : (float)sin({turn}); /* where in the {cycle} */",
                f"    *input++ = gap ? 0.0f : (float)cos({turn});",
            ]
        return lines + gap
    missing = f"gap = {p.use('is_gap')}({x}, '.', {_marks(p, column, preparation, name)});"
    if isinstance(column, YesNo):
        capitals = p.strings(f"{name}.capitals", _capitals((column.no, column.yes)))
        yes, no = (f"!gap && {p.use('is_answer')}({x}, {string(word)}, {capitals})" for word in (column.yes, column.no))
        return [
            f"    /* {said}: 1 for yes, 0 for no, in any capital or small letters; 0.5 for anything else */",
            f"    {missing}",
            "    *input = 0.5f;",
            f"    if ({yes})",
            "        *input = 1.0f;",
            f"    else if ({no})",
            "        *input = 0.0f;",
            "    input++;",
            *gap,
        ]
    assert isinstance(column, Category)
    count = len(column.categories)
    values = p.strings(f"{name}.values", list(column.categories), end=False) if count else "NULL"
    found = f"place = gap ? -1 : {p.use('find_value')}({x}, {values}, {count});"
    if column.codes:
        return [
            f"    /* {said}: a code for the embedding: 0 new, {GAP} missing, {FIRST} and on the values */",
            f"    {missing}",
            f"    {found}",
            f"    *input++ = gap ? {GAP}.0f : place < 0 ? 0.0f : (float)({FIRST} + place);",
        ]
    return [
        f"    /* {said}: an input for each value, 1 for the row's own */",
        f"    {missing}",
        f"    {found}",
        f"    for (int k = 0; k < {count}; k++)",
        "        *input++ = (float)(k == place);",
        *gap,
    ]


def _set(p: Program, k: int, column: Column, preparation: TablePreparation, name: str) -> list[str]:
    """The lines that put a text into a column."""
    marks = _marks(p, column, preparation, name)
    if isinstance(column, Number):
        lines = [f'return {p.use("set_number")}(&row->{name}, text, decimal, {marks}) ? NULL : "a finite number";']
    elif isinstance(column, Date):
        form = column.format or "%Y-%m-%d"
        lines = [
            f"return {p.use('set_date')}(&row->{name}, text, decimal, {marks}, {string(form)})",
            f"           ? NULL : {string(f'a date written as {form}')};",
        ]
    else:
        lines = [f"row->{name} = {p.use('is_gap')}(text, decimal, {marks}) ? NULL : text;", "return NULL;"]
    return [f"    case {k}:", *(f"        {line}" for line in lines)]


def _marks(p: Program, column: Column, preparation: TablePreparation, name: str) -> str:
    """The list of texts that stand for a missing one in a column."""
    return p.strings(f"{name}.marks", list(preparation.marks.get(column.name, ())))


def row_literals(p: Program, preparation: TablePreparation, rows: pl.DataFrame) -> str:
    """Raw rows as a list of structs."""
    table, own, written = read_table(rows, what="samples"), fields(preparation), []
    cells = {}
    for column in preparation.used:
        if isinstance(column, Number):
            cells[column.name] = [_number(x) for x in table.numbers(column.name)]
        elif isinstance(column, Date):
            cells[column.name] = [_number(x) for x in days_of(table, column.name, column.format)]
        else:
            cells[column.name] = ["NULL" if x is None else string(x) for x in table.texts(column.name)]
    for k in range(len(table)):
        members = "".join(f"\n     .{own[column.name]} = {cells[column.name][k]}," for column in preparation.used)
        written.append(f"    {{{members.strip().removesuffix(',')}}}")
    listed = ",\n".join(written)
    return f"static const struct {p.function}_row rows[{len(table)}] = {{\n{listed}\n}};"


def missing_texts() -> str:
    """``MISSING``, the texts for a missing one in any column."""
    return "/* Texts for a missing value. */\n" + strings("static const char *const MISSING", list(MISSING))


def _capitals(words: tuple[str, ...]) -> list[str]:
    """Pairs of capital and small letter, of those beyond A to Z that the words may be written with.

    >>> _capitals(("größe", "no"))
    ['Ö', 'ö', 'ẞ', 'ß']
    """
    return [one for pair in _pairs() if any(pair[1] in word for word in words) for one in pair]


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    letters = (chr(code) for code in range(128, sys.maxunicode + 1))
    pairs = tuple((letter, letter.lower()) for letter in letters if letter.lower() != letter)
    return tuple(pair for pair in pairs if not pair[1].isascii())


def _number(value: float) -> str:
    """A double with all its digits."""
    text = repr(float(value))
    return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}.get(text, text)


def _signed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)
