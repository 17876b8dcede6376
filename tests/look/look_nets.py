"""Networks that are looked at closely."""

import numpy as np

from pellucid import Conv2D, Dense, Flatten, Input, MaxPool2D, Network, Standardize
from pellucid.data import load_pictures_4x3


def exercise(trained=True):
    """The 12-3-2 network and its 64 pictures."""
    data = load_pictures_4x3()
    net = Network([Input((4, 3)), Flatten(), Dense(3, "sigmoid"), Dense(2, "sigmoid")], name="12-3-2", seed=1)
    net.compile("squared_error", {"kind": "sgd", "rate": 3.0}, ["accuracy"])
    net.class_names = data.class_names
    if trained:
        net.fit(data.X, data.y, epochs=60, batch_size=8, verbose=0)
    return net, data.X, data.y


def curved(activation="tanh", dtype="float64"):
    """4 inputs, two hidden layers, 3 classes, random weights of a fair size."""
    layers = [Input(4), Dense(6, activation), Dense(5, activation), Dense(3, "softmax")]
    net = Network(layers, name="curved", dtype=dtype)
    net.compile("categorical_crossentropy", "adam")
    rng = np.random.default_rng(0)
    net.set_weights({name: rng.normal(0, 0.8, w.shape) for name, w in net.weights.items()})
    net.class_names, net.feature_names = ("cat", "dog", "fox"), ("length", "weight", "age", "speed")
    return net, rng.normal(size=(40, 4))


def straight():
    """No activation anywhere: a linear function of the inputs."""
    net = Network([Input(4), Standardize((1.0, 0, 2, 0), (2.0, 1, 1, 3)), Dense(5), Dense(2)], dtype="float64", seed=3)
    rng = np.random.default_rng(1)
    own = [name for name in net.weights if name.startswith("dense")]
    net.set_weights({name: rng.normal(size=net.weights[name].shape) for name in own})
    return net, rng.normal(size=(8, 4))


def pictures():
    """A small convolutional network on pictures of 8×7 pixels of three colours."""
    net = Network(
        [Input((8, 7, 3)), Conv2D(4, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(3, "softmax")], seed=2,
        name="pictures",
    )  # fmt: skip
    net.compile("categorical_crossentropy", "adam")
    return net, np.random.default_rng(4).random((30, 8, 7, 3)), np.arange(30) % 3
