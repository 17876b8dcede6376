"""The steps of a network as ONNX nodes: a writer for each operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.exchange.onnx.activations import WRITERS as ACTIVATIONS
from pellucid.exchange.onnx.graph import Graph, Value
from pellucid.exchange.steps import Step

Writer = Callable[[Graph, Step, list[Value]], Value]


def _dense(g: Graph, step: Step, inputs: list[Value]) -> Value:
    """z = x W + b: the weights lie in the file as they lie in the network, (I, O)."""
    names = [g.constant(f"{step.name}.{k}", step.arrays[k]) for k in ("weights", "bias") if k in step.arrays]
    op = "Gemm" if "bias" in step.arrays else "MatMul"
    return Value(g.node(op, [inputs[0].name, *names], step.output), step.shape)


def _conv(g: Graph, step: Step, inputs: list[Value]) -> Value:
    """ONNX keeps a kernel as (O, C, KH, KW)."""
    x, layer = g.channels_first(inputs[0]), _layer(step)
    names = [g.constant(f"{step.name}.weights", step.arrays["weights"].transpose(3, 2, 0, 1))]
    if "bias" in step.arrays:
        names.append(g.constant(f"{step.name}.bias", step.arrays["bias"]))
    (top, bottom), (left, right) = layer.window.border(step.shapes[0])
    g.node(
        "Conv", [x.name, *names], step.output, kernel_shape=list(layer.kernel), strides=list(layer.stride),
        dilations=list(layer.dilation), group=layer.groups, pads=[top, left, bottom, right],
    )  # fmt: skip
    return Value(step.output, step.shape, first=True)


def _pool(op: str) -> Writer:
    """ONNX's poolings, too, see only the picture where a window stands over the border."""

    def write(g: Graph, step: Step, inputs: list[Value]) -> Value:
        x, window = g.channels_first(inputs[0]), _layer(step).window
        (top, bottom), (left, right) = window.border(step.shapes[0])
        g.node(
            op, [x.name], step.output, kernel_shape=list(window.kernel), strides=list(window.stride),
            pads=[top, left, bottom, right],
        )  # fmt: skip
        return Value(step.output, step.shape, first=True)

    return write


def _global_average(g: Graph, step: Step, inputs: list[Value]) -> Value:
    x = g.channels_first(inputs[0])
    mean = g.node("GlobalAveragePool", [x.name], f"{step.output}.mean")
    return Value(g.node("Flatten", [mean], step.output, axis=1), step.shape)


def _batch_norm(g: Graph, step: Step, inputs: list[Value]) -> Value:
    x, layer = g.channels_first(inputs[0]), _layer(step)
    names = [g.constant(f"{step.name}.{k}", step.arrays[k]) for k in ("gamma", "beta", "mean", "variance")]
    more = {"epsilon": float(layer.epsilon), "momentum": float(layer.momentum)}
    return Value(g.node("BatchNormalization", [x.name, *names], step.output, **more), step.shape, x.first)


def _layer_norm(g: Graph, step: Step, inputs: list[Value]) -> Value:
    x, out, epsilon = g.channels_last(inputs[0]).name, step.output, float(_layer(step).epsilon)
    gamma, beta = (g.constant(f"{step.name}.{k}", step.arrays[k]) for k in ("gamma", "beta"))
    if g.opset >= 17:
        return Value(g.node("LayerNormalization", [x, gamma, beta], out, axis=-1, epsilon=epsilon), step.shape)
    centred = g.node("Sub", [x, _mean(g, x, f"{out}.mean")], f"{out}.centred")
    variance = _mean(g, g.node("Mul", [centred, centred], f"{out}.squared"), f"{out}.variance")
    shifted = g.node("Add", [variance, g.constant(f"{out}.epsilon", epsilon)], f"{out}.shifted")
    normal = g.node("Div", [centred, g.node("Sqrt", [shifted], f"{out}.deviation")], f"{out}.normal")
    return Value(g.node("Add", [g.node("Mul", [normal, gamma], f"{out}.scaled"), beta], out), step.shape)


def _mean(g: Graph, x: str, name: str) -> str:
    return g.node("ReduceMean", [x], name, axes=[-1], keepdims=1)


