"""The cases: networks, batch sizes and data, described without any peer's words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Unsupported(Exception):
    """A peer cannot run a case; raised by its ``prepare`` with the reason."""


@dataclass(frozen=True)
class DenseLayer:
    """A fully connected layer: ``relu``, ``sigmoid`` or ``softmax`` units."""

    units: int
    activation: str


@dataclass(frozen=True)
class Case:
    """A network to be trained.

    Attributes
    ----------
    name : str
        Its layers' sizes.
    inputs : int
        Features of a sample.
    layers : tuple of DenseLayer
        Kinds added later are classes beside :class:`DenseLayer`; a peer refuses what it lacks.
    loss : {"squared_error", "binary_crossentropy", "categorical_crossentropy"}
    batch_size : int
    rows : int
        Samples of an epoch.
    program : str
        What is measured of it: ``"train"``.
    """

    name: str
    inputs: int
    layers: tuple[DenseLayer, ...]
    loss: str
    batch_size: int
    rows: int
    program: str = "train"

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.rows // self.batch_size)

    @property
    def flops(self) -> int:
        """Multiplications and additions of a step's matrix products: forward, weights' gradient, inputs' gradient."""
        sizes = [self.inputs, *(layer.units for layer in self.layers)]
        products = [2 * i * o for i, o in itertools.pairwise(sizes)]
        return self.batch_size * (3 * sum(products) - products[0])

    def data(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Features (rows, inputs) from 0 to 1, and targets: labels (int64), or numbers 0 and 1 (rows, outputs)."""
        random = np.random.default_rng(0)
        X = random.random((self.rows, self.inputs), dtype=np.float32)
        outputs = self.layers[-1].units
        if self.loss == "categorical_crossentropy":
            return X, random.integers(0, outputs, self.rows)
        return X, random.integers(0, 2, (self.rows, outputs)).astype(np.float32)


def _case(name: str, activations: Sequence[str], loss: str, batch_size: int, rows: int) -> Case:
    inputs, *units = map(int, name.split("-"))
    layers = tuple(DenseLayer(u, a) for u, a in zip(units, activations, strict=True))
    return Case(name, inputs, layers, loss, batch_size, rows)


CASES = {
    case.name: case
    for case in (
        _case("12-3-2", ("sigmoid", "sigmoid"), "squared_error", 16, 240_000),
        _case("8-12-8-1", ("relu", "relu", "sigmoid"), "binary_crossentropy", 10, 150_000),
        _case("64-32-10", ("relu", "softmax"), "categorical_crossentropy", 32, 128_000),
        _case("784-30-10", ("sigmoid", "softmax"), "categorical_crossentropy", 10, 10_000),
        _case("784-128-10", ("relu", "softmax"), "categorical_crossentropy", 64, 12_800),
        _case("784-512-512-10", ("relu", "relu", "softmax"), "categorical_crossentropy", 64, 3_200),
    )
}
