"""Step-by-step parity with PyTorch: optimizers, schedules, clipping, regularizers, weights."""

import sys
from dataclasses import replace

import kinds
import numpy as np
import pytest
import torch_layers
from parity import check_parity, compare, run_both
from torch_peer import find_torch

SAMPLES = 26  # batches of 8, 8, 8 and 2
LAYERS = [("Dense", {"units": 6, "activation": "tanh"}), ("Dense", {"units": 3, "activation": "softmax"})]
DTYPES = ["float64", "float32"]


def problem(rng, inputs=4, classes=3):
    return rng.normal(size=(SAMPLES, inputs)), kinds.labels_for(SAMPLES, classes, rng)


def network(dtype, optimizer, layers=LAYERS, loss="categorical_crossentropy"):
    return kinds.make_network((4,), layers, loss, dtype=dtype, optimizer=optimizer)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", kinds.variants(kinds.OPTIMIZERS))
def test_optimizer(torch, optimizer, dtype, rng):
    epochs = 24 if optimizer["kind"] == "gradient_descent" else 8
    costs, _, _ = check_parity(torch, network(dtype, optimizer), *problem(rng), epochs=epochs)
    assert costs[-8:].mean() < costs[:8].mean()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip", [{"clip_norm": 0.1}, {"clip_value": 0.02}, {"clip_norm": 1e6}])
@pytest.mark.parametrize("kind", ["sgd", "momentum", "adam", "adamw"])
def test_clipping(torch, kind, clip, dtype, rng):
    X, y = problem(rng)
    optimizer = {"kind": kind, "rate": 0.02, "weight_decay": 0.1}
    clipped = check_parity(torch, network(dtype, optimizer | clip), X, y)
    free = check_parity(torch, network(dtype, optimizer), X, y)
    assert np.array_equal(clipped[0], free[0]) == (clip == {"clip_norm": 1e6}), "the limit is met, or out of reach"


@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("schedule", kinds.variants(kinds.SCHEDULES))
def test_schedule(torch, schedule, kind, rng):
    X, y = problem(rng)
    net = network("float64", {"kind": kind, "rate": schedule})
    check_parity(torch, net, X, y)
    if schedule["kind"] != "constant":
        rates = net.history.history["learning_rate"]
        assert len(set(rates)) > 1


@pytest.mark.parametrize("regularizer", kinds.variants(kinds.REGULARIZERS))
@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_regularizer(torch, kind, regularizer, rng):
    layers = [("Dense", {"units": 6, "activation": "tanh", "regularizer": regularizer}),
              ("Dense", {"units": 3, "activation": "softmax", "bias_regularizer": regularizer})]  # fmt: skip
    check_parity(torch, network("float64", {"kind": kind, "rate": 0.05}, layers), *problem(rng))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", ["categorical_crossentropy", "mean_squared_error", "total_squared_error"])
def test_sample_weight(torch, loss, dtype, rng):
    X, y = problem(rng)
    weight = rng.uniform(0.0, 3.0, SAMPLES)
    check_parity(torch, network(dtype, {"kind": "sgd", "rate": 0.02}, loss=loss), X, y, weight=weight)


@pytest.mark.parametrize("given", [{0: 0.5, 1: 2.0, 2: 1.5}, "balanced"])
def test_class_weight(torch, given, rng):
    """The same as each sample weighted with its class's weight, by PyTorch."""
    X, y = problem(rng)
    y[:6] = 0
    counts = np.bincount(y)
    factors = np.array([0.5, 2.0, 1.5]) if given != "balanced" else SAMPLES / (3 * counts)
    ours, theirs = network("float64", "sgd"), network("float64", "sgd")
    check_parity(torch, theirs, X, y, weight=factors[y])
    ours.fit(X, y, epochs=8, batch_size=8, shuffle=False, class_weight=given, verbose=0)
    assert np.array_equal(ours.parameters, theirs.parameters)


def test_a_second_fit_goes_on_where_the_first_ended(torch, rng):
    """Adam's memory and its count of updates last from one call to the next."""
    X, y = problem(rng)
    once, twice = (network("float64", {"kind": "adam", "rate": 0.02}) for _ in range(2))
    check_parity(torch, once, X, y, epochs=8)
    for _ in range(2):
        twice.fit(X, y, epochs=4, batch_size=8, shuffle=False, verbose=0)
    assert np.array_equal(once.parameters, twice.parameters)


@pytest.mark.parametrize(("place", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_peer_is_a_failure_in_continuous_integration(place, outcome, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setenv("CI", place)
    with pytest.raises(outcome, match="PyTorch is missing"):
        find_torch()


# --- the comparison can fail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_slightly_different_rate_is_caught(torch, dtype, rng, monkeypatch):
    X, y = problem(rng)
    net = network(dtype, {"kind": "sgd", "rate": 0.2})
    right = net.optimizer.step_numbers
    wrong = 1.0 + (1e-8 if dtype == "float64" else 1e-2)
    monkeypatch.setattr(type(net.optimizer), "step_numbers", lambda self, rates, first: right(rates * wrong, first))
    ours, theirs = run_both(torch, net, X, y)
    with pytest.raises(AssertionError, match=r"^costs differ by \S+, relative to the largest"):
        compare(ours, theirs, dtype)


def test_one_wrong_weight_at_the_end_is_caught(torch, rng):
    (costs, arrays, outputs), theirs = run_both(torch, network("float64", "adam"), *problem(rng))
    compare((costs, arrays, outputs), theirs, "float64")
    arrays[-1, 7] *= 1.0 + 1e-8
    with pytest.raises(AssertionError, match=r"^arrays differ by"):
        compare((costs, arrays, outputs), theirs, "float64")


def test_a_wrong_running_statistic_is_caught(torch, rng, monkeypatch):
    """Costs and parameters agree, because training does not look at it; the statistic and what it predicts do not."""
    layers = [("Dense", {"units": 6, "bias": False}), ("BatchNorm", {}), LAYERS[1]]
    ours, theirs = run_both(torch, network("float64", "adam", layers), *problem(rng))
    compare(ours, theirs, "float64")
    right = torch_layers.LAYERS["BatchNorm"]
    wrong = lambda torch, layer, *rest: right(torch, replace(layer, momentum=layer.momentum + 1e-6), *rest)  # noqa: E731
    monkeypatch.setitem(torch_layers.LAYERS, "BatchNorm", wrong)
    ours, theirs = run_both(torch, network("float64", "adam", layers), *problem(rng))
    with pytest.raises(AssertionError, match=r"^arrays differ by"):
        compare(ours, theirs, "float64")
    with pytest.raises(AssertionError, match=r"^outputs differ by"):
        compare((ours[0], theirs[1], ours[2]), theirs, "float64")


def test_a_training_of_too_few_steps_is_caught(torch, rng):
    ours, theirs = run_both(torch, network("float64", "adam"), *problem(rng), epochs=4)
    with pytest.raises(AssertionError, match=r"^16 steps are too few"):
        compare(ours, theirs, "float64")
