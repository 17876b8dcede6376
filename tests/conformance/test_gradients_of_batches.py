"""Central differences for every way in which samples are cut up: groups, passes, tiles, weights; and for all widths."""

import kinds
import numpy as np
import pytest
from central_differences import GradientCheck, check_gradients

from pellucid.plan import build

NETWORK = [("Dense", {"units": 5, "activation": "tanh", "regularizer": "l2"}), ("Dense", {"units": 3})]
# Sixteen samples are a group; the kernels take units by sixes, twos and ones, and by sixteens in the gradient.
WIDTHS = (1, 2, 3, 5, 6, 7, 12, 13, 16, 17, 33)


def data_for(count, inputs, outputs, rng):
    return rng.normal(size=(count, inputs)), rng.normal(size=(count, outputs))


@pytest.mark.parametrize("loss", ["mean_squared_error", "total_squared_error"])
@pytest.mark.parametrize("count", [1, 10, 15, 16, 17, 33])
def test_samples_that_do_not_fill_a_group(count, loss, rng):
    net = kinds.make_network((4,), NETWORK, loss)
    check_gradients(net, *data_for(count, 4, 3, rng))


@pytest.mark.parametrize("loss", ["mean_squared_error", "total_squared_error", "categorical_crossentropy"])
@pytest.mark.parametrize("count", [10, 33])
def test_sample_weights(count, loss, rng):
    layers = [NETWORK[0], ("Dense", {"units": 3, "activation": "softmax"})]
    net = kinds.make_network((4,), layers, loss)
    X, _ = data_for(count, 4, 3, rng)
    weight = rng.uniform(0.0, 3.0, count)
    weight[2] = 0.0
    check_gradients(net, X, kinds.labels_for(count, 3, rng), weight)
    found = {one.name: one.analytic for one in check_gradients(net, X, kinds.targets_for(loss, count, 3, rng), weight)}
    assert not found["input"][2].any(), "a sample of weight 0 has no gradient"
    assert found["input"][1].any()


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("count", [17, 33, 64, 70])
def test_a_batch_that_takes_several_passes(count, dropout, rng, monkeypatch):
    monkeypatch.setattr(build, "VALUES_IN_A_PASS", 1)
    layers = [NETWORK[0], *([("Dropout", {"rate": 0.4})] if dropout else []), NETWORK[1]]
    net = kinds.make_network((4,), layers)
    X, y = data_for(count, 4, 3, rng)
    weight = rng.uniform(0.5, 2.0, count)
    check = GradientCheck(net, X, y, weight)
    assert check.engine.plan.pass_groups == 1
    check_gradients(net, X, y, weight)
    parts = check.run("train", net.parameters, check.features)
    gradients = {name: check.engine.read(f"{name}.gradient") for name in net.weights}
    monkeypatch.undo()
    whole = GradientCheck(net, X, y, weight)
    assert whole.engine.plan.pass_groups == -(-count // 16)
    assert whole.run("train", net.parameters, whole.features) == pytest.approx(parts, rel=1e-14)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(whole.engine.read(f"{name}.gradient"), gradient, rtol=1e-11, atol=1e-15)


PICTURES = [
    ("Conv2D", {"filters": 3, "kernel": 2, "padding": "same", "activation": "tanh"}),
    ("MaxPool2D", {"size": 2, "stride": 1}), ("LayerNorm", {}),
    ("Residual", {"layers": [{"kind": "Conv2D", "filters": 12, "kernel": 2, "padding": "same", "activation": "tanh"}],
                  "shortcut": [{"kind": "Conv2D", "filters": 12, "kernel": 1, "groups": 3}]}),
    ("AvgPool2D", {"padding": "same"}), ("Flatten", {}), ("Dense", {"units": 2}),
]  # fmt: skip


@pytest.mark.parametrize("count", [10, 17, 64, 70])
def test_pictures_in_several_passes(count, rng, monkeypatch):
    """The layers of a network for pictures have the same gradients in passes of one group as all at once."""
    X, y = rng.normal(size=(count, 3, 4, 2)), rng.normal(size=(count, 2))
    net = kinds.make_network((3, 4, 2), PICTURES)
    sides = []
    for room, groups in ((build.VALUES_IN_A_PASS, -(-count // 16)), (1, 1)):
        monkeypatch.setattr(build, "VALUES_IN_A_PASS", room)
        check = GradientCheck(net, X, y)
        assert check.engine.plan.pass_groups == groups
        cost = check.run("train", net.parameters, check.features)
        sides.append((cost, {name: check.engine.read(f"{name}.gradient") for name in net.weights}))
    assert sides[0][0] == pytest.approx(sides[1][0], rel=1e-14)
    for name, gradient in sides[0][1].items():
        np.testing.assert_allclose(gradient, sides[1][1][name], rtol=1e-10, atol=1e-14, err_msg=name)


def test_central_differences_of_pictures_in_several_groups(rng):
    net = kinds.make_network((2, 3, 1), PICTURES)
    check_gradients(net, rng.normal(size=(35, 2, 3, 1)), rng.normal(size=(35, 2)))


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3)])
@pytest.mark.parametrize("count", [3, 16, 17, 40])
def test_batch_norm_over_several_groups(count, shape, rng):
    """Every sample's gradient goes through the moments of the whole batch; one of weight 0 is in them too."""
    net = kinds.make_network(shape, [("BatchNorm", {}), ("Flatten", {}), ("Dense", {"units": 2})])
    weight = rng.uniform(0.5, 2.0, count)
    weight[1] = 0.0
    X, y = rng.normal(size=(count, *shape)), rng.normal(size=(count, 2))
    found = {one.name: one.analytic for one in check_gradients(net, X, y, weight, batch_size=50)}
    assert found["input"][1].any()


@pytest.mark.parametrize("outputs", WIDTHS)
@pytest.mark.parametrize("inputs", WIDTHS)
def test_all_widths_of_a_dense_layer(inputs, outputs, rng):
    """Against the textbook's formulas, and for one path through the arrays against central differences."""
    net = kinds.make_network((2,), [("Dense", {"units": inputs, "activation": "tanh"}), ("Dense", {"units": outputs})])
    X, y = data_for(19, 2, outputs, rng)
    check = GradientCheck(net, X, y)
    check.run("train", net.parameters, X)
    w, read = net.weights, check.engine.read
    a = np.tanh(X @ w["dense_1.weights"] + w["dense_1.bias"])
    delta_2 = 2 * (a @ w["dense_2.weights"] + w["dense_2.bias"] - y) / y.size
    delta_1 = delta_2 @ w["dense_2.weights"].T * (1 - a * a)
    for name, expected in {
        "dense_2.weights.gradient": a.T @ delta_2, "dense_2.bias.gradient": delta_2.sum(axis=0),
        "dense_1.weights.gradient": X.T @ delta_1, "dense_1.bias.gradient": delta_1.sum(axis=0),
        "input.delta": delta_1 @ w["dense_1.weights"].T,
    }.items():  # fmt: skip
        np.testing.assert_allclose(read(name), expected, rtol=1e-11, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("width", WIDTHS)
def test_widths_by_central_differences(width, rng):
    net = kinds.make_network((width,), [("Dense", {"units": width, "activation": "tanh"})])
    check_gradients(net, *data_for(5, width, width, rng))


def test_tiles_of_a_large_layer(rng):
    """From 2,048 parameters on the sums of gradients are cut into tiles of 1,024 or more; inputs past 256 are taken in
    stretches."""
    net = kinds.make_network((300,), [("Dense", {"units": 17, "activation": "tanh"}), ("Dense", {"units": 2})])
    X, y = data_for(21, 300, 2, rng)
    check = GradientCheck(net, X, y)
    assert check.engine.plan.programs["train"][1].tiles == 5153 // build.TILE
    check.run("train", net.parameters, X)
    w = net.weights
    a = np.tanh(X @ w["dense_1.weights"] + w["dense_1.bias"])
    delta_2 = 2 * (a @ w["dense_2.weights"] + w["dense_2.bias"] - y) / y.size
    delta_1 = delta_2 @ w["dense_2.weights"].T * (1 - a * a)
    np.testing.assert_allclose(check.engine.read("dense_1.weights.gradient"), X.T @ delta_1, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(check.engine.read("dense_1.bias.gradient"), delta_1.sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(
        check.engine.read("input.delta"), delta_1 @ w["dense_1.weights"].T, rtol=1e-9, atol=1e-14
    )
