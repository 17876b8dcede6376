"""The peer's layers: what PyTorch calls each kind.

What PyTorch does not have is written out in its operations, never in ours.
"""

from __future__ import annotations

import math
from itertools import pairwise

from torch_formulas import activation_of

# --- layers: kind → (torch, layer, its arrays, input, whether it trains) → (z, a) -------------------------------------


def _under(arrays, name):
    """The arrays whose names begin with ``name``, without it."""
    return {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}


def run_layers(torch, layers, arrays, x, training):
    """z and a of the last of the layers, one after another; each is a (name, layer)."""
    z = a = x
    for name, layer in layers:
        z, a = LAYERS[layer.kind](torch, layer, _under(arrays, name), a, training)
    return z, a


def _dense_layer(torch, layer, own, x, training):
    z = x @ own["weights"] + own.get("bias", 0.0)
    return z, activation_of(torch, layer.activation)(z)


def _dropout(torch, layer, own, x, training):
    assert layer.rate == 0.0, "two libraries draw different masks"
    return x, torch.nn.Dropout(0.0)(x)


def _activation_layer(torch, layer, own, x, training):
    return x, activation_of(torch, layer.activation)(x)


def _view(shape_of):
    return lambda torch, layer, own, x, training: (x.reshape(len(x), *shape_of(layer)),) * 2


def _channels_first(x):
    return x.permute(0, 3, 1, 2)


def _channels_last(x):
    return x.permute(0, 2, 3, 1)


def _bordered(torch, x, kernel, stride, dilation, padding, value):
    """The picture with the border that Keras gives it: the odd pixel at the bottom and right."""
    if padding == "valid":
        return x
    sides = []
    for axis in (1, 0):  # PyTorch names the last axis first
        length, step = x.shape[2 + axis], stride[axis]
        reach = dilation[axis] * (kernel[axis] - 1)
        missing = reach + 1 - (length % step or step)
        sides += [max(0, missing) // 2, -(-max(0, missing) // 2)]
    return torch.nn.functional.pad(x, sides, value=value)


def _convolution(torch, layer, own, x, training):
    window = (layer.kernel, layer.stride, layer.dilation, layer.padding)
    x = _bordered(torch, _channels_first(x), *window, 0.0)
    weights = own["weights"].permute(3, 2, 0, 1)
    z = torch.nn.functional.conv2d(
        x, weights, own.get("bias"), stride=layer.stride, dilation=layer.dilation, groups=layer.groups
    )
    z = _channels_last(z)
    return z, activation_of(torch, layer.activation)(z)


def _largest(torch, layer, own, x, training):
    x = _bordered(torch, _channels_first(x), layer.size, layer.stride, (1, 1), layer.padding, -math.inf)
    return (_channels_last(torch.nn.functional.max_pool2d(x, layer.size, layer.stride)),) * 2


def _average(torch, layer, own, x, training):
    """The mean over each window's own pixels: that over picture and border, divided by that of ones and border."""
    x = _channels_first(x)
    both = [
        torch.nn.functional.avg_pool2d(
            _bordered(torch, part, layer.size, layer.stride, (1, 1), layer.padding, 0.0), layer.size, layer.stride
        )
        for part in (x, torch.ones_like(x))
    ]
    return (_channels_last(both[0] / both[1]),) * 2


def _whole_average(torch, layer, own, x, training):
    return (torch.nn.functional.adaptive_avg_pool2d(_channels_first(x), 1).flatten(1),) * 2


def _batch_norm(torch, layer, own, x, training):
    flat = x.reshape(-1, x.shape[-1])
    a = torch.nn.functional.batch_norm(
        flat, own["mean"], own["variance"], own["gamma"], own["beta"], training, 1.0 - layer.momentum, layer.epsilon
    )
    return (a.reshape(x.shape),) * 2


def _layer_norm(torch, layer, own, x, training):
    return (torch.nn.functional.layer_norm(x, x.shape[-1:], own["gamma"], own["beta"], layer.epsilon),) * 2


def _residual(torch, layer, own, x, training):
    path = [(one.label, one) for one in layer.layers]
    beside = [(one.label, one) for one in layer.shortcut]
    z = run_layers(torch, path, own, x, training)[1]
    z = z + run_layers(torch, beside, _under(own, "shortcut"), x, training)[1]
    return z, activation_of(torch, layer.activation)(z)


def _ensemble(torch, layer, own, x, training):
    ends = [
        run_layers(torch, [(one.label, one) for one in member], _under(own, f"member_{k}"), x, training)[1]
        for k, member in enumerate(layer.members, start=1)
    ]
    weights = torch.tensor(layer.weights or [1.0] * len(ends), dtype=x.dtype)
    return (torch.einsum("m,m...->...", weights, torch.stack(ends)) / weights.sum(),) * 2


def _piecewise_linear(torch, layer, own, x, training):
    parts = []
    for i, row in enumerate(layer.edges):
        for k, (low, high) in enumerate(pairwise(row)):
            share = (x[:, i] - low) / (high - low)
            share = share if k == 0 else share.clamp(min=0.0)
            parts.append(share if k == len(row) - 2 else share.clamp(max=1.0))
    return (torch.stack(parts, dim=1),) * 2


def _standardize(torch, layer, own, x, training):
    mean, deviation = (torch.tensor(given, dtype=x.dtype) for given in (layer.mean, layer.deviation))
    return ((x - mean) / deviation,) * 2


def _embedding(torch, layer, own, x, training):
    """Numbers as they are, then of each code its row of the table."""
    numbers = x.shape[1] - len(layer.tables)
    parts = [x[:, :numbers]]
    for k, (categories, _) in enumerate(layer.tables):
        codes = x[:, numbers + k].clamp(0, categories - 1).long()
        parts.append(torch.nn.functional.embedding(codes, own[f"table_{k + 1}"]))
    return (torch.cat(parts, 1),) * 2


def _unchanged(torch, layer, own, x, training):
    """Two libraries draw different changes, so there is a peer where nothing is changed."""
    return x, x


LAYERS = {
    "Input": None,
    "Standardize": _standardize,
    "Augment": _unchanged,
    "Embedding": _embedding,
    "Dense": _dense_layer,
    "Conv2D": _convolution,
    "MaxPool2D": _largest,
    "AvgPool2D": _average,
    "GlobalAvgPool2D": _whole_average,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "Activation": _activation_layer,
    "Dropout": _dropout,
    "Flatten": _view(lambda layer: (-1,)),
    "Reshape": _view(lambda layer: layer.shape),
    "Residual": _residual,
    "Ensemble": _ensemble,
    "PiecewiseLinear": _piecewise_linear,
}
