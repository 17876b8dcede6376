"""The one table of kinds that the conformance tests go through, each with the options that are tried.

``test_kinds.py`` fails while a kind that the library lists has no row here, or no peer in ``torch_*.py``.
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
TANH = ("Activation", {"activation": "tanh"})
PIXELS = ("Conv2D", {"filters": 2, "kernel": 1, "activation": "tanh"})
# Pictures, and the convolution that is tried on them. Its kernels take output channels by sixes, twos and ones; the
# gradient, from 12 of them on, sixteen by six, three or one inputs and about 32 positions at a time, else three by two
# or one; the way back six input channels or one.
CONVOLUTIONS = [
    ((4, 4, 1), {"filters": 1, "kernel": 1}),
    ((4, 3, 2), {"filters": 2, "kernel": 2}),
    ((5, 4, 3), {"filters": 3, "kernel": 3}),
    ((6, 5, 1), {"filters": 6, "kernel": 5}),
    ((3, 4, 2), {"filters": 7, "kernel": (2, 3)}),
    ((5, 4, 6), {"filters": 8, "kernel": 2, "stride": 2}),
    ((3, 3, 7), {"filters": 13, "kernel": 2}),
    ((3, 3, 1), {"filters": 12, "kernel": 3, "padding": "same"}),
    ((4, 3, 3), {"filters": 16, "kernel": 2, "stride": (2, 1)}),
    ((3, 4, 3), {"filters": 17, "kernel": 2, "dilation": (1, 2)}),
    ((3, 3, 7), {"filters": 17, "kernel": 1, "activation": "tanh"}),
    ((9, 11, 1), {"filters": 12, "kernel": (1, 7)}),
    ((10, 7, 1), {"filters": 12, "kernel": (2, 3)}),
    ((2, 3, 2), {"filters": 33, "kernel": 2, "padding": "same", "bias": False}),
    ((4, 5, 2), {"filters": 2, "kernel": 2, "padding": "same"}),
    ((3, 4, 1), {"filters": 2, "kernel": 5, "padding": "same"}),
    ((5, 6, 2), {"filters": 3, "kernel": (2, 3), "stride": 2, "padding": "same"}),
    ((6, 5, 2), {"filters": 3, "kernel": 3, "stride": (2, 1), "padding": "same"}),
    ((5, 5, 2), {"filters": 2, "kernel": 1, "stride": 2}),
    ((4, 5, 1), {"filters": 3, "kernel": 1, "stride": 3, "padding": "same"}),
    ((5, 5, 2), {"filters": 3, "kernel": 2, "dilation": 2}),
    ((4, 5, 2), {"filters": 2, "kernel": 3, "dilation": 2, "padding": "same"}),
    ((4, 6, 2), {"filters": 2, "kernel": (3, 2), "dilation": (1, 2), "stride": (1, 2), "padding": "same"}),
    ((4, 3, 4), {"filters": 6, "kernel": 2, "groups": 2}),
    ((3, 3, 6), {"filters": 14, "kernel": 2, "groups": 2}),
    ((3, 3, 14), {"filters": 2, "kernel": 2, "groups": 2}),
    ((3, 3, 2), {"filters": 26, "kernel": 2, "groups": 2}),
    ((4, 4, 3), {"filters": 3, "kernel": 3, "groups": 3, "padding": "same", "bias": False}),
    ((5, 4, 3), {"filters": 6, "kernel": 2, "groups": 3, "stride": 2, "dilation": (2, 1), "padding": "same"}),
    ((3, 3, 2), {"filters": 3, "kernel": 2, "bias": False, "activation": "sigmoid"}),
    ((3, 3, 2), {"filters": 3, "kernel": 2, "activation": "softmax"}),
    ((3, 4, 1), {"filters": 2, "kernel": 2, "regularizer": "l2", "bias_regularizer": {"kind": "l1", "l1": 0.2},
                 "initializer": "orthogonal", "bias_initializer": "ones"}),
    ((3, 4, 1), {"filters": 14, "kernel": 2, "regularizer": {"kind": "l1_l2", "l1": 0.1, "l2": 0.2}}),
]  # fmt: skip
POOLINGS = [
    {"size": 2},
    {"size": (3, 2), "name": "pool"},
    {"size": 3, "stride": 1},
    {"size": (2, 3), "stride": (1, 2)},
    {"size": 2, "stride": 3},
    {"size": 2, "stride": 1, "padding": "same"},
    {"size": 3, "stride": 2, "padding": "same"},
    {"size": (4, 5), "stride": (3, 2), "padding": "same"},
]


def inner(kind, **fields):
    """A layer within a Residual, as plain data."""
    return {"kind": kind} | fields


def conv(filters, **fields):
    """A convolution within a Residual, without the bias that a normalisation would take out again."""
    return inner("Conv2D", filters=filters, **{"kernel": 3, "padding": "same", "bias": False} | fields)


def residual(*path, **fields):
    """A Residual as a layer of a row."""
    return "Residual", {"layers": list(path)} | fields


NORM, CURVE = inner("BatchNorm"), inner("Activation", activation="tanh")
RESIDUALS = [
    ((3,), [residual(inner("Dense", units=3, activation="tanh")), TWO]),
    ((3,), [("Dense", {"units": 4}), residual(inner("Dense", units=4, activation="tanh"), inner("Dense", units=4),
                                              activation="sigmoid", name="block"), TWO]),
    ((3,), [residual(inner("Dense", units=4, activation="tanh"), inner("Dense", units=2),
                     shortcut=[inner("Dense", units=2, bias=False)])]),
    ((3,), [("Dense", {"units": 4, "activation": "tanh"}),
            residual(inner("Dense", units=5, name="path", regularizer="l2"), activation="softmax",
                     shortcut=[inner("Dense", units=5, name="beside", bias_regularizer="l1")]), TWO]),
    # Nothing but views of what goes in, on one side or both.
    ((4,), [residual(inner("Reshape", shape=(2, 2)), inner("Reshape", shape=4)), TWO]),
    ((4,), [("Dense", {"units": 4}), residual(CURVE, shortcut=[inner("Reshape", shape=4)]), TWO]),
    ((2, 2), [TANH, residual(inner("Flatten"), shortcut=[inner("Flatten"), CURVE]), TWO]),
    ((4,), [residual(inner("Activation", activation="identity"), shortcut=[inner("Activation", activation="identity")]),
            TWO]),
    # One within another: in the path, in the shortcut, first and last.
    ((3,), [residual(inner("Residual", layers=[inner("Dense", units=3, activation="tanh")])), TWO]),
    ((3,), [("Dense", {"units": 4}),
            residual(inner("Residual", layers=[inner("Dense", units=4), CURVE], activation="tanh"),
                     inner("Dense", units=4, name="middle"),
                     inner("Residual", layers=[inner("BatchNorm", epsilon=0.1), CURVE]), activation="tanh",
                     shortcut=[inner("Residual", layers=[inner("Dense", units=4)], shortcut=[CURVE], name="within")]),
            TWO]),
    # As residual networks for pictures have them.
    ((4, 3, 2), [residual(conv(2), NORM, CURVE, conv(2), NORM, activation="tanh")]),
    ((4, 3, 2), [("Conv2D", {"filters": 2}),
                 residual(NORM, CURVE, conv(2), inner("Dropout", rate=0.0), NORM, CURVE, conv(2)), ("Flatten", {}),
                 TWO]),
    ((4, 3, 2), [PIXELS, residual(conv(3, stride=2), NORM, CURVE, conv(3), NORM, activation="tanh",
                                  shortcut=[conv(3, kernel=1, stride=2), NORM]), ("GlobalAvgPool2D", {}), TWO]),
    ((4, 5, 2), [PIXELS, residual(conv(2, stride=2, activation="tanh"), inner("LayerNorm", epsilon=1e-2),
                                  shortcut=[inner("MaxPool2D", padding="same")])]),
    ((4, 3, 3), [residual(conv(2, activation="tanh"), inner("GlobalAvgPool2D"),
                          shortcut=[inner("AvgPool2D", size=(4, 3)), inner("Flatten"), inner("Dense", units=2)]), TWO]),
    # Dropout draws another mask for every layer, wherever it stands.
    ((6,), [("Dropout", {"rate": 0.3}), residual(inner("Dropout", rate=0.4), inner("Dense", units=6, activation="tanh"),
                                                 shortcut=[inner("Dropout", rate=0.2)]), ("Dropout", {"rate": 0.3}),
            TWO]),
]  # fmt: skip


def ensemble(*members, **fields):
    """An Ensemble as a layer of a row."""
    return "Ensemble", {"members": [list(member) for member in members]} | fields


HIDDEN = inner("Dense", units=4, activation="tanh")
ENSEMBLES = [
    ((3,), [ensemble([HIDDEN, inner("Dense", units=2)], [inner("Dense", units=2)])]),
    ((3,), [ensemble([inner("Dense", units=2)], name="alone")]),
    ((3,), [("Dense", {"units": 4, "activation": "tanh"}),
            ensemble([HIDDEN], [HIDDEN, inner("Dense", units=4, name="end")], [CURVE, HIDDEN], weights=[1, 2.5, 0.5]),
            TWO]),
    ((3,), [ensemble([HIDDEN, inner("Dense", units=3, activation="softmax", regularizer="l2")],
                     [inner("Dense", units=3, activation="softmax", bias_regularizer="l1")], weights=[3, 1])]),
    # Views of what goes in, with and without something before them to learn.
    ((4,), [ensemble([inner("Reshape", shape=(2, 2))], [CURVE, inner("Reshape", shape=(2, 2))]), ("Flatten", {}), TWO]),
    ((4,), [("Dense", {"units": 4}), ensemble([inner("Reshape", shape=4)], [CURVE]), TWO]),
    # One within another, and beside a shortcut.
    ((3,), [("Dense", {"units": 4}),
            ensemble([inner("Ensemble", members=[[HIDDEN], [inner("Dense", units=4)]], weights=(1.0, 2.0)), CURVE],
                     [inner("Residual", layers=[HIDDEN], name="block")]), TWO]),
    # Moments of a batch within members.
    ((4, 3, 2), [ensemble([conv(2), NORM, CURVE, inner("Flatten"), inner("Dense", units=2)],
                          [inner("GlobalAvgPool2D"), NORM, inner("Dense", units=2)])]),
    ((6,), [ensemble([inner("Dropout", rate=0.3), inner("Dense", units=2)],
                     [inner("Dropout", rate=0.3), inner("Dense", units=2)])]),
]  # fmt: skip
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
    "Conv2D": [{"input": shape, "layers": [("Conv2D", fields)]} for shape, fields in CONVOLUTIONS] + [
        {"input": (5, 6, 2), "layers": [
            ("Conv2D", {"filters": 3, "kernel": 2, "activation": "tanh", "padding": "same"}),
            ("Conv2D", {"filters": 2, "stride": 2, "activation": "tanh"}), ("Flatten", {}), TWO]},
    ],
    "MaxPool2D": [
        *({"input": (5, 6, 2), "layers": [PIXELS, ("MaxPool2D", options)]} for options in POOLINGS),
        {"input": (4, 5, 2), "layers": [("MaxPool2D", {}), ("Flatten", {}), TWO]},
    ],
    "AvgPool2D": [
        *({"input": (5, 6, 2), "layers": [PIXELS, ("AvgPool2D", options)]} for options in POOLINGS),
        {"input": (4, 5, 2), "layers": [("AvgPool2D", {}), ("Flatten", {}), TWO]},
    ],
    "GlobalAvgPool2D": [
        {"input": (3, 4, 2), "layers": [PIXELS, ("GlobalAvgPool2D", {}), TWO]},
        {"input": (3, 1, 3), "layers": [("GlobalAvgPool2D", {"name": "whole"}), TWO]},
    ],
    "BatchNorm": [
        {"input": (3,), "layers": [("Dense", {"units": 4, "bias": False}), ("BatchNorm", {}), TANH, TWO]},
        {"input": (3,), "layers": [("BatchNorm", {"momentum": 0.5, "epsilon": 1e-3}), TWO]},
        {"input": (3,), "layers": [("Dense", {"units": 2, "bias": False}), ("BatchNorm", {"momentum": 0.0})]},
        {"input": (4, 3, 2), "layers": [
            ("Conv2D", {"filters": 3, "kernel": 2, "bias": False}), ("BatchNorm", {}), TANH, ("Flatten", {}), TWO]},
        {"input": (2, 3, 2), "layers": [
            ("BatchNorm", {"momentum": 0.99}), TANH, ("BatchNorm", {}), ("Flatten", {}), TWO]},
        {"input": (2, 3), "layers": [("BatchNorm", {}), ("Flatten", {}), TWO]},
    ],
    "LayerNorm": [
        {"input": (3,), "layers": [("Dense", {"units": 5}), ("LayerNorm", {}), TANH, TWO]},
        {"input": (4,), "layers": [("LayerNorm", {"epsilon": 1e-3}), TWO]},
        {"input": (3, 3, 4), "layers": [PIXELS, ("Conv2D", {"filters": 5, "kernel": 2}), ("LayerNorm", {})]},
        {"input": (2, 4), "layers": [("LayerNorm", {}), ("Flatten", {}), TWO]},
    ],
    "Reshape": [
        {"input": (12,), "layers": [("Reshape", {"shape": (2, 3, 2)}), ("Conv2D", {"filters": 2, "kernel": 2})]},
        {"input": (2, 6), "layers": [TANH, ("Reshape", {"shape": (4, 3)}), ("Activation", {"activation": "softmax"}),
                                     ("Reshape", {"shape": 12}), TWO]},
    ],
    "Standardize": [
        {"input": (3,), "layers": [("Standardize", {"mean": 0.5, "deviation": 2.0}), TWO]},
        {"input": (2, 3, 2), "layers": [("Standardize", {"mean": (0.5, -1.0), "deviation": (2.0, 0.3)}), PIXELS]},
        {"input": (3,), "layers": [("Dense", {"units": 2}), ("Standardize", {"deviation": (1.0, 0.5)}), TANH]},
    ],
    "Augment": [
        {"input": (5, 4, 2), "layers": [("Augment", options), PIXELS]}
        for options in (
            {},
            {"shift": 1, "flip": "horizontal"},
            {"shift": (0.7, 1.3), "rotate": 20.0, "zoom": 0.2, "shear": 10.0},
            {"rotate": 30.0, "fill": "edge", "flip": "both"},
            {"elastic": 0.8, "elastic_grid": 2, "fill": 0.5},
            {"brightness": 0.3, "contrast": 0.4, "noise": 0.1, "cut_out": 2},
        )
    ],
    "PiecewiseLinear": [
        {"input": (2,), "layers": [("PiecewiseLinear", {"edges": [[-1.0, 0.0, 0.5, 2.0], [-0.7, 0.4]]}), TWO]},
        {"input": (3,), "layers": [("Dense", {"units": 3}),
                                   ("PiecewiseLinear", {"edges": [[-0.31, 0.42], [-0.6, 0.1, 0.3], [-1.0, -0.21, 3]]}),
                                   TWO]},
    ],
    "Residual": [{"input": shape, "layers": layers} for shape, layers in RESIDUALS],
    "Embedding": [
        {"input": (3,), "layers": [("Embedding", {"categories": 2, "units": 3, "regularizer": "l2"}), TANH, TWO]},
        {"input": (5,), "layers": [("Embedding", {"categories": (2, 3), "units": (1, 4), "initializer": "normal"}),
                                   ("Dense", {"units": 4, "activation": "tanh"}), TWO]},
        {"input": (4,), "layers": [("Embedding", {"categories": (3, 2, 2), "units": 2, "name": "codes"}), TWO]},
    ],
    "Ensemble": [{"input": shape, "layers": layers} for shape, layers in ENSEMBLES],
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
    spread_constants(net)
    return net


def features_for(net, samples, rng, within=0.0):
    """Normal numbers as inputs; where the network begins with an Embedding, the last ones are codes of categories.

    ``within`` is added to codes: the kernel takes the whole part, so a small step from there stays in the category.
    """
    X = rng.normal(size=(samples, *net.input_shape))
    for k, (categories, _) in enumerate(reversed(getattr(net.layers[0][1], "tables", ())), start=1):
        X[:, -k] = rng.integers(categories, size=samples) + within
    return X


def spread_constants(net):
    """Move what starts at 0 or 1 (biases, gammas, running statistics) away from there, so that a mistake shows."""
    rng = np.random.default_rng(11)
    net.set_weights({
        name: w + rng.uniform(-0.5, 0.5, w.shape) for name, w in net.weights.items() if (w == 0).all() or (w == 1).all()
    })  # fmt: skip


def names_of(net, kind):
    """The names of a network's arrays of one kind: "parameter" (trainable) or "statistic"."""
    return [slot.name for slot in net.plan().slots.values() if slot.kind == kind]


def every_layer(layers, prefix=""):
    """(whole name, layer) of all layers, those within others too."""
    for name, layer in layers:
        yield prefix + name, layer
        for branch, field in (("", "layers"), ("shortcut.", "shortcut")):
            within = [(one.label, one) for one in getattr(layer, field, ())]
            yield from every_layer(within, f"{prefix}{name}.{branch}")
        for k, member in enumerate(getattr(layer, "members", ()), start=1):
            yield from every_layer([(one.label, one) for one in member], f"{prefix}{name}.member_{k}.")


def drops(net):
    """Whether the network leaves out units, or changes pictures, at random."""
    return any(getattr(layer, "rate", 0.0) or changes(layer) for _, layer in every_layer(net.layers))


def changes(layer):
    """Whether a layer changes pictures at random."""
    return layer.kind == "Augment" and layer.to_dict().keys() - {"kind", "name", "fill", "elastic_grid"}


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
