"""Layers with weights, and Dropout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.chain import OtherLayout, Tensor, Unreadable, in_order
from pellucid.exchange.onnx.node import Node, Value
from pellucid.exchange.onnx.readers.common import digits
from pellucid.layers import BatchNorm, Dense, Dropout, LayerNorm


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


def gemm(node: Node) -> Value:
    if node.attribute("transA", 0):
        raise Unreadable("transA turns the samples")
    weights = node.constant(1) * np.asarray(node.attribute("alpha", 1.0), node.constant(1).dtype)
    bias = None
    if node.given(2) is not None:
        bias = node.constant(2) * np.asarray(node.attribute("beta", 1.0), node.constant(2).dtype)
    return _dense(node.tensor(), weights.T if node.attribute("transB", 0) else weights, bias)


def matmul(node: Node) -> Value:
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


def batch_norm(node: Node) -> Value:
    x = node.tensor().last(0)
    names = ("gamma", "beta", "mean", "variance")
    arrays = _channels(x, {name: node.constant(k) for k, name in enumerate(names, start=1)})
    if node.attribute("training_mode", 0):
        raise Unreadable("it is set to train")
    momentum, epsilon = (digits(node.attribute(k, v)) for k, v in (("momentum", 0.9), ("epsilon", 1e-5)))
    return x.then(BatchNorm(momentum, epsilon), arrays)


def layer_norm(node: Node) -> Value:
    x = node.tensor()
    if node.axes([node.attribute("axis", -1)], x.index.ndim) != [x.index.ndim - 1]:
        raise Unreadable("Pellucid's LayerNorm runs over the last axis alone")
    x = x.last(x.index.ndim - 1)
    gamma = node.constant(1)
    beta = np.zeros_like(gamma) if node.given(2) is None else node.constant(2)
    layer = LayerNorm(digits(node.attribute("epsilon", 1e-5)))
    return x.then(layer, _channels(x, {"gamma": gamma, "beta": beta}))


def dropout(node: Node) -> Value:
    ratio = node.attribute("ratio", 0.5)
    if node.given(1) is not None:
        ratio = float(node.constant(1).ravel()[0])
    training = node.given(2)
    if training is not None and np.any(node.constant(2)):
        raise Unreadable("it is set to train")
    return node.tensor().then(Dropout(digits(ratio)))
