"""Samples mixed with others of their batch while training."""

import numpy as np
import pytest

from pellucid import Dense, DescriptionError, Embedding, Ensemble, Input, Network
from pellucid.engines import Data, make_engine
from pellucid.plan import build


def network(**how):
    net = Network([Input(5), Dense(4, activation="tanh"), Dense(3, activation="softmax")], dtype="float64", **how)
    net.compile("categorical_crossentropy", "sgd")
    return net


def one_step(share, count=20, updates=0):
    """The features and targets of a step as the engine saw them, beside the given ones."""
    net, rng = network(), np.random.default_rng(1)
    X, y = rng.normal(size=(count, 5)), rng.integers(0, 3, count)
    engine = make_engine(net.plan(count, labels=True, mixup=True), 1)
    engine.parameters[:] = net.parameters
    numbers = np.zeros((1, 3))
    for _ in engine.steps(
        "train", Data(X, y), batch_size=count, step_numbers=numbers, mix=np.array([share]), updates=updates, seed=3
    ):
        pass
    return X, np.eye(3)[y], engine.read("input"), engine.read("target")


def test_each_sample_is_mixed_with_one_of_its_group():
    X, t, mixed_X, mixed_t = one_step(0.7)
    for s in range(len(X)):
        group = range(16) if s < 16 else range(16, 20)
        partners = [
            other
            for other in group
            if np.allclose(mixed_X[s], 0.7 * X[s] + 0.3 * X[other])
            and np.allclose(mixed_t[s], 0.7 * t[s] + 0.3 * t[other])
        ]
        assert partners, f"sample {s}"
        assert s >= 16 or partners != [s]


def test_a_share_of_one_changes_nothing_and_updates_mix_otherwise():
    X, t, mixed_X, mixed_t = one_step(1.0)
    assert np.array_equal(X, mixed_X)
    assert np.array_equal(t, mixed_t)
    turns = {one_step(0.5, updates=k)[2].tobytes() for k in range(8)}
    assert len(turns) > 3


def test_fit_mixes_with_the_same_bits_on_any_number_of_threads(rng):
    X, y = rng.normal(size=(64, 5)), rng.integers(0, 3, 64)
    found = {}
    for mixup, threads in ((0.0, 1), (0.2, 1), (0.2, 2)):
        net = network()
        net.fit(X, y, epochs=2, batch_size=16, mixup=mixup, threads=threads, verbose=0)
        found[mixup, threads] = net.parameters.copy()
    assert np.array_equal(found[0.2, 1], found[0.2, 2])
    assert not np.array_equal(found[0.0, 1], found[0.2, 1])


def test_evaluation_does_not_mix(rng):
    X, y = rng.normal(size=(32, 5)), rng.integers(0, 3, 32)
    net = network()
    net.fit(X, y, mixup=0.4, verbose=0)
    again = network()
    again.set_weights(net.weights)
    assert net.evaluate(X, y)["loss"] == pytest.approx(again.evaluate(X, y)["loss"], rel=1e-12)


@pytest.mark.parametrize("mixup", [-0.1, float("nan"), "some", True])
def test_what_is_no_share_is_refused(mixup):
    with pytest.raises(DescriptionError) as error:
        network().fit([[0.0] * 5] * 2, [0, 1], mixup=mixup, verbose=0)
    assert str(error.value) == f"mixup must be 0 or a positive number, got {mixup!r}."


def test_codes_are_not_mixed():
    for layer in (Embedding(4, 2), Ensemble([[Embedding(4, 2), Dense(2)]])):
        net = Network([Input(1), layer, Dense(1)])
        net.compile("mse")
        with pytest.raises(DescriptionError) as error:
            net.fit([[0.0], [3.0]], [0, 1], mixup=0.2, verbose=0)
        assert str(error.value) == (
            f"mixup: the network begins with {layer.kind}, which takes codes, and a mixture of two codes is none. "
            f"Leave mixup out."
        )


def test_it_mixes_alike_however_large_a_pass_is(rng, monkeypatch):
    X, y = rng.normal(size=(64, 5)), rng.integers(0, 3, 64)
    found = []
    for most in (4, 1):
        monkeypatch.setattr(build, "_pass_groups", lambda layers, shapes, batch, most=most: most)
        net = network()
        net.fit(X, y, 3, batch_size=64, mixup=0.4, verbose=0)
        found.append(net.parameters.copy())
    np.testing.assert_allclose(*found, rtol=1e-10)
