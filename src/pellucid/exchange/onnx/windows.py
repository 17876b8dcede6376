"""Convolutions and poolings of ONNX, whose borders are given in pixels, with Pellucid's "valid" and "same"."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.exchange.chain import OtherLayout, Tensor, Unreadable
from pellucid.exchange.onnx.node import Node, Part
from pellucid.layers import AvgPool2D, Conv2D, GlobalAvgPool2D, MaxPool2D
from pellucid.layers.base import Layer
from pellucid.layers.window import Pair, Window
from pellucid.plan.parts import Shape

MOST = 2**22  # numbers of one sample's value; more are taken for damage


def picture(x: Tensor) -> Tensor:
    """A value whose graph's axes are channels, rows, columns, as a picture of Pellucid."""
    if x.index.ndim != 3:
        raise Unreadable(f"it takes pictures, but its input has {x.index.ndim} axes besides the samples")
    return x.last(0)


def made(x: Tensor, layer: Layer, arrays: dict[str, Any] | None = None) -> Tensor:
    """What a layer makes of a picture: a picture, or one number for each channel that ONNX keeps as 1×1 pixels."""
    shape = layer.output_shape(x.shape, layer.kind)
    if math.prod(shape) > MOST:
        raise Unreadable(f"its output has {math.prod(shape):,} numbers for one sample, more than {MOST:,}")
    index = np.arange(math.prod(shape)).reshape(shape if len(shape) == 3 else (1, 1, *shape))
    return replace(x.then(layer, arrays), shape=shape, index=index.transpose(2, 0, 1))


def conv(node: Node) -> Tensor:
    """Weights (O, C, KH, KW); a border that is neither "valid" nor "same" is drawn into the window, as zeros."""
    given, weights = node.given(0), node.constant(1)
    padding: list[int] = [0] * 4
    if isinstance(given, Part) and given.kind == "padded":
        x, padding = given.tensor, given.data
    else:
        x = node.tensor(0)
    x = picture(x)
    if weights.ndim != 4 or 0 in weights.shape:
        raise Unreadable(f"weights of shape {weights.shape} are not those of a convolution of pictures")
    groups = node.attribute("group", 1)
    if groups < 1 or weights.shape[1] * groups != x.shape[2]:
        raise OtherLayout(f"weights of shape {weights.shape} in {groups} groups do not fit {x.shape[2]} channels")
    window, pads, out = _window(node, x.shape, tuple(weights.shape[2:]), padding)
    weights = weights.transpose(2, 3, 1, 0)
    window, weights = _fit(window, pads, out, x.shape, weights)
    arrays = {"weights": weights}
    if node.given(2) is not None:
        arrays["bias"] = node.constant(2)
    layer = Conv2D(
        weights.shape[3], window.kernel, window.stride, window.padding, window.dilation, groups, bias="bias" in arrays
    )
    return made(x, layer, arrays)


def pool(node: Node) -> Tensor:
    """MaxPool and AveragePool."""
    x = picture(node.tensor())
    kernel = node.attribute("kernel_shape", [0])
    if len(kernel) != 2 or min(kernel) < 1:
        raise Unreadable(f"its window {kernel} is not that of a pooling of pictures")
    window, pads, out = _window(node, x.shape, (kernel[0], kernel[1]), [0] * 4)
    largest = node.op == "MaxPool"
    if window.dilation != (1, 1) or (largest and node.attribute("storage_order", 0)):
        raise Unreadable("Pellucid's poolings have no dilation")
    if not largest and any(pads) and node.attribute("count_include_pad", 0):
        raise Unreadable("its mean counts the border, Pellucid's means are over the picture alone")
    window, _ = _fit(window, pads, out, x.shape, None)
    kind = MaxPool2D if largest else AvgPool2D
    return made(x, kind(window.kernel, window.stride, window.padding))


def global_pool(node: Node) -> Tensor:
    """GlobalAveragePool and GlobalMaxPool."""
    x = picture(node.tensor())
    if node.op == "GlobalAveragePool":
        return made(x, GlobalAvgPool2D())
    return made(x, MaxPool2D((x.shape[0], x.shape[1])))


