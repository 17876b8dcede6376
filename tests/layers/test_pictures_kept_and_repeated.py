"""A network for pictures with everything in it: the same bits on any number of threads, and after a file."""

import numpy as np
import pytest

from pellucid import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Input,
    LayerNorm,
    MaxPool2D,
    Network,
    Reshape,
    Residual,
    load,
)
from pellucid.plan import build

X = np.random.default_rng(0).normal(size=(150, 8, 8, 2))
Y = np.array(["cat", "dog", "eel"])[np.arange(150) % 3]
X[np.arange(150), np.arange(150) % 3] += 1.0


def network(dtype="float32", normal=BatchNorm):
    block = Residual(
        [Conv2D(16, (3, 2), stride=2, padding="same", bias=False), normal(), Activation("relu"), Dropout(0.1),
         Residual([Conv2D(16, 1, groups=4), normal(name="last")], name="within")],
        [AvgPool2D(3, stride=2, padding="same"), Conv2D(16, 1, regularizer="l2")], activation="relu", name="block",
    )  # fmt: skip
    layers = [
        Input((8, 16)), Reshape((8, 8, 2)), Conv2D(8, 3, padding="same", dilation=2), normal(), Activation("relu"),
        block, MaxPool2D(2, stride=1), LayerNorm(), Conv2D(16, 2),
        Residual([GlobalAvgPool2D()], [Flatten(), Dense(16)]), Dense(3, activation="softmax"),
    ]  # fmt: skip
    net = Network(layers, seed=4, dtype=dtype)
    net.compile("cce", {"kind": "adam", "rate": 0.01, "clip_norm": 5.0}, ["accuracy"])
    return net


def train(net, epochs=2, threads=None, batch_size=100):
    net.fit(X.reshape(150, 8, 16), Y, epochs, batch_size, threads=threads, verbose=0)
    return net


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_number_of_threads(dtype):
    one = train(network(dtype), threads=1)
    assert one.plan(100).programs["train"][-1].tiles == one.parameter_count // build.TILE > 1
    for threads in (2, 3):
        net = train(network(dtype), threads=threads)
        assert net._engine._worker_count("train", 100) == threads, "the network is too small for this test"
        assert np.array_equal(net.snapshot(), one.snapshot())
        assert np.array_equal(net.predict(X.reshape(150, 8, 16)), one.predict(X.reshape(150, 8, 16), threads=1))
    assert one.history.history["loss"][-1] < one.history.history["loss"][0]
    assert not np.array_equal(one.weights["block.within.last.mean"], np.zeros(16))


@pytest.mark.parametrize("threads", [1, 2])
def test_passes_change_nothing(threads, monkeypatch):
    """Without BatchNorm, which needs a batch at once."""
    whole = train(network(normal=LayerNorm), threads=threads)
    monkeypatch.setattr(build, "VALUES_IN_A_PASS", 600_000)
    parts = network(normal=LayerNorm)
    assert 1 < parts.plan(100).pass_groups < 7
    assert np.array_equal(train(parts, threads=threads).snapshot(), whole.snapshot())


def test_everything_comes_back_from_a_file(tmp_path):
    net = train(network())
    net.save(tmp_path / "net.pellucid")
    again = load(tmp_path / "net.pellucid")
    assert again.to_dict() == net.to_dict()
    assert list(again.weights) == list(net.weights)
    assert np.array_equal(again.snapshot(), net.snapshot())
    assert len(net.snapshot()) == net.parameter_count + 2 * (8 + 16 + 16)
    samples = X.reshape(150, 8, 16)
    assert np.array_equal(again.predict(samples), net.predict(samples))
    for one in (net, again):
        train(one, epochs=1)
    assert np.array_equal(again.snapshot(), net.snapshot())


def test_going_on_is_the_same_as_not_stopping():
    once, twice = train(network(), epochs=3), network()
    for _ in range(3):
        train(twice, epochs=1)
    assert np.array_equal(once.snapshot(), twice.snapshot())


def test_looking_changes_nothing():
    expected, net = train(network()), network()
    samples = X.reshape(150, 8, 16)

    def look(moment):
        moment.network.predict(samples[:20])
        moment.network.evaluate(samples, np.eye(3)[np.arange(150) % 3])

    net.fit(samples, Y, 2, 100, callbacks=look, verbose=0)
    assert np.array_equal(net.snapshot(), expected.snapshot())
