"""The logic gates: the perceptron's first problems, and the one that it cannot solve."""

from __future__ import annotations

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.errors import DataError, nearest

# The outputs for the inputs (0, 0), (0, 1), (1, 0), (1, 1).
GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}


def load_gate(name: str) -> Dataset:
    """Return the truth table of a logic gate of two inputs.

    A perceptron learns "and", "or" and "nand". It cannot learn "xor": no straight line parts its classes.

    Parameters
    ----------
    name : str
        "and", "or", "nand" or "xor".

    Returns
    -------
    Dataset
        ``X`` float32 (4, 2), ``y`` int64 (4,) of 0 and 1.

    Raises
    ------
    DataError
        There is no such gate.

    Examples
    --------
    >>> gate = load_gate("xor")
    >>> gate.X.tolist(), gate.y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    if name not in GATES:
        raise DataError(f'Unknown gate "{name}".{nearest(name, GATES)} Known: {", ".join(GATES)}.')
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array(GATES[name], np.int64)
    return Dataset(name, X, y, ("x1", "x2"), ("0", "1"), f"The truth table of the {name.upper()} gate.")
