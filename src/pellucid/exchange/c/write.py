"""A network to C99 that needs libm alone, with a program that compares it with the network."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid import __version__
from pellucid.errors import DescriptionError
from pellucid.exchange.c.memory import lay_out
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
            *(f"static const float {name}[{a.size}] = {{\n{_numbers(a)}\n}};" for name, a in self.arrays.items()),
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
    return _number(given) if isinstance(given, float) else str(given)


def _number(value: float) -> str:
    """A float with as many digits as bring back the same bits.

    >>> _number(0.1), _number(3.0), _number(1e-9)
    ('0.1f', '3.0f', '1e-09f')
    """
    text = f"{np.float32(value):.9g}" if float(f"{value:.6g}") != value else f"{value:.6g}"
    return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"


def _numbers(array: NDArray[Any]) -> str:
    texts = [_number(value) for value in array.ravel().tolist()]
    return ",\n".join("    " + ", ".join(texts[k : k + 8]) for k in range(0, len(texts), 8))


def _dense(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    sizes = step.shapes[0][0], step.shape[0]
    return [p.call("dense", *sizes, x[0], p.array(step, "weights"), p.array(step, "bias"), z)]


def _conv(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    layer: Any = step.layer
    (top, _), (left, _) = layer.window.border(step.shapes[0])
    options = layer.kernel, layer.stride, (top, left), layer.dilation, layer.groups
    arrays = p.array(step, "weights"), p.array(step, "bias")
    return [p.call("conv2d", step.shapes[0], step.shape, *options, x[0], *arrays, z)]


def _pool(function: str) -> Writer:
    def write(p: Program, step: Step, x: list[str], z: str) -> list[str]:
        window = step.layer.window  # type: ignore[union-attr]
        (top, _), (left, _) = window.border(step.shapes[0])
        return [p.call(function, step.shapes[0], step.shape, window.kernel, window.stride, (top, left), x[0], z)]

    return write


def _global_average(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    H, W, C = step.shapes[0]
    return [p.call("average_pool", (H, W, C), (1, 1, C), (H, W), (H, W), (0, 0), x[0], z)]


def _channelwise(function: str, *arrays: str, options: tuple[str, ...] = ()) -> Writer:
    def write(p: Program, step: Step, x: list[str], z: str) -> list[str]:
        C = step.shape[-1]
        given = [float(getattr(step.layer, option)) for option in options]
        return [p.call(function, math.prod(step.shape) // C, C, *given, x[0], *(p.array(step, a) for a in arrays), z)]

    return write


def _embedding(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    tables = step.layer.tables  # type: ignore[union-attr]
    first = place = step.shapes[0][0] - len(tables)
    calls = [f"memcpy({z}, {x[0]}, {first} * sizeof(float));"] if first else []
    for k, (categories, units) in enumerate(tables):
        table = p.array(step, f"table_{k + 1}")
        calls.append(p.call("embedding", f"{x[0]}[{first + k}]", categories, units, table, f"{z} + {place}"))
        place += units
    return calls


def _nothing(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    return []


def _activation(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    f, size = step.f, math.prod(step.shape)
    assert f is not None
    if f.name == "softmax":
        return [p.call("softmax", size // step.shape[-1], step.shape[-1], x[0], z)]
    name = C_NAMES.get(f.name, f.name)
    options = "".join(f", {_number(option)}" for option in f.options)
    return [f"for (int i = 0; i < {size}; i++) {z}[i] = {p.use(name)}({x[0]}[i]{options});"]


def _add(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    return [p.call("add", math.prod(step.shape), *x, z)]


def _mean(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    shares, size = step.layer.shares, math.prod(step.shape)  # type: ignore[union-attr]
    return [p.call("blend", size, share, int(k == 0), x[k], z) for k, share in enumerate(shares)]


Writer = Callable[[Program, Step, list[str], str], list[str]]
C_NAMES = {"tanh": "tanhf"}  # activations that are called otherwise in C
WRITERS: dict[str, Writer] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "MaxPool2D": _pool("max_pool"),
    "AvgPool2D": _pool("average_pool"),
    "GlobalAvgPool2D": _global_average,
    "BatchNorm": _channelwise("batch_norm", "gamma", "beta", "mean", "variance", options=("epsilon",)),
    "LayerNorm": _channelwise("layer_norm", "gamma", "beta", options=("epsilon",)),
    "Standardize": _channelwise("standardize", "mean", "deviation"),
    "Embedding": _embedding,
    "Reshape": _nothing,
    "Activation": _activation,
    "Add": _add,
    "Mean": _mean,
}


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
    says = f"input: {count} numbers ({sizes[0]}); output: {net.output_units} ({sizes[1]}). Not for two calls at once."
    classes = f"extern const char *const {function}_class_names[{len(net.class_names)}];\n" if net.class_names else ""
    return (
        f"/* The network {one_line(net.name)}. Made by Pellucid {__version__}. */\n#ifndef {guard}\n#define {guard}\n\n"
        f"/* {says} */\nvoid {function}(const float *input, float *output);\n{classes}\n#endif\n"
    )


def _test(net: Network, path: Path, function: str, X: NDArray[Any], outputs: NDArray[Any]) -> str:
    B, I, O = len(X), math.prod(net.input_shape), net.output_units
    tolerance = _number(TOLERANCE)
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
