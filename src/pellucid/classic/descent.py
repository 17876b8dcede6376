"""Gradient descent on one weight: every step shown."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pellucid.classic.text import columns
from pellucid.layers import Dense, Input
from pellucid.layers.base import check_whole
from pellucid.network import Network


@dataclass(frozen=True)
class Step:
    """One step: the weight, the cost there, the slope there, and the weight after it."""

    number: int  # from 1
    w: float
    cost: float
    gradient: float
    next_w: float


@dataclass(frozen=True)
class Descent:
    """All steps of a gradient descent on C(w) = (w − 1)².

    Attributes
    ----------
    rate : float
        The learning rate η.
    steps : tuple of Step
    """

    rate: float
    steps: tuple[Step, ...]

    @property
    def w(self) -> float:
        """The weight after the last step."""
        return self.steps[-1].next_w

    def table(self) -> str:
        """Every step as text."""
        head = ["step", "w", "cost (w − 1)²", "gradient 2 (w − 1)", "next w"]
        rows = [[str(s.number), *(f"{v:.6f}" for v in (s.w, s.cost, s.gradient, s.next_w))] for s in self.steps]
        return columns([head, *rows])

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw the parabola with the steps on it, to a file that ends with .svg or .png."""
        from pellucid.views.learning_picture import draw_parabola

        draw_parabola([*(s.w for s in self.steps), self.w], self.rate).save(path)


def descend(start: float = 5.0, rate: float = 0.01, epochs: int = 40) -> Descent:
    """Go down the parabola C(w) = (w − 1)², step by step: w ← w − η · 2 (w − 1).

    The network is one linear unit with one weight and no bias, its only sample the input 1 with the target 1, the loss
    the mean squared error: so the cost is (w·1 − 1)². Every step multiplies the distance to 1 by 1 − 2η. A rate above 1
    overshoots farther each time, and the cost grows.

    Parameters
    ----------
    start : float
        The first weight.
    rate : float
        The learning rate η.
    epochs : int
        Steps.

    Returns
    -------
    Descent
        Weight, cost and gradient of every step, as the engine computed them, in float64.

    Raises
    ------
    DescriptionError
        A rate or a number of epochs that cannot be used.
    DataError
        ``start`` is not a finite number.

    References
    ----------
    A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées" (1847).

    Examples
    --------
    >>> descent = descend()
    >>> print("\\n".join(descent.table().splitlines()[:4]))
    step         w  cost (w − 1)²  gradient 2 (w − 1)    next w
    ───────────────────────────────────────────────────────────
       1  5.000000      16.000000            8.000000  4.920000
       2  4.920000      15.366400            7.840000  4.841600
    >>> round(descent.w, 6)
    2.782802
    """
    epochs = check_whole(epochs, "epochs")
    net = Network([Input(1), Dense(1, bias=False)], name="one weight", dtype="float64")
    net.set_weights({"dense_1.weights": [[start]]})
    net.compile(loss="mean_squared_error", optimizer={"kind": "gradient_descent", "rate": rate})
    steps = []
    for epoch in range(1, epochs + 1):
        before = float(net.parameters[0])
        gradient = net.trace([[1.0]], [1.0]).parameter("dense_1.weights").gradient
        assert gradient is not None
        history = net.fit([[1.0]], [1.0], verbose=0)
        steps.append(Step(epoch, before, history.history["loss"][-1], float(gradient[0, 0]), float(net.parameters[0])))
    return Descent(rate, tuple(steps))
