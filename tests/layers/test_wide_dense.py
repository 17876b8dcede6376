"""Dense layers with more weights than stay near: every share of units for all groups of samples, and the same bits."""

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.layers.dense import spec
from pellucid.plan import build

SIZES = [(140, 300, 20), (300, 17, 40, 6), (9, 530, 150, 3), (33, 1, 290, 2), (784, 190, 4)]


@pytest.fixture(params=["near", "far"])
def kind(request, monkeypatch):
    monkeypatch.setattr(spec, "FAR", 1 if request.param == "far" else 2**60)
    return request.param


def network(sizes, **how):
    net = Network([Input(sizes[0]), *(Dense(units, "tanh") for units in sizes[1:-1]), Dense(sizes[-1])], seed=4, **how)
    net.compile("mse", "adam")
    return net


def problem(sizes, samples):
    rng = np.random.default_rng(samples)
    return rng.normal(size=(samples, sizes[0])), rng.normal(size=(samples, sizes[-1]))


def trained(sizes, batch, threads=None, samples=85, **how):
    net, (X, y) = network(sizes, **how), problem(sizes, samples)
    net.fit(X, y, 2, batch, threads=threads, verbose=0)
    return net, net.predict(X, threads=threads), net.history.history["loss"]


def kernels_of(net):
    return {op.name for phases in net.plan(8).programs.values() for phase in phases for op in phase.ops}


def test_both_kinds_are_what_they_are_called(kind):
    names = kernels_of(network((20, 30, 2)))
    forms = {"near": {"dense.forward", "dense.backward"}, "far": {"wide.forward", "wide.backward"}}
    assert names & (forms["near"] | forms["far"]) == forms[kind]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [1, 11, 16, 40, 85])
@pytest.mark.parametrize("sizes", SIZES)
def test_the_same_bits_as_group_by_group(sizes, batch, dtype, monkeypatch):
    results = []
    for far in (2**60, 1):
        monkeypatch.setattr(spec, "FAR", far)
        net, outputs, losses = trained(sizes, batch, dtype=dtype)
        results.append((net.parameters.tobytes(), outputs.tobytes(), losses))
    assert results[0] == results[1]


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_any_number_of_threads(threads, monkeypatch):
    monkeypatch.setattr(spec, "FAR", 1)
    one, outputs, losses = trained(SIZES[0], 40, 1)
    for _ in range(3):  # who takes which share changes from time to time
        many, same_outputs, same_losses = trained(SIZES[0], 40, threads)
        assert many._engine._worker_count("train", 40) == threads, "the network is too small for this test"
        assert one.parameters.tobytes() == many.parameters.tobytes()
        assert outputs.tobytes() == same_outputs.tobytes()
        assert losses == same_losses


def test_several_passes(kind, monkeypatch):
    net, outputs, losses = trained(SIZES[0], 85)
    monkeypatch.setattr(build, "VALUES_IN_A_PASS", 70_000)
    cut, same_outputs, same_losses = trained(SIZES[0], 85, 2)
    assert 1 < cut._engine.plan.pass_groups < 6
    assert net.parameters.tobytes() == cut.parameters.tobytes()
    assert outputs.tobytes() == same_outputs.tobytes()
    assert losses == same_losses


def test_without_bias(monkeypatch):
    results = []
    for far in (2**60, 1):
        monkeypatch.setattr(spec, "FAR", far)
        net = Network([Input(140), Dense(150, "relu", bias=False), Dense(3, bias=False)], seed=1)
        net.compile("mse", "sgd")
        X, y = problem((140, 3), 50)
        net.fit(X, y, 1, 20, verbose=0)
        results.append(net.parameters.tobytes())
    assert results[0] == results[1]


@pytest.mark.parametrize("samples", [1, 2, 16, 17, 40])
def test_against_numpy(kind, samples):
    sizes = (140, 300, 20)
    net = network(sizes, dtype="float64")
    X, _ = problem(sizes, samples)
    w1, b1, w2, b2 = (
        net.weights[f"{layer}.{name}"] for layer in ("dense_1", "dense_2") for name in ("weights", "bias")
    )
    expected = np.tanh(X @ w1 + b1) @ w2 + b2
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-12, atol=1e-13)


def test_the_workers_own_room_is_in_the_plan(kind):
    assert network((20, 30, 2)).plan(8).room == (0 if kind == "near" else spec.ROOM)


def test_one_weight_more_or_less_gives_other_bits(monkeypatch):
    """So the comparisons above would see a weight that is left out, or taken from beside its place."""
    monkeypatch.setattr(spec, "FAR", 1)
    net, (X, _) = network(SIZES[0]), problem(SIZES[0], 40)
    outputs, weights = net.predict(X), net.weights
    for i, o in ((0, 0), (127, 127), (128, 128), (139, 299)):
        changed = weights["dense_1.weights"].copy()
        changed[i, o] = 0.0
        net.set_weights({**weights, "dense_1.weights": changed})
        assert outputs.tobytes() != net.predict(X).tobytes()
    net.set_weights(weights)
    assert outputs.tobytes() == net.predict(X).tobytes()
