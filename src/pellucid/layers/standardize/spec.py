"""Standardize: fixed numbers bring the inputs near mean 0 and deviation 1, inside the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DescriptionError
from pellucid.layers.base import Layer
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.standardize.kernels"
Numbers = float | tuple[float, ...]


@dataclass(frozen=True)
class Standardize(Layer):
    """a = (x − mean) / deviation, with numbers that are given once and not trained.

    Shapes stay as they are. The numbers travel with the network, so whoever predicts with it gives the data as they
    are. The same as ``Normalization`` in Keras (which takes a variance) and torchvision's ``Normalize``.

    Parameters
    ----------
    mean, deviation : float or tuple of float
        One number for all inputs, or one for each channel, the last axis of the input: for a table, its columns.
        Deviations are above 0.
    name : str, optional

    Raises
    ------
    DescriptionError
        A number will not do, or there are not as many as channels.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> from pellucid.layers.standardize.spec import Standardize
    >>> X = [[1.0, 20.0], [3.0, 20.0], [5.0, 20.0]]
    >>> Standardize.of(X)
    Standardize(mean=(3.0, 20.0), deviation=(1.632993161855452, 1.0), name=None)
    >>> Network([Input(2), Standardize.of(X), Dense(1)]).output_shape
    (1,)
    """

    kind = "Standardize"
    mean: Numbers = 0.0
    deviation: Numbers = 1.0
    name: str | None = None

    def __post_init__(self) -> None:
        for field in ("mean", "deviation"):
            object.__setattr__(self, field, _numbers(getattr(self, field), f"Standardize: {field}"))
        if np.min(self.deviation) <= 0:
            raise DescriptionError(
                f"Standardize: deviation must be above 0, got {self.deviation!r}. Use 1 where nothing varies."
            )
        counts = {len(given) for given in (self.mean, self.deviation) if isinstance(given, tuple)}
        if len(counts) == 2:
            raise DescriptionError(
                f"Standardize: {len(np.atleast_1d(self.mean))} means and {len(np.atleast_1d(self.deviation))} "
                f"deviations. Give one of each for every channel."
            )

    @classmethod
    def of(cls, X: ArrayLike, name: str | None = None) -> Standardize:
        """The layer that gives every channel of X mean 0 and deviation 1; where a channel is constant, deviation 1.

        Parameters
        ----------
        X : array (B, …, C)
            The training data, as they go into the network. The deviation is that of all of X, divided by n.
        name : str, optional

        Raises
        ------
        DataError
            X has no rows or no channels, or holds what is not a finite number.
        """
        values = np.asarray(X, float)
        if values.ndim < 2 or not values.size:
            raise DataError(
                f"Standardize.of: X must hold samples with channels in its last axis, got shape {values.shape}."
            )
        rows = values.reshape(-1, values.shape[-1])
        if not np.isfinite(rows).all():
            channel = int(np.argmin(np.isfinite(rows).all(axis=0)))
            raise DataError(f"Standardize.of: channel {channel} of X holds a value that is not a finite number.")
        deviation = np.where(rows.min(axis=0) == rows.max(axis=0), 1.0, rows.std(axis=0))
        return cls(tuple(rows.mean(axis=0).tolist()), tuple(deviation.tolist()), name)

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        for what, given in (("means", self.mean), ("deviations", self.deviation)):
            if isinstance(given, tuple) and len(given) != inputs[-1]:
                size = " × ".join(map(str, inputs))
                raise DescriptionError(
                    f"{where} (Standardize): {len(given)} {what} for an input of shape {size}. "
                    f"Give {inputs[-1]}, one for each channel of the last axis, or one number for all."
                )
        return inputs

    def plan(self, p: LayerPlan) -> Slot:
        C = p.input.shape[-1]
        shared = {"N": p.input.units // C, "C": C}
        a = p.values("a", p.input.shape)
        each = [np.broadcast_to(given, C).tolist() for given in (self.mean, self.deviation)]
        numbers = p.constant("numbers", *each[0], *each[1])
        p.forward(f"{KERNELS}:forward", shared, flops=2 * a.units, x=p.input, a=a, numbers=numbers)
        if p.wants_input_delta:
            p.backward(f"{KERNELS}:backward", shared, flops=a.units, da=p.delta(a), dx=p.input_delta, numbers=numbers)
        return a


def _numbers(given: Any, what: str) -> Numbers:
    """A float, or a tuple of them."""
    try:
        values = np.asarray(given, float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if values.ndim > 1 or not values.size or not np.isfinite(values).all() or isinstance(given, (bool, str)):
        raise DescriptionError(f"{what} must be a number, or one for each channel, got {given!r}.")
    return float(values) if values.ndim == 0 else tuple(values.tolist())
