"""A few updates on one batch, with every number of each: what a worksheet and other close looks are made from."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.layers.base import check_whole
from pellucid.training.samples import Samples, take_samples

if TYPE_CHECKING:
    from pellucid.network import Network

Numbers = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Step:
    """One update.

    Attributes
    ----------
    rate : float
        The learning rate.
    number : int
        Which update of the optimizer it is, from 1.
    cost : float
        Of the batch before the update, penalties included.
    before : dict of str to ndarray
        The parameters, what layers keep of their data and what the optimizer remembers, before the update, by the
        names of their slots.
    values : dict of str to ndarray
        Every slot of the plan after the update: z, a, deltas and gradients are those that led to it, parameters are
        the new ones.
    """

    rate: float
    number: int
    cost: float
    before: Numbers
    values: Numbers


@dataclass(frozen=True)
class Followed:
    """Updates one after another, all on the same samples.

    Attributes
    ----------
    network : Network
        The copy, in float64, that was trained.
    samples : Samples
    steps : tuple of Step
    after : Step
        The forward pass and the cost with the weights that the last update left.
    """

    network: Network
    samples: Samples
    steps: tuple[Step, ...]
    after: Step


def follow(net: Network, X: Any, y: Any, steps: int, sample_weight: Any = None) -> Followed:
    """Train a copy of ``net`` in float64 and keep every number; ``net`` stays as it is.

    Each update takes all samples as one batch. It goes on where the network stands: with its weights, and with what its
    optimizer remembers.

    Parameters
    ----------
    net : Network
        Compiled.
    X, y, sample_weight
        As in ``fit``.
    steps : int
        How many updates; 0 for the forward pass and the cost alone, which are ``after``.

    Raises
    ------
    DataError
        Data that the network cannot take, or that do not lie in memory.
    """
    check_whole(steps, "steps", 0)
    copy = float64_copy(net)
    samples = take_samples(copy, copy.loss, X, y, sample_weight)
    if not isinstance(samples.features, np.ndarray):
        raise DataError("X: samples must lie in memory to be followed. Read some of the stream: X.take(indices).")
    engine = copy.begin_training(copy.seed, samples.targets.class_names, samples.targets.labels, False, samples.count,
                                 1, None)  # fmt: skip
    if copy.optimizer.average is not None:  # it begins with each training, as in fit
        engine.memories[-1] = copy.parameters
    begun = copy.updates
    rates = copy.optimizer.schedule.rates(0, steps, 1, steps) if steps else np.zeros(0)
    numbers = copy.optimizer.step_numbers(rates, begun)
    names = [name for name, slot in engine.plan.slots.items() if slot.kind != "scratch"]
    kept = [name for name, slot in engine.plan.slots.items() if slot.kind in ("parameter", "memory", "statistic")]
    found = []
    for k in range(steps):
        before, costs = {name: engine.read(name) for name in kept}, array("d")
        for _ in samples.run(
            engine, "train", costs, batch_size=samples.count, order=samples.rows, seed=copy.seed,
            step_numbers=numbers[k : k + 1], updates=copy.updates,
        ):  # fmt: skip
            copy.updates += 1
        values = {name: engine.read(name) for name in names}
        found.append(Step(float(rates[k]), begun + k + 1, costs[-1], before, values))
    costs = array("d")
    for _ in samples.run(engine, "evaluate", costs, batch_size=samples.count, order=samples.rows):
        pass
    values = {name: engine.read(name) for name in names}
    after = Step(0.0, copy.updates, costs[-1] + copy.penalty(), {name: values[name] for name in kept}, values)
    return Followed(copy, samples, tuple(found), after)


def float64_copy(net: Network) -> Network:
    """The same network in float64: weights, compile settings, class names, and what its optimizer remembers."""
    copy = type(net).from_dict(net.to_dict() | {"dtype": "float64"})
    copy.compile(**net.compile_settings())
    copy.set_weights(net.weights)
    copy.class_names, copy.feature_names = net.class_names, net.feature_names
    memories = net.optimizer_memories()
    copy.keep_memories(None if memories is None else memories.astype(float))
    copy.updates = net.updates
    return copy
