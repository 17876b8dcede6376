"""BatchNorm: moments of a batch over its groups of samples, against NumPy's; and the running ones."""

import numpy as np
import pytest
from central_differences import GradientCheck

from pellucid import BatchNorm, Conv2D, Dense, Flatten, Input, Network, Residual
from pellucid.plan import build

EPSILON = 1e-5


def make(shape, *layers, dtype="float64"):
    net = Network([Input(shape), *layers], dtype=dtype)
    net.compile("mean_squared_error", "sgd")
    return net


def step_on(net, X, **how):
    """A training step on X; the engine, whose slots can be read."""
    check = GradientCheck(net, X, np.zeros((len(X), net.output_units)), **how)
    check.run("train", net.parameters, check.features)
    return check.engine


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 5, 3)])
@pytest.mark.parametrize("count", [2, 15, 16, 17, 33, 50])
def test_the_moments_of_a_batch(count, shape, rng):
    """Groups of sixteen that are not full hold repeated samples, which must not count."""
    X = rng.normal([5.0, 0.0, -300.0], [1.0, 20.0, 0.1], (count, *shape[:-1], 3))
    engine = step_on(make(shape, BatchNorm(momentum=0.0)), X)
    rows = X.reshape(-1, 3)
    mean, scale = engine.read("batchnorm_1.batch").reshape(2, 3)
    np.testing.assert_allclose(mean, rows.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scale, 1 / np.sqrt(rows.var(axis=0) + EPSILON), rtol=1e-10)
    normal = (X - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + EPSILON)
    np.testing.assert_allclose(engine.read("batchnorm_1.a"), normal, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(engine.read("batchnorm_1.mean"), rows.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(engine.read("batchnorm_1.variance"), rows.var(axis=0, ddof=1), rtol=1e-10)


def test_a_batch_that_is_smaller_than_the_one_planned_for(rng):
    """The last batch of an epoch, after a larger one whose groups still lie in memory."""
    net = make((3,), BatchNorm(momentum=0.0))
    net.fit(rng.normal(9.0, 5.0, (40, 3)), np.zeros((40, 3)), 1, 40, shuffle=False, verbose=0)
    X = rng.normal(size=(59, 3))
    net.fit(X, np.zeros((59, 3)), 1, 40, shuffle=False, verbose=0)
    assert net.plan(40).pass_groups == 3
    np.testing.assert_allclose(net.weights["batchnorm_1.mean"], X[40:].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(net.weights["batchnorm_1.variance"], X[40:].var(axis=0, ddof=1), rtol=1e-12)


def test_float32_keeps_the_variance_beside_a_large_mean(rng):
    """A mean of squares minus the square of the mean would leave no digit of it."""
    X = rng.normal(1000.0, 0.5, (200, 6, 6, 2)).astype(np.float32)
    net = make((6, 6, 2), BatchNorm(momentum=0.0), dtype="float32")
    net.fit(X, np.zeros((200, 72)), 1, 200, verbose=0)
    expected = X.astype(float).var(axis=(0, 1, 2), ddof=1)
    np.testing.assert_allclose(net.weights["batchnorm_1.variance"], expected, rtol=1e-5)


def test_a_single_sample_is_its_own_mean():
    net = make((2,), BatchNorm())
    net.set_weights({"batchnorm_1.beta": [0.5, -1.0]})
    engine = step_on(net, np.array([[3.0, 4.0]]))
    assert engine.read("batchnorm_1.a").tolist() == [[0.5, -1.0]]
    np.testing.assert_allclose(engine.read("batchnorm_1.mean"), [0.3, 0.4], rtol=1e-15)


def test_running_moments_move_by_one_tenth_and_are_used_afterwards(rng):
    X = rng.normal(2.0, 3.0, (20, 4))
    net = make((4,), BatchNorm(), Dense(1))
    net.fit(X, rng.normal(size=(20, 1)), 1, 20, verbose=0)
    w = net.weights
    np.testing.assert_allclose(w["batchnorm_1.mean"], 0.1 * X.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(w["batchnorm_1.variance"], 0.9 + 0.1 * X.var(axis=0, ddof=1), rtol=1e-13)
    normal = (X - w["batchnorm_1.mean"]) / np.sqrt(w["batchnorm_1.variance"] + EPSILON)
    a = normal * w["batchnorm_1.gamma"] + w["batchnorm_1.beta"]
    np.testing.assert_allclose(net.predict(X), a @ w["dense_1.weights"] + w["dense_1.bias"], rtol=1e-11, atol=1e-13)


def test_predicting_and_evaluating_leave_the_running_moments_alone(rng):
    X, y = rng.normal(2.0, 3.0, (70, 4)), rng.normal(size=(70, 4))
    net = make((4,), BatchNorm())
    before = net.snapshot()
    alone = net.predict(X[:1])
    assert np.array_equal(net.predict(X)[:1], alone), "a prediction does not depend on its neighbours"
    net.evaluate(X, y)
    assert np.array_equal(net.snapshot(), before)


def test_validation_during_training_uses_the_running_moments(rng):
    X, y = rng.normal(2.0, 3.0, (40, 4)), rng.normal(size=(40, 4))
    net = make((4,), BatchNorm())
    history = net.fit(X, y, 3, 16, validation_data=(X[:7], y[:7]), verbose=0).history
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(X[:7], y[:7])["loss"], rel=1e-12)


@pytest.mark.parametrize("layer", [BatchNorm(), Residual([Conv2D(2, padding="same"), Residual([BatchNorm()])])])
def test_a_batch_goes_through_at_once_however_large(layer, monkeypatch):
    monkeypatch.setattr(build, "VALUES_IN_A_PASS", 1)
    assert make((3, 3, 2), layer).plan(100).pass_groups == 7
    assert make((3, 3, 2), Conv2D(2)).plan(100).pass_groups == 1


def test_statistics_are_no_parameters():
    net = Network([Input((4, 4, 1)), Conv2D(3, bias=False), BatchNorm(name="norm"), Flatten(), Dense(2)])
    assert net.parameter_count == 27 + 6 + 26 == net.parameters.size
    names = ["conv2d_1.weights", "norm.gamma", "norm.beta", "dense_1.weights", "dense_1.bias"]
    assert list(net.weights) == [*names, "norm.mean", "norm.variance"]
    assert net.weights["norm.mean"].tolist() == [0, 0, 0]
    assert net.weights["norm.variance"].tolist() == net.weights["norm.gamma"].tolist() == [1, 1, 1]


def test_a_batch_of_one_number_leaves_the_running_variance():
    """33 samples by 32 leave one: its variance is not 0 but none, and the running one once fell towards 0."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(33, 3)), rng.normal(size=33)
    found = []
    for rows in (slice(33), slice(32)):
        net = Network([Input(3), BatchNorm(), Dense(1)], seed=1)
        net.compile("mse", {"kind": "sgd", "rate": 1e-30})
        net.fit(X[rows], y[rows], shuffle=False, verbose=0)
        found.append(net.weights["batchnorm_1.variance"])
    np.testing.assert_array_equal(*found)
    net.fit(X[:1], y[:1], 50, verbose=0)
    np.testing.assert_array_equal(net.weights["batchnorm_1.variance"], found[1])
    np.testing.assert_allclose(net.weights["batchnorm_1.mean"], X[0], atol=0.02)


def test_a_picture_alone_moves_them():
    """It has as many numbers of a channel as pixels."""
    X = np.random.default_rng(0).normal(size=(1, 4, 4, 2)).astype(np.float32)
    net = Network([Input((4, 4, 2)), BatchNorm()], seed=1)
    net.compile("mse", {"kind": "sgd", "rate": 1e-30})
    net.fit(X, np.zeros((1, 32)), verbose=0)
    np.testing.assert_allclose(net.weights["batchnorm_1.mean"], 0.1 * X[0].mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(
        net.weights["batchnorm_1.variance"], 0.9 + 0.1 * X[0].reshape(16, 2).var(axis=0, ddof=1), rtol=1e-5
    )
