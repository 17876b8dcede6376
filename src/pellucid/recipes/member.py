"""One training of the default recipe for tables, and what several of them say together of the rows held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.recipes.judge import Verdict, judge
from pellucid.recipes.table import Candidate, TableRecipe
from pellucid.recipes.task import Task
from pellucid.tables.targets import precise_enough

if TYPE_CHECKING:
    from pellucid.network import Network

Rows = NDArray[np.int64]


@dataclass
class Member:
    """One training: on ``rows``, judged on ``held``."""

    candidate: Candidate
    rows: Rows
    held: Rows
    seed: int
    net: Network = field(init=False)
    mean: NDArray[np.float64] = field(init=False)  # of its targets, where they are numbers
    deviation: NDArray[np.float64] = field(init=False)
    outputs: NDArray[np.float32] = field(init=False)  # (epochs, held, outputs)
    snapshots: list[NDArray[Any]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def _network(member: Member, data: Task) -> Network:
    from pellucid.layers import Dense, Input, PiecewiseLinear
    from pellucid.network import Network

    c, O = member.candidate, data.outputs
    pieces = [PiecewiseLinear.of(data.X[member.rows], c.bins)] if c.bins else []
    end = "identity" if data.labels is None else "sigmoid" if O == 1 else "softmax"
    layers = [*data.before, *pieces, *(Dense(units, c.activation) for units in c.hidden), Dense(O, end)]
    return Network([Input(data.X.shape[1]), *layers], name=c.name, seed=member.seed)


def prepare(member: Member, data: Task, recipe: TableRecipe) -> NDArray[Any]:
    """Make a member's network; returns its targets, standardised where they are numbers."""
    c, rows, net = member.candidate, member.rows, _network(member, data)
    if data.labels is None:
        own = data.targets[rows]
        member.mean, member.deviation = _moments(own)
        loss: Any = "mean_squared_error"
        y: NDArray[Any] = (own - member.mean) / member.deviation
    else:
        kind = "binary_crossentropy" if data.outputs == 1 else "categorical_crossentropy"
        loss, y = {"kind": kind, "label_smoothing": c.smoothing}, data.labels[rows]
    net.compile(loss, {"kind": "adam", "rate": c.rate, "beta_2": 0.99, "average": recipe.average})
    member.net = net
    return y


def _moments(targets: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each column; deviation 1 where nothing varies."""
    spread = targets.std(axis=0)
    return targets.mean(axis=0), np.where(spread > 0, spread, 1.0)


def train(member: Member, data: Task, recipe: TableRecipe, epochs: int) -> None:
    """Train a member; keep its numbers, and what it says of its held-out rows, after each epoch."""
    rows, held = member.rows, data.X[member.held]
    y, net = prepare(member, data, recipe), member.net
    member.outputs = np.zeros((epochs, len(held), data.outputs), np.float32)

    def look(moment: Any) -> None:
        member.outputs[moment.epoch] = net.predict(held, threads=1)
        member.snapshots.append(moment.weights())
        member.losses.append(moment.logs["loss"])

    weights = None if (data.weights == 1).all() else data.weights[rows]
    net.fit(
        data.X[rows], y, epochs, recipe.batch_size(len(rows)), sample_weight=weights, callbacks=look, verbose=0,
        threads=1,
    )  # fmt: skip


def pooled(members: Sequence[Member], data: Task) -> tuple[NDArray[Any], Rows]:
    """(epochs, rows, outputs): each held-out row's mean prediction by those who did not train on it; and the rows."""
    n = len(data.X)
    count = np.zeros(n)
    dtype = np.float32 if data.labels is not None else np.float64  # units may be far from 0, probabilities are not
    total = np.zeros((len(members[0].outputs), n, data.outputs), dtype)
    for m in members:
        total[:, m.held] += m.outputs if data.labels is not None else m.outputs * m.deviation + m.mean
        count[m.held] += 1
    rows = np.flatnonzero(count)
    return total[:, rows] / count[rows][:, None], rows


def verdict_on(members: Sequence[Member], data: Task) -> Verdict:
    outputs, rows = pooled(members, data)
    targets = data.targets[rows]
    if data.labels is None:
        _, deviation = _moments(data.targets)
        outputs, targets = outputs / deviation, targets / deviation
    return judge(outputs, targets, data.weights[rows], data.labels is not None)


def finish(member: Member, verdict: Verdict, data: Task) -> None:
    """Put the best epoch's numbers back, and bring the output to its units: both are exact in the last layer."""
    from pellucid.training.steps import float64_copy

    net = member.net
    net.put_back(member.snapshots[verdict.epoch])
    if data.labels is None and precise_enough(net.dtype, *_moments(data.targets)) != net.dtype:
        net = member.net = float64_copy(net)
    last = net.layers[-1][0]
    w, b = net.weights[f"{last}.weights"].astype(float), net.weights[f"{last}.bias"].astype(float)
    if data.labels is None:
        w, b = w * member.deviation, b * member.deviation + member.mean
    else:
        w, b = w / verdict.temperature, b / verdict.temperature
    net.set_weights({f"{last}.weights": w, f"{last}.bias": b})
