"""XOR by two layers: put together from gates that one unit can learn, and learned as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.classic.perceptron import learn_gate
from pellucid.classic.text import columns, number
from pellucid.data import load_gate
from pellucid.layers import Dense, Input
from pellucid.network import Network


@dataclass(frozen=True, eq=False)
class XorSolution:
    """Two networks of two layers that compute XOR.

    Attributes
    ----------
    built : Network
        Threshold units: x₁ XOR x₂ = (x₁ OR x₂) AND (x₁ NAND x₂), each with the weights that a perceptron learned.
    built_hidden : ndarray (4, 2)
        What its OR and NAND units say of the four samples.
    trained : Network
        A few tanh units and a sigmoid unit, learned from the four samples by backpropagation.
    outputs : dict of str to ndarray (4,)
        Both networks' outputs, ``"built"`` and ``"trained"``.
    targets : ndarray (4,)
    """

    built: Network
    built_hidden: NDArray[Any]
    trained: Network
    outputs: dict[str, NDArray[Any]]
    targets: NDArray[Any]

    @property
    def solved(self) -> bool:
        """Whether both are right for all four samples."""
        return all(bool(((a >= 0.5) == (self.targets == 1)).all()) for a in self.outputs.values())

    def table(self) -> str:
        """The four samples and both networks' answers, as text."""
        rows: list[Sequence[str]] = [("x1", "x2", "t", "OR", "NAND", "OR and NAND", "learned")]
        X = load_gate("xor").X
        for k, (x1, x2) in enumerate(X):
            learned = f"{self.outputs['trained'][k]:.3f}"
            rows.append(
                (*map(number, (x1, x2, self.targets[k], *self.built_hidden[k], self.outputs["built"][k])), learned)
            )
        return columns(rows)


def solve_xor(*, hidden: int = 4, epochs: int = 500, rate: float = 0.1, seed: int = 0) -> XorSolution:
    """Solve XOR with a hidden layer: once from learned gates, once by backpropagation.

    Parameters
    ----------
    hidden : int
        Hidden units of the network that is trained. Two are the fewest that can do it, but from many first weights two
        get stuck; then the result's ``solved`` is False.
    epochs, rate : int, float
        Of its training, by Adam on all four samples at once.
    seed : int
        Of its first weights.

    Returns
    -------
    XorSolution

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams, "Learning representations by back-propagating errors", Nature 323 (1986).

    Examples
    --------
    >>> solution = solve_xor()
    >>> solution.outputs["built"].tolist()
    [0.0, 1.0, 1.0, 0.0]
    >>> solution.solved
    True
    """
    data = load_gate("xor")
    gates = {gate: learn_gate(gate).weights for gate in ("or", "nand", "and")}
    units = np.array([gates["or"], gates["nand"]])
    built = Network(
        [Input(2), Dense(2, activation="step", name="or_nand"), Dense(1, activation="step", name="and")],
        name="xor, built",
        dtype="float64",
    )
    built.set_weights(
        {
            "or_nand.weights": units[:, :2].T,
            "or_nand.bias": units[:, 2],
            "and.weights": np.array(gates["and"][:2])[:, None],
            "and.bias": gates["and"][2:],
        }
    )
    outputs = {"built": np.abs(built.predict(data.X)[:, 0])}  # a step may give −0
    said = built.trace(data.X)["or_nand"].a

    trained = Network(
        [Input(2), Dense(hidden, activation="tanh"), Dense(1, activation="sigmoid")],
        name="xor",
        dtype="float64",
        seed=seed,
    )
    trained.compile(loss="binary_crossentropy", optimizer={"kind": "adam", "rate": rate})
    trained.fit(data.X, data.y, epochs=epochs, batch_size=data.n, verbose=0)
    outputs["trained"] = trained.predict(data.X)[:, 0]
    return XorSolution(built, said, trained, outputs, data.y)
