"""Central differences: what the engine calls ∂C/∂p, against (C(p + h) − C(p − h)) / 2h.

The analytic side is one training step at learning rate 0, whose gradients are then read from the engine's slots; the
numeric side is the cost of the *evaluate* program with the regularizers' penalties, or, where a layer does something
else while it trains (dropout, a mean over the batch), of further training steps with the same seed and update, hence
the same mask. Nothing here knows a layer kind: a new kind
is checked by giving it a row in ``kinds.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from kinds import drops, names_of

from pellucid.engines import Data, make_engine
from pellucid.training.targets import encode_targets

H = 1e-5
RELATIVE = 2e-7  # of the largest element of an array's gradient
ABSOLUTE = 2e-10  # times C where C is above 1: its rounding, some 1e-16 of it, divided by 2h


@dataclass(frozen=True)
class Difference:
    """One array of gradients from both sides."""

    name: str
    analytic: np.ndarray
    numeric: np.ndarray
    cost: float

    @property
    def excess(self) -> float:
        """How far they are apart, 1 being the most that is allowed."""
        allowed = ABSOLUTE * max(1.0, self.cost) + RELATIVE * np.abs(self.numeric).max(initial=0.0)
        return float(np.abs(self.analytic - self.numeric).max(initial=0.0) / allowed)


class GradientCheck:
    """A network with one batch, of which gradients and costs can be asked.

    Parameters
    ----------
    net : Network
        Compiled, float64.
    X, y : ndarray
        One batch; integer y are labels.
    weight : ndarray, optional
        Sample weights.
    batch_size : int, optional
        For which the plan is made; the batch's size unless given.
    """

    def __init__(self, net, X, y, weight=None, batch_size=None):
        assert net.dtype == "float64"
        targets = encode_targets(y, net.loss, net.output_units, None, "float64")
        self.net, self.shape, self.batch = net, X.shape, len(X)
        self.features = np.ascontiguousarray(X.reshape(len(X), -1), dtype=float)
        self.targets = targets.values
        self.weight = None if weight is None else np.ascontiguousarray(weight, dtype=float)
        plan = net.plan(batch_size or len(X), labels=targets.labels, input_gradient=True)
        self.engine = make_engine(plan, 1)
        self.train_alone = drops(net) or any(layer.needs_whole_batch for _, layer in net.layers)

    def run(self, program, parameters, features):
        """Run one step of a program, at learning rate 0; return the cost."""
        self.engine.parameters[:] = parameters
        data = Data(features, self.targets, self.weight)
        numbers = np.zeros((1, 3))
        for done in self.engine.steps(program, data, batch_size=self.batch, step_numbers=numbers, updates=5, seed=9):
            assert done == 1
        return float(self.engine.costs[0])

    def cost(self, parameters, features):
        """C with the penalties."""
        if self.train_alone:
            return self.run("train", parameters, features)
        self.net.parameters[:] = parameters
        return self.run("evaluate", parameters, features) + self.net.penalty()

    def differences(self) -> list[Difference]:
        """∂C/∂(each parameter) and ∂C/∂input."""
        start, base = self.net.parameters.copy(), self.features.copy()
        cost = self.run("train", start, base)
        assert np.isfinite(cost)
        assert np.array_equal(self.engine.parameters, start), "a rate of 0 must not move a parameter"
        names = names_of(self.net, "parameter")
        analytic = {name: self.engine.read(f"{name}.gradient") for name in names}
        plan = self.engine.plan
        if self.batch <= 16 * plan.pass_groups:  # else only the last pass's is still in memory
            analytic["input"] = self.engine.read("input.delta").reshape(base.shape)
        numeric = {}
        place = 0
        for name in names:
            size = analytic[name].size
            numeric[name] = self._slopes(start, place, size, lambda p: self.cost(p, base)).reshape(analytic[name].shape)
            place += size
        if "input" in analytic:
            slopes = self._slopes(base.ravel(), 0, base.size, lambda x: self.cost(start, x.reshape(base.shape)))
            numeric["input"] = slopes.reshape(base.shape)
        self.net.parameters[:] = start
        return [Difference(name, analytic[name], numeric[name], abs(cost)) for name in analytic]

    @staticmethod
    def _slopes(vector, place, size, cost):
        slopes = np.zeros(size)
        for k in range(size):
            up, down = vector.copy(), vector.copy()
            up[place + k] += H
            down[place + k] -= H
            slopes[k] = (cost(up) - cost(down)) / (2 * H)
        return slopes


def check_gradients(net, X, y, weight=None, batch_size=None) -> list[Difference]:
    """Assert that every gradient meets its central difference; return them."""
    found = GradientCheck(net, X, y, weight, batch_size).differences()
    for one in found:
        assert one.excess <= 1.0, (
            f"∂C/∂{one.name}: {one.excess:.3g} times the allowed difference\n"
            f"engine:\n{one.analytic}\ncentral differences:\n{one.numeric}"
        )
    return found


def step_with(net, X, delta):
    """Do one step of a ½ Σ (a − t)² whose targets make ∂C/∂a = a − t the given ``delta``; return ``read`` of a slot."""
    check = GradientCheck(net, X, (net.predict(X) - delta).reshape(len(X), -1))
    check.run("train", net.parameters, check.features)
    return check.engine.read
