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
from pellucid.exchange.c.calls import WRITERS, number
from pellucid.exchange.c.memory import lay_out
from pellucid.exchange.prepared import prepared_inputs
from pellucid.exchange.samples import TOLERANCE, take
from pellucid.exchange.steps import INPUT, Step, steps
from pellucid.exchange.text import Identifiers, fold, one_line

if TYPE_CHECKING:
    from pellucid.network import Network

# Words that a function of ours may not be called.
TAKEN = frozenset(
    ["auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
     "for", "goto", "if", "inline", "int", "long", "main", "register", "restrict", "return", "short", "signed",
     "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while"]
)  # fmt: skip


def export(net: Network, path: Path, *, function: str = "predict", samples: Any = None) -> tuple[Path, ...]:
    """Write ``<name>.c`` with ``void predict(const float *input, float *output)``, its header, and a test program.

    One call predicts one sample. All memory is static, nothing is allocated; so the function must not run twice at the
    same time. Numbers are ``float``, whatever the network's dtype.

    Parameters
    ----------
    net : Network
    path : Path
    function : str
        What the function is called, so that several networks fit into one program.
    samples : array (B, …), optional
        What the test predicts; a few drawn ones unless given.

    Returns
    -------
    tuple of Path
        The program, its header, and ``test_<name>.c``.

    Raises
    ------
    DescriptionError
        ``function`` is no name in C, or one of the program's own.
    """
    from pellucid.record.model_file import write_whole

    own = _functions()
    if not isinstance(function, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", function) or function in (
        TAKEN | own.keys()
    ):  # fmt: skip
        raise DescriptionError(f'function must be a name in C that is not taken, such as "predict", got {function!r}.')
    taken = take(net, samples)
    header = path.with_suffix(".h")
    written = {
        path: Program(net, own, function).text(header.name),
        header: _header(net, header, function),
        path.with_name(f"test_{path.stem}.c"): _test(net, path, function, taken.X, taken.outputs),
    }
    for file, text in written.items():
        write_whole(file, text.encode())
    return tuple(written)


class Program:
    """A program that is being written."""

    def __init__(self, net: Network, functions: dict[str, str], function: str) -> None:
        self.net, self.functions, self.function = net, functions, function
        self.names = Identifiers()
        self.used: list[str] = []
        self.arrays: dict[str, NDArray[Any]] = {}

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
        parts = [
            f'{title}\n#include <math.h>\n#include <stddef.h>\n#include <string.h>\n\n#include "{header}"',
            *_class_names(self.net, self.function),
            *(
                f"static const {'int' if a.dtype.kind == 'i' else 'float'} {name}[{a.size}] = {{\n{_numbers(a)}\n}};"
                for name, a in self.arrays.items()
            ),
            *(source for name, source in self.functions.items() if name in self.used),
            *(["\n".join(buffers)] if buffers else []),
            f"void {self.function}(const float *input, float *output)\n{{\n" + "\n".join(body) + "\n}",
        ]
        return "\n\n".join(parts) + "\n"

    def call(self, name: str, *given: Any) -> str:
        """A call of one of the functions, which is taken into the file."""
        return f"{self.use(name)}({', '.join(_written(one) for one in given)});"

    def use(self, name: str) -> str:
        """Take a function into the file; return its name."""
        if name in self.functions:
            self.used.append(name)
        return name

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


def _functions() -> dict[str, str]:
    """The functions of ``functions.c`` by name, each with its comment."""
    source = files("pellucid.exchange.c").joinpath("functions.c").read_text(encoding="utf-8")
    found = {}
    for block in source.strip().split("\n\n")[2:]:
        named = re.search(r"^static \w+ (\w+)\(", block, re.MULTILINE)
        assert named is not None, f"no function in:\n{block}"
        found[named[1]] = block
    return found


def _string(text: str) -> str:
    r"""A string of C, other than plain ASCII as octal numbers.

    >>> _string('a"b'), _string("ü?")
    ('"a\\042b"', '"\\303\\274\\077"')
    """
    plain = [chr(b) if (chr(b).isalnum() and b < 128) or chr(b) in " .,_-" else f"\\{b:03o}" for b in text.encode()]
    return f'"{"".join(plain)}"'


def _class_names(net: Network, function: str) -> list[str]:
    if not net.class_names:
        return []
    names = ",\n".join(f"    {_string(name)}" for name in net.class_names)
    return [f"const char *const {function}_class_names[{len(net.class_names)}] = {{\n{names}\n}};"]


def _header(net: Network, path: Path, function: str) -> str:
    guard, count = f"{Identifiers()[path.stem].upper()}_H", math.prod(net.input_shape)
    sizes = " x ".join(map(str, net.input_shape)), " x ".join(map(str, net.output_shape))
    about = "".join(f"/* {line} */\n" for line in prepared_inputs(net))
    says = f"input: {count} numbers ({sizes[0]}); output: {net.output_units} ({sizes[1]}). Not for two calls at once."
    classes = f"extern const char *const {function}_class_names[{len(net.class_names)}];\n" if net.class_names else ""
    return (
        f"/* The network {one_line(net.name)}. Made by Pellucid {__version__}. */\n#ifndef {guard}\n#define {guard}\n\n"
        f"{about}/* {says} */\nvoid {function}(const float *input, float *output);\n{classes}\n#endif\n"
    )


def _test(net: Network, path: Path, function: str, X: NDArray[Any], outputs: NDArray[Any]) -> str:
    B, I, O = len(X), math.prod(net.input_shape), net.output_units
    tolerance = number(TOLERANCE)
    return f"""/* Compares {one_line(path.name)} with the network that it was made of. Exit code 1 where they differ.
   cc -std=c99 {one_line(path.name)} test_{one_line(path.name)} -lm && ./a.out */
#include <math.h>
#include <stdio.h>

#include "{path.with_suffix(".h").name}"

static const float inputs[{B * I}] = {{
{_numbers(X)}
}};

static const float expected[{B * O}] = {{
{_numbers(outputs)}
}};

int main(void)
{{
    float output[{O}];
    int wrong = 0;
    for (int s = 0; s < {B}; s++) {{
        {function}(inputs + s * {I}, output);
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
