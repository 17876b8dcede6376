"""The cases: networks, batch sizes and data, described without any peer's words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.layers import ConvLayer, DenseLayer, DropoutLayer, FlattenLayer, Layer, MaxPoolLayer, Shape


class Unsupported(Exception):
    """A peer cannot run a case; raised by its ``prepare`` with the reason."""


class Absent(Exception):
    """A peer is installed and yet does not work on this machine; raised by its ``prepare`` with the reason."""


@dataclass(frozen=True)
class Case:
    """A network to be trained.

    Attributes
    ----------
    name : str
        Its layers' sizes, or the network's own name.
    inputs : tuple of int
        Shape of a sample: (features,), or (height, width, channels).
    layers : tuple of Layer
        Kinds of ``layers.py``; a peer refuses what it lacks.
    loss : {"squared_error", "binary_crossentropy", "categorical_crossentropy"}
    batch_size : int
    rows : int
        Samples of an epoch.
    program : str
        What is measured of it: ``"train"``.
    """

    name: str
    inputs: Shape
    layers: tuple[Layer, ...]
    loss: str
    batch_size: int
    rows: int
    program: str = "train"

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.rows // self.batch_size)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape of a sample before every layer, and after the last."""
        return tuple(itertools.accumulate(self.layers, lambda shape, layer: layer.shape(shape), initial=self.inputs))

    @property
    def flops(self) -> int:
        """Multiplications and additions of a step's matrix products: forward, weights' gradient, inputs' gradient.

        The layer that the data come into needs no inputs' gradient.
        """
        products = [layer.flops(shape) for layer, shape in zip(self.layers, self.shapes, strict=False)]
        return self.batch_size * (3 * sum(products) - next(filter(None, products)))

    def trial_steps(self, most: int) -> int:
        """So many steps that a trial tells the quickest way: fewer where a step is long, at least five."""
        return min(most, self.steps, max(5, 4_000_000_000 // self.flops))

    def data(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Features (rows, *inputs) from 0 to 1, and targets: labels (int64), or numbers 0 and 1 (rows, outputs)."""
        random = np.random.default_rng(0)
        X = random.random((self.rows, *self.inputs), dtype=np.float32)
        outputs = math.prod(self.shapes[-1])
        if self.loss == "categorical_crossentropy":
            return X, random.integers(0, outputs, self.rows)
        return X, random.integers(0, 2, (self.rows, outputs)).astype(np.float32)


def _dense(name: str, activations: Sequence[str], loss: str, batch_size: int, rows: int) -> Case:
    inputs, *units = map(int, name.split("-"))
    layers = tuple(DenseLayer(u, a) for u, a in zip(units, activations, strict=True))
    return Case(name, (inputs,), layers, loss, batch_size, rows)


# LeCun et al., "Gradient-based learning applied to document recognition" (1998), with today's units.
LENET5 = (
    ConvLayer(6, 5, "relu"), MaxPoolLayer(2), ConvLayer(16, 5, "relu"), MaxPoolLayer(2), FlattenLayer(),
    DenseLayer(120, "relu"), DenseLayer(84, "relu"), DenseLayer(10, "softmax"),
)  # fmt: skip
# Keras's example "Simple MNIST convnet".
MNIST_CONVNET = (
    ConvLayer(32, 3, "relu"), MaxPoolLayer(2), ConvLayer(64, 3, "relu"), MaxPoolLayer(2), FlattenLayer(),
    DropoutLayer(0.5), DenseLayer(10, "softmax"),
)  # fmt: skip

CASES = {
    case.name: case
    for case in (
        _dense("12-3-2", ("sigmoid", "sigmoid"), "squared_error", 16, 240_000),
        _dense("8-12-8-1", ("relu", "relu", "sigmoid"), "binary_crossentropy", 10, 150_000),
        _dense("64-32-10", ("relu", "softmax"), "categorical_crossentropy", 32, 128_000),
        _dense("784-30-10", ("sigmoid", "softmax"), "categorical_crossentropy", 10, 10_000),
        _dense("784-128-10", ("relu", "softmax"), "categorical_crossentropy", 64, 12_800),
        _dense("784-512-512-10", ("relu", "relu", "softmax"), "categorical_crossentropy", 64, 3_200),
        Case("lenet5", (28, 28, 1), LENET5, "categorical_crossentropy", 128, 3_840),
        Case("mnist_convnet", (28, 28, 1), MNIST_CONVNET, "categorical_crossentropy", 128, 768),
    )
}
