"""The same command twice gives bit-identical weights: with any number of threads, in any process, watched or not."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import training
from pellucid import Dense, Input, Network, load
from pellucid.plan import build
from training import digest, make, problem, train


@pytest.fixture(scope="module")
def expected():
    return digest(train(1)[0])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads(threads, expected):
    net, workers = train(threads)
    assert workers == threads, "the network is too small for this test"
    assert digest(net) == expected
    assert digest(train(threads)[0]) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"])
def test_every_optimizer_with_two_threads(optimizer, dtype):
    (one, _), (two, workers) = (train(n, epochs=1, optimizer=optimizer, dtype=dtype) for n in (1, 2))
    assert workers == 2
    assert digest(one) == digest(two)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_fresh_process(threads, expected):
    command = [sys.executable, str(Path(training.__file__)), str(threads)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == expected


@pytest.mark.parametrize("threads", [1, 2])
def test_batches_that_take_several_passes(threads, monkeypatch):
    """Within a pass, groups are summed in order; the passes' sums are added in order."""
    monkeypatch.setattr(build, "VALUES_IN_A_PASS", 100_000)
    net, workers = train(threads, batch_size=150)
    assert 1 < net._engine.plan.pass_groups < 10
    assert workers == threads
    monkeypatch.undo()
    assert digest(net) == digest(train(1, batch_size=150)[0])


def test_it_trained():
    net, _ = train(2)
    assert net.history.history["loss"][-1] < net.history.history["loss"][0]
    assert np.isfinite(net.parameters).all()


@pytest.mark.parametrize("metrics", [["accuracy"], ["accuracy", "f1"]])
def test_metrics_change_nothing(metrics, expected):
    assert digest(train(2, metrics=metrics)[0]) == expected


def test_callbacks_that_look_change_nothing(expected, tmp_path):
    X, y = problem()

    def look(moment):
        moment.network.predict(X)
        moment.network.evaluate(X, np.eye(5)[y])
        moment.network.save(tmp_path / "now.pellucid")

    for threads in (1, 2, None):
        seen = []
        net, _ = train(threads, callbacks=[look, lambda moment, seen=seen: seen.append(moment.weights())])
        assert digest(net) == expected
        assert len({weights.tobytes() for weights in seen}) == 3, "a callback sees the weights of its own epoch"
        assert seen[-1].tobytes() == net.parameters.tobytes()
    assert digest(load(tmp_path / "now.pellucid")) == expected


def test_going_on_is_the_same_as_not_stopping(expected, tmp_path):
    """Three epochs at once, in two calls, and over a file in between."""
    X, y = problem()
    once = make()
    for _ in range(3):
        once.fit(X, y, 1, 100, verbose=0)
    assert digest(once) == expected
    first = make()
    first.fit(X, y, 2, 100, threads=2, verbose=0)
    first.save(tmp_path / "half.pellucid")
    second = load(tmp_path / "half.pellucid")
    second.fit(X, y, 1, 100, threads=1, verbose=0)
    assert digest(second) == expected
    assert second.updates == 9


def test_predictions_do_not_depend_on_threads_or_neighbours():
    net, _ = train(1, epochs=1)
    X, _ = problem()
    all_at_once = net.predict(X, threads=2)
    assert np.array_equal(all_at_once, net.predict(X, threads=1))
    assert np.array_equal(all_at_once[37:38], net.predict(X[37:38]))


def test_what_must_differ_differs(expected):
    X, y = problem()
    assert digest(train(1, seed=2)[0]) != expected
    for how in ({"seed": 2}, {"shuffle": False}, {"sample_weight": np.linspace(0.5, 1.5, len(X))}):
        net = make()
        net.fit(X, y, 3, 100, verbose=0, **how)
        assert digest(net) != expected, how


def test_the_seed_of_fit_is_as_good_as_the_networks():
    """``fit(seed=2)`` on an untouched network is the network of seed 2."""
    X, y = problem()
    net = make(seed=1)
    net.fit(X, y, 3, 100, seed=2, verbose=0)
    assert digest(net) == digest(train(1, seed=2)[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (5, 17, 33, 1), (40, 31, 32, 10), (300, 65, 3)])
def test_a_sample_alone_gets_the_bits_it_gets_among_others(sizes, dtype):
    """Its units lie in the lanes then, and not the samples."""
    inputs, *hidden, outputs = sizes
    layers = [Input(inputs), *(Dense(units, "tanh") for units in hidden), Dense(outputs, "sigmoid", bias=False)]
    net = Network(layers, seed=3, dtype=dtype)
    X = np.random.default_rng(0).normal(size=(35, inputs)).astype(dtype)
    among = net.predict(X)
    alone = np.vstack([net.predict(X[k : k + 1]) for k in range(len(X))])
    assert alone.tobytes() == among.tobytes()
