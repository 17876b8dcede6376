"""A network to C99 that needs libm alone, with a program that compares it with the network."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid import __version__
from pellucid.errors import DescriptionError
from pellucid.exchange.answers import threshold
from pellucid.exchange.c.calls import TAKEN, WRITERS, number, string, strings
from pellucid.exchange.c.command import command_text
from pellucid.exchange.c.memory import lay_out
from pellucid.exchange.c.preparation import body as body_of_raw
from pellucid.exchange.c.preparation import header as header_of_raw
from pellucid.exchange.c.preparation import missing_texts, row_literals
from pellucid.exchange.columns import table_of
from pellucid.exchange.samples import TOLERANCE, Samples, take
from pellucid.exchange.steps import INPUT, Step, steps
from pellucid.exchange.text import Identifiers, fold, one_line

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.tables.preparation import TablePreparation

HEADERS = ["locale", "math", "stddef", "stdlib", "string"]
MORE = ("locale", "stdlib")  # that only numbers in texts need

WORD = re.compile(r"\b[A-Za-z_]\w*")
COMMENT = re.compile(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)  # and text in quotes
BLOCK = re.compile(r"^(?:static [^(\[]*?(\w+)(?=[(\[])|enum \{ (\w+)|struct (\w+) \{)", re.MULTILINE)


def export(net: Network, path: Path, *, function: str = "predict", samples: Any = None) -> tuple[Path, ...]:
    """Write ``<name>.c`` with ``void predict(const float *input, float *output)``, its header, and two programs.

    One call predicts one sample. All memory is static, nothing is allocated; so the function must not run twice at the
    same time. Numbers are ``float``, whatever the network's dtype. Of a network that was trained on a table,
    ``int predict(const struct predict_row *row, float *output)`` takes a raw row, and ``predict_prepared`` what the
    network takes. ``<name>_main.c`` reads a CSV file and prints predictions; ``test_<name>.c`` compares some with the
    network's.

    Parameters
    ----------
    net : Network
    path : Path
    function : str
        What the function is called, so that several networks fit into one program.
    samples : array (B, …) or table, optional
        What the test predicts; a few drawn ones unless given. Raw rows where the network takes these, or prepared ones.

    Returns
    -------
    tuple of Path
        The network, its header, ``test_<name>.c`` and ``<name>_main.c``.

    Raises
    ------
    DescriptionError
        ``function`` is no name in C, or one of the program's own.
    DataError
        The network's preparation is of another network.
    """
    from pellucid.record.model_file import write_whole

    own = functions("functions.c", "table.c")
    if not isinstance(function, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", function) or function in (
        TAKEN | own.keys()
    ):  # fmt: skip
        raise DescriptionError(f'function must be a name in C that is not taken, such as "predict", got {function!r}.')
    program, header = Program(net, table_of(net), own, function), path.with_suffix(".h")
    command = Program(net, program.table, functions("table.c", "main.c"), function)
    taken = take(net, samples)
    written = {
        path: program.text(header.name),
        header: _header(program, header),
        path.with_name(f"test_{path.stem}.c"): test_text(program, path, taken),
        path.with_name(f"{path.stem}_main.c"): command_text(command, header.name),
    }
    for file, text in written.items():
        write_whole(file, text.encode())
    return tuple(written)


class Program:
    """A program that is being written."""

    def __init__(self, net: Network, table: TablePreparation | None, functions: dict[str, str], function: str) -> None:
        self.net, self.table, self.functions, self.function = net, table, functions, function
        self.names = Identifiers()
        self.used: list[str] = []
        self.arrays: dict[str, NDArray[Any]] = {}
        self.lists: dict[str, str] = {}

    def text(self, header: str) -> str:
        """The whole file."""
        listed, output = steps(self.net)
        memory = lay_out(listed, output)
        where = {INPUT: "input"} | {name: f"buffer_{place}" for name, place in memory.place.items()}
        body = []
        for step in listed:
            if step.output not in where:  # a view of the input
                where[step.output] = where[step.inputs[0]]
            calls = WRITERS[step.op](self, step, [where[name] for name in step.inputs], where[step.output])
            if calls:
                body += [f"    /* {one_line(step.name)}: {step.op} */", *(fold(f"    {call}") for call in calls)]
        body.append(f"    memcpy(output, {where[output]}, {self.net.output_units} * sizeof(float));")
        buffers = [f"static float buffer_{k}[{size}];" for k, size in enumerate(memory.sizes)]
        title = f"/* The network {one_line(self.net.name)}. Made by Pellucid {__version__}. */"
        raw = [] if self.table is None else body_of_raw(self, self.table)
        wanted = HEADERS if "read_number" in self.used else [name for name in HEADERS if name not in MORE]
        includes = "\n".join(f"#include <{name}.h>" for name in wanted)
        called = self.function if self.table is None else f"{self.function}_prepared"
        parts = [
            f'{title}\n{includes}\n\n#include "{header}"',
            *_class_names(self.net, self.function),
            *(
                f"static const {'int' if a.dtype.kind == 'i' else 'float'} {name}[{a.size}] = {{\n{_numbers(a)}\n}};"
                for name, a in self.arrays.items()
            ),
            *self.sources(),
            *(["\n".join(buffers)] if buffers else []),
            f"void {called}(const float *input, float *output)\n{{\n" + "\n".join(body) + "\n}",
            *raw,
            *([_class(self.net, self.function)] if self.net.class_names else []),
        ]
        return "\n\n".join(parts) + "\n"

    def call(self, name: str, *given: Any) -> str:
        """A call of one of the functions, which is taken into the file."""
        return f"{self.use(name)}({', '.join(_written(one) for one in given)});"

    def use(self, name: str) -> str:
        """Take a function into the file, and those that it uses; return its name."""
        if name in self.functions and name not in self.used:
            self.used.append(name)
            self.use_all(self.functions[name])
        return name

    def use_all(self, source: str) -> None:
        """Take all functions that occur in a text."""
        for name in WORD.findall(COMMENT.sub("", source)):
            self.use(name)

    def sources(self) -> list[str]:
        """The functions that are used, in their order."""
        return [source for name, source in self.functions.items() if name in self.used]

    def strings(self, name: str, texts: list[str], end: bool = True) -> str:
        """Take a list of texts into the file, with NULL at its end if that is asked for; return its name."""
        known = self.names[name if texts else "no texts"]
        self.lists[known] = strings(f"static const char *const {known}", texts, end)
        return known

    def array(self, step: Step, name: str) -> str:
        """Take an array of a step into the file; return its name."""
        if name not in step.arrays:
            return "NULL"
        known = self.names[f"{step.name}.{name}"]
        self.arrays[known] = step.arrays[name]
        return known


def _written(given: Any) -> str:
    """An argument: text as it is, whole numbers and lists of them, and floats."""
    if isinstance(given, (tuple, list)):
        return f"(const int[]){{{', '.join(map(str, given))}}}"
    return number(given) if isinstance(given, float) else str(given)


def _numbers(array: NDArray[Any]) -> str:
    written: Callable[[Any], str] = str if array.dtype.kind == "i" else number
    texts = [written(value) for value in array.ravel().tolist()]
    return ",\n".join("    " + ", ".join(texts[k : k + 8]) for k in range(0, len(texts), 8))


def functions(*files_of_ours: str) -> dict[str, str]:
    """The functions of files beside this one by name, each with its comment, in order."""
    found = {}
    for file in files_of_ours:
        source = files("pellucid.exchange.c").joinpath(file).read_text(encoding="utf-8")
        if file == "table.c":
            found["MISSING"] = missing_texts()
        for block in source.strip().split("\n\n")[2:]:
            named = BLOCK.search(block)
            assert named is not None, f"no function in:\n{block}"
            found[next(name for name in named.groups() if name)] = block
    return found


def _class_names(net: Network, function: str) -> list[str]:
    if not net.class_names:
        return []
    names = ",\n".join(f"    {string(name)}" for name in net.class_names)
    return [f"const char *const {function}_class_names[{len(net.class_names)}] = {{\n{names}\n}};"]


def _class(net: Network, function: str) -> str:
    """The function that chooses a class, as ``Network.classes_of`` does."""
    most = len(net.class_names or ())
    if net.output_units == 1:
        chosen = f"    return output[0] > {threshold(net)}f;" if most > 1 else "    return 0 * (int)output[0];"
    else:
        chosen = (
            "    int best = 0;\n"
            f"    for (int k = 1; k < {min(most, net.output_units)}; k++)\n"
            "        best = output[k] > output[best] ? k : best;\n"
            "    return best;"
        )
    return f"int {function}_class(const float *output)\n{{\n{chosen}\n}}"


def _header(p: Program, path: Path) -> str:
    net, function = p.net, p.function
    guard, count = f"{Identifiers()[path.stem].upper()}_H", math.prod(net.input_shape)
    sizes = " x ".join(map(str, net.input_shape)), " x ".join(map(str, net.output_shape))
    says = f"input: {count} numbers ({sizes[0]}); output: {net.output_units} ({sizes[1]}). Not for two calls at once."
    plain = f"/* {says} */\nvoid {function}(const float *input, float *output);\n"
    takes = plain if p.table is None else header_of_raw(p, p.table, count)
    classes = (
        "\n/* The number of the most likely class, from 0, and the classes' names. */\n"
        f"int {function}_class(const float *output);\n"
        f"extern const char *const {function}_class_names[{len(net.class_names)}];\n"
        if net.class_names else ""
    )  # fmt: skip
    return (
        f"/* The network {one_line(net.name)}. Made by Pellucid {__version__}. */\n#ifndef {guard}\n#define {guard}\n\n"
        f"{takes}{classes}\n#endif\n"
    )


def test_text(p: Program, path: Path, taken: Samples) -> str:
    """A program that compares the network's answers: to raw rows, or to arrays."""
    B, I, O = len(taken.X), math.prod(p.net.input_shape), p.net.output_units
    if taken.rows is not None and p.table is not None:
        given = row_literals(p, p.table, taken.rows)
        call = f"{p.function}(rows + s, output)"
    else:
        given = f"static const float inputs[{B * I}] = {{\n{_numbers(taken.X)}\n}};"
        call = f"{p.function}{'' if taken.plain else '_prepared'}(inputs + s * {I}, output)"
    tolerance = number(TOLERANCE)
    return f"""/* Compares {one_line(path.name)} with the network that it was made of. Exit code 1 where they differ.
   cc -std=c99 {one_line(path.name)} test_{one_line(path.name)} -lm && ./a.out */
#include <math.h>
#include <stdio.h>

#include "{path.with_suffix(".h").name}"

{given}

static const float expected[{B * O}] = {{
{_numbers(taken.outputs)}
}};

int main(void)
{{
    float output[{O}];
    int wrong = 0;
    for (int s = 0; s < {B}; s++) {{
        {call};
        for (int o = 0; o < {O}; o++) {{
            const float e = expected[s * {O} + o];
            if (!(fabsf(output[o] - e) <= {tolerance} * (1.0f + fabsf(e)))) {{
                printf("sample %d, output %d: %.9g instead of %.9g\\n", s, o, (double)output[o], (double)e);
                wrong = 1;
            }}
        }}
    }}
    if (!wrong)
        printf("{B} samples: as the network predicted\\n");
    return wrong;
}}
"""
