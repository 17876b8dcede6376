"""Shapley values: what each of several groups of inputs adds, on average over the orders in which they are put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Groups = Sequence[NDArray[np.int64]]
ALL_SUBSETS = 10  # groups up to which all subsets are gone through
AT_ONCE = 4096  # rows that are asked about at once


def shapley(
    values: Callable[[Array], Array], x: Array, start: Array, groups: Groups, orders: int = 128, seed: int = 0
) -> Array:
    """φᵢ = mean over the orders of F(those before i, and i) − F(those before i).

    F of a set is the function of a sample whose inputs are x in the groups of the set and x′ in all others. The values
    add up to F(x) − F(x′), whatever the function (Shapley 1953; for predictions Štrumbelj and Kononenko 2010, Lundberg
    and Lee 2017). Up to ten groups all orders are counted, by all 2ⁿ sets; of more, some are drawn, each together with
    its reverse.

    Parameters
    ----------
    values : function of samples (n, inputs)
        F, (n,) or (n, outputs).
    x, start : ndarray (inputs,)
        The sample and what it is compared with, x′.
    groups : sequence of ndarray of int
        The inputs that are put in together.
    orders : int
        How many are drawn, where there are more than ten groups.
    seed : int
        Of the draw.

    Returns
    -------
    ndarray (groups,) or (groups, outputs)

    Examples
    --------
    >>> product = lambda X: X[:, 0] * X[:, 1]
    >>> shapley(product, np.array([2.0, 3.0]), np.zeros(2), [np.array([0]), np.array([1])])
    array([3., 3.])
    """
    if len(groups) <= ALL_SUBSETS:
        return _exact(values, x, start, groups)
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(len(groups)) for _ in range(-(-orders // 2))]
    total: Any = 0.0
    for order in (one for pair in drawn for one in (pair, pair[::-1])):
        samples = np.repeat(start[np.newaxis], len(groups) + 1, axis=0)
        for place, k in enumerate(order, 1):
            samples[place:, groups[k]] = x[groups[k]]
        steps = np.diff(_asked(values, samples), axis=0)
        total = total + steps[np.argsort(order)]
    mean: Array = total / (2 * len(drawn))
    return mean


def _exact(values: Callable[[Array], Array], x: Array, start: Array, groups: Groups) -> Array:
    """φᵢ = Σ over sets S without i of |S|! (n − |S| − 1)! / n! · (F(S ∪ i) − F(S)); set k holds i where bit i is 1."""
    n, numbers = len(groups), np.arange(2 ** len(groups))
    inside = (numbers[:, np.newaxis] >> np.arange(n)) % 2 == 1
    samples = np.repeat(start[np.newaxis], len(numbers), axis=0)
    for k, group in enumerate(groups):
        samples[np.ix_(inside[:, k], group)] = x[group]
    found, size = _asked(values, samples), inside.sum(axis=1)
    share = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)])
    parts = []
    for i in range(n):
        without = numbers[~inside[:, i]]
        parts.append(share[size[without]] @ (found[without + (1 << i)] - found[without]))
    return np.array(parts)


def _asked(values: Callable[[Array], Array], samples: Array) -> Array:
    return np.concatenate([values(samples[k : k + AT_ONCE]) for k in range(0, len(samples), AT_ONCE)])
