"""The one table of kinds that the conformance tests go through, each with the options that are tried.

``test_kinds.py`` fails while a kind that the library lists has no row here, or no peer in ``torch_peer.py``.
"""

from __future__ import annotations

import numpy as np

# name → the plain-data forms that are tried: the kind as it comes, and with options.
ACTIVATIONS = {
    "identity": [{}],
    "step": [{}],
    "sigmoid": [{}],
    "hard_sigmoid": [{}],
    "tanh": [{}],
    "relu": [{}],
    "leaky_relu": [{}, {"slope": 0.3}],
    "elu": [{}, {"alpha": 0.7}],
    "selu": [{}],
    "gelu": [{}],
    "silu": [{}],
    "softplus": [{}],
    "softsign": [{}],
    "softmax": [{}],
}
LOSSES = {
    "squared_error": [{}],
    "total_squared_error": [{}],
    "mean_squared_error": [{}],
    "mean_absolute_error": [{}],
    "huber": [{}, {"delta": 0.3}],
    "binary_crossentropy": [{}, {"label_smoothing": 0.2}],
    "categorical_crossentropy": [{}, {"label_smoothing": 0.2}],
    "hinge": [{}],
    "kl_divergence": [{}],
    "perceptron": [{}],
}
TWO = ("Dense", {"units": 2})
# The layers of a small network in which the kind stands; "input" is the shape of a sample.
LAYERS = {
    "Input": [{"input": (3,), "layers": [TWO]}],
    "Dense": [
        {"input": (3,), "layers": [("Dense", {"units": 4, "activation": "tanh", **options}), TWO]}
        for options in (
            {},
            {"bias": False},
            {"initializer": "orthogonal", "bias_initializer": {"kind": "uniform", "low": -0.5, "high": 0.5}},
            {"regularizer": "l1"},
            {"regularizer": {"kind": "l2", "l2": 0.3}},
            {"regularizer": {"kind": "l1_l2", "l1": 0.2, "l2": 0.1}},
            {"bias_regularizer": {"kind": "l1_l2", "l1": 0.2, "l2": 0.1}, "bias_initializer": "ones"},
            {"regularizer": "l2", "bias": False, "name": "first"},
        )
    ],
    "Activation": [
        {"input": (3,), "layers": [("Dense", {"units": 4}), ("Activation", {"activation": "tanh"}), TWO]},
        {"input": (3,), "layers": [("Activation", {"activation": "sigmoid"}), TWO]},
        {"input": (2, 3), "layers": [("Activation", {"activation": "softmax"}), ("Flatten", {}), TWO]},
    ],
    "Flatten": [
        {"input": (2, 3), "layers": [("Flatten", {}), TWO]},
        {"input": (2, 1, 3), "layers": [("Activation", {"activation": "tanh"}), ("Flatten", {}), TWO]},
    ],
    "Dropout": [
        {"input": (4,), "layers": [*before, ("Dropout", {"rate": rate}), ("Dense", {"units": 3})]}
        for rate in (0.0, 0.5, 0.2)
        for before in ([], [("Dense", {"units": 6, "activation": "tanh"})])
    ],
}  # fmt: skip
OPTIMIZERS = {
    "gradient_descent": [{"rate": 0.2}, {"rate": 0.2, "weight_decay": 0.1}],
    "sgd": [{"rate": 0.2}, {"rate": 0.2, "weight_decay": 0.1}],
    "momentum": [{"rate": 0.05}, {"rate": 0.05, "momentum": 0.5, "weight_decay": 0.1}, {"rate": 0.1, "momentum": 0.0}],
    "nesterov": [{"rate": 0.05}, {"rate": 0.05, "momentum": 0.7, "weight_decay": 0.1}],
    "rmsprop": [{"rate": 0.01}, {"rate": 0.01, "rho": 0.8, "epsilon": 1e-4, "weight_decay": 0.1}],
    "adagrad": [{"rate": 0.1}, {"rate": 0.1, "epsilon": 1e-3, "weight_decay": 0.1}],
    "adam": [{"rate": 0.02}, {"rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1}],
    "adamw": [{"rate": 0.02}, {"rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.3}],
}
SCHEDULES = {
    "constant": [{"rate": 0.1}],
    "step": [{"rate": 0.2, "every": 2, "factor": 0.5}, {"rate": 0.2, "every": 5, "factor": 0.7, "unit": "step"}],
    "exponential": [{"rate": 0.2, "factor": 0.8}, {"rate": 0.2, "factor": 0.95, "unit": "step"}],
    "cosine": [{"rate": 0.2}, {"rate": 0.2, "final": 0.01, "steps": 15}],
    "warm_up": [{"steps": 6, "then": 0.2, "start": 0.02}],
    "one_cycle": [
        {"rate": 0.3},
        {"rate": 0.3, "warm_fraction": 0.5, "shape": "linear", "start_divisor": 4.0, "final_divisor": 10.0},
    ],
}
REGULARIZERS = {
    "l1": [{}, {"l1": 0.05}],
    "l2": [{}, {"l2": 0.05}],
    "l1_l2": [{}, {"l1": 0.03, "l2": 0.02}],
}


def variants(table):
    """(kind with its options as plain data) of every row, with readable ids: for ``pytest.mark.parametrize``."""
    import pytest

    rows = [{"kind": name} | options for name, several in table.items() for options in several]
    return [pytest.param(row, id=" ".join(str(value) for value in row.values())) for row in rows]


def make_network(input_shape, layers, loss="mean_squared_error", *, dtype="float64", seed=3, **compiled):
    """A compiled network from plain data: (kind, fields) of every layer."""
    from pellucid import Network
    from pellucid.layers import LAYERS as TABLE

    made = [TABLE.get({"kind": kind} | fields) for kind, fields in [("Input", {"shape": input_shape}), *layers]]
    net = Network(made, dtype=dtype, seed=seed)
    net.compile(loss, compiled.pop("optimizer", "sgd"), **compiled)
    spread_biases(net)
    return net


def spread_biases(net):
    """Give biases that start at zero other values, so that a mistake in them shows."""
    rng = np.random.default_rng(11)
    weights = net.weights
    biases = {name: rng.uniform(-0.5, 0.5, w.shape) for name, w in weights.items() if not w.any()}
    net.set_weights(biases)


def targets_for(loss, count, units, rng):
    """Dense targets that a loss takes, away from its kinks."""
    from pellucid.losses import LOSSES as TABLE

    kind = TABLE.get(loss).targets
    if kind == "binary":
        return rng.integers(0, 2, (count, units)).astype(float)
    if kind == "signs":
        return rng.choice([-1.0, 1.0], (count, units))
    if kind == "classes":
        shares = rng.uniform(0.1, 1.0, (count, units))
        return shares / shares.sum(axis=1, keepdims=True)
    return rng.normal(0.0, 1.5, (count, units))


def labels_for(count, units, rng):
    """Class numbers, every class among them where there is room."""
    return (np.arange(count) + rng.integers(units)) % units
