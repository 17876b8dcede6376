"""Samples with what the network predicts for them: generated programs are tested against these."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.exchange.columns import draw_rows
from pellucid.tables.preparation import preparation_of
from pellucid.tables.read import is_frame, read_table
from pellucid.training.samples import take_features

if TYPE_CHECKING:
    import polars as pl

    from pellucid.network import Network

NUMBERS = 4096  # of inputs that are drawn and kept: five samples, or fewer where they are large
TOLERANCE = 1e-5  # times 1 + |what is expected|


@dataclass(frozen=True)
class Samples:
    """What a test gives to a program, and what the network says to it.

    Attributes
    ----------
    X : array (B, …)
        Inputs, as the network takes them.
    outputs : array (B, …)
        As the network computes them.
    rows : polars.DataFrame, optional
        Raw rows of a table of which the inputs were made, where the test is to begin with these.
    plain : bool
        Whether inputs are all that the network takes: it was not trained on a table.
    """

    X: NDArray[Any]
    outputs: NDArray[Any]
    rows: pl.DataFrame | None = None
    plain: bool = True


def take(net: Network, given: Any = None) -> Samples:
    """The user's samples, or some that are drawn: raw rows where the network takes these; else normal numbers, and
    codes where the network takes codes."""
    preparation = preparation_of(net.preparation)
    if preparation is not None and (given is None or isinstance(given, (str, os.PathLike)) or is_frame(given)):
        table = read_table(draw_rows(preparation) if given is None else given, what="samples")
        rows = replace(preparation, marks={}).match(table)  # named as in training, but gaps as they are written
        X = preparation.transform(rows, net.dtype, "samples")
        return Samples(X, net.predict(X), rows.frame.select([column.name for column in preparation.used]), plain=False)
    if given is not None and np.size(given) == 0:
        raise DataError("samples: give at least one row, so that there is something to compare.")
    found = take_features(net, draw(net) if given is None else given, "samples")
    if not isinstance(found, np.ndarray):
        raise DataError("samples: they must lie in memory. Read some of the stream: X.take(indices).")
    X = found.reshape(-1, *net.input_shape)
    return Samples(X, net.predict(X), plain=preparation is None)


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
