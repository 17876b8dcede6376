"""The running average of the parameters."""

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.optimizers.table import SGD

DECAY = 0.9


def average_by_hand(X, y, epochs, decay):
    """The average of the parameters after each of the updates, made one update at a time by another network."""
    net = Network([Input(3), Dense(1)], dtype="float64")
    net.compile("mse", SGD(rate=0.1))
    average, t = net.parameters.copy(), 0
    for _ in range(epochs):
        for k in range(0, len(X), 8):
            net.fit(X[k : k + 8], y[k : k + 8], batch_size=8, shuffle=False, verbose=0)
            t += 1
            d = min(decay, (1 + t) / (10 + t))
            average = d * average + (1 - d) * net.parameters
    return average


@pytest.fixture
def data(rng):
    X = rng.normal(size=(32, 3))
    return X, X[:, :1] - 0.5


def averaged(data, epochs, callbacks=None):
    net = Network([Input(3), Dense(1)], dtype="float64")
    net.compile("mse", SGD(rate=0.1, average=DECAY))
    net.fit(*data, epochs=epochs, batch_size=8, shuffle=False, verbose=0, callbacks=callbacks)
    return net


def test_the_network_ends_with_the_average(data):
    for epochs in (1, 3):
        np.testing.assert_allclose(averaged(data, epochs).parameters, average_by_hand(*data, epochs, DECAY), rtol=1e-12)


def test_another_decay_is_told_apart(data):
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(averaged(data, 3).parameters, average_by_hand(*data, 3, 0.3), rtol=1e-12)


def test_callbacks_see_the_average_of_their_epoch(data):
    seen = []
    averaged(data, 2, lambda moment: seen.append(moment.network.parameters.copy()))
    for epochs, parameters in enumerate(seen, start=1):
        np.testing.assert_allclose(parameters, average_by_hand(*data, epochs, DECAY), rtol=1e-12)
