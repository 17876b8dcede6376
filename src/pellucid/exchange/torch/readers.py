"""Modules of PyTorch as layers: a function for each, most as the ONNX operator that the module is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.errors import PellucidError
from pellucid.exchange.chain import FAULTS, Affine, Joints, Tensor, Unreadable
from pellucid.exchange.onnx.node import Node, Value
from pellucid.exchange.onnx.readers.table import READERS
from pellucid.layers import Activation


def run(module: Any, x: Value, joints: Joints, where: str) -> Value:
    """What a module makes of a value; ``where`` is its name within the module that is read.

    Raises
    ------
    Unreadable
        The module has no counterpart, or hooks; it is named.
    """
    kind = type(module).__name__
    if kind == "Sequential":
        for name, child in module.named_children():
            x = run(child, x, joints, f"{where}.{name}" if where else name)
        return x
    what = f'module "{where}" ({kind})'
    if getattr(module, "_forward_hooks", None) or getattr(module, "_forward_pre_hooks", None):
        raise Unreadable(f"{what} has hooks, which may change what it gives")
    if kind not in MODULES or not type(module).__module__.startswith(("torch.nn.", "pellucid.exchange.torch.")):
        raise Unreadable(f"{what}: Pellucid has no layer for it. Known: {', '.join(sorted(MODULES))}")
    try:
        return MODULES[kind](module, x, joints)
    except Unreadable as error:
        raise Unreadable(str(error) if str(error).startswith('module "') else f"{what}: {error}") from error
    except (PellucidError, *FAULTS) as error:
        raise Unreadable(f"{what} cannot be read: {str(error).rstrip('.')}") from error


def _array(tensor: Any) -> Any:
    return tensor.detach().cpu().numpy()


def _op(op: str, x: Value, *constants: Any, **attributes: Any) -> Value:
    """What the reader of the ONNX operator that a module is makes of it."""
    return READERS[op](Node(op, (x, *constants), attributes, 17), Joints())


def _pair(given: Any) -> list[int]:
    return [given, given] if isinstance(given, int) else [int(size) for size in given]


def _linear(m: Any, x: Value, joints: Joints) -> Value:
    bias = [] if m.bias is None else [_array(m.bias)]
    return _op("Gemm", x, _array(m.weight), *bias, transB=1)


def _conv(m: Any, x: Value, joints: Joints) -> Value:
    if m.padding_mode != "zeros":
        raise Unreadable(f"a border of {m.padding_mode} has no counterpart, only one of zeros")
    kernel, dilation = _pair(m.kernel_size), _pair(m.dilation)
    if m.padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        pads = [size // 2 for size in total] + [size - size // 2 for size in total]
    else:
        pads = 2 * _pair(0 if m.padding == "valid" else m.padding)
    bias = [] if m.bias is None else [_array(m.bias)]
    return _op(
        "Conv", x, _array(m.weight), *bias, strides=_pair(m.stride), dilations=dilation, pads=pads, group=m.groups
    )


def _pool(m: Any, x: Value, joints: Joints) -> Value:
    largest = type(m).__name__ == "MaxPool2d"
    if not largest and m.divisor_override is not None:
        raise Unreadable("divisor_override has no counterpart")
    more = {"dilations": _pair(m.dilation)} if largest else {"count_include_pad": int(m.count_include_pad)}
    return _op(
        "MaxPool" if largest else "AveragePool", x, kernel_shape=_pair(m.kernel_size), strides=_pair(m.stride),
        pads=2 * _pair(m.padding), ceil_mode=int(m.ceil_mode), **more,
    )  # fmt: skip


def _global(op: str) -> Callable[[Any, Value, Joints], Value]:
    def read(m: Any, x: Value, joints: Joints) -> Value:
        if _pair(m.output_size) != [1, 1]:
            raise Unreadable(f"only output_size=1 has a counterpart, got {m.output_size}")
        return _op(op, x)

    return read


def _batch_norm(m: Any, x: Value, joints: Joints) -> Value:
    if m.running_mean is None:
        raise Unreadable("it keeps no running statistics")
    count = m.num_features
    gamma, beta = (np.ones(count), np.zeros(count)) if m.weight is None else (_array(m.weight), _array(m.bias))
    momentum = 0.9 if m.momentum is None else 1.0 - m.momentum
    numbers = (gamma, beta, _array(m.running_mean), _array(m.running_var))
    return _op("BatchNormalization", x, *numbers, epsilon=float(m.eps), momentum=momentum)


def _layer_norm(m: Any, x: Value, joints: Joints) -> Value:
    if len(m.normalized_shape) != 1:
        raise Unreadable("Pellucid's LayerNorm runs over the last axis alone")
    gamma = np.ones(m.normalized_shape) if m.weight is None else _array(m.weight)
    beta = np.zeros(m.normalized_shape) if m.bias is None else _array(m.bias)
    return _op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=float(m.eps))


def _flatten(m: Any, x: Value, joints: Joints) -> Value:
    rank = x.index.ndim if isinstance(x, Tensor) else 0
    if m.start_dim != 1 or m.end_dim not in (-1, rank):
        raise Unreadable(f"start_dim={m.start_dim}, end_dim={m.end_dim} join other axes than those of one sample")
    return _op("Flatten", x, axis=1)


def _unflatten(m: Any, x: Value, joints: Joints) -> Value:
    if m.dim not in (1, -1) or not isinstance(x, Tensor) or x.index.ndim != 1:
        raise Unreadable("only flat samples can be given another shape")
    return _op("Reshape", x, np.array([0, *m.unflattened_size]))


def _softplus(m: Any, x: Value, joints: Joints) -> Value:
    if m.beta != 1:
        raise Unreadable(f"beta is {m.beta}, Pellucid's softplus has 1")
    return _op("Softplus", x)


def _zero_pad(m: Any, x: Value, joints: Joints) -> Value:
    left, right, top, bottom = m.padding
    return _op("Pad", x, pads=[0, 0, top, left, 0, 0, bottom, right])


def _silu(m: Any, x: Value, joints: Joints) -> Value:
    return _given(x).then(Activation("silu"))


def _given(x: Value) -> Tensor:
    if not isinstance(x, Tensor):
        raise Unreadable("a border of zeros can only be read before a Conv2d")
    return x


def _same(m: Any, x: Value, joints: Joints) -> Value:
    return x


def _residual(m: Any, x: Value, joints: Joints) -> Value:
    path, beside = (run(part, x, joints, name) for name, part in (("path", m.path), ("shortcut", m.shortcut)))
    return joints.add(_given(path), _given(beside))


def _mean(m: Any, x: Value, joints: Joints) -> Value:
    ends = [_given(run(part, x, joints, name)) for name, part in m.named_children()]
    if len(set(m.shares)) > 1:
        raise Unreadable("members with different shares can only be read from what to_torch made")
    return joints.mean(ends)


def _standardize(m: Any, x: Value, joints: Joints) -> Value:
    mean, deviation, pictures = m.said
    x = _given(x)
    layer = Affine(np.asarray(mean, float), np.asarray(deviation, float))
    return replace(x.last(0).then(layer), index=x.index) if pictures else x.last(-1).then(layer)


def _transpose(m: Any, x: Value, joints: Joints) -> Value:
    return _op("Transpose", x, perm=list(m.order))


MODULES: dict[str, Callable[[Any, Value, Joints], Value]] = {
    "Linear": _linear,
    "Conv2d": _conv,
    "MaxPool2d": _pool,
    "AvgPool2d": _pool,
    "AdaptiveAvgPool2d": _global("GlobalAveragePool"),
    "AdaptiveMaxPool2d": _global("GlobalMaxPool"),
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "LayerNorm": _layer_norm,
    "Flatten": _flatten,
    "Unflatten": _unflatten,
    "ZeroPad2d": _zero_pad,
    "Dropout": lambda m, x, joints: _op("Dropout", x, ratio=float(m.p)),
    **dict.fromkeys(["Identity", "Dropout1d", "Dropout2d", "AlphaDropout"], _same),
    "ReLU": lambda m, x, joints: _op("Relu", x),
    "Sigmoid": lambda m, x, joints: _op("Sigmoid", x),
    "Tanh": lambda m, x, joints: _op("Tanh", x),
    "Softsign": lambda m, x, joints: _op("Softsign", x),
    "Softplus": _softplus,
    "SELU": lambda m, x, joints: _op("Selu", x),
    "SiLU": _silu,
    "GELU": lambda m, x, joints: _op("Gelu", x, approximate=m.approximate.encode()),
    "Hardsigmoid": lambda m, x, joints: _op("HardSigmoid", x, alpha=1 / 6),
    "LeakyReLU": lambda m, x, joints: _op("LeakyRelu", x, alpha=float(m.negative_slope)),
    "ELU": lambda m, x, joints: _op("Elu", x, alpha=float(m.alpha)),
    "PReLU": lambda m, x, joints: _op("PRelu", x, _array(m.weight)),
    "Softmax": lambda m, x, joints: _op("Softmax", x, axis=m.dim),
    "Residual": _residual,
    "WeightedMean": _mean,
    "Permute": _transpose,
    "Reshape": lambda m, x, joints: _op("Reshape", x, np.array([0, *m.shape])),
    "Standardize": _standardize,
    "Step": lambda m, x, joints: _given(x).then(Activation("step")),
}
