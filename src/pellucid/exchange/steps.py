"""A network as a list of steps: what every format writes, with the layers' nesting and training parts taken out.

A layer with an activation is two steps, a Residual is the steps of both branches and an ``Add``, an Ensemble those of
its members and a ``Mean``; Dropout and Augment, which do nothing outside training, are no steps at all. So a format
knows the operations in :data:`OPS` and nothing of layers. A new layer kind is a row in :data:`LOWER`, and a new
operation only where none of these will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.activations import Activation
from pellucid.errors import DescriptionError
from pellucid.plan.parts import Shape

if TYPE_CHECKING:
    from pellucid.layers import Layer
    from pellucid.network import Network

OPS = (
    "Dense", "Conv2D", "MaxPool2D", "AvgPool2D", "GlobalAvgPool2D", "BatchNorm", "LayerNorm", "Standardize",
    "Embedding", "PiecewiseLinear", "Reshape", "Activation", "Add", "Mean",
)  # fmt: skip
TRAINING = ("Dropout",)  # steps besides these where a format keeps what acts only while training
INPUT = "input"


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes
    ----------
    op : str
        One of :data:`OPS`, or of :data:`TRAINING` where these are asked for.
    name : str
        The layer that it belongs to: ``conv2d_1``, or ``residual_1.shortcut.conv2d_1`` within another.
    inputs : tuple of str
        The values that it takes: ``input``, or outputs of earlier steps.
    output : str
        The value that it makes: ``conv2d_1.z``, or ``conv2d_1.a`` after the activation.
    shapes : tuple of Shape
        Of one sample of each input.
    shape : Shape
        Of one sample of the output.
    layer : Layer, optional
        For its options; none for ``Activation`` and ``Add``. ``Mean`` weighs its inputs by ``layer.shares``.
    f : Activation, optional
        What ``Activation`` applies.
    arrays : dict
        The layer's numbers by their short names: ``weights``, ``bias``, …
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    output: str
    shapes: tuple[Shape, ...]
    shape: Shape
    layer: Layer | None = None
    f: Activation | None = None
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def steps(net: Network, training: bool = False) -> tuple[list[Step], str]:
    """The steps of a network in order, and the name of the value that is its output; on request with Dropout.

    >>> from pellucid import Dense, Dropout, Input, Network, Residual
    >>> net = Network([Input(3), Dense(4, "relu"), Dropout(), Residual([Dense(4)])])
    >>> for step in steps(net)[0]:
    ...     print(step.op, step.inputs, "->", step.output)
    Dense ('input',) -> dense_1.z
    Activation ('dense_1.z',) -> dense_1.a
    Dense ('dense_1.a',) -> residual_1.dense_1.z
    Add ('residual_1.dense_1.z', 'dense_1.a') -> residual_1.z
    """
    walk = Walk(net.weights, net.dtype, training)
    value, shape = INPUT, net.input_shape
    for name, layer in net.layers:
        value, shape = walk.layer(layer, name, value, shape)
    return walk.steps, value


class Walk:
    """Takes layers one by one and notes their steps."""

    def __init__(self, weights: dict[str, NDArray[Any]], dtype: str, training: bool = False) -> None:
        self.weights, self.dtype, self.training = weights, dtype, training
        self.steps: list[Step] = []

    def layer(self, layer: Layer, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
        """Note a layer's steps; return its output and that one's shape."""
        if layer.kind not in LOWER:
            raise DescriptionError(f'Layer "{name}" ({layer.kind}) cannot be exported. Use net.save.')
        value, shape = LOWER[layer.kind](self, layer, name, value, shape)
        f = getattr(layer, "f", None)
        if isinstance(f, Activation) and f.name != "identity":
            value = self.add("Activation", name, (value,), f"{name}.a", (shape,), shape, f=f)
        return value, shape

    def add(self, op: str, name: str, inputs: tuple[str, ...], output: str, *rest: Any, **more: Any) -> str:
        """Note one step; return its output."""
        self.steps.append(Step(op, name, inputs, output, *rest, **more))
        return output

    def one(self, op: str, layer: Layer, name: str, value: str, shape: Shape, **arrays: Any) -> tuple[str, Shape]:
        """Note a layer that is one step, with its arrays."""
        after = layer.output_shape(shape, name)
        own = [p.name for p in layer.parameters(shape)] + [s.name for s in layer.statistics(shape)]
        arrays |= {k: self.weights[f"{name}.{k}"] for k in own}
        value = self.add(op, name, (value,), f"{name}.z", (shape,), after, layer=layer, arrays=arrays)
        return value, after


def _one(walk: Walk, layer: Layer, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    return walk.one(layer.kind, layer, name, value, shape)


def _nothing(walk: Walk, layer: Layer, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    return value, shape


def _dropout(walk: Walk, layer: Layer, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    return walk.one("Dropout", layer, name, value, shape) if walk.training else (value, shape)


def _ensemble(walk: Walk, layer: Any, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    ends, after = [], shape
    for k, member in enumerate(layer.members, start=1):
        end, after = value, shape
        for inner in member:
            end, after = walk.layer(inner, f"{name}.member_{k}.{inner.label}", end, after)
        ends.append(end)
    shapes = (after,) * len(ends)
    return walk.add("Mean", name, tuple(ends), f"{name}.z", shapes, after, layer=layer), after


def _reshape(walk: Walk, layer: Layer, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    return walk.one("Reshape", layer, name, value, shape)


def _standardize(walk: Walk, layer: Any, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    numbers = {k: np.full(shape[-1], getattr(layer, k), walk.dtype) for k in ("mean", "deviation")}
    return walk.one("Standardize", layer, name, value, shape, **numbers)


def _piecewise_linear(walk: Walk, layer: Any, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    """a = (x[place] − left) / width, kept from low to high."""
    pieces = [
        (i, left, right - left, 0.0 if k else -np.inf, np.inf if k == len(row) - 2 else 1.0)
        for i, row in enumerate(layer.edges)
        for k, (left, right) in enumerate(pairwise(row))
    ]
    place, *others = (np.array(column) for column in zip(*pieces, strict=True))
    numbers = {k: a.astype(walk.dtype) for k, a in zip(("left", "width", "low", "high"), others, strict=True)}
    return walk.one("PiecewiseLinear", layer, name, value, shape, place=place, **numbers)


def _residual(walk: Walk, layer: Any, name: str, value: str, shape: Shape) -> tuple[str, Shape]:
    path, after = value, shape
    for inner in layer.layers:
        path, after = walk.layer(inner, f"{name}.{inner.label}", path, after)
    beside, side = value, shape
    for inner in layer.shortcut:
        beside, side = walk.layer(inner, f"{name}.shortcut.{inner.label}", beside, side)
    return walk.add("Add", name, (path, beside), f"{name}.z", (after, side), after), after


Lowering = Callable[[Walk, Any, str, str, Shape], tuple[str, Shape]]
LOWER: dict[str, Lowering] = {
    **dict.fromkeys(
        ["Dense", "Conv2D", "MaxPool2D", "AvgPool2D", "GlobalAvgPool2D", "BatchNorm", "LayerNorm", "Embedding"], _one
    ),
    **dict.fromkeys(["Activation", "Augment"], _nothing),
    "Dropout": _dropout,
    **dict.fromkeys(["Flatten", "Reshape"], _reshape),
    "Standardize": _standardize,
    "PiecewiseLinear": _piecewise_linear,
    "Residual": _residual,
    "Ensemble": _ensemble,
}
