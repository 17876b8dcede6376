"""What every initializer is: a few numbers, and one function that fills an array."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.named import Named


class Initializer(Named, ABC):
    """Base of the initializers. An initializer has no state: the random numbers come from ``rng``."""

    @abstractmethod
    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the first values of a parameter.

        Parameters
        ----------
        shape : tuple of int
            The parameter's shape: (I, O) for a dense layer's weights, (K, K, C, O) for a convolution's.
        fan_in, fan_out : int
            How many inputs one output has, and how many outputs one input reaches: I and O for a dense layer,
            K·K·C and K·K·O for a convolution.
        rng : numpy.random.Generator
            From :func:`pellucid.initializers.generator`.

        Returns
        -------
        ndarray of float64, of the given shape
        """

    def _take_number(self, field: str) -> None:
        """Check that a field is a finite number and keep it as a plain float, fit for JSON."""
        value = getattr(self, field)
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise DescriptionError(f'Initializer "{self.name}": {field} must be a finite number, not {value!r}.')
        object.__setattr__(self, field, float(value))
