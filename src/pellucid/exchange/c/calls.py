"""The steps of a network as calls in C: a writer for each operation."""

from __future__ import annotations

import math
from collections.abc import Callable
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.exchange.steps import Step

if TYPE_CHECKING:
    from pellucid.exchange.c.write import Program


# Words that a function of ours may not be called.
TAKEN = frozenset(
    ["auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
     "for", "goto", "if", "inline", "int", "long", "main", "register", "restrict", "return", "short", "signed",
     "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while"]
)  # fmt: skip


PLAIN = frozenset(f"{ascii_letters}{digits} .,_-=:;()/+'%".encode())  # what may stand in a string as it is


def string(text: str) -> str:
    r"""A string of C; what is not plain ASCII, or might mean something in C, as octal numbers.

    >>> string('a"b'), string("ü?")
    ('"a\\042b"', '"\\303\\274\\077"')
    """
    plain = [chr(byte) if byte in PLAIN else f"\\{byte:03o}" for byte in text.encode()]
    return f'"{"".join(plain)}"'.replace("\\012", "\\n")


def strings(declared: str, texts: list[str], end: bool = True) -> str:
    """A list of texts in C, with NULL at its end unless its length is known. No text of C has a NUL in it, so one that
    has is NULL too."""
    listed = ["NULL" if "\0" in text else string(text) for text in texts] + ["NULL"] * end
    lines, line = [], ""
    for one in listed:
        if len(line) + len(one) > 110 and line:
            lines.append(line)
            line = ""
        line += f"{one}, "
    rows = ",\n".join(f"    {row.strip().removesuffix(',')}" for row in [*lines, line])
    return f"{declared}[{len(listed)}] = {{\n{rows}\n}};"


def number(value: float) -> str:
    """A float with as many digits as bring back the same bits.

    >>> number(0.1), number(3.0), number(1e-9)
    ('0.1f', '3.0f', '1e-09f')
    """
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    text = f"{np.float32(value):.9g}" if float(f"{value:.6g}") != value else f"{value:.6g}"
    return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"


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


def _piecewise_linear(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    arrays = [p.array(step, name) for name in ("place", "left", "width", "low", "high")]
    return [p.call("piecewise_linear", step.shape[0], x[0], *arrays, z)]


def _nothing(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    return []


def _activation(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    f, size = step.f, math.prod(step.shape)
    assert f is not None
    if f.name == "softmax":
        return [p.call("softmax", size // step.shape[-1], step.shape[-1], x[0], z)]
    name = C_NAMES.get(f.name, f.name)
    options = "".join(f", {number(option)}" for option in f.options)
    return [f"for (int i = 0; i < {size}; i++) {z}[i] = {p.use(name)}({x[0]}[i]{options});"]


def _add(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    return [p.call("add", math.prod(step.shape), *x, z)]


def _mean(p: Program, step: Step, x: list[str], z: str) -> list[str]:
    shares, size = step.layer.shares, math.prod(step.shape)  # type: ignore[union-attr]
    return [p.call("blend", size, share, int(k == 0), x[k], z) for k, share in enumerate(shares)]


Writer = Callable[["Program", Step, list[str], str], list[str]]
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
    "PiecewiseLinear": _piecewise_linear,
    "Reshape": _nothing,
    "Activation": _activation,
    "Add": _add,
    "Mean": _mean,
}
