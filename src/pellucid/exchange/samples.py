"""Samples with what the network predicts for them: generated programs are tested against these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.network import Network

NUMBERS = 4096  # of inputs that are drawn and kept: five samples, or fewer where they are large
TOLERANCE = 1e-5  # times 1 + |what is expected|


@dataclass(frozen=True)
class Samples:
    """Inputs (B, …) and the network's outputs (B, …), as the network computes them."""

    X: NDArray[Any]
    outputs: NDArray[Any]


def take(net: Network, given: Any = None) -> Samples:
    """The user's samples, or some that are drawn: normal numbers, and codes where the network takes codes."""
    X = draw(net) if given is None else np.asarray(given)
    if len(X) == 0:
        raise DataError("samples: give at least one row, so that the test has something to compare.")
    outputs = net.predict(X)
    return Samples(np.asarray(X, net.dtype).reshape(-1, *net.input_shape), outputs)


def draw(net: Network, count: int | None = None, seed: int = 0) -> NDArray[Any]:
    """Samples that the network can take, the same ones for each seed."""
    size = int(np.prod(net.input_shape))
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count or max(1, min(5, NUMBERS // size)), *net.input_shape)).astype(net.dtype)
    first = net.layers[0][1]
    if first.kind == "Embedding":
        sizes = [categories for categories, _ in first.tables]  # type: ignore[attr-defined]
        for column, categories in zip(range(-len(sizes), 0), sizes, strict=True):
            X[:, column] = rng.integers(0, categories, len(X))
    return X
