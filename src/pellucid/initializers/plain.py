"""Random numbers whose spread is given, whatever the size of the layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.initializers.base import Initializer


@dataclass(frozen=True)
class Uniform(Initializer):
    """Every value in [low, high) is equally likely.

    The standard deviation is (high − low)/√12. As Keras's ``RandomUniform``, with the same defaults; PyTorch's
    ``uniform_`` takes 0 to 1 by default.

    Parameters
    ----------
    low, high : float, default -0.05 and 0.05

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = Uniform(-1.0, 1.0).init((3, 4), 3, 4, generator(0, "dense_1/weights"))
    >>> w_IO.shape, bool(abs(w_IO).max() <= 1)
    ((3, 4), True)
    """

    name: ClassVar[str] = "uniform"
    aliases: ClassVar[tuple[str, ...]] = ("random_uniform", "randomuniform")

    low: float = -0.05
    high: float = 0.05

    def __post_init__(self) -> None:
        self._take_number("low")
        self._take_number("high")
        if self.low > self.high:
            raise DescriptionError(
                f'Initializer "uniform": low={self.low} is above high={self.high}. '
                f"Swap them: low={self.high}, high={self.low}."
            )

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return rng.uniform(self.low, self.high, shape)


@dataclass(frozen=True)
class Normal(Initializer):
    """The bell curve around ``mean``, with standard deviation ``stddev``.

    As Keras's ``RandomNormal``, with the same defaults; PyTorch's ``normal_`` takes a deviation of 1 by default.

    Parameters
    ----------
    mean : float, default 0.0
    stddev : float, default 0.05
        Not negative.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = Normal(stddev=2.0).init((100, 100), 100, 100, generator(0, "dense_1/weights"))
    >>> bool(1.9 < w_IO.std() < 2.1)
    True
    """

    name: ClassVar[str] = "normal"
    aliases: ClassVar[tuple[str, ...]] = ("random_normal", "randomnormal")

    mean: float = 0.0
    stddev: float = 0.05

    def __post_init__(self) -> None:
        self._take_number("mean")
        self._take_number("stddev")
        if self.stddev < 0:
            raise DescriptionError(
                f'Initializer "normal": stddev={self.stddev} is negative. '
                f"A standard deviation is 0 or more: use stddev={-self.stddev}."
            )

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return rng.normal(self.mean, self.stddev, shape)