def pad(node: Node) -> Part:
    """A border of zeros, which the convolution after it draws in."""
    x, pads = node.tensor(), node.whole(1, "pads")
    value = node.given(2) if "value" not in node.attributes else np.array(node.attribute("value", 0.0))
    zero = value is None or (isinstance(value, np.ndarray) and not value.any())
    if node.attribute("mode", b"constant") != b"constant" or not zero or node.given(3) is not None:
        raise Unreadable("only a border of zeros can be read")
    if pads is None or len(pads) != 8 or x.index.ndim != 3 or min(pads) < 0:
        raise Unreadable("only a border of pictures can be read")
    if pads[0] or pads[1] or pads[4] or pads[5]:
        raise OtherLayout("it adds channels")
    return Part("padded", x, [pads[2], pads[3], pads[6], pads[7]])


def _window(node: Node, shape: Shape, kernel: Pair, padding: list[int]) -> tuple[Window, list[int], Pair]:
    """The window, its border (top, left, bottom, right), and the size of the output."""
    stride, dilation = node.attribute("strides", [1, 1]), node.attribute("dilations", [1, 1])
    pads = node.attribute("pads", [0] * 4)
    if len(stride) != 2 or len(dilation) != 2 or len(pads) != 4 or min(*stride, *dilation) < 1 or min(pads) < 0:
        raise Unreadable(f"strides {stride}, dilations {dilation} and pads {pads} are not those of pictures")
    window = Window(kernel, (stride[0], stride[1]), "valid", (dilation[0], dilation[1]))
    auto = node.attribute("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        (top, bottom), (left, right) = replace(window, padding="same").border(shape)
        pads = [top, left, bottom, right] if auto == b"SAME_UPPER" else [bottom, right, top, left]
    elif auto not in (b"NOTSET", b"VALID"):
        raise Unreadable(f"auto_pad is {auto!r}")
    pads = [given + more for given, more in zip(pads, padding, strict=True)]
    sizes = []
    for axis in (0, 1):
        room = shape[axis] + pads[axis] + pads[axis + 2] - window.reach(axis)
        if room < 0 or max(pads) > max(shape) + window.reach(axis):
            raise Unreadable(f"its window {kernel} does not fit a picture of {shape[0]}×{shape[1]} with border {pads}")
        up = node.attribute("ceil_mode", 0) and room % stride[axis]
        sizes.append(room // stride[axis] + 1 + bool(up))
        if up and (sizes[-1] - 1) * stride[axis] >= shape[axis] + pads[axis]:
            sizes[-1] -= 1  # a window that would begin beyond the picture
    return window, pads, (sizes[0], sizes[1])


def _fit(window: Window, pads: list[int], out: Pair, shape: Shape, weights: Any) -> tuple[Window, Any]:
    """The window as "valid" or "same"; a convolution's may grow by zeros until it is one of them."""
    if not any(pads) and window.output(shape) == out:
        return window, weights
    same = replace(window, padding="same")
    if same.output(shape) == out:
        places = []
        for axis in (0, 1):
            found = [
                (before, after)
                for before in range(1 + (window.kernel[axis] if weights is not None else 0))
                for after in range(1 + (window.kernel[axis] if weights is not None else 0))
                if _begins(same, axis, before + after, shape) == pads[axis] + before * window.dilation[axis]
            ]
            places.append(min(found, key=sum, default=None))
        (down, across) = places
        if down is not None and across is not None:
            if weights is None:
                return same, None
            weights = np.pad(weights, (down, across, (0, 0), (0, 0)))
            return replace(same, kernel=(weights.shape[0], weights.shape[1])), weights
    raise Unreadable(
        f'its border {pads} is neither "valid" nor "same" on pictures of {shape[0]}×{shape[1]}. Use padding that keeps '
        f"the size, or none"
    )


def _begins(window: Window, axis: int, more: int, shape: Shape) -> int:
    """By how many pixels the first window stands over the border, when the window has so many more weights."""
    kernel = [window.kernel[0], window.kernel[1]]
    kernel[axis] += more
    return replace(window, kernel=(kernel[0], kernel[1])).border(shape)[axis][0]
