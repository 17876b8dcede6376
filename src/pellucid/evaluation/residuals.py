"""What is left of each number after the prediction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.evaluation.curves import drawn


@dataclass(frozen=True)
class Residuals:
    """Truth, prediction and residual of one output.

    Attributes
    ----------
    name : str
    true, predicted : ndarray (samples,)

    Examples
    --------
    >>> import numpy as np
    >>> found = Residuals("price", np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 4.0]))
    >>> found.values, round(found.mean, 4)
    (array([ 0., -1.,  2.]), 0.3333)
    """

    name: str
    true: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """true − predicted: above 0 where the prediction was too low."""
        return self.true - self.predicted

    @property
    def mean(self) -> float:
        """The mean residual: what predictions are off by on average, in one direction."""
        return float(self.values.mean())

    @property
    def deviation(self) -> float:
        """The standard deviation of the residuals (dividing by n)."""
        return float(self.values.std())

    def rows(self) -> list[list[Any]]:
        """A list for each sample, or for 20,000 drawn evenly: name, true, predicted, residual."""
        parts = drawn(self.true, self.predicted, self.values)
        return [[self.name, *row] for row in zip(*(part.tolist() for part in parts), strict=True)]
