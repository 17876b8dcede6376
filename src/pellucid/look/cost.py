"""The cost along one weight, all others held, and the steps of gradient descent on it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.layers.base import check_whole
from pellucid.trace.names import parse_place
from pellucid.trace.numbers import shown_number

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.picture import Diagram

Array = NDArray[np.float64]
PLACES = 121


@dataclass(frozen=True, eq=False)
class CostCurve(Drawn):
    """The cost C as a function of one weight.

    Attributes
    ----------
    network, weight : str
    w, cost : ndarray
        The curve.
    path, path_cost : ndarray
        The weight before each step and after the last, and the cost there.
    slopes : ndarray
        ∂C/∂w where each step began.
    rate : float
        The learning rate: w ← w − rate · ∂C/∂w.
    """

    network: str
    weight: str
    w: Array
    cost: Array
    path: Array
    path_cost: Array
    slopes: Array
    rate: float

    def text(self) -> str:
        """The steps as a table."""
        lines = [f"{self.weight} of {self.network}, rate {shown_number(self.rate)}, all other weights held", ""]
        lines.append(f"{'step':>4}  {'w':>12}  {'C':>12}  {'∂C/∂w':>12}")
        for k, (w, cost) in enumerate(zip(self.path, self.path_cost, strict=True)):
            slope = shown_number(self.slopes[k], 6) if k < len(self.slopes) else ""
            lines.append(f"{k:>4}  {shown_number(w, 6):>12}  {shown_number(cost, 6):>12}  {slope:>12}".rstrip())
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<CostCurve of {self.weight}: {self.path_cost[0]:.4g} → {self.path_cost[-1]:.4g}>"

    def draw(self, theme: str = "auto") -> Diagram:
        """The curve with the steps on it."""
        from pellucid.views.learning_picture import draw_cost

        return draw_cost(self, theme)


def cost_along(net: Network, weight: str, X: Any, y: Any, steps: int, rate: float | None) -> CostCurve:
    """See :meth:`pellucid.Network.cost_along`."""
    from pellucid.training.steps import float64_copy

    check_whole(steps, "steps")
    if rate is not None and not (isinstance(rate, Real) and np.isfinite(rate) and rate > 0):
        raise DescriptionError(f"rate must be a positive number, got {rate!r}.")
    copy = float64_copy(net)
    copy.takes_labels = net.takes_labels
    rate = float(net.optimizer.schedule.rates(0, 100, 1, 100).max()) if rate is None else float(rate)
    name, place = _place(copy, weight)
    array = copy.weights[name]

    def at(w: float) -> None:
        array[place] = w
        copy.set_weights({name: array})

    w, path, costs, slopes = float(array[place]), list[float](), list[float](), list[float]()
    for _ in range(steps):
        at(w)
        trace = copy.trace(X, y)
        gradient = trace.parameter(name).gradient
        assert gradient is not None
        assert trace.cost is not None
        path.append(w)
        costs.append(trace.cost)
        slopes.append(float(gradient[place]))
        w -= rate * slopes[-1]
        if not np.isfinite(w) or abs(w) > 1e30:
            raise DataError(f"{weight}: the descent runs away with rate {rate:g}. Give a smaller one: rate=….")
    at(w)
    path.append(w)
    costs.append(copy.evaluate(X, y)["loss"])
    low, high = min(path), max(path)
    reach = max(high - low, 0.5 * abs(path[0]), 0.5)
    grid = np.linspace((low + high) / 2 - reach, (low + high) / 2 + reach, PLACES)
    curve = np.empty(PLACES)
    for k, value in enumerate(grid):
        at(float(value))
        curve[k] = copy.evaluate(X, y)["loss"]
    shown = f"{name}[{', '.join(map(str, place))}]"
    return CostCurve(net.name, shown, grid, curve, np.array(path), np.array(costs), np.array(slopes), rate)


def _place(net: Network, weight: str) -> tuple[str, tuple[int, ...]]:
    """An array's name and a place in it."""
    name, place = parse_place(weight)
    known = [parameter for parameter, _ in net.parameter_specs()]
    if name not in known:
        raise DescriptionError(f'No weights "{name}".{nearest(name, known)} Known: {", ".join(known)}.')
    shape = net.weights[name].shape
    fits = place is not None and len(place) == len(shape) and all(0 <= k < n for k, n in zip(place, shape, strict=True))
    if place is None or not fits:
        ends = ", ".join(f"0…{n - 1}" for n in shape)
        first = ", ".join("0" for _ in shape)
        raise DescriptionError(
            f'"{weight}" is no single weight. The places of {name} are [{ends}], as in "{name}[{first}]".'
        )
    return name, place
