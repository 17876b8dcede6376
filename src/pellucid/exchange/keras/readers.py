"""Keras's layers as Pellucid's: a reader for each class. ``READERS`` holds (how many arrays it has, the reader)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.activations import ACTIVATIONS
from pellucid.exchange.chain import Affine, Joints, Tensor, Unreadable
from pellucid.layers import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    GlobalAvgPool2D,
    Layer,
    LayerNorm,
    MaxPool2D,
)

MOST = 2**22  # numbers of one sample's value; more are taken for damage
Config = dict[str, Any]
Arrays = list[NDArray[Any]]
Reader = Callable[[Config, Arrays, list[Tensor], Joints], Tensor]
NAMES = {"linear": "identity", "swish": "silu", "leaky_relu": "leaky_relu"}
CLASSES = {"LeakyReLU": "leaky_relu", "ELU": "elu", "ReLU": "relu", "Softmax": "softmax"}
BEFORE_TRAINING = (
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
    "GaussianNoise", "GaussianDropout", "SpatialDropout2D", "AlphaDropout", "ActivityRegularization",
)  # fmt: skip


def made(x: Tensor, layer: Layer, arrays: Mapping[str, NDArray[Any]] | None = None) -> Tensor:
    """What a layer makes of a value."""
    shape = layer.output_shape(x.shape, layer.kind)
    if math.prod(shape) > MOST:
        raise Unreadable(f"its output has {math.prod(shape):,} numbers for one sample, more than {MOST:,}")
    return replace(x.then(layer, dict(arrays or {})), shape=shape, index=np.arange(math.prod(shape)).reshape(shape))


def activated(x: Tensor, given: Any) -> Tensor:
    """A value after an activation, given as a name, as an object, or not at all."""
    if isinstance(given, Mapping):
        kind, config = given.get("class_name"), given.get("config")
        if kind == "function" and isinstance(config, str):
            return activated(x, config)
        if kind in CLASSES and isinstance(config, Mapping):
            return _activation_layer(str(kind), dict(config), x)
        raise Unreadable(f"the activation {kind} has no counterpart in Pellucid")
    name = "identity" if given is None else NAMES.get(given, given)
    if name == "identity":
        return x
    if name not in ACTIVATIONS.names or name == "step":
        raise Unreadable(f'the activation "{given}" has no counterpart in Pellucid')
    return made(x, Activation({"kind": name, "slope": 0.2} if name == "leaky_relu" else name))


def _activation_layer(kind: str, c: Config, x: Tensor) -> Tensor:
    name = CLASSES[kind]
    if kind == "ReLU":
        slope = c.get("negative_slope") or 0.0
        if c.get("max_value") is not None or c.get("threshold"):
            raise Unreadable("a ReLU with max_value or threshold has no counterpart in Pellucid")
        return made(x, Activation({"kind": "leaky_relu", "slope": float(slope)} if slope else "relu"))
    if kind == "Softmax":
        if c.get("axis", -1) not in (-1, len(x.shape), [-1]):
            raise Unreadable("Pellucid's softmax runs over the last axis")
        return made(x, Activation("softmax"))
    if kind == "LeakyReLU":
        return made(x, Activation({"kind": name, "slope": float(c.get("negative_slope", 0.3))}))
    return made(x, Activation({"kind": name, "alpha": float(c.get("alpha", 1.0))}))


def _one(reader: Callable[[Config, Arrays, Tensor], Tensor]) -> Reader:
    """A layer that takes one value."""

    def read(c: Config, arrays: Arrays, inputs: list[Tensor], joints: Joints) -> Tensor:
        if len(inputs) != 1:
            raise Unreadable(f"it takes one value, but {len(inputs)} go in")
        return reader(c, arrays, inputs[0])

    return read


def _named(arrays: Arrays, *names: str) -> dict[str, NDArray[Any]]:
    return dict(zip(names, arrays, strict=False))


def _dense(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    """On pictures it is a convolution with windows of one pixel."""
    own = _named(arrays, "weights", "bias")
    layer: Layer = Dense(c["units"], bias=c.get("use_bias", True))
    if len(x.shape) == 3:
        layer, own["weights"] = Conv2D(c["units"], 1, bias=c.get("use_bias", True)), own["weights"][None, None]
    return activated(made(x, layer, own), c.get("activation"))


def _conv(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    _last(c)
    layer = Conv2D(
        c["filters"], c["kernel_size"], c.get("strides", 1), c.get("padding", "valid"), c.get("dilation_rate", 1),
        c.get("groups", 1), bias=c.get("use_bias", True),
    )  # fmt: skip
    return activated(made(x, layer, _named(arrays, "weights", "bias")), c.get("activation"))


def _depthwise(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    """A convolution with as many groups as channels; Keras keeps its weights as (KH, KW, C, multiplier)."""
    _last(c)
    weights = arrays[0]
    if weights.ndim != 4 or 0 in weights.shape:
        raise Unreadable(f"its weights have the shape {weights.shape}")
    channels, filters = weights.shape[2], weights.shape[2] * weights.shape[3]
    layer = Conv2D(
        filters, c["kernel_size"], c.get("strides", 1), c.get("padding", "valid"), c.get("dilation_rate", 1), channels,
        bias=c.get("use_bias", True),
    )  # fmt: skip
    turned = weights.reshape(*weights.shape[:2], 1, filters)
    return activated(made(x, layer, _named([turned, *arrays[1:]], "weights", "bias")), c.get("activation"))


def _last(c: Config) -> None:
    if c.get("data_format") not in (None, "channels_last"):
        raise Unreadable("its pictures have their channels first. Save the model with channels_last")


def _pool(kind: type[MaxPool2D] | type[AvgPool2D]) -> Reader:
    def read(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
        _last(c)
        return made(x, kind(c.get("pool_size", 2), c.get("strides"), c.get("padding", "valid")))

    return _one(read)


def _global_pool(largest: bool) -> Reader:
    def read(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
        _last(c)
        if largest:
            whole = made(x, MaxPool2D((x.shape[0], x.shape[1])))
            return whole if c.get("keepdims") else whole.shaped(x.shape[2:]).seen_as(np.arange(x.shape[2]))
        mean = made(x, GlobalAvgPool2D())
        return _reshaped(mean, (1, 1, *mean.shape)) if c.get("keepdims") else mean

    return _one(read)


def _reshaped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    return x.shaped(shape).seen_as(np.arange(math.prod(shape)).reshape(shape))


def _batch_norm(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    _axis(c, x)
    given, channels = iter(arrays), x.shape[-1]
    gamma = next(given) if c.get("scale", True) else np.ones(channels)
    beta = next(given) if c.get("center", True) else np.zeros(channels)
    own = {"gamma": gamma, "beta": beta, "mean": next(given), "variance": next(given)}
    return made(x, BatchNorm(float(c.get("momentum", 0.99)), float(c.get("epsilon", 1e-3))), own)


def _layer_norm(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    _axis(c, x)
    given, channels = iter(arrays), x.shape[-1]
    gamma = next(given) if c.get("scale", True) else np.ones(channels)
    beta = next(given) if c.get("center", True) else np.zeros(channels)
    return made(x, LayerNorm(float(c.get("epsilon", 1e-3))), {"gamma": gamma, "beta": beta})


def _axis(c: Config, x: Tensor) -> None:
    """Refuse axes other than the last one."""
    axis = c.get("axis", -1)
    if (axis if isinstance(axis, list) else [axis]) not in ([-1], [len(x.shape)]):
        raise Unreadable(f"it runs over axis {axis}, Pellucid's over the last one")


def _normalization(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    if c.get("axis", -1) is not None:
        _axis(c, x)
    if c.get("invert"):
        raise Unreadable("an inverted Normalization has no counterpart in Pellucid")
    if c.get("mean") is None and len(arrays) != 3:
        raise Unreadable("it has not been adapted to any data")
    mean, variance = arrays[:2] if c.get("mean") is None else (c["mean"], c["variance"])
    return _affine(x, np.asarray(mean, float), np.maximum(np.sqrt(np.asarray(variance, float)), 1e-7))


def _rescaling(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    """x s + o = (x − (−o / s)) / (1 / s)."""
    scale, offset = (np.asarray(c.get(k, start), float) for k, start in (("scale", 1.0), ("offset", 0.0)))
    if not scale.all():
        raise Unreadable("its scale is 0")
    return _affine(x, -offset / scale, 1.0 / scale)


def _affine(x: Tensor, mean: NDArray[Any], deviation: NDArray[Any]) -> Tensor:
    for given in (mean, deviation):
        if given.size not in (1, x.shape[-1]) or (given.ndim and given.shape[-1] != given.size):
            raise Unreadable(f"numbers of shape {given.shape} do not fit {x.shape[-1]} channels")
    mean, deviation = (given.reshape(-1)[0] if given.size == 1 else given.ravel() for given in (mean, deviation))
    return x.then(Affine(np.asarray(mean), np.asarray(deviation)))


def _dropout(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    return made(x, Dropout(float(c.get("rate", 0.5))))


def _flatten(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    _last(c)
    return _reshaped(x, (math.prod(x.shape),))


def _reshape(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    sizes, count = [int(size) for size in c["target_shape"]], math.prod(x.shape)
    known = math.prod(size for size in sizes if size != -1)
    sizes = [count // max(1, known) if size == -1 else size for size in sizes]
    if not sizes or min(sizes) < 1 or math.prod(sizes) != count:
        raise Unreadable(f"samples of shape {x.shape} cannot be seen as {tuple(c['target_shape'])}")
    return _reshaped(x, tuple(sizes))


def _embedding(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    """A model's codes, which all share one table."""
    if x.link is not None or len(x.shape) != 1 or c.get("mask_zero"):
        raise Unreadable("only an Embedding of the model's inputs, without mask_zero, can be read")
    codes, sizes = x.shape[0], (c["input_dim"], c["output_dim"])
    layer = Embedding((sizes[0],) * codes, sizes[1])
    flat = made(x, layer, {f"table_{k}": arrays[0] for k in range(1, codes + 1)})
    return _reshaped(flat, (codes, sizes[1]))


