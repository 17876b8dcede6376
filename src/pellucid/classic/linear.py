"""Least squares by a linear unit: gradient descent beside the closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.classic.text import columns, number
from pellucid.data.check import as_features, same_length
from pellucid.errors import DataError
from pellucid.layers import Dense, Input
from pellucid.network import Network
from pellucid.training.callbacks import Moment

Floats = NDArray[np.float64]
MOVE = 1e-13  # of the largest weight: a step that changes less ends the descent
WORST = 1e6  # ratio of curvatures from which inputs count as dependent


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """The line (or plane) y = b + Σᵢ wᵢ xᵢ of least squares, found in two ways.

    Attributes
    ----------
    weights, bias : ndarray (I,), float
        By gradient descent, in the units of the data.
    exact_weights, exact_bias : ndarray (I,), float
        By the closed form (``numpy.linalg.lstsq``).
    epochs : int
        Steps of the descent.
    converged : bool
        It came to rest within the epochs that it was given.
    """

    weights: Floats
    bias: float
    exact_weights: Floats
    exact_bias: float
    epochs: int
    converged: bool

    @property
    def difference(self) -> float:
        """The largest difference between the two ways, of a weight or of the bias."""
        return float(max(np.abs(self.weights - self.exact_weights).max(), abs(self.bias - self.exact_bias)))

    def table(self) -> str:
        """Both answers side by side."""
        rows = [("", "descent", "closed form", "difference")]
        pairs = [*zip(self.weights, self.exact_weights, strict=True), (self.bias, self.exact_bias)]
        for name, (found, exact) in zip([*(f"w{i + 1}" for i in range(len(self.weights))), "b"], pairs, strict=True):
            rows.append((name, number(found), number(exact), f"{abs(found - exact):.1e}"))
        return columns(rows)


def least_squares(X: Any, y: Any, *, epochs: int = 20_000) -> LeastSquares:
    """Fit y = b + Σᵢ wᵢ xᵢ by a linear unit and gradient descent, and by the closed form.

    The cost is C = (1/n) Σ (b + Σᵢ wᵢ xᵢ − y)². It is a bowl with one lowest point, so the descent ends at the
    closed form's answer, from any start. Inputs and targets are standardised first (mean 0, standard deviation 1), or
    the bowl would be a narrow valley in which the descent takes for ever; the weights are mapped back afterwards. The
    rate is 2 / (h₁ + h₂), with the bowl's largest and smallest curvature h: the one at which it comes to rest soonest.

    Parameters
    ----------
    X : array (n, I) or (n,)
        The inputs.
    y : array (n,)
        The targets.
    epochs : int
        Steps at the most.

    Returns
    -------
    LeastSquares

    Raises
    ------
    DataError
        A number is not finite, an input is constant, or inputs depend on each other.

    References
    ----------
    B. Widrow and M. Hoff, "Adaptive switching circuits" (1960): the rule Δw = η (t − a) x of the linear unit.

    Examples
    --------
    >>> result = least_squares([1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.2, 7.8])
    >>> result.weights.round(9).tolist(), round(result.bias, 9)
    ([1.94], 0.15)
    >>> result.difference < 1e-9
    True
    """
    X = np.asarray(X)
    if X.ndim > 2:
        raise DataError(f"X: expected a row of numbers for each sample, got an array of shape {X.shape}.")
    X = as_features(X[:, None] if X.ndim == 1 else X, X.shape[1:] or (1,), "X", "float64")
    y = as_features(np.asarray(y).reshape(-1, 1), (1,), "y", "float64")
    same_length(X, y)
    exact, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y[:, 0])

    X_mean, X_scale = X.mean(axis=0), X.std(axis=0)
    y_mean, y_scale = float(y.mean()), float(y.std()) or 1.0
    constant = X_scale <= 1e-12 * np.abs(X_mean)
    if constant.any():
        raise DataError(f"X, column {int(np.argmax(constant))}: all values are alike. Leave that column out.")
    Z, t = (X - X_mean) / X_scale, (y - y_mean) / y_scale

    net = Network([Input(X.shape[1]), Dense(1, initializer="zeros")], name="least squares", dtype="float64")
    net.compile(loss="mean_squared_error", optimizer={"kind": "gradient_descent", "rate": _rate(Z)})
    before = net.parameters.copy()
    converged = False

    def stop_at_rest(moment: Moment) -> None:
        nonlocal converged
        after = moment.weights()
        if np.abs(after - before).max() <= MOVE * np.abs(after).max():
            converged, moment.stop_reason = True, "the weights are at rest"
        before[:] = after

    history = net.fit(Z, t, epochs=epochs, callbacks=stop_at_rest, verbose=0)
    w = net.weights
    weights = w["dense_1.weights"][:, 0] * y_scale / X_scale
    bias = y_mean + y_scale * float(w["dense_1.bias"][0]) - float(weights @ X_mean)
    return LeastSquares(weights, bias, exact[:-1], float(exact[-1]), len(history.epoch), converged)


def _rate(Z: Floats) -> float:
    """2 / (h₁ + h₂): the curvatures are the eigenvalues of 2 ZᵀZ / n, and 2 for the bias."""
    curvatures = np.append(2.0 * np.linalg.eigvalsh(Z.T @ Z / len(Z)), 2.0)
    if curvatures.min() * WORST <= curvatures.max():
        raise DataError(
            "X: its columns depend on each other (one can be computed from the others, or there are fewer rows than "
            "columns), so there is no single answer. Leave one of them out."
        )
    return float(2.0 / (curvatures.min() + curvatures.max()))
