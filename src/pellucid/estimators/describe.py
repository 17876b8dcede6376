"""From an estimator's parameters to layers, an optimizer and a loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

from pellucid.errors import DescriptionError, nearest
from pellucid.layers import Dense, Dropout, Layer
from pellucid.layers.base import check_whole
from pellucid.optimizers import OPTIMIZERS, Optimizer
from pellucid.regularizers import L2
from pellucid.schedules import SCHEDULES, Schedule

OUTPUT = "out"  # the last layer's name
RATES = ("constant", "adaptive", *(name for name in SCHEDULES.names if name not in ("constant", "warm_up")))
HIDDEN = ("hidden_layer_sizes", "activation", "dropout")  # what ``layers`` stands instead of


def hidden_layers(
    layers: Sequence[Layer] | None, sizes: Any, activation: Any, dropout: float, changed: Sequence[str]
) -> list[Layer]:
    """The layers between input and output.

    ``changed`` names the parameters that differ from their defaults: ``layers`` stands instead of three of them, which
    are refused beside it, since they would do nothing.
    """
    if layers is not None:
        beside = [name for name in HIDDEN if name in changed]
        if beside:
            raise DescriptionError(f"{beside[0]} does nothing where layers are given. Leave one of the two out.")
        if not isinstance(layers, (list, tuple)) or not all(isinstance(layer, Layer) for layer in layers):
            raise DescriptionError(f"layers: expected a list of layers such as [Dense(32)], got {layers!r}.")
        return list(layers)
    units = [sizes] if isinstance(sizes, Integral) else sizes
    if not isinstance(units, Iterable):
        raise DescriptionError(f"hidden_layer_sizes: expected whole numbers such as (100,), got {sizes!r}.")
    made: list[Layer] = []
    for k, number in enumerate(units):
        made.append(Dense(check_whole(number, f"hidden_layer_sizes, entry {k},"), activation=activation))
        if dropout:
            made.append(Dropout(dropout))
    return made


def with_penalty(layers: Sequence[Layer], l2: float) -> list[Layer]:
    """The layers with the penalty l2 Σw² on weights that have no penalty of their own."""
    if not l2:
        return list(layers)
    return [
        dataclasses.replace(layer, regularizer=L2(l2))  # type: ignore[call-arg]
        if getattr(layer, "regularizer", "none") is None
        else layer
        for layer in layers
    ]


def rate_schedule(learning_rate: Any, rate: float) -> float | Schedule:
    """The learning rate over the training: ``rate``, or a schedule that starts from it."""
    if learning_rate in ("constant", "adaptive"):
        return rate
    if isinstance(learning_rate, Schedule):
        return learning_rate
    if isinstance(learning_rate, Mapping):
        return SCHEDULES.get({"rate": rate, **learning_rate})
    if learning_rate not in RATES:
        raise DescriptionError(
            f"learning_rate: expected one of {', '.join(RATES)}, or a schedule such as Cosine(0.01), got "
            f"{learning_rate!r}.{nearest(learning_rate, RATES)}"
        )
    return SCHEDULES.get({"kind": learning_rate, "rate": rate})


def optimizer_of(estimator: Any, changed: Sequence[str]) -> Optimizer:
    """The optimizer that an estimator's parameters mean."""
    solver, own = estimator.solver, isinstance(estimator.learning_rate, Schedule)
    rated = isinstance(solver, Optimizer) or (isinstance(solver, Mapping) and "rate" in solver)
    if own and "learning_rate_init" in changed:
        raise DescriptionError(
            "learning_rate_init does nothing where learning_rate is a schedule with a rate of its own."
        )
    if rated:
        beside = [name for name in ("learning_rate_init", "learning_rate") if name in changed]
        if beside and not (beside == ["learning_rate"] and estimator.learning_rate == "adaptive"):
            raise DescriptionError(
                f"{beside[0]} does nothing where solver is an optimizer with a rate of its own. Leave one of them out."
            )
    if isinstance(solver, Optimizer):
        return solver
    rate = rate_schedule(estimator.learning_rate, estimator.learning_rate_init)
    plain = dict(solver) if isinstance(solver, Mapping) else {"kind": solver}
    if plain.get("kind") == "sgd" and estimator.momentum:  # as scikit-learn's solver of that name
        plain["kind"] = "nesterov" if estimator.nesterovs_momentum else "momentum"
    kind = type(OPTIMIZERS.get(plain))
    fields = {field.name for field in dataclasses.fields(kind)}
    shared: dict[str, Any] = {
        name: getattr(estimator, name) for name in ("beta_1", "beta_2", "momentum") if name in fields
    }
    if "beta_1" in fields:
        shared["epsilon"] = estimator.epsilon
    return OPTIMIZERS.get({"rate": rate, **shared, **plain})
