"""The masks that a network's Dropout layers draw: which units of which sample stay at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.training.steps import Followed, follow
from pellucid.views.worksheet.walk import placed

if TYPE_CHECKING:
    from pellucid.plan.parts import Op


def masks_of(followed: Followed) -> dict[str, list[NDArray[np.float64]]]:
    """Of each Dropout its mask (samples, units) at each step, 1 where a unit stays and 0 where it is left out.

    The engine draws them once more. A mask depends on the seed, the update, the layer's number and the unit alone, so
    a network with a Dropout of that number and units draws the same one; given ones, its output tells the mask, which
    zeros in the network itself would hide.
    """
    net = followed.network
    rates = {at.path: at.layer.rate for at in placed(net) if at.layer.kind == "Dropout"}  # type: ignore[attr-defined]
    drawn = [
        op
        for phase in net.plan().programs["train"]
        for op in phase.ops
        if op.kernel.endswith("dropout.kernels:forward")
    ]
    return {op.layer: _drawn(followed, op, rates[op.layer]) for op in drawn}


def _drawn(followed: Followed, op: Op, rate: float) -> list[NDArray[np.float64]]:
    from pellucid.layers import Dense, Dropout, Input, Reshape
    from pellucid.network import Network

    net, count, units = followed.network, followed.samples.count, op.fields["U"]
    before = [Reshape((units,)) for _ in range(op.fields["number"] - 1)]
    probe = Network([Input(units), *before, Dropout(rate, name="drawn"), Dense(1)], seed=net.seed, dtype="float64")
    probe.compile("mean_squared_error", "gradient_descent")
    probe.updates = followed.steps[0].number - 1
    steps = follow(probe, np.ones((count, units)), np.zeros(count), len(followed.steps)).steps
    return [np.where(step.values["drawn.a"] > 0, 1.0, 0.0) for step in steps]
