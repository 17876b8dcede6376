"""Sums, products and what they build: biases, factors, Residual, GELU, SiLU, LayerNorm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.chain import Affine, Joints, OtherLayout, Tensor, Unreadable
from pellucid.exchange.onnx import windows
from pellucid.exchange.onnx.node import Node, Part, Value
from pellucid.exchange.onnx.readers.common import digits
from pellucid.layers import Activation, GlobalAvgPool2D, LayerNorm


def _shift(x: Tensor, constant: NDArray[Any], sign: float) -> Tensor:
    x = _seen(x, constant)
    mean = _for_each(x, sign * constant.astype(float))
    return x.then(Affine(mean, np.ones(())))


def _scale(x: Tensor, deviation: NDArray[Any]) -> Tensor:
    x = _seen(x, deviation)
    each = _for_each(x, deviation)
    if each.ndim == 0 and not (each > 0 and np.isfinite(each)):
        each = np.broadcast_to(each, x.shape[-1])
    return x.then(Affine(np.zeros(()), each))


def _seen(x: Tensor, constant: NDArray[Any]) -> Tensor:
    """A value whose channels are those of the graph, where a constant differs from one to the next."""
    return x.shaped((x.index.size,)) if constant.size > 1 and x.index.ndim == 1 else x


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


def add(node: Node, joints: Joints) -> Value:
    one, other = node.given(0), node.given(1)
    if isinstance(one, np.ndarray):
        one, other = other, one
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return joints.add(one, other)
    if isinstance(one, Part) and isinstance(other, np.ndarray) and other.size == 1:
        if one.kind == "erf" and abs(other.item() - 1.0) < 1e-6:
            return Part("1 + erf", one.tensor)
        if one.kind == "abs" and other.item() == 1.0:
            return Part("1 + abs", one.tensor)
        if one.kind == "variance":
            return Part("variance + epsilon", one.tensor, other.item())
    if isinstance(one, Tensor) and isinstance(other, np.ndarray):
        return _shift(one, other, -1.0)
    raise Unreadable("what it adds is no layer of Pellucid")


def sum_(node: Node, joints: Joints) -> Value:
    total = node.tensor(0)
    for place in range(1, len(node.inputs)):
        total = joints.add(total, node.tensor(place))
    return total


def mean(node: Node, joints: Joints) -> Value:
    return joints.mean([node.tensor(place) for place in range(len(node.inputs))])


def sub(node: Node) -> Value:
    x, other = node.tensor(), node.given(1)
    if isinstance(other, Part) and other.kind == "mean" and _same(x, other.tensor):
        return Part("centred", x)
    return _shift(x, node.constant(1), 1.0)


def div(node: Node) -> Value:
    one, other = node.given(0), node.given(1)
    if isinstance(one, Part) and isinstance(other, Part) and one.kind == "centred" and other.kind == "deviation":
        if not _same(one.tensor, other.tensor):
            raise Unreadable("it divides by the deviation of something else")
        x = one.tensor.last(one.tensor.index.ndim - 1)
        ones = np.ones(x.shape[-1])
        return x.then(LayerNorm(digits(other.data)), {"gamma": ones, "beta": 0.0 * ones})
    if isinstance(other, Part) and other.kind == "1 + abs" and _same(one, other.tensor):
        return other.tensor.then(Activation("softsign"))
    return _scale(node.tensor(), node.constant(1).astype(float))


def mul(node: Node) -> Value:
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


def abs_(node: Node) -> Value:
    """|z|, as it stands in softsign."""
    return Part("abs", node.tensor())


def erf(node: Node) -> Value:
    x = node.tensor()
    if x.link is None or not _factor(x, x.link.source, math.sqrt(2.0)):
        raise Unreadable("only the error function within GELU can be read")
    return Part("erf", x.link.source)


def pow_(node: Node) -> Value:
    x, power = node.given(0), node.constant(1)
    if not isinstance(x, Part) or x.kind != "centred" or power.size != 1 or power.item() != 2:
        raise Unreadable("only the square within a normalisation can be read")
    return Part("squared", x.tensor)


def sqrt(node: Node) -> Value:
    x = node.given(0)
    if not isinstance(x, Part) or x.kind != "variance + epsilon":
        raise Unreadable("only the root within a normalisation can be read")
    return Part("deviation", x.tensor, x.data)


def reduce_mean(node: Node) -> Value:
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
