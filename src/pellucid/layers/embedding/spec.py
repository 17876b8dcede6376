"""Embedding: a trained vector for each category of a column of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError
from pellucid.initializers import INITIALIZERS, Initializer
from pellucid.layers.base import Layer, Parameter, check_whole
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan
    from pellucid.regularizers import Regularizer

KERNELS = "pellucid.layers.embedding.kernels"
LARGEST = 2**24  # categories; up to here float32 holds every code exactly


@dataclass(frozen=True)
class Embedding(Layer):
    """Each of the last inputs is a category's code c, and becomes that category's trained vector w_c.

    Takes samples of shape (I,): N numbers, then one code for each entry of ``categories``. Gives N + Σ units: the
    numbers as they are, then the vectors in the codes' order. Parameters: ``table_1`` (categories, units) for the first
    code, ``table_2``, … Backward: ∂C/∂w_c is the sum of ∂C/∂a over the samples of category c; codes have no gradient
    (Bengio, Ducharme and Vincent 2001; for tables Guo and Berkhahn 2016).

    It is the first layer of a network, so that codes are checked before training; in the engine a code outside the
    table stands for the nearest one in it. ``Embedding`` in Keras and PyTorch takes codes alone and one table.

    Parameters
    ----------
    categories : int or tuple of int
        How many categories each code has: 0 to categories − 1.
    units : int or tuple of int
        How long their vectors are; one number is for all.
    initializer : str or Initializer
        How the vectors start: uniform from −0.05 to 0.05, as in Keras (PyTorch: normal with deviation 1).
    regularizer : str or Regularizer, optional
        A penalty on large vectors.
    name : str, optional

    Raises
    ------
    DescriptionError
        A number that will not do, or an input with fewer numbers than codes.

    Examples
    --------
    Three numbers, then a code of ten categories and one of four:

    >>> from pellucid import Dense, Embedding, Input, Network
    >>> net = Network([Input(5), Embedding(categories=(10, 4), units=(3, 2)), Dense(1)])
    >>> net.shapes, net.weights["embedding_1.table_1"].shape
    (((8,), (1,)), (10, 3))
    """

    kind = "Embedding"
    categories: int | tuple[int, ...] = 0
    units: int | tuple[int, ...] = 0
    initializer: str | Initializer | dict[str, Any] = "uniform"
    regularizer: str | Regularizer | dict[str, Any] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        categories = _sizes(self.categories, "Embedding: categories")
        units = _sizes(self.units, "Embedding: units")
        if len(units) == 1:
            units *= len(categories)
        if len(units) != len(categories):
            raise DescriptionError(
                f"Embedding: {len(categories)} codes but units for {len(units)}. Give one number of units for each "
                f"code, or one for all."
            )
        if max(categories) > LARGEST:
            raise DescriptionError(
                f"Embedding: categories must be at most {LARGEST:,}, got {max(categories):,}. Keep the most frequent "
                f"ones and give all others one code."
            )
        put(self, "categories", categories)
        put(self, "units", units)
        put(self, "initializer", INITIALIZERS.get(self.initializer))
        if self.regularizer is not None:
            from pellucid.regularizers import REGULARIZERS

            put(self, "regularizer", REGULARIZERS.get(self.regularizer))

    @property
    def takes_input(self) -> bool:
        return True

    @property
    def tables(self) -> tuple[tuple[int, int], ...]:
        """(categories, units) of each code."""
        assert isinstance(self.categories, tuple)
        assert isinstance(self.units, tuple)
        return tuple(zip(self.categories, self.units, strict=True))

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        if len(inputs) != 1:
            shape = " × ".join(map(str, inputs))
            raise DescriptionError(
                f"{where} (Embedding) takes one number for each input, but its input has shape {shape}. "
                f"Put Flatten() before it."
            )
        if inputs[0] < len(self.tables):
            raise DescriptionError(
                f"{where} (Embedding) takes {len(self.tables)} codes, but its input has only {inputs[0]} numbers. "
                f"Give categories for {inputs[0]} at most."
            )
        return (inputs[0] - len(self.tables) + sum(units for _, units in self.tables),)

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(f"table_{k}", (C, U), self.initializer, C, U, self.regularizer)  # type: ignore[arg-type]
            for k, (C, U) in enumerate(self.tables, 1)
        )

    def check_features(self, X: NDArray[Any], what: str) -> None:
        first = X.shape[1] - len(self.tables)
        for k, (C, _) in enumerate(self.tables):
            codes = X[:, first + k]
            wrong = (codes < 0) | (codes >= C) | (codes != np.floor(codes))
            if wrong.any():
                row = int(np.argmax(wrong))
                raise DataError(
                    f"{what}, row {row}, column {first + k}: expected the code of a category, a whole number from 0 "
                    f"to {C - 1}, got {codes[row]:g}. {int(wrong.sum())} of {len(codes)} codes in this column are "
                    f"none. Give Embedding as many categories as there are codes, or correct them."
                )

    def plan(self, p: LayerPlan) -> Slot:
        I, (O,) = p.input.units, self.output_shape(p.input.shape, p.name)
        N = I - len(self.tables)
        a = p.values("a", (O,))
        if N:
            p.forward(f"{KERNELS}:take_numbers", I=I, O=O, N=N, x=p.input, a=a)
        place = N
        for k, (C, U) in enumerate(self.tables):
            table = p.parameter(f"table_{k + 1}")
            sizes = {"I": I, "O": O, "k": N + k, "p": place, "C": C, "U": U}
            p.forward(f"{KERNELS}:forward", sizes, w=table, x=p.input, a=a)
            p.gradient(
                f"{KERNELS}:gradient", flops=U, tiles=p.tiles, **sizes, x=p.input, da=p.delta(a),
                dw=p.gradient_of(table),
            )  # fmt: skip
            place += U
        if p.wants_input_delta:
            p.backward(f"{KERNELS}:backward", I=I, O=O, N=N, da=p.delta(a), dx=p.input_delta)
        return a


def _sizes(given: Any, what: str) -> tuple[int, ...]:
    several = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if not several:
        raise DescriptionError(f"{what} must name at least one code, got none.")
    return tuple(check_whole(one, what) for one in several)
