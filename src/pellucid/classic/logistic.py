"""Two classes by one sigmoid unit: logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.classic.text import columns, number
from pellucid.errors import DataError
from pellucid.layers import Dense, Input
from pellucid.network import Network

CENTRES = ((-1.0, -0.5), (1.0, 0.5))  # of the two clouds
SPREAD = 0.8


@dataclass(frozen=True, eq=False)
class TwoClasses:
    """A sigmoid unit that tells two classes of points in the plane apart.

    Attributes
    ----------
    network : Network
    w1, w2, b : float
        The unit says class 1 where w₁ x₁ + w₂ x₂ + b ≥ 0: on one side of a straight line.
    accuracy : float
        The share of the points that it was taught with that it gets right.
    costs : tuple of float
        The mean cross-entropy at each epoch, before its step.
    """

    network: Network
    w1: float
    w2: float
    b: float
    accuracy: float
    costs: tuple[float, ...]

    def boundary(self) -> str:
        """The line on which the unit is undecided, a = ½."""
        w1, w2, b = map(number, (self.w1, self.w2, self.b))
        return f"{w1} x1 + {w2} x2 + {b} = 0".replace("+ -", "− ")

    def table(self) -> str:
        """The cost at epochs 1, 2, 5, 10, 20, …, as text."""
        last = len(self.costs)
        shown = sorted({e for k in range(9) for e in (10**k, 2 * 10**k, 5 * 10**k) if e < last} | {last})
        return columns([("epoch", "cost"), *((str(e), f"{self.costs[e - 1]:.6f}") for e in shown)])


def two_clouds(samples: int = 200, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points of two overlapping clouds in the plane: X (samples, 2) and the labels y (samples,), in turn 0 and 1.

    >>> X, y = two_clouds(4)
    >>> X.shape, y.tolist()
    ((4, 2), [0, 1, 0, 1])
    """
    y = np.arange(samples, dtype=np.int64) % 2
    X = np.array(CENTRES)[y] + SPREAD * np.random.default_rng(seed).standard_normal((samples, 2))
    return X, y


def tell_apart(X: Any = None, y: Any = None, *, rate: float = 1.0, epochs: int = 500) -> TwoClasses:
    """Teach one sigmoid unit two classes by gradient descent on the cross-entropy.

    The unit computes a = σ(w₁ x₁ + w₂ x₂ + b), the probability of class 1. Its cost is
    C = −(1/n) Σ (t ln a + (1 − t) ln(1 − a)), whose slope is ∂C/∂wᵢ = (1/n) Σ (a − t) xᵢ: the perceptron's rule with a
    soft step, and all samples at once.

    Parameters
    ----------
    X : array (n, 2), optional
        The points; :func:`two_clouds` unless given.
    y : array (n,), optional
        Labels 0 and 1, or two class names.
    rate : float
        The learning rate η.
    epochs : int
        Steps, each with all samples.

    Returns
    -------
    TwoClasses

    Raises
    ------
    DataError
        Data that cannot be trained on.

    References
    ----------
    D. Cox, "The regression analysis of binary sequences", Journal of the Royal Statistical Society B 20 (1958).

    Examples
    --------
    >>> result = tell_apart()
    >>> bool(result.accuracy > 0.9)
    True
    """
    if (X is None) != (y is None):
        raise DataError("tell_apart: X and y belong together. Give both, or none for the two clouds.")
    if X is None:
        X, y = two_clouds()
    net = Network([Input(2), Dense(1, activation="sigmoid", initializer="zeros")], name="two classes", dtype="float64")
    optimizer = {"kind": "gradient_descent", "rate": rate}
    net.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    costs = net.fit(X, y, epochs=epochs, verbose=0).history["loss"]
    w1, w2, b = map(float, net.parameters)
    return TwoClasses(net, w1, w2, b, net.evaluate(X, y)["accuracy"], tuple(costs))
