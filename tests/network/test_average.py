"""The running average of the parameters."""

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.optimizers.table import SGD
from pellucid.training.steps import follow

DECAY = 0.9


def average_by_hand(X, y, epochs, decay):
    """The average of the parameters after each of the updates, made one update at a time by another network."""
    net = Network([Input(3), Dense(1)], dtype="float64")
    net.compile("mse", SGD(rate=0.1))
    average = net.parameters.copy()
    batches = [slice(k, k + 8) for k in range(0, len(X), 8)]
    for t in range(1, int(epochs * len(batches)) + 1):
        batch = batches[(t - 1) % len(batches)]
        net.fit(X[batch], y[batch], batch_size=8, shuffle=False, verbose=0)
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


def test_weights_that_were_set_between_two_trainings_are_not_undone(data):
    """The average once went on from the weights of before, so that it took them back."""
    net, fresh = averaged(data, 100), averaged(data, 1)
    for one in (net, fresh):
        one.set_weights({"dense_1.weights": [[50.0], [0.0], [0.0]], "dense_1.bias": [0.0]})
        one.updates = 400
        one.fit(*data, epochs=1, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(net.parameters, fresh.parameters)


class Pressed:
    """Ctrl-C in the middle of the second epoch."""

    def __init__(self, monkeypatch):
        from pellucid.training import loop
        from pellucid.training.keeper import NothingKept

        def step(keeper, standing, moment, now=False):
            if standing.epoch == 1 and standing.step == 2:
                self.interruption.asked = True

        made = loop.Interruption

        def watch():
            self.interruption = made()
            return self.interruption

        monkeypatch.setattr(loop, "Interruption", watch)
        monkeypatch.setattr(NothingKept, "step", step)
        monkeypatch.setattr(NothingKept, "next_stop", lambda keeper, standing, updates: standing.step + 1)


def test_after_ctrl_c_the_network_has_the_average_too(data, monkeypatch):
    Pressed(monkeypatch)
    net = averaged(data, 3)
    assert (net.updates, len(net.history.epoch)) == (6, 1)
    np.testing.assert_allclose(net.parameters, average_by_hand(*data, 1.5, DECAY), rtol=1e-12)


def test_after_a_divergence_the_network_has_the_average_of_the_epoch_before(data):
    from pellucid import DivergedError

    X, y = data
    net = averaged(data, 2)
    before, updates = net.parameters.copy(), net.updates
    y = y.copy()
    y[-1] = 1e308
    with pytest.raises(DivergedError):
        net.fit(X, y, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(net.parameters, before)
    assert net.updates == updates


def test_steps_that_are_followed_keep_the_average_that_fit_keeps(data):
    """It once began at 0 there."""
    X, y = data[0][:8], data[1][:8]
    net = Network([Input(3), Dense(1)], dtype="float64")
    net.compile("mse", SGD(rate=0.1, average=DECAY))
    for _ in range(2):  # fresh, and after a training
        last = follow(net, X, y, 3).steps[-1].values
        net.fit(X, y, 3, batch_size=8, shuffle=False, verbose=0)
        found = np.concatenate([last["dense_1.weights.memory_1"].ravel(), last["dense_1.bias.memory_1"].ravel()])
        np.testing.assert_allclose(found, net.parameters, rtol=1e-12)
