"""The steps of a network as Keras layers: a writer for each operation.

Each takes the model that is being written, the step and the names of the layers before it, and returns the name of the
layer that gives the step's output. Where Keras has no layer for a step, several of its layers give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.keras.graph import Model
from pellucid.exchange.steps import Step

Writer = Callable[[Model, Step, list[str]], str]
STRINGS = {
    name: name
    for name in (
        "sigmoid", "hard_sigmoid", "tanh", "relu", "selu", "gelu", "silu", "softplus", "softsign", "softmax",
    )
} | {"identity": "linear"}  # fmt: skip
LARGE = {"float32": 3e38, "float64": 1.7e308}  # times any number but 0 is above 1 or below −1
LEAST, MOST = 1e-6, 1e18  # deviations whose squares Keras's Normalization can take a root of in float32


def _dense(m: Model, step: Step, inputs: list[str]) -> str:
    arrays = [step.arrays[k] for k in ("weights", "bias") if k in step.arrays]
    own = {"units": step.shape[0], "activation": "linear", "use_bias": "bias" in step.arrays}
    return m.add("Dense", step.name, inputs, step.shape, arrays, **own)


def _conv(m: Model, step: Step, inputs: list[str]) -> str:
    """Keras refuses a stride with a dilation; then the pixels between the weights become weights of 0."""
    layer = _layer(step)
    weights, dilation = step.arrays["weights"], layer.dilation
    if max(layer.stride) > 1 and max(dilation) > 1:
        weights, dilation = _spread(weights, dilation), (1, 1)
    arrays = [weights, *(step.arrays[k] for k in ("bias",) if k in step.arrays)]
    return m.add(
        "Conv2D", step.name, inputs, step.shape, arrays, filters=layer.filters, kernel_size=list(weights.shape[:2]),
        strides=list(layer.stride), padding=layer.padding, data_format="channels_last", dilation_rate=list(dilation),
        groups=layer.groups, activation="linear", use_bias="bias" in step.arrays,
    )  # fmt: skip


def _spread(weights: NDArray[Any], dilation: tuple[int, int]) -> NDArray[Any]:
    """A kernel with as many zeros between its weights as the dilation leaves out."""
    height, width = ((size - 1) * d + 1 for size, d in zip(weights.shape, dilation, strict=False))
    made = np.zeros((height, width, *weights.shape[2:]), weights.dtype)
    made[:: dilation[0], :: dilation[1]] = weights
    return made


def _pool(kind: str) -> Writer:
    def write(m: Model, step: Step, inputs: list[str]) -> str:
        window = _layer(step).window
        return m.add(
            kind, step.name, inputs, step.shape, pool_size=list(window.kernel), strides=list(window.stride),
            padding=window.padding, data_format="channels_last",
        )  # fmt: skip

    return write


def _average_pool(m: Model, step: Step, inputs: list[str]) -> str:
    """Where the border is not the same on both sides, Keras on PyTorch takes other means than Keras on TensorFlow.

    There the border is added before, and the means are divided by the share of pixels that are none of it.
    """
    window, (height, width, _) = _layer(step).window, step.shapes[0]
    border = window.border(step.shapes[0])
    if all(before == after for before, after in border):
        return _pool("AveragePooling2D")(m, step, inputs)
    counts = np.ones((1, 1))
    for axis, size in enumerate((height, width)):
        starts = np.arange(step.shape[axis]) * window.stride[axis] - border[axis][0]
        inside = np.minimum(starts + window.kernel[axis], size) - np.maximum(starts, 0)
        counts = counts * (inside[:, None] if axis == 0 else inside)
    padded = (height + sum(border[0]), width + sum(border[1]), step.shape[2])
    sides, name = [list(side) for side in border], f"{step.name}.border"
    x = m.add("ZeroPadding2D", name, inputs, padded, padding=sides, data_format="channels_last")
    own = {"pool_size": list(window.kernel), "strides": list(window.stride), "padding": "valid"}
    x = m.add("AveragePooling2D", step.name, [x], step.shape, data_format="channels_last", **own)
    scale = window.kernel[0] * window.kernel[1] / counts[..., None]
    return _rescale(m, step, x, "border_left_out", scale=scale.tolist())


def _global_average(m: Model, step: Step, inputs: list[str]) -> str:
    return m.add("GlobalAveragePooling2D", step.name, inputs, step.shape, data_format="channels_last", keepdims=False)


def _batch_norm(m: Model, step: Step, inputs: list[str]) -> str:
    layer, arrays = _layer(step), [step.arrays[k] for k in ("gamma", "beta", "mean", "variance")]
    own = {"axis": -1, "momentum": float(layer.momentum), "epsilon": float(layer.epsilon)}
    return m.add("BatchNormalization", step.name, inputs, step.shape, arrays, **own)


def _layer_norm(m: Model, step: Step, inputs: list[str]) -> str:
    arrays = [step.arrays[k] for k in ("gamma", "beta")]
    own = {"axis": -1, "epsilon": float(_layer(step).epsilon)}
    return m.add("LayerNormalization", step.name, inputs, step.shape, arrays, **own)


def _standardize(m: Model, step: Step, inputs: list[str]) -> str:
    """Normalization takes a variance; where its root would lose digits, two Rescalings."""
    mean, deviation = (np.broadcast_to(getattr(_layer(step), k), step.shape[-1]) for k in ("mean", "deviation"))
    if deviation.min() >= LEAST and deviation.max() <= MOST:
        own = {"axis": [-1], "mean": mean.tolist(), "variance": (deviation**2).tolist(), "invert": False}
        return m.add("Normalization", step.name, inputs, step.shape, **own)
    moved = _rescale(m, step, inputs[0], "moved", offset=(-mean).tolist())
    return _rescale(m, step, moved, None, scale=(1.0 / deviation).tolist())


def _rescale(m: Model, step: Step, x: str, part: str | None, scale: Any = 1.0, offset: Any = 0.0) -> str:
    name = step.name if part is None else f"{step.name}.{part}"
    return m.add("Rescaling", name, [x], m.layers[x].shape, scale=scale, offset=offset)


def _embedding(m: Model, step: Step, inputs: list[str]) -> str:
    """The numbers cut out as they are, then a row of a table for each code."""
    layer, (count,), name = _layer(step), step.shapes[0], step.name
    first = count - len(layer.tables)
    column = m.add("Reshape", f"{name}.column", inputs, (count, 1), target_shape=[count, 1])
    parts = []
    if first:
        cropping = [0, count - first]
        numbers = m.add("Cropping1D", f"{name}.numbers", [column], (first, 1), cropping=cropping)
        parts.append(m.add("Flatten", f"{name}.numbers_flat", [numbers], (first,)))
    for k, (categories, units) in enumerate(layer.tables, start=1):
        own, place = f"{name}.table_{k}", first + k - 1
        code = m.add("Cropping1D", f"{own}.code", [column], (1, 1), cropping=[place, count - place - 1])
        sizes = {"input_dim": categories, "output_dim": units}
        vector = m.add("Embedding", own, [code], (1, 1, units), [step.arrays[f"table_{k}"]], **sizes)
        parts.append(m.add("Flatten", f"{own}.vector", [vector], (units,)))
    return m.add("Concatenate", name, parts, step.shape, axis=-1) if len(parts) > 1 else parts[0]


def _piecewise_linear(m: Model, step: Step, inputs: list[str]) -> str:
    """a = min(max((x S − left) / width, low), high), S a matrix that says which input each piece sees."""
    place, left, width = (step.arrays[k] for k in ("place", "left", "width"))
    low, high = (np.nan_to_num(step.arrays[k]) for k in ("low", "high"))  # infinity: the largest number
    seen = np.zeros((step.shapes[0][0], len(place)), left.dtype)
    seen[place, np.arange(len(place))] = 1.0
    own = {"units": len(place), "activation": "linear", "use_bias": True, "trainable": False}
    moved = m.add("Dense", f"{step.name}.moved", inputs, step.shape, [seen, -left], **own)
    share = _rescale(m, step, moved, "share", scale=(1.0 / width.astype(float)).tolist())
    lowest = _rescale(m, step, share, "low", scale=0.0, offset=low.tolist())
    above = m.add("Maximum", f"{step.name}.above", [share, lowest], step.shape)
    highest = _rescale(m, step, share, "high", scale=0.0, offset=high.tolist())
    return m.add("Minimum", step.name, [above, highest], step.shape)


def _reshape(m: Model, step: Step, inputs: list[str]) -> str:
    if _layer(step).kind == "Flatten":
        return m.add("Flatten", step.name, inputs, step.shape, data_format="channels_last")
    return m.add("Reshape", step.name, inputs, step.shape, target_shape=list(step.shape))


def _dropout(m: Model, step: Step, inputs: list[str]) -> str:
    return m.add("Dropout", step.name, inputs, step.shape, rate=float(_layer(step).rate))


def _activation(m: Model, step: Step, inputs: list[str]) -> str:
    """A name within the layer before it where that has room for one, else a layer."""
    f, before = step.f, m.layers[inputs[0]]
    assert f is not None
    options = dict(zip(("option",), f.options, strict=False))
    said = {"elu": {"option": 1.0}, "leaky_relu": {"option": 0.2}}  # the options that Keras's names stand for
    text = STRINGS.get(f.name) or (f.name if said.get(f.name) == options else None)
    if text is not None:
        if before.kind in ("Dense", "Conv2D") and before.config["activation"] == "linear" and _is_own(m, step, before):
            m.layers[before.name] = replace(before, config=before.config | {"activation": text})
            return before.name
        return m.add("Activation", _free(m, step), inputs, step.shape, activation=text)
    if f.name == "elu":
        return m.add("ELU", _free(m, step), inputs, step.shape, alpha=options["option"])
    if f.name == "leaky_relu" and options["option"] >= 0:
        return m.add("LeakyReLU", _free(m, step), inputs, step.shape, negative_slope=options["option"])
    if f.name == "leaky_relu":  # Keras's LeakyReLU takes no slope below 0
        alpha = np.full(step.shape, options["option"], m.dtype)
        return m.add("PReLU", _free(m, step), inputs, step.shape, [alpha], shared_axes=None)
    assert f.name == "step"  # min(max(z · 3e38 + 1, 0), 1) is 0 for every z below 0, 1 for every other
    steep = _rescale(m, step, inputs[0], "steep", scale=LARGE[m.dtype], offset=1.0)
    return m.add("ReLU", _free(m, step), [steep], step.shape, max_value=1.0, negative_slope=0.0, threshold=0.0)


def _is_own(m: Model, step: Step, before: Any) -> bool:
    """Whether the layer before is the one that the activation belongs to."""
    return step.inputs[0] == f"{step.name}.z" and before is list(m.layers.values())[-1]


def _free(m: Model, step: Step) -> str:
    """The step's name, or another where its layer has that."""
    return step.name if step.inputs[0] != f"{step.name}.z" else f"{step.name}.activation"


def _add(m: Model, step: Step, inputs: list[str]) -> str:
    return m.add("Add", step.name, inputs, step.shape)


def _mean(m: Model, step: Step, inputs: list[str]) -> str:
    """Average, or the sum of Rescalings where shares differ."""
    shares = _layer(step).shares
    if len(inputs) == 1:
        return inputs[0]
    if len(set(shares)) == 1:
        return m.add("Average", step.name, inputs, step.shape)
    weighed = [
        _rescale(m, step, x, f"member_{k}", scale=float(share))
        for k, (x, share) in enumerate(zip(inputs, shares, strict=True), start=1)
    ]
    return m.add("Add", step.name, weighed, step.shape)


def _layer(step: Step) -> Any:
    assert step.layer is not None
    return step.layer


WRITERS: dict[str, Writer] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "MaxPool2D": _pool("MaxPooling2D"),
    "AvgPool2D": _average_pool,
    "GlobalAvgPool2D": _global_average,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "Standardize": _standardize,
    "Embedding": _embedding,
    "PiecewiseLinear": _piecewise_linear,
    "Reshape": _reshape,
    "Dropout": _dropout,
    "Activation": _activation,
    "Add": _add,
    "Mean": _mean,
}
