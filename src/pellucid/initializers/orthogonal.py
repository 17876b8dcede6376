"""Weights that turn their input without stretching it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.initializers.base import Initializer


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random matrix with orthonormal columns (or rows, where there are fewer), times ``gain``.

    All axes but the last are flattened into the rows: (I, O) stays as it is, (K, K, C, O) becomes (K·K·C, O). A
    matrix of bell-curve numbers is split as A = QR, and the columns of Q take the signs of the diagonal of R; without
    this the result would depend on the linear-algebra library and would not be uniformly distributed. Flattened as
    Keras does; PyTorch's ``orthogonal_`` keeps the first axis, which is where its layers have their outputs.

    Parameters
    ----------
    gain : float, default 1.0
        Every singular value of the result; 2**0.5 is usual before relu. Not 0.

    Raises
    ------
    DescriptionError
        The parameter has fewer than two axes.

    References
    ----------
    Saxe, McClelland, Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks; Mezzadri (2007), How to generate random matrices from the classical compact groups, for the signs.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = Orthogonal().init((4, 2), 4, 2, generator(0, "dense_1/weights"))
    >>> np.round(w_IO.T @ w_IO, 12) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """

    name: ClassVar[str] = "orthogonal"

    gain: float = 1.0

    def __post_init__(self) -> None:
        self._take_number("gain")
        if self.gain == 0:
            raise DescriptionError('Initializer "orthogonal": gain=0 makes every weight 0. Use gain=1.0, or "zeros".')

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        if len(shape) < 2:
            raise DescriptionError(
                f'Initializer "orthogonal" needs a parameter with two axes or more, not shape {shape}. '
                'Use "zeros" for a bias.'
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)  # makes the split unique: a diagonal of R that is positive
        if rows < columns:
            q = q.T
        return np.ascontiguousarray(self.gain * q.reshape(shape))
