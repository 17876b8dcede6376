"""PiecewiseLinear: each number as several, one for each stretch of its range, so that a network bends easily there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError, DescriptionError
from pellucid.layers.base import Layer, check_whole
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.builder import Fields
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.piecewise_linear.kernels"
NARROW = 1e-3  # edges nearer than this share of an input's range are one


@dataclass(frozen=True)
class PiecewiseLinear(Layer):
    """a_t = (x − b_{t−1}) / (b_t − b_{t−1}) for each stretch from edge b_{t−1} to b_t, kept between 0 and 1.

    The first stretch has no lower bound and the last no upper one, so x itself is still a sum of what comes out. Takes
    samples of shape (I,), gives one number for each stretch of each input, in the inputs' order. The edges are given
    once and not trained. A Dense layer after it weighs each stretch by itself, which is what trees are good at, and is
    the piecewise-linear encoding of Gorishniy, Rubachev and Babenko 2022 ("On Embeddings for Numerical Features in
    Tabular Deep Learning").

    Parameters
    ----------
    edges : sequence of sequences of float
        For each input at least two numbers in rising order. Two are one stretch: the input, shifted and scaled.
    name : str, optional

    Raises
    ------
    DescriptionError
        Edges that do not rise, or not as many rows of them as inputs.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network, PiecewiseLinear
    >>> net = Network([Input(1), PiecewiseLinear([[0, 1, 3]])])
    >>> net.predict([[0.5], [2], [5], [-1]]).tolist()
    [[0.5, 0.0], [1.0, 0.5], [1.0, 2.0], [-1.0, 0.0]]
    >>> PiecewiseLinear.of([[1.0], [2.0], [3.0], [4.0], [9.0]], bins=2)
    PiecewiseLinear(edges=((1.0, 3.0, 9.0),), name=None)
    """

    kind = "PiecewiseLinear"
    edges: Sequence[Sequence[float]] = ()
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", _edges(self.edges))

    @classmethod
    def of(cls, X: ArrayLike, bins: int = 8, name: str | None = None) -> PiecewiseLinear:
        """The layer whose edges are quantiles of X, so that each stretch holds as many of its rows.

        Edges that fall together are one, so an input of two values, such as a yes/no column, is one stretch.

        Parameters
        ----------
        X : array (B, I)
            The training data, as they go into the layer.
        bins : int
            Stretches of an input, at the most.
        name : str, optional

        Raises
        ------
        DataError
            X has no rows, or holds what is not a finite number.
        """
        bins, values = check_whole(bins, "PiecewiseLinear.of: bins"), np.asarray(X, float)
        if values.ndim != 2 or not values.size:
            raise DataError(f"PiecewiseLinear.of: X must be rows of numbers, got shape {values.shape}.")
        if not np.isfinite(values).all():
            column = int(np.argmin(np.isfinite(values).all(axis=0)))
            raise DataError(f"PiecewiseLinear.of: column {column} of X holds a value that is not a finite number.")
        return cls([_apart(np.quantile(column, np.linspace(0, 1, bins + 1))) for column in values.T], name)

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        if len(inputs) != 1 or inputs[0] != len(self.edges):
            size = " × ".join(map(str, inputs))
            raise DescriptionError(
                f"{where} (PiecewiseLinear): edges for {len(self.edges)} inputs, but its input has shape {size}. "
                f"Give one row of edges for each input."
            )
        return (sum(len(row) - 1 for row in self.edges),)

    def plan(self, p: LayerPlan) -> Slot:
        pieces = [
            (i, low, high - low, 0.0 if k else -np.inf, np.inf if k == len(row) - 2 else 1.0)
            for i, row in enumerate(self.edges)
            for k, (low, high) in enumerate(pairwise(row))
        ]
        a = p.values("a", (len(pieces),))
        numbers = p.constant("numbers", *(float(n) for column in zip(*pieces, strict=True) for n in column))
        shared: Fields = {"I": p.input.units, "O": a.units, "x": p.input}
        p.forward(f"{KERNELS}:forward", shared, flops=4 * a.units, a=a, numbers=numbers)
        if p.wants_input_delta:
            p.backward(
                f"{KERNELS}:backward", shared, flops=4 * a.units, da=p.delta(a), dx=p.input_delta, numbers=numbers
            )
        return a


def _edges(given: Any) -> tuple[tuple[float, ...], ...]:
    """Rows of rising numbers."""
    mend = "Give at least two rising numbers for each input, for instance [[0, 1, 2], [10, 20]]."
    try:
        rows = tuple(tuple(float(edge) for edge in row) for row in given)
    except (TypeError, ValueError):
        raise DescriptionError(f"PiecewiseLinear: edges must be rows of numbers, got {given!r}. {mend}") from None
    for i, row in enumerate(rows):
        if len(row) < 2 or not np.isfinite(row).all() or (np.diff(row) <= 0).any():
            raise DescriptionError(f"PiecewiseLinear: the edges of input {i} do not rise: {list(row)}. {mend}")
    if not rows:
        raise DescriptionError(f"PiecewiseLinear: edges are missing. {mend}")
    return rows


def _apart(quantiles: NDArray[np.float64]) -> list[float]:
    """The quantiles without those that fall together; of a constant, its value and 1 more."""
    least, most = float(quantiles[0]), float(quantiles[-1])
    if least == most:
        return [least, least + 1.0]
    near, kept = NARROW * (most - least), [least]
    for edge in quantiles[1:-1]:
        if edge - kept[-1] > near and most - edge > near:
            kept.append(float(edge))
    return [*kept, most]
