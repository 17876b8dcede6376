"""Activations."""

from __future__ import annotations

import math

import numpy as np

from pellucid.exchange.chain import Joints, Tensor, Unreadable
from pellucid.exchange.onnx.node import Node, Part, Value
from pellucid.exchange.onnx.readers.common import Reader
from pellucid.layers import Activation


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


def gelu(node: Node) -> Value:
    if node.attribute("approximate", b"none") != b"none":
        raise Unreadable("only the exact GELU can be read")
    return node.tensor().then(Activation("gelu"))


def prelu(node: Node) -> Value:
    slope = node.constant(1)
    if slope.size < 1 or (slope != slope.ravel()[0]).any():
        raise Unreadable("it has a slope for each channel, Pellucid's leaky_relu one for all")
    return node.tensor().then(Activation({"kind": "leaky_relu", "slope": float(slope.ravel()[0])}))


def clip(node: Node) -> Value:
    low = node.attribute("min", -math.inf) if "min" in node.attributes else node.given(1)
    high = node.attribute("max", math.inf) if "max" in node.attributes else node.given(2)
    if low is None or isinstance(low, (Tensor, Part)) or np.any(low) or high is not None:
        raise Unreadable("only a limit of 0 from below, the rectifier, can be read")
    return node.tensor().then(Activation("relu"))


def softmax(node: Node) -> Value:
    x = node.tensor()
    axis = node.attribute("axis", -1 if node.opset >= 13 else 1)
    axes = node.axes([axis], x.index.ndim)
    if node.opset < 13 and axes[0] != x.index.ndim - 1:
        raise Unreadable("it runs over several axes")
    return x.last(axes[0]).then(Activation("softmax"))


def compare(node: Node) -> Value:
    x, limit = node.tensor(), node.constant(1)
    if limit.any():
        raise Unreadable("only a comparison with 0 can be read")
    return Part("z >= 0", x)