def _standardize(g: Graph, step: Step, inputs: list[Value]) -> Value:
    x = inputs[0]
    mean, deviation = (g.channelwise(f"{step.name}.{k}", step.arrays[k], x) for k in ("mean", "deviation"))
    centred = g.node("Sub", [x.name, mean], f"{step.output}.centred")
    return Value(g.node("Div", [centred, deviation], step.output), step.shape, x.first)


def _embedding(g: Graph, step: Step, inputs: list[Value]) -> Value:
    """The numbers as they are, then a row of a table for each code."""
    x, layer, out = inputs[0].name, _layer(step), step.output
    first = step.shapes[0][0] - len(layer.tables)
    parts = []
    if first:
        places = g.constant(f"{out}.places", np.arange(first), "int64")
        parts.append(g.node("Gather", [x, places], f"{out}.numbers", axis=1))
    for k in range(len(layer.tables)):
        table = g.constant(f"{step.name}.table_{k + 1}", step.arrays[f"table_{k + 1}"])
        place = g.constant(f"{out}.place_{k + 1}", np.array(first + k), "int64")
        column = g.node("Gather", [x, place], f"{out}.column_{k + 1}", axis=1)
        code = g.node("Cast", [column], f"{out}.code_{k + 1}", to=g.onnx.TensorProto.INT64)
        parts.append(g.node("Gather", [table, code], f"{out}.vector_{k + 1}", axis=0))
    return Value(g.node("Concat", parts, out, axis=1), step.shape)


def _piecewise_linear(g: Graph, step: Step, inputs: list[Value]) -> Value:
    out = step.output
    names = {k: g.constant(f"{step.name}.{k}", a, "int64" if k == "place" else None) for k, a in step.arrays.items()}
    seen = g.node("Gather", [inputs[0].name, names["place"]], f"{out}.seen", axis=1)
    share = g.node("Div", [g.node("Sub", [seen, names["left"]], f"{out}.moved"), names["width"]], f"{out}.share")
    above = g.node("Max", [share, names["low"]], f"{out}.above")
    return Value(g.node("Min", [above, names["high"]], out), step.shape)


def _reshape(g: Graph, step: Step, inputs: list[Value]) -> Value:
    x = g.in_row(inputs[0], step.output)
    if len(step.shape) == 1:
        return Value(g.node("Flatten", [x.name], step.output, axis=1), step.shape)
    shape = g.constant(f"{step.output}.shape", np.array([0, *step.shape]), "int64")  # 0: as many samples as come in
    return Value(g.node("Reshape", [x.name, shape], step.output), step.shape)


def _activation(g: Graph, step: Step, inputs: list[Value]) -> Value:
    x, f = inputs[0], step.f
    assert f is not None
    name = ACTIVATIONS[f.name](g, x.name, step.output, f, 1 if x.first else -1)
    return Value(name, step.shape, x.first)


def _add(g: Graph, step: Step, inputs: list[Value]) -> Value:
    path, beside = inputs
    if path.first != beside.first:
        beside = g.channels_first(beside) if path.first else g.channels_last(beside)
    return Value(g.node("Add", [path.name, beside.name], step.output), step.shape, path.first)


def _mean_of(g: Graph, step: Step, inputs: list[Value]) -> Value:
    """Σ share · input."""
    if any(x.first != inputs[0].first for x in inputs):
        inputs = [g.channels_last(x) for x in inputs]
    names, shares = [x.name for x in inputs], _layer(step).shares
    if len(set(shares)) == 1:
        return Value(g.node("Mean", names, step.output), step.shape, inputs[0].first)
    weighed = []
    for k, (name, share) in enumerate(zip(names, shares, strict=True), start=1):
        share = g.constant(f"{step.output}.share_{k}", share)
        weighed.append(g.node("Mul", [name, share], f"{step.output}.weighed_{k}"))
    return Value(g.node("Sum", weighed, step.output), step.shape, inputs[0].first)


def _layer(step: Step) -> Any:
    assert step.layer is not None
    return step.layer


WRITERS: dict[str, Writer] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "MaxPool2D": _pool("MaxPool"),
    "AvgPool2D": _pool("AveragePool"),
    "GlobalAvgPool2D": _global_average,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "Standardize": _standardize,
    "Embedding": _embedding,
    "PiecewiseLinear": _piecewise_linear,
    "Reshape": _reshape,
    "Activation": _activation,
    "Add": _add,
    "Mean": _mean_of,
}
