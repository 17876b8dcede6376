"""The same number everywhere: for biases and scales, and for weights in worked examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.initializers.base import Initializer


@dataclass(frozen=True)
class Zeros(Initializer):
    """Every value is 0: the usual start of a bias.

    Weights of a hidden layer must not start so: its units would stay equal to one another for ever.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> Zeros().init((2,), 3, 2, generator(0, "dense_1/bias"))
    array([0., 0.])
    """

    name: ClassVar[str] = "zeros"
    aliases: ClassVar[tuple[str, ...]] = ("zero",)

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return np.zeros(shape)


@dataclass(frozen=True)
class Ones(Initializer):
    """Every value is 1: the usual start of a normalization's scale.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> Ones().init((2,), 3, 2, generator(0, "norm_1/scale"))
    array([1., 1.])
    """

    name: ClassVar[str] = "ones"
    aliases: ClassVar[tuple[str, ...]] = ("one",)

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return np.ones(shape)


@dataclass(frozen=True)
class Constant(Initializer):
    """Every value is ``value``.

    Parameters
    ----------
    value : float, default 0.0

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> Constant(0.5).init((1, 2), 1, 2, generator(0, "dense_1/weights"))
    array([[0.5, 0.5]])
    """

    name: ClassVar[str] = "constant"

    value: float = 0.0

    def __post_init__(self) -> None:
        self._take_number("value")

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return np.full(shape, self.value)
