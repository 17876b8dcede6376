"""A learning rate by trial: train while the rate rises from very small to too large, and look at the cost."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DescriptionError
from pellucid.layers.base import check_whole

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.picture import Diagram


@dataclass(frozen=True, eq=False, repr=False)
class RateSweep(Drawn):
    """What a trial found.

    Attributes
    ----------
    rates : ndarray (steps,)
        The learning rate of each step.
    costs : ndarray (steps,)
        The cost of each step's batch, before its update.
    smooth : ndarray (steps,)
        The costs, averaged over some steps.
    suggestion : float
        The rate at which half of the smoothed cost's fall was reached, where it falls fast and is far from rising: a
        good peak for ``OneCycle``, or a rate to start from.
    """

    rates: NDArray[np.float64]
    costs: NDArray[np.float64]
    smooth: NDArray[np.float64]
    suggestion: float

    def __repr__(self) -> str:
        return f"<RateSweep: {len(self.rates)} rates up to {self.rates[-1]:.2g}, suggested {self.suggestion:.2g}>"

    def draw(self, theme: str = "auto") -> Diagram:
        """The cost against the rate, with the suggestion marked."""
        from pellucid.views.learning_picture import draw_sweep

        return draw_sweep(self, theme)

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw it to a file that ends with .svg or .png, as ``save`` does."""
        self.save(path)


def find_learning_rate(
    net: Network,
    X: Any,
    y: Any,
    *,
    batch_size: int = 32,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 200,
    seed: int | None = None,
    threads: int | None = None,
) -> RateSweep:
    """Train a copy of ``net`` for some steps while the rate rises from ``lowest`` to ``highest`` (Smith 2015).

    The network itself is left as it is. The trial ends early where the cost has risen to four times its lowest value or
    is no number any more.

    Parameters
    ----------
    net : Network
        Compiled; its optimizer is used, at the rates of the trial.
    X, y
        As in ``fit``.
    batch_size, steps : int
        How large the batches are, and how many at the most. Data that are too few are gone through again.
    lowest, highest : float
        The rates to try; they rise by equal factors.
    seed, threads : int, optional
        As in ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(1)])
    >>> net.compile("mse", "sgd")
    >>> X = np.random.default_rng(0).normal(size=(256, 2))
    >>> sweep = find_learning_rate(net, X, X @ [[1.0], [-2.0]], steps=60)
    >>> 0.001 < sweep.suggestion < 1
    True
    """
    from pellucid.engines import Data, make_engine
    from pellucid.training.samples import take_samples

    if not 0 < lowest < highest:
        raise DescriptionError(f"find_learning_rate: expected 0 < lowest < highest, got {lowest!r} and {highest!r}.")
    steps = check_whole(steps, "find_learning_rate: steps", at_least=10)
    batch_size = check_whole(batch_size, "find_learning_rate: batch_size")
    samples = take_samples(net, net.loss, X, y)
    batch_size = min(batch_size, samples.count)
    engine = make_engine(net.plan(batch_size, labels=samples.targets.labels, mixup=False), threads)
    engine.parameters[:], engine.statistics[:] = net.parameters, net.snapshot()[len(net.parameters) :]
    rng = np.random.default_rng(net.seed if seed is None else seed)
    epochs = -(-steps * batch_size // samples.count)
    order = np.concatenate([rng.permutation(samples.rows) for _ in range(epochs)])[: steps * batch_size]
    rates = np.geomspace(lowest, highest, steps)
    costs: list[float] = []
    if isinstance(samples.features, np.ndarray):
        data = Data(samples.features, samples.targets.values)
    else:  # read as many as the trial needs
        chosen = np.unique(order)
        features = samples.features.take(chosen).reshape(len(chosen), -1).astype(net.dtype, copy=False)
        data = Data(features, samples.targets.values[chosen])
        order = np.searchsorted(chosen, order)
    numbers = net.optimizer.step_numbers(rates, 0)
    for first in range(0, steps, 10):
        last = min(steps, first + 10)
        for done in engine.steps(
            "train", data, batch_size=batch_size, order=order, step_numbers=numbers, first=first, last=last
        ):
            reached = done
        costs = [*costs, *engine.costs[first:reached]]
        best = min(_smoothed(np.array(costs)))
        if reached < last or not np.isfinite(costs[-1]) or costs[-1] > 4 * best:
            break
    found = np.array(costs)
    keep = np.isfinite(found)
    if not keep.any():
        raise DescriptionError(
            f"find_learning_rate: the cost of the first batch is {found[0]:g} already. Scale inputs and targets to "
            f"about −1…1."
        )
    rates, found = rates[: len(found)][keep], found[keep]
    smooth = _smoothed(found)
    lowest_at = int(np.argmin(smooth))
    half = (smooth[: lowest_at + 1].max() + smooth[lowest_at]) / 2
    above = np.flatnonzero(smooth[: lowest_at + 1] > half)
    return RateSweep(rates, found, smooth, float(rates[min(above[-1] + 1, lowest_at) if above.size else 0]))


def _smoothed(costs: NDArray[np.float64], share: float = 0.9) -> NDArray[np.float64]:
    """A running mean that forgets, corrected for its start from zero."""
    smooth, mean = np.empty_like(costs), 0.0
    for k, cost in enumerate(costs):
        mean = share * mean + (1 - share) * cost
        smooth[k] = mean / (1 - share ** (k + 1))
    return smooth
