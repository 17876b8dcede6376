"""Activations as ONNX nodes. A writer takes the graph, the value's name, that of what it makes, f and the axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.activations.formulas import SELU_ALPHA, SELU_SCALE, SQRT_HALF
from pellucid.exchange.onnx.graph import Graph

Writer = Callable[[Graph, str, str, Any, int], str]


def _same(op: str, **attributes: float) -> Writer:
    """An activation that ONNX has."""
    return lambda g, z, a, f, axis: g.node(op, [z], a, **attributes)


def _identity(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    return z


def _step(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    above = g.node("GreaterOrEqual", [z, g.constant(f"{a}.zero", 0.0)], f"{a}.above")
    return g.node("Cast", [above], a, to=g.onnx.helper.np_dtype_to_tensor_dtype(_type(g)))


def _leaky_relu(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    return g.node("LeakyRelu", [z], a, alpha=float(f.slope))


def _elu(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    return g.node("Elu", [z], a, alpha=float(f.alpha))


def _gelu(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    if g.opset >= 20:
        return g.node("Gelu", [z], a)
    scaled = g.node("Mul", [z, g.constant(f"{a}.sqrt_half", SQRT_HALF)], f"{a}.scaled")
    error = g.node("Erf", [scaled], f"{a}.erf")
    share = g.node("Add", [error, g.constant(f"{a}.one", 1.0)], f"{a}.share")
    half = g.node("Mul", [z, g.constant(f"{a}.half", 0.5)], f"{a}.halved")
    return g.node("Mul", [half, share], a)


def _silu(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    return g.node("Mul", [z, g.node("Sigmoid", [z], f"{a}.sigmoid")], a)


def _softmax(g: Graph, z: str, a: str, f: Any, axis: int) -> str:
    return g.node("Softmax", [z], a, axis=axis)


def _type(g: Graph) -> Any:
    import numpy as np

    return np.dtype(g.dtype)


WRITERS: dict[str, Writer] = {
    "identity": _identity,
    "step": _step,
    "sigmoid": _same("Sigmoid"),
    "hard_sigmoid": _same("HardSigmoid", alpha=1.0 / 6.0, beta=0.5),
    "tanh": _same("Tanh"),
    "relu": _same("Relu"),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _same("Selu", alpha=SELU_ALPHA, gamma=SELU_SCALE),
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _same("Softplus"),
    "softsign": _same("Softsign"),
    "softmax": _softmax,
}
