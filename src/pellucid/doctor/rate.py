"""Checks of the learning rate: from the figures of the epochs, and from the size of a step beside the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.doctor.case import Case
from pellucid.doctor.findings import Finding, Place

# A step that changes weights by about a thousandth is usual; beyond these it is surely too large or too small.
STEP_LARGE, STEP_SMALL = 0.5, 1e-6
JUMPS = 0.1  # the mean rise of an epoch, beside the whole range of the loss
LINE = 0.1  # the share of the first loss that a training has lost at most where the rate is too low


def step_size(case: Case) -> Iterator[Finding]:
    """‖update‖ / ‖weights‖ of each layer for a step with these rows."""
    trace = case.trace
    ratios = {}
    for layer in trace:
        w = layer.weights
        if w is not None and w.update is not None and np.linalg.norm(w.value) > 0:
            ratios[w.name] = float(np.linalg.norm(w.update) / np.linalg.norm(w.value))
    if not ratios:
        return
    high, low = max(ratios, key=ratios.__getitem__), min(ratios, key=ratios.__getitem__)
    if ratios[high] > STEP_LARGE:
        yield Finding(
            "rate too high", "warning",
            f"A single step changes these weights by {100 * ratios[high]:.3g} % of their size; about 0.1 % is usual.",
            Place(layer=high.rpartition(".")[0], weights=high),
            {"‖update‖/‖weights‖": ratios[high], "learning rate": trace.rate},
            "Divide the learning rate by 10; pellucid.find_learning_rate finds one.", float(np.log10(ratios[high])) + 1,
        )  # fmt: skip
    elif not case.trained and 0 < max(ratios.values()) < STEP_SMALL:
        yield Finding(
            "rate too low", "warning",
            f"A step changes the weights by {100 * ratios[low]:.2g} % of their size at this layer and by no more than "
            f"{100 * ratios[high]:.2g} % anywhere; about 0.1 % is usual.",
            Place(layer=low.rpartition(".")[0], weights=low),
            {"‖update‖/‖weights‖": ratios[low], "learning rate": trace.rate},
            "Multiply the learning rate by 10; pellucid.find_learning_rate finds one.",
        )  # fmt: skip


def rate_by_history(case: Case) -> Iterator[Finding]:
    """A loss that jumps or grows, or one that creeps down in a straight line."""
    loss = np.array(case.net.history.history.get("loss", []), float)
    known = np.flatnonzero(np.isfinite(loss))
    if len(known) < 3:
        return
    loss = loss[known]
    rises = np.clip(np.diff(loss), 0, None)
    spread = float(loss.max() - loss.min())
    jumps = float(rises.mean() / spread) if spread > 0 else 0.0
    worst = int(known[rises.argmax() + 1])
    grew = loss[0] > 0 and loss[-1] > 1.5 * loss[0]
    rates = case.net.history.history.get("learning_rate", [])
    evidence = {"first loss": float(loss[0]), "last loss": float(loss[-1])} | (
        {"learning rate": float(rates[-1])} if rates else {})  # fmt: skip
    noisy = spread > 0.05 * abs(loss[0])  # a flat loss jumps about within its own noise
    if grew or (noisy and jumps > JUMPS and (rises > 0.05 * spread).sum() >= 2):
        yield Finding(
            "rate too high", "error" if grew else "warning",
            "The training loss grew instead of falling." if grew else
            f"The training loss jumps up and down: it rose in {int((rises > 0).sum())} of {len(rises)} epochs.",
            Place(epoch=worst), {"rose by": float(rises.max()), **evidence},
            "Divide the learning rate by 10, or take a schedule that lowers it; pellucid.find_learning_rate finds one.",
            1 + jumps,
        )  # fmt: skip
        return
    falls = -np.diff(loss)
    fallen = float(loss[0] - loss[-1])
    straight = (falls > 0).all() and falls[-1] > 0.5 * falls.mean()
    if straight and 0 < fallen < LINE * abs(loss[0]):
        yield Finding(
            "rate too low", "warning",
            f"The training loss creeps: in {len(loss)} epochs it fell by {100 * fallen / abs(loss[0]):.2g} %, in every "
            f"epoch by about as much.",
            Place(epoch=int(known[-1])), {"fall of the last epoch": float(falls[-1]), **evidence},
            "Multiply the learning rate by 3 to 10; pellucid.find_learning_rate finds one.",
        )  # fmt: skip
