"""A learning rate by trial."""

import numpy as np
import pytest

from pellucid import Dense, DescriptionError, Input, Network, find_learning_rate


@pytest.fixture
def line(rng):
    X = rng.normal(size=(400, 3))
    return X, X @ [[1.0], [-2.0], [0.5]]


def network(optimizer="sgd"):
    net = Network([Input(3), Dense(1)], dtype="float64")
    net.compile("mse", optimizer)
    return net


def test_rates_rise_by_equal_factors_and_the_trial_ends_where_it_diverges(line):
    sweep = find_learning_rate(network(), *line, lowest=1e-4, highest=100.0, steps=120)
    factors = sweep.rates[1:] / sweep.rates[:-1]
    np.testing.assert_allclose(factors, factors[0])
    assert len(sweep.rates) < 120
    assert len(sweep.rates) == len(sweep.costs) == len(sweep.smooth)


def test_the_suggested_rate_learns_and_a_much_larger_one_does_not(line):
    X, y = line
    rate = find_learning_rate(network(), X, y, lowest=1e-4, highest=100.0).suggestion
    start = network().evaluate(X, y)["loss"]
    net = network({"kind": "sgd", "rate": rate})
    net.fit(X, y, epochs=5, verbose=0)
    assert net.evaluate(X, y)["loss"] < 0.1 * start
    # A quadratic with unit curvature in each of three directions and slope 2 diverges from a rate of about 1.
    assert 0.01 < rate < 1.0


def test_the_network_is_left_as_it_is(line):
    net = network("adam")
    before = net.snapshot()
    find_learning_rate(net, *line, steps=20)
    assert np.array_equal(before, net.snapshot())
    assert net.updates == 0
    assert net.history.epoch == []


def test_the_picture(line, tmp_path):
    sweep = find_learning_rate(network(), *line, steps=40)
    for name in ("sweep.svg", "sweep.png"):
        sweep.plot(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5000


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 1.0), (1.0, 0.1), (-1.0, 1.0)])
def test_bounds_are_checked(line, lowest, highest):
    with pytest.raises(DescriptionError) as error:
        find_learning_rate(network(), *line, lowest=lowest, highest=highest)
    words = f"find_learning_rate: expected 0 < lowest < highest, got {lowest!r} and {highest!r}."
    assert str(error.value) == words


def test_a_network_that_was_trained_with_mixup(line):
    """Its plan mixed samples, and the trial has no shares to mix by."""
    sweeps = []
    for mixup in (0.0, 0.3):
        net = network()
        weights = net.weights
        net.fit(*line, mixup=mixup, verbose=0)
        net.set_weights(weights)
        sweeps.append(find_learning_rate(net, *line, steps=20))
    np.testing.assert_array_equal(sweeps[0].costs, sweeps[1].costs)


def test_a_cost_that_is_too_large_from_the_start():
    with pytest.raises(DescriptionError) as error:
        find_learning_rate(network(), np.full((40, 3), 1e200), np.zeros(40))
    assert str(error.value) == (
        "find_learning_rate: the cost of the first batch is inf already. Scale inputs and targets to about −1…1."
    )
