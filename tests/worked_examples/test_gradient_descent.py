"""Gradient descent on one weight: loss (w − 1)², from 5, rate 0.01, 40 epochs.

The slope is 2 (w − 1), so that each step multiplies the distance from 1 by 1 − 2·0.01 = 0.98:

    w_k = 1 + 4 · 0.98ᵏ,   w_40 = 1 + 4 · 0.98⁴⁰ ≈ 2.7828
"""

import numpy as np
import pytest

from pellucid import Dense, Input, Network

EPOCHS = 40


def descend(optimizer="gradient_descent", rate=0.01):
    """The weight after every epoch, and the history."""
    net = Network([Input(1), Dense(1, bias=False)], dtype="float64")
    net.set_weights({"dense_1.weights": [[5.0]]})
    net.compile("mean_squared_error", {"kind": optimizer, "rate": rate})
    weights = []
    history = net.fit([[1.0]], [1.0], EPOCHS, callbacks=lambda m: weights.append(float(m.weights()[0])), verbose=0)
    assert weights[-1] == net.weights["dense_1.weights"][0, 0]
    return np.array(weights), history.history


def check(weights):
    np.testing.assert_allclose(weights, 1 + 4 * 0.98 ** np.arange(1, EPOCHS + 1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "sgd"])
def test_every_one_of_the_forty_weights(optimizer):
    weights, _ = descend(optimizer)
    assert len(weights) == EPOCHS
    check(weights)
    assert weights[-1] == pytest.approx(1 + 4 * 0.98**40, abs=1e-12)


def test_every_one_of_the_forty_losses():
    """A loss is taken before its epoch's step: 16, 16·0.98², …"""
    _, history = descend()
    np.testing.assert_allclose(history["loss"], 16 * 0.98 ** (2 * np.arange(EPOCHS)), rtol=1e-12)
    assert history["learning_rate"] == [0.01] * EPOCHS


@pytest.mark.parametrize(("optimizer", "rate"), [("gradient_descent", 0.0100001), ("momentum", 0.01), ("adam", 0.01)])
def test_a_planted_error_is_caught(optimizer, rate):
    weights, _ = descend(optimizer, rate)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check(weights)
