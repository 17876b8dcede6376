"""Readers of ONNX nodes: each makes of a node's inputs what comes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.activations.formulas import SELU_ALPHA, SELU_SCALE
from pellucid.exchange.onnx import windows
from pellucid.exchange.onnx.chain import Affine, Joints, OtherLayout, Tensor, Unreadable, in_order
from pellucid.exchange.onnx.node import Node, Part, Value
from pellucid.layers import Activation, BatchNorm, Dense, Dropout, Embedding, GlobalAvgPool2D, LayerNorm

Reader = Callable[[Node, Joints], Value]


def _plain(read: Callable[[Node], Value]) -> Reader:
    return lambda node, joints: read(node)


# --- activations ------------------------------------------------------------------------------------------------------


def activation(name: str, **options: tuple[str, float]) -> Reader:
    """An activation of Pellucid; ``options`` are its own: the attribute and its default in ONNX."""

    def read(node: Node, joints: Joints) -> Value:
        given = {own: node.attribute(attribute, default) for own, (attribute, default) in options.items()}
        return node.tensor().then(Activation({"kind": name} | given))

    return read


def exactly(name: str, **expected: tuple[float, float]) -> Reader:
    """An activation whose attributes must be those of Pellucid: (that, ONNX's default)."""

    def read(node: Node, joints: Joints) -> Value:
        for attribute, (wanted, default) in expected.items():
            if abs(node.attribute(attribute, default) - wanted) > 1e-6:
                raise Unreadable(f"{attribute} is {node.attribute(attribute, default):g}, Pellucid's is {wanted:g}")
        return node.tensor().then(Activation(name))

    return read


def _gelu(node: Node) -> Value:
    if node.attribute("approximate", b"none") != b"none":
        raise Unreadable("only the exact GELU can be read")
    return node.tensor().then(Activation("gelu"))


def _prelu(node: Node) -> Value:
    slope = node.constant(1)
    if slope.size < 1 or (slope != slope.ravel()[0]).any():
        raise Unreadable("it has a slope for each channel, Pellucid's leaky_relu one for all")
    return node.tensor().then(Activation({"kind": "leaky_relu", "slope": float(slope.ravel()[0])}))


def _clip(node: Node) -> Value:
    low = node.attribute("min", -math.inf) if "min" in node.attributes else node.given(1)
    high = node.attribute("max", math.inf) if "max" in node.attributes else node.given(2)
    if low is None or isinstance(low, (Tensor, Part)) or np.any(low) or high is not None:
        raise Unreadable("only a limit of 0 from below, the rectifier, can be read")
    return node.tensor().then(Activation("relu"))


def _softmax(node: Node) -> Value:
    x = node.tensor()
    axis = node.attribute("axis", -1 if node.opset >= 13 else 1)
    axes = node.axes([axis], x.index.ndim)
    if node.opset < 13 and axes[0] != x.index.ndim - 1:
        raise Unreadable("it runs over several axes")
    return x.last(axes[0]).then(Activation("softmax"))


def _compare(node: Node) -> Value:
    x, limit = node.tensor(), node.constant(1)
    if limit.any():
        raise Unreadable("only a comparison with 0 can be read")
    return Part("z >= 0", x)


# --- layers -----------------------------------------------------------------------------------------------------------


def _dense(x: Tensor, weights: NDArray[Any], bias: NDArray[Any] | None) -> Tensor:
    if weights.ndim != 2 or 0 in weights.shape or x.index.ndim != 1 or x.index.size != weights.shape[0]:
        raise Unreadable(f"weights of shape {weights.shape} do not fit samples of shape {x.index.shape}")
    turned = np.empty_like(weights)
    turned[x.index] = weights
    units, arrays = weights.shape[1], {"weights": turned}
    if bias is not None:
        if bias.size not in (1, units):
            raise Unreadable(f"a bias of shape {bias.shape} does not fit {units} units")
        arrays["bias"] = np.broadcast_to(bias.ravel(), units)
    flat = x.shaped((x.index.size,)).then(Dense(units, bias=bias is not None), arrays)
    return replace(flat, index=np.arange(units), shape=(units,))


def _gemm(node: Node) -> Value:
    if node.attribute("transA", 0):
        raise Unreadable("transA turns the samples")
    weights = node.constant(1) * np.asarray(node.attribute("alpha", 1.0), node.constant(1).dtype)
    bias = None
    if node.given(2) is not None:
        bias = node.constant(2) * np.asarray(node.attribute("beta", 1.0), node.constant(2).dtype)
    return _dense(node.tensor(), weights.T if node.attribute("transB", 0) else weights, bias)


def _matmul(node: Node) -> Value:
    return _dense(node.tensor(), node.constant(1), None)


def _channels(x: Tensor, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """One number for each channel, in Pellucid's order of channels."""
    channels, turned = x.shape[-1], {}
    for name, given in arrays.items():
        if given.size != channels:
            raise OtherLayout(f"{name} holds {given.size} numbers for {channels} channels")
        turned[name] = given.ravel()
        if x.index.ndim == 1 and not in_order(x.index):
            turned[name] = np.empty_like(given.ravel())
            turned[name][x.index] = given.ravel()
    return turned


def _batch_norm(node: Node) -> Value:
    x = node.tensor().last(0)
    names = ("gamma", "beta", "mean", "variance")
    arrays = _channels(x, {name: node.constant(k) for k, name in enumerate(names, start=1)})
    if node.attribute("training_mode", 0):
        raise Unreadable("it is set to train")
    options = {
        "epsilon": _digits(node.attribute("epsilon", 1e-5)),
        "momentum": _digits(node.attribute("momentum", 0.9)),
    }
    return x.then(BatchNorm(**options), arrays)


def _layer_norm(node: Node) -> Value:
    x = node.tensor()
    if node.axes([node.attribute("axis", -1)], x.index.ndim) != [x.index.ndim - 1]:
        raise Unreadable("Pellucid's LayerNorm runs over the last axis alone")
    x = x.last(x.index.ndim - 1)
    gamma = node.constant(1)
    beta = np.zeros_like(gamma) if node.given(2) is None else node.constant(2)
    layer = LayerNorm(_digits(node.attribute("epsilon", 1e-5)))
    return x.then(layer, _channels(x, {"gamma": gamma, "beta": beta}))


def _dropout(node: Node) -> Value:
    ratio = node.attribute("ratio", 0.5)
    if node.given(1) is not None:
        ratio = float(node.constant(1).ravel()[0])
    training = node.given(2)
    if training is not None and np.any(node.constant(2)):
        raise Unreadable("it is set to train")
    return node.tensor().then(Dropout(_digits(ratio)))


def _digits(value: float) -> float:
    """A number that the file keeps with seven digits, as it was written: 1e-5 instead of 9.999999747e-06."""
    return float(f"{value:.7g}")


# --- arithmetic -------------------------------------------------------------------------------------------------------


def _shift(x: Tensor, constant: NDArray[Any], sign: float) -> Tensor:
    mean = _for_each(x, sign * constant.astype(float))
    return x.then(Affine(mean, np.ones(())))


def _scale(x: Tensor, deviation: NDArray[Any]) -> Tensor:
    each = _for_each(x, deviation)
    if each.ndim == 0 and not (each > 0 and np.isfinite(each)):
        each = np.broadcast_to(each, x.shape[-1])
    return x.then(Affine(np.zeros(()), each))


def _for_each(x: Tensor, constant: NDArray[Any]) -> NDArray[Any]:
    """A constant as one number, or one for each of Pellucid's channels."""
    if constant.size == 1:
        return constant.reshape(())
    if constant.ndim > x.index.ndim + 1 or (constant.ndim == x.index.ndim + 1 and constant.shape[0] != 1):
        raise Unreadable(f"a constant of shape {constant.shape} does not fit samples of shape {x.index.shape}")
    whole = np.empty(x.index.size)
    try:
        whole[x.index.ravel()] = np.broadcast_to(constant, (1, *x.index.shape)).ravel()
    except ValueError as error:
        raise OtherLayout(f"a constant of shape {constant.shape} does not fit samples of {x.index.shape}") from error
    rows = whole.reshape(-1, x.shape[-1])
    if (rows != rows[0]).any():
        raise OtherLayout("a constant differs within a channel")
    first: NDArray[Any] = rows[0]
    return first


def _same(value: Value | None, tensor: Tensor) -> bool:
    return value is tensor


def _add(node: Node, joints: Joints) -> Value:
    one, other = node.given(0), node.given(1)
    if isinstance(one, np.ndarray):
        one, other = other, one
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return joints.add(one, other)
    if isinstance(one, Part) and isinstance(other, np.ndarray) and other.size == 1:
        if one.kind == "erf" and abs(other.item() - 1.0) < 1e-6:
            return Part("1 + erf", one.tensor)
        if one.kind == "variance":
            return Part("variance + epsilon", one.tensor, other.item())
    if isinstance(one, Tensor) and isinstance(other, np.ndarray):
        return _shift(one, other, -1.0)
    raise Unreadable("what it adds is no layer of Pellucid")


def _sum(node: Node, joints: Joints) -> Value:
    total = node.tensor(0)
    for place in range(1, len(node.inputs)):
        total = joints.add(total, node.tensor(place))
    return total


def _mean(node: Node, joints: Joints) -> Value:
    return joints.mean([node.tensor(place) for place in range(len(node.inputs))])


def _sub(node: Node) -> Value:
    x, other = node.tensor(), node.given(1)
    if isinstance(other, Part) and other.kind == "mean" and _same(x, other.tensor):
        return Part("centred", x)
    return _shift(x, node.constant(1), 1.0)


def _div(node: Node) -> Value:
    one, other = node.given(0), node.given(1)
    if isinstance(one, Part) and isinstance(other, Part) and one.kind == "centred" and other.kind == "deviation":
        if not _same(one.tensor, other.tensor):
            raise Unreadable("it divides by the deviation of something else")
        x = one.tensor.last(one.tensor.index.ndim - 1)
        ones = np.ones(x.shape[-1])
        return x.then(LayerNorm(_digits(other.data)), {"gamma": ones, "beta": 0.0 * ones})
    return _scale(node.tensor(), node.constant(1).astype(float))


def _mul(node: Node) -> Value:
    for one, other in ((node.given(0), node.given(1)), (node.given(1), node.given(0))):
        if isinstance(one, Part):
            found = _gelu_part(one, other)
            if found is not None:
                return found
        if isinstance(one, Tensor) and isinstance(other, Tensor):
            made = other.link
            sigmoid = Activation("sigmoid")
            if made is not None and made.layer == sigmoid and made.source is one:
                return one.then(Activation("silu"))
        if isinstance(one, Tensor) and isinstance(other, np.ndarray):
            with np.errstate(divide="ignore"):
                return _scale(one, 1.0 / other.astype(float))
    raise Unreadable("what it multiplies is no layer of Pellucid")


def _gelu_part(part: Part, other: Value | None) -> Value | None:
    """½ z (1 + erf(z / √2)), multiplied in any order."""
    if part.kind == "centred" and other is part:
        return Part("squared", part.tensor)
    half = isinstance(other, np.ndarray) and other.size == 1 and abs(other.item() - 0.5) < 1e-6
    if part.kind == "1 + erf":
        if half:
            return Part("half of 1 + erf", part.tensor)
        if _same(other, part.tensor):
            return Part("z (1 + erf)", part.tensor)
        if isinstance(other, Tensor) and _factor(other, part.tensor, 2.0):
            return part.tensor.then(Activation("gelu"))
    if (part.kind == "z (1 + erf)" and half) or (part.kind == "half of 1 + erf" and _same(other, part.tensor)):
        return part.tensor.then(Activation("gelu"))
    return None


def _factor(x: Tensor, source: Tensor, divisor: float) -> bool:
    """Whether x is source / divisor."""
    made = x.link
    if made is None or not isinstance(made.layer, Affine) or made.source is not source:
        return False
    return not made.layer.mean.any() and bool((np.abs(made.layer.deviation - divisor) < 1e-5).all())


def _erf(node: Node) -> Value:
    x = node.tensor()
    if x.link is None or not _factor(x, x.link.source, math.sqrt(2.0)):
        raise Unreadable("only the error function within GELU can be read")
    return Part("erf", x.link.source)


def _pow(node: Node) -> Value:
    x, power = node.given(0), node.constant(1)
    if not isinstance(x, Part) or x.kind != "centred" or power.size != 1 or power.item() != 2:
        raise Unreadable("only the square within a normalisation can be read")
    return Part("squared", x.tensor)


def _sqrt(node: Node) -> Value:
    x = node.given(0)
    if not isinstance(x, Part) or x.kind != "variance + epsilon":
        raise Unreadable("only the root within a normalisation can be read")
    return Part("deviation", x.tensor, x.data)


def _reduce_mean(node: Node) -> Value:
    given, axes = node.given(0), node.whole(1, "axes")
    squared = isinstance(given, Part) and given.kind == "squared"
    x = given.tensor if isinstance(given, Part) and squared else node.tensor()
    rank = x.index.ndim
    chosen = node.axes(axes, rank) if axes else list(range(rank))
    keep = node.attribute("keepdims", 1)
    if chosen == [rank - 1] and keep:
        return Part("variance" if squared else "mean", x)
    if rank != 3 or len(chosen) != 2 or squared:
        raise Unreadable("only a mean over a picture or over the last axis can be read")
    (channel,) = {0, 1, 2} - set(chosen)
    mean = windows.made(x.last(channel), GlobalAvgPool2D())
    shape = [mean.shape[0] if axis == channel else 1 for axis in range(3)]
    return mean.seen_as(np.arange(mean.shape[0]).reshape(shape if keep else mean.shape))


# --- shapes -----------------------------------------------------------------------------------------------------------


def _same_value(node: Node) -> Value:
    given = node.given(0)
    if given is None:
        raise Unreadable("its input is missing")
    return given


def _cast(node: Node) -> Value:
    given, to = _same_value(node), node.attribute("to", 0)
    whole, floats = (6, 7), (1, 11)
    if isinstance(given, np.ndarray):
        return given.astype(np.int64) if to in whole else given.astype(float) if to in floats else given
    if isinstance(given, Part) and given.kind == "z >= 0" and to in floats:
        return given.tensor.then(Activation("step"))
    if isinstance(given, Part) and given.kind == "column" and to in whole:
        return given
    if isinstance(given, Tensor) and to in floats:
        return given
    raise Unreadable("only a cast to floating-point numbers can be read")


def _transpose(node: Node) -> Value:
    given = _same_value(node)
    if isinstance(given, np.ndarray):
        return given.transpose(node.attribute("perm", list(range(given.ndim))[::-1]))
    x = node.tensor()
    order = node.attribute("perm", list(range(x.index.ndim + 1))[::-1])
    if sorted(order) != list(range(x.index.ndim + 1)) or order[0] != 0:
        raise Unreadable(f"it turns axes by {order}, which moves the samples")
    return x.seen_as(x.index.transpose([axis - 1 for axis in order[1:]]))


def _flatten(node: Node) -> Value:
    if node.attribute("axis", 1) != 1:
        raise Unreadable("it joins samples")
    x = node.tensor()
    return x.seen_as(x.index.ravel())


def _reshape(node: Node) -> Value:
    shape = [int(size) for size in node.constant(1).ravel()]
    given = node.given(0)
    if isinstance(given, np.ndarray):
        return given.reshape(shape)
    x = node.tensor()
    if not shape or (shape[0] not in (0, -1) and shape[0] != node.batch):
        raise Unreadable(f"the shape {shape} joins samples")
    sizes = [x.index.shape[k] if size == 0 and k < x.index.ndim else size for k, size in enumerate(shape[1:])]
    known = math.prod(size for size in sizes if size != -1)
    if shape[0] == -1 and (-1 in sizes or known != x.index.size):
        raise Unreadable(f"the shape {shape} joins samples")
    try:
        return x.seen_as(x.index.reshape(sizes))
    except ValueError as error:
        raise Unreadable(f"samples of shape {x.index.shape} cannot be seen as {sizes}") from error


def _squeeze(node: Node) -> Value:
    given, axes = _same_value(node), node.whole(1, "axes")
    if isinstance(given, np.ndarray):
        return np.squeeze(given, None if axes is None else tuple(axes))
    x = node.tensor()
    ones = [k for k, size in enumerate(x.index.shape) if size == 1]
    return x.seen_as(np.squeeze(x.index, tuple(ones if axes is None else node.axes(axes, x.index.ndim))))


def _unsqueeze(node: Node) -> Value:
    given, axes = _same_value(node), node.whole(1, "axes")
    if axes is None:
        raise Unreadable("its axes are missing")
    if isinstance(given, np.ndarray):
        return np.expand_dims(given, tuple(axes))
    x = node.tensor()
    return x.seen_as(np.expand_dims(x.index, tuple(node.axes(axes, x.index.ndim + len(axes)))))


def _shape(node: Node) -> Value:
    return np.array([0, *node.tensor().index.shape])  # 0: as many samples as come in, which Reshape understands too


def _gather(node: Node) -> Value:
    table, places = node.given(0), node.given(1)
    axis = node.attribute("axis", 0)
    if isinstance(table, np.ndarray) and isinstance(places, np.ndarray):
        return np.take(table, places.astype(int), axis)
    if isinstance(table, np.ndarray) and isinstance(places, Part) and places.kind == "column" and axis == 0:
        return Part("vector", places.tensor, (places.data, table))
    x, chosen = node.tensor(), node.constant(1)
    if x.index.ndim != 1 or axis not in (1, -1) or x.link is not None:
        raise Unreadable("only columns of the model's input can be taken out")
    return Part("column", x, int(chosen)) if chosen.ndim == 0 else Part("columns", x, chosen.astype(int).tolist())


def _concat(node: Node) -> Value:
    if all(isinstance(given, np.ndarray) for given in node.inputs):
        return np.concatenate(
            [np.atleast_1d(node.constant(k)) for k in range(len(node.inputs))], node.attribute("axis", 0)
        )
    parts = [given for given in node.inputs if isinstance(given, Part)]
    numbers = list(parts[0].data) if parts and parts[0].kind == "columns" else []
    vectors = [part for part in parts if part.kind == "vector"]
    whole = len(vectors) + bool(numbers) == len(node.inputs) and node.attribute("axis", 0) in (1, -1)
    x = parts[0].tensor if parts else None
    columns = numbers + [part.data[0] for part in vectors]
    if x is None or not vectors or not whole or columns != list(range(x.index.size)):
        raise Unreadable("only numbers followed by the vectors of all codes can be joined")
    tables = [part.data[1] for part in vectors]
    if any(table.ndim != 2 or 0 in table.shape for table in tables):
        raise Unreadable("a table of vectors must have rows and columns")
    layer = Embedding(tuple(t.shape[0] for t in tables), tuple(t.shape[1] for t in tables))
    made = x.then(layer, {f"table_{k}": table for k, table in enumerate(tables, start=1)})
    units = len(numbers) + sum(table.shape[1] for table in tables)
    return replace(made, index=np.arange(units), shape=(units,))


def _slice(node: Node) -> Value:
    starts, ends, axes, steps = (node.whole(k, name) for k, name in enumerate(("starts", "ends", "axes", "steps"), 1))
    given = node.constant(0)
    if starts is None or ends is None:
        raise Unreadable("its limits are missing")
    cut = [slice(None)] * given.ndim
    for start, end, axis, step in zip(
        starts, ends, axes or range(len(starts)), steps or [1] * len(starts), strict=True
    ):
        cut[axis] = slice(start, end, step)
    return given[tuple(cut)]


READERS: dict[str, Reader] = {
    "Add": _add,
    "Sum": _sum,
    "Mean": _mean,
    **{
        op: _plain(read)
        for op, read in {
            "Conv": windows.conv, "MaxPool": windows.pool, "AveragePool": windows.pool, "Pad": windows.pad,
            "GlobalAveragePool": windows.global_pool, "GlobalMaxPool": windows.global_pool, "Gemm": _gemm,
            "MatMul": _matmul, "BatchNormalization": _batch_norm, "LayerNormalization": _layer_norm,
            "Dropout": _dropout, "Softmax": _softmax, "Gelu": _gelu, "PRelu": _prelu, "Clip": _clip, "Sub": _sub,
            "Div": _div, "Mul": _mul, "Erf": _erf, "Pow": _pow, "Sqrt": _sqrt, "ReduceMean": _reduce_mean,
            "GreaterOrEqual": _compare, "Cast": _cast, "Identity": _same_value, "Transpose": _transpose,
            "Flatten": _flatten, "Reshape": _reshape, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Shape": _shape,
            "Gather": _gather, "Concat": _concat, "Slice": _slice,
        }.items()
    },
    "Sigmoid": activation("sigmoid"),
    "Tanh": activation("tanh"),
    "Relu": activation("relu"),
    "Softplus": activation("softplus"),
    "Softsign": activation("softsign"),
    "LeakyRelu": activation("leaky_relu", slope=("alpha", 0.01)),
    "Elu": activation("elu", alpha=("alpha", 1.0)),
    "Selu": exactly("selu", alpha=(SELU_ALPHA, 1.6732632), gamma=(SELU_SCALE, 1.0507010)),
    "HardSigmoid": exactly("hard_sigmoid", alpha=(1.0 / 6.0, 0.2), beta=(0.5, 0.5)),
}  # fmt: skip
