"""What a recipe judges by: the squared error of predictions for rows that were not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TEMPERATURES = np.geomspace(0.25, 4.0, 25)  # 1 is among them
NEAR = 1e-7


@dataclass(frozen=True)
class Verdict:
    """What a candidate reached.

    Attributes
    ----------
    error : float
        The squared error.
    epoch : int
        Of the best epoch, from 0.
    temperature : float
        What the logits are divided by; 1 where targets are numbers.
    curve : tuple of float
        The error after each epoch.
    """

    error: float
    epoch: int
    temperature: float
    curve: tuple[float, ...]


def judge(outputs: NDArray[Any], targets: NDArray[Any], weights: NDArray[Any], classes: bool) -> Verdict:
    """The best epoch, by 1/n Σ_rows Σ_outputs (p − t)².

    For probabilities this is Brier's score (1950), at the temperature that makes it least: so an epoch is judged by how
    well it tells classes apart, not by how sure it is, which the temperature mends afterwards (Guo et al. 2017; Berta
    et al. 2025, "Rethinking Early Stopping: Refine, Then Calibrate"). The log loss would end training of networks too
    early for their accuracy.

    Parameters
    ----------
    outputs : array (epochs, rows, outputs)
        Predictions for rows that were held out; probabilities where there are classes.
    targets : array (rows, outputs)
    weights : array (rows,)
    classes : bool
    """
    found = [
        _at_best_temperature(p, targets, weights) if classes else (float(_errors(p, targets, weights)), 1.0)
        for p in outputs.astype(float)
    ]
    curve = tuple(error for error, _ in found)
    best = int(np.argmin(curve))
    return Verdict(curve[best], best, found[best][1], curve)


def tempered(p: Floats, temperature: float) -> Floats:
    """Probabilities whose logits are divided by the temperature: above 1 less sure, below 1 surer.

    >>> tempered(np.array([[0.8, 0.2]]), 0.5).round(3)
    array([[0.941, 0.059]])
    """
    found: Floats = _tempered(p, np.array([temperature]))[0]
    return found


def _tempered(p: Floats, temperatures: Floats) -> Floats:
    """(temperatures, rows, outputs): the same at several temperatures."""
    p = np.clip(p, NEAR, 1.0 - NEAR)
    if p.shape[1] == 1:
        return 1.0 / (1.0 + np.exp((np.log1p(-p) - np.log(p)) / temperatures[:, None, None]))
    powers = np.exp(np.log(p) / temperatures[:, None, None])
    shares: Floats = powers / powers.sum(axis=2, keepdims=True)
    return shares


def _at_best_temperature(p: Floats, targets: NDArray[Any], weights: NDArray[Any]) -> tuple[float, float]:
    errors = _errors(_tempered(p, TEMPERATURES), targets, weights)
    best = int(np.argmin(errors))
    return float(errors[best]), float(TEMPERATURES[best])


def _errors(p: Floats, targets: NDArray[Any], weights: NDArray[Any]) -> Floats:
    errors: Floats = ((p - targets) ** 2).sum(axis=-1) @ weights / weights.sum()
    return errors
