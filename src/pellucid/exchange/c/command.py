"""The program around a network in C: it reads a CSV file and prints predictions."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from pellucid import __version__
from pellucid.exchange.answers import answer_columns
from pellucid.exchange.c.calls import string, strings
from pellucid.exchange.text import one_line

if TYPE_CHECKING:
    from pellucid.exchange.c.write import Program

MAIN = """enum {{ COLUMNS = {columns}, OUTPUTS = {outputs} }};

int main(int argc, char **argv)
{{
    static struct record r;
    static char *text;
    static int places[COLUMNS]; /* in the file, of each column */
    static {holds};
    static float output[OUTPUTS];
    const int help = argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"));
    const int standard = argc < 2 || !strcmp(argv[1], "-");
    const char *const name = standard ? "standard input" : argv[1], *next;
    FILE *file;
    if (help || argc > 2) {{
{help}
        return !help;
    }}
    file = standard ? stdin : fopen(name, "rb");
    if (!file) {{
        fprintf(stderr, "Error: %s: cannot be opened.\\n", name);
        return 1;
    }}
    text = read_all(file, name);
    fclose(file);
    r.text = enough(malloc(2 * strlen(text) + 2));
    const char separator = find_separator(text, &r);
    next = read_first(text, name, separator, &r);
    const int width = r.count;
{choose}
    const char decimal = find_decimal(next, separator, &r);
    fputs({head}, stdout);
    for (int count = 1; *next;) {{
        next = read_next(text, next, name, separator, width, &r);
        if (r.empty)
            continue;
        for (int k = 0; k < COLUMNS; k++) {{
            const char *const cell = places[k] < r.count ? r.cells[places[k]] : "";
{take}
        }}
        {predict};
        printf("%d", count++);
{answers}
        putchar('\\n');
    }}
    free(r.cells);
    free(r.text);
    free(text);
    return 0;
}}"""


def command_text(p: Program, header: str) -> str:
    """The whole file."""
    choose, take = _choose(p), _take(p)
    parts = {"columns": _columns(p), "outputs": p.net.output_units, "help": _help(p), "choose": choose, "take": take}
    parts |= {"head": string(_head(p)), "answers": _answers(p), "predict": f"{p.function}(input, output)"}
    parts["holds"] = "float input[COLUMNS]"
    if p.table is not None:
        parts |= {"holds": f"struct {p.function}_row row", "predict": f"{p.function}(&row, output)"}
    main = MAIN.format(**parts)
    p.use_all(main)
    names = p.net.feature_names if p.table is None else None
    lists = [strings("static const char *const names", list(names), end=False)] if names else []
    says = (
        f"/* Prints what the network {one_line(p.net.name)} says of the rows of a CSV file in UTF-8. The file is\n"
        f"   held in memory as a whole, and a line may be of any length. Made by Pellucid {__version__}. */"
    )
    includes = "\n".join(f"#include <{name}.h>" for name in ("limits", "locale", "math", "stdio", "stdlib", "string"))
    return "\n\n".join([f'{says}\n{includes}\n\n#include "{header}"', *p.sources(), *lists, main]) + "\n"


def _columns(p: Program) -> int:
    return math.prod(p.net.input_shape) if p.table is None else len(p.table.used)


def _choose(p: Program) -> str:
    """Where the columns stand in the file, and whether its first line holds names."""
    if p.table is not None and p.table.named:
        return f"    need_columns(name, &r, {p.function}_columns, COLUMNS, places);"
    if p.table is not None:
        known = [column.name for column in p.table.columns]
        order = ", ".join(str(known.index(column.name)) for column in p.table.used)
        target = len(known) if p.table.target_place is None else p.table.target_place
        most = len(known) + (p.table.target is not None)
        return (
            f"    static const int order[COLUMNS] = {{{order}}};\n"
            f"    const int target = width == {most} ? {target} : INT_MAX; /* the target may be left out */\n"
            f"    need_width(name, &r, width == {most} ? {most} : {len(known)});\n"
            "    for (int k = 0; k < COLUMNS; k++)\n"
            "        places[k] = order[k] + (order[k] >= target);\n"
            "    next = text; /* no line holds names */"
        )
    by_name = "!words || find_columns(&r, names, COLUMNS, places) >= 0"
    lines = [
        "    const int words = has_words(&r);",
        *([f"    if ({by_name}) {{"] if p.net.feature_names else []),
        "    need_width(name, &r, COLUMNS);",
        "    for (int k = 0; k < COLUMNS; k++)",
        "        places[k] = k;",
        *(["    }"] if p.net.feature_names else []),
        "    next = words ? next : text;",
    ]
    return "\n".join(lines)


def _take(p: Program) -> str:
    """A cell, as the network takes it."""
    f = p.function
    if p.table is not None:
        return (
            f"            const char *const expected = {f}_set(&row, k, cell, decimal);\n"
            "            if (expected)\n"
            f"                refuse(text, next, name, {f}_columns[k], expected, cell);"
        )
    return (
        "            double number;\n"
        "            if (!read_number(cell, decimal, &number) || isinf(number))\n"
        "                refuse(text, next, name, NULL, \"a finite number\", cell);\n"
        "            input[k] = (float)number;"
    )  # fmt: skip


def _head(p: Program) -> str:
    text = io.StringIO()
    columns, _ = answer_columns(p.net)
    said = p.net.class_names is not None or not columns
    csv.writer(text, lineterminator="\n").writerow(["row", *(["predicted"] if said else []), *columns])
    return text.getvalue()


def _answers(p: Program) -> str:
    """What is printed of a row after its number."""
    columns, both = answer_columns(p.net)
    lines = []
    if p.net.class_names:
        lines += ["        putchar(',');", f"        print_cell({p.function}_class_names[{p.function}_class(output)]);"]
    if both:
        lines.append('        printf(",%.9g", 1.0 - (double)output[0]);')
    if columns or not p.net.class_names:
        lines += ["        for (int k = 0; k < OUTPUTS; k++)", '            printf(",%.9g", (double)output[k]);']
    return "\n".join(lines)


def _help(p: Program) -> str:
    """What the program says of itself: a line each."""
    net = p.net
    shape = " x ".join(map(str, net.input_shape))
    if p.table is None:
        says = [f"Each line holds the {_columns(p)} numbers of a sample ({shape}, the last axis running fastest)."]
        if len(net.input_shape) == 3:
            says.append("Pictures have their channels last, and their numbers are as in training.")
    elif p.table.named:
        says = ["Its first line holds the columns' names. An empty cell is a missing value. The columns:"]
    else:
        says = ["Its columns have no names; the target may be left out. Those that are used, by their number:"]
    lines = [f"{one_line(net.name)}: prints predictions for a CSV file, or for standard input, as CSV.", *says]
    told = "help ? stdout : stderr"
    printed = [f"        fputs({string(line + chr(10))}, {told});" for line in lines]
    if p.table is not None:
        printed += [
            "        for (int k = 0; k < COLUMNS; k++)",
            f'            fprintf({told}, "%s\\n", {p.function}_columns[k]);',
        ]
    return "\n".join(printed)