def _prelu(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    if arrays[0].size < 1 or (arrays[0] != arrays[0].ravel()[0]).any():
        raise Unreadable("it has several slopes, Pellucid's leaky_relu one for all")
    return made(x, Activation({"kind": "leaky_relu", "slope": float(arrays[0].ravel()[0])}))


def _add(c: Config, arrays: Arrays, inputs: list[Tensor], joints: Joints) -> Tensor:
    if not inputs:
        raise Unreadable("nothing goes in")
    total = inputs[0]
    for other in inputs[1:]:
        total = joints.add(total, other)
    return total


def _average(c: Config, arrays: Arrays, inputs: list[Tensor], joints: Joints) -> Tensor:
    if not inputs:
        raise Unreadable("nothing goes in")
    return joints.mean(inputs)


def _as_activation(kind: str) -> Reader:
    return _one(lambda c, arrays, x: _activation_layer(kind, c, x))


def _same(c: Config, arrays: Arrays, x: Tensor) -> Tensor:
    return x


def _zero_or_one(c: Config) -> int:
    return 1 if c.get("use_bias", True) else 0


Count = Callable[[Config], int]


def _count(number: int) -> Count:
    return lambda c: number


def _scales(more: int) -> Count:
    return lambda c: more + bool(c.get("scale", True)) + bool(c.get("center", True))


READERS: dict[str, tuple[Count, Reader]] = {
    "Dense": (lambda c: 1 + _zero_or_one(c), _one(_dense)),
    "Conv2D": (lambda c: 1 + _zero_or_one(c), _one(_conv)),
    "DepthwiseConv2D": (lambda c: 1 + _zero_or_one(c), _one(_depthwise)),
    "MaxPooling2D": (_count(0), _pool(MaxPool2D)),
    "AveragePooling2D": (_count(0), _pool(AvgPool2D)),
    "GlobalAveragePooling2D": (_count(0), _global_pool(False)),
    "GlobalMaxPooling2D": (_count(0), _global_pool(True)),
    "BatchNormalization": (_scales(2), _one(_batch_norm)),
    "LayerNormalization": (_scales(0), _one(_layer_norm)),
    "Normalization": (lambda c: 3 if c.get("mean") is None else 0, _one(_normalization)),
    "Rescaling": (_count(0), _one(_rescaling)),
    "Activation": (_count(0), _one(lambda c, arrays, x: activated(x, c.get("activation")))),
    "PReLU": (_count(1), _one(_prelu)),
    "Dropout": (_count(0), _one(_dropout)),
    "Flatten": (_count(0), _one(_flatten)),
    "Reshape": (_count(0), _one(_reshape)),
    "Embedding": (_count(1), _one(_embedding)),
    "Add": (_count(0), _add),
    "Average": (_count(0), _average),
    "Identity": (_count(0), _one(_same)),
}
READERS |= {kind: (_count(0), _as_activation(kind)) for kind in CLASSES}
READERS |= {kind: (_count(0), _one(_same)) for kind in BEFORE_TRAINING}
