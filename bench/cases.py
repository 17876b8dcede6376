"""The cases: networks, batch sizes and data, described without any peer's words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAvgPoolLayer,
    Layer,
    MaxPoolLayer,
    Shape,
)

MANY = 10_000  # rows of a prediction of many


class Unsupported(Exception):
    """A peer cannot run a case; raised by its ``prepare`` with the reason."""


class Absent(Exception):
    """A peer is installed and yet does not work on this machine; raised by its ``prepare`` with the reason."""


@dataclass(frozen=True)
class Case:
    """A network to be trained, or to predict.

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
        Rows of a training step, or of a call that predicts.
    rows : int
        Samples of an epoch, or of all calls of a run.
    program : {"train", "predict_one", "predict_many"}
        What is measured of it.
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
        """Steps of an epoch, or calls of a run."""
        return -(-self.rows // self.batch_size)

    @property
    def trains(self) -> bool:
        """Whether it is training that is measured."""
        return self.program == "train"

    def at_most(self, steps: int) -> Case:
        """The same with fewer rows where an epoch has more steps: a slow peer's whole epoch would keep all waiting."""
        return replace(self, rows=min(self.rows, steps * self.batch_size))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape of a sample before every layer, and after the last."""
        return tuple(itertools.accumulate(self.layers, lambda shape, layer: layer.shape(shape), initial=self.inputs))

    @property
    def flops(self) -> int:
        """Multiplications and additions of a step's matrix products: forward, weights' gradient, inputs' gradient.

        The layer that the data come into needs no inputs' gradient; a prediction has the forward pass alone.
        """
        products = [layer.flops(shape) for layer, shape in zip(self.layers, self.shapes, strict=False)]
        if not self.trains:
            return self.batch_size * sum(products)
        return self.batch_size * (3 * sum(products) - next(filter(None, products)))

    def trial_steps(self, most: int) -> int:
        """So many steps that a trial tells the quickest way: fewer where a step is long, at least five."""
        return min(most, self.steps, max(5, 4_000_000_000 // self.flops))

    def data(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Features (rows, *inputs) from 0 to 1, and targets: labels (int64), or numbers 0 and 1 (rows, outputs)."""
        random = np.random.default_rng(0)
        rows = self.rows if self.trains else min(self.rows, MANY)
        X = random.random((rows, *self.inputs), dtype=np.float32)
        outputs = math.prod(self.shapes[-1])
        if self.loss == "categorical_crossentropy":
            return X, random.integers(0, outputs, rows)
        return X, random.integers(0, 2, (rows, outputs)).astype(np.float32)

    def calls(self, X: Any) -> list[Any]:
        """The rows of each call of a run that predicts: parts of ``X``, cut before anything is timed."""
        B = self.batch_size
        parts = [X[k : k + B] for k in range(0, len(X), B)]
        return [parts[k % len(parts)] for k in range(self.steps)]


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

# The network that ``pellucid train`` takes for photographs of 64×64 pixels, such as cats and dogs: blocks after
# Simonyan and Zisserman (2014) with batch normalisation, then the mean of each map.
CATS_DOGS = (
    *(layer for filters in (32, 64, 128, 128) for layer in (
        ConvLayer(filters, 3, "identity", padding="same", bias=False), MaxPoolLayer(2), BatchNormLayer(),
        ActivationLayer("relu"),
    )),
    GlobalAvgPoolLayer(), DropoutLayer(0.3), DenseLayer(1, "sigmoid"),
)  # fmt: skip

SMALL = _dense("64-32-10", ("relu", "softmax"), "categorical_crossentropy", 32, 128_000)
MIDDLE = _dense("784-128-10", ("relu", "softmax"), "categorical_crossentropy", 64, 12_800)
PICTURES = Case("lenet5", (28, 28, 1), LENET5, "categorical_crossentropy", 128, 3_840)


def _batches(case: Case, rows: dict[int, int]) -> list[Case]:
    """The same network with other batch sizes: rows of an epoch by batch size."""
    return [replace(case, name=f"{case.name}/batch-{B}", batch_size=B, rows=n) for B, n in rows.items()]


def _predictions(case: Case, calls_of_one: int, calls_of_many: int) -> list[Case]:
    """One row a call, and ten thousand."""
    one = replace(case, name=f"{case.name}/one-row", program="predict_one", batch_size=1, rows=calls_of_one)
    many = f"{case.name}/{MANY}-rows"
    rows = calls_of_many * MANY
    return [one, replace(case, name=many, program="predict_many", batch_size=MANY, rows=rows)]


# What may be asked for together, by name.
GROUPS = {
    "main": [
        _dense("12-3-2", ("sigmoid", "sigmoid"), "squared_error", 16, 240_000),
        _dense("8-12-8-1", ("relu", "relu", "sigmoid"), "binary_crossentropy", 10, 150_000),
        SMALL,
        _dense("784-30-10", ("sigmoid", "softmax"), "categorical_crossentropy", 10, 10_000),
        MIDDLE,
        _dense("784-512-512-10", ("relu", "relu", "softmax"), "categorical_crossentropy", 64, 12_800),
        PICTURES,
        Case("mnist_convnet", (28, 28, 1), MNIST_CONVNET, "categorical_crossentropy", 128, 768),
        Case("cats_dogs", (64, 64, 3), CATS_DOGS, "binary_crossentropy", 32, 128),
    ],
    "batches": [
        *_batches(SMALL, {1: 20_000, 10: 100_000, 64: 128_000, 512: 256_000}),
        *_batches(MIDDLE, {1: 2_000, 10: 8_000, 512: 25_600}),  # 64 is the case itself
    ],
    "predictions": [
        *_predictions(SMALL, 5_000, 50),
        *_predictions(MIDDLE, 5_000, 5),
        *_predictions(PICTURES, 1_000, 1),
    ],
}
CASES = {case.name: case for group in GROUPS.values() for case in group}
