"""Small networks whose traces are checked."""

import numpy as np

from pellucid import Conv2D, Dense, Flatten, Input, MaxPool2D, Network


def small(
    activation="sigmoid", output="sigmoid", loss="squared_error", optimizer="sgd", *, dtype="float64", **compiled
):
    """The 3-4-2 network with biases that are not 0."""
    net = Network([Input(3), Dense(4, activation=activation), Dense(2, activation=output)], dtype=dtype, seed=4)
    net.compile(loss, optimizer, **compiled)
    rng = np.random.default_rng(2)
    net.set_weights({name: rng.normal(0.0, 0.7, w.shape) for name, w in net.weights.items()})
    return net


def xor():
    """XOR's 2-4-1 network, and its four samples."""
    net = Network([Input(2), Dense(4, activation="tanh"), Dense(1, activation="sigmoid")], dtype="float64", seed=1)
    net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.1})
    return net, np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float), np.array([0, 1, 1, 0])


def pictures(**fields):
    """A small convolutional network for pictures of 6×5 pixels, three of them, and their classes."""
    first = {"padding": "same", "activation": "relu"} | fields
    net = Network(
        [Input((6, 5, 2)), Conv2D(3, **first), MaxPool2D(2), Conv2D(2, 2, padding="same", activation="tanh"), Flatten(),
         Dense(3, activation="softmax")],
        dtype="float64", seed=2,
    )  # fmt: skip
    net.compile("categorical_crossentropy", "momentum")
    return net, np.random.default_rng(5).normal(size=(3, 6, 5, 2)), np.array([2, 0, 1])


def batch(units=2, count=5, features=3, kind="values"):
    """Features and targets that a loss of that kind takes."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(count, features))
    if kind == "binary":
        return X, rng.integers(0, 2, (count, units)).astype(float)
    if kind == "signs":
        return X, rng.choice([-1.0, 1.0], (count, units))
    if kind == "classes":
        return X, rng.integers(0, units, count)
    return X, rng.normal(size=(count, units))


def features_for(net, count):
    """Samples that a network takes: numbers, and codes for an Embedding."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(count, *net.input_shape))
    categories = getattr(net.layers[0][1], "categories", ())
    for k, most in enumerate(reversed(categories), start=1):
        X[:, -k] = rng.integers(0, most, count)
    return X
