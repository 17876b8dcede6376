"""The perceptron: one threshold unit and its learning rule, on the logic gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.classic.text import columns, number
from pellucid.data import load_gate
from pellucid.layers import Dense, Input
from pellucid.layers.base import check_whole
from pellucid.network import Network

Weights = tuple[float, float, float]


@dataclass(frozen=True)
class Update:
    """One sample shown to the unit, and what the learning rule did.

    Attributes
    ----------
    epoch : int
        From 1.
    x : (float, float)
        The inputs.
    target, weighted_input, activation : float
        t, z = b + w₁ x₁ + w₂ x₂ and a, which is 1 where z ≥ 0 and otherwise 0.
    before, after : (float, float, float)
        w₁, w₂ and b.
    """

    epoch: int
    x: tuple[float, float]
    target: float
    weighted_input: float
    activation: float
    before: Weights
    after: Weights

    @property
    def error(self) -> float:
        """t − a: 1, 0 or −1."""
        return self.target - self.activation


@dataclass(frozen=True)
class GateLesson:
    """How a perceptron learned a gate, or failed to.

    Attributes
    ----------
    gate : str
    network : Network
        As it is after the last update.
    epochs : int
        Epochs that were gone through.
    learned : bool
        The last epoch was without an error.
    cycle : int, optional
        The last epoch ended with the weights that the unit had so many epochs earlier. Each epoch follows from the
        weights that it starts with, so everything between repeats for ever: the proof that it will never learn.
    updates : tuple of Update
        Every sample of every epoch, in order.
    """

    gate: str
    network: Network
    epochs: int
    learned: bool
    cycle: int | None
    updates: tuple[Update, ...]

    @property
    def weights(self) -> Weights:
        """w₁, w₂ and the bias b."""
        return _weights(self.network)

    @property
    def errors(self) -> tuple[int, ...]:
        """How many of the four samples were wrong in each epoch, each looked at before its update."""
        wrong = [0] * self.epochs
        for update in self.updates:
            wrong[update.epoch - 1] += update.error != 0
        return tuple(wrong)

    def verdict(self) -> str:
        """What happened, in one sentence."""
        w1, w2, b = map(number, self.weights)
        if self.learned:
            return f"{self.gate.upper()}: no error in epoch {self.epochs}; w1 = {w1}, w2 = {w2}, b = {b}."
        if self.cycle is not None:
            return (
                f"{self.gate.upper()}: after epoch {self.epochs} the weights are those of {self.cycle} "
                f"epoch{'s' if self.cycle > 1 else ''} earlier, so they go round for ever: one unit cannot learn it."
            )
        return f"{self.gate.upper()}: still {self.errors[-1]} of 4 wrong in epoch {self.epochs}."

    def table(self) -> str:
        """Every update as text, one line a sample."""
        rows: list[Sequence[str]] = [("epoch", "x1", "x2", "t", "z", "a", "t − a", "w1", "w2", "b")]
        for k, u in enumerate(self.updates):
            epoch = str(u.epoch) if k % 4 == 0 else ""
            rows.append((epoch, *map(number, (*u.x, u.target, u.weighted_input, u.activation, u.error, *u.after))))
        return columns(rows)


def learn_gate(gate: str, *, rate: float = 1.0, epochs: int = 100) -> GateLesson:
    """Teach one threshold unit a logic gate by the perceptron's learning rule, from weights of 0.

    The rule is Δwᵢ = η (t − a) xᵢ and Δb = η (t − a), applied after every sample. Here it is stochastic gradient
    descent with the loss ``"perceptron"``, whose slope is ∂L/∂z = a − t, one sample a batch. It ends at the first epoch
    without an error, which comes if a straight line parts the two classes (the perceptron convergence theorem), or when
    the weights repeat.

    Parameters
    ----------
    gate : {"and", "or", "nand", "xor"}
    rate : float
        The learning rate η. With whole numbers all sums are exact; with 0.1 a z that should be 0 may come out as
        −3e-17, on the other side of the threshold.
    epochs : int
        At the most.

    Returns
    -------
    GateLesson

    Raises
    ------
    DataError
        There is no such gate.
    DescriptionError
        ``epochs`` or ``rate`` cannot be used.

    References
    ----------
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
    Psychological Review 65 (1958). M. Minsky and S. Papert, *Perceptrons* (1969), on why XOR is out of its reach.

    Examples
    --------
    >>> lesson = learn_gate("and")
    >>> lesson.weights, lesson.epochs
    ((2.0, 1.0, -3.0), 6)
    >>> print(learn_gate("xor").verdict())
    XOR: after epoch 3 the weights are those of 1 epoch earlier, so they go round for ever: one unit cannot learn it.
    """
    epochs = check_whole(epochs, "epochs")
    data = load_gate(gate)
    net = Network([Input(2), Dense(1, activation="step", initializer="zeros")], name=gate, dtype="float64")
    net.compile(loss="perceptron", optimizer={"kind": "sgd", "rate": rate})
    updates: list[Update] = []
    seen = [_weights(net)]
    for epoch in range(1, epochs + 1):
        for sample in range(data.n):
            X, y = data.X[sample : sample + 1], data.y[sample : sample + 1]
            before = _weights(net)
            unit = net.trace(X)["dense_1"]
            assert unit.z is not None
            net.fit(X, y, verbose=0)
            x1, x2 = map(float, X[0])
            z, a = float(unit.z[0, 0]), float(unit.a[0, 0])
            updates.append(Update(epoch, (x1, x2), float(y[0]), z, a, before, _weights(net)))
        learned = not any(update.error for update in updates[-data.n :])
        repeated = _weights(net) in seen and not learned
        if learned or repeated:
            break
        seen.append(_weights(net))
    cycle = epoch - seen.index(_weights(net)) if repeated else None
    return GateLesson(gate, net, epoch, learned, cycle, tuple(updates))


def _weights(net: Network) -> Weights:
    w1, w2, b = map(float, np.asarray(net.parameters))
    return w1, w2, b
