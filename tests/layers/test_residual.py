"""Residual: names, sums, and what is joined over its end; LayerNorm and Reshape by hand."""

import numpy as np
import pytest
from central_differences import GradientCheck, check_gradients

from pellucid import (
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    LayerNorm,
    Network,
    Reshape,
    Residual,
)


def nested():
    inner = Residual([Dense(4), BatchNorm(name="norm")], shortcut=[Dense(4, bias=False)], name="inner")
    return Residual([inner, Dense(4, activation="tanh")], shortcut=[inner], activation="relu")


def test_names_say_where_an_array_is():
    net = Network([Input(4), nested()])
    within = ["dense_1.weights", "dense_1.bias", "norm.gamma", "norm.beta", "shortcut.dense_1.weights"]
    moments = ["norm.mean", "norm.variance"]
    assert list(net.weights) == [
        *(f"residual_1.inner.{name}" for name in within), "residual_1.dense_1.weights", "residual_1.dense_1.bias",
        *(f"residual_1.shortcut.inner.{name}" for name in within),
        *(f"residual_1.inner.{name}" for name in moments), *(f"residual_1.shortcut.inner.{name}" for name in moments),
    ]  # fmt: skip
    assert net.parameter_count == 2 * (16 + 4 + 4 + 4 + 16) + 16 + 4


def test_arrays_of_two_branches_differ():
    """Each is drawn from its whole name."""
    w = Network([Input(4), nested()]).weights
    assert not np.array_equal(w["residual_1.inner.dense_1.weights"], w["residual_1.shortcut.inner.dense_1.weights"])


def test_plain_data_and_back():
    net = Network([Input(4), nested(), Residual([Reshape((2, 2)), Flatten()]), Dense(1)], seed=3)
    again = Network.from_dict(net.to_dict())
    assert again.to_dict() == net.to_dict()
    assert again.shapes == net.shapes
    assert np.array_equal(again.parameters, net.parameters)


def test_a_path_of_nothing_doubles(rng):
    X = rng.normal(size=(20, 4))
    net = Network(
        [Input(4), Residual([Activation("identity")]), Residual([Reshape((2, 2)), Flatten()])], dtype="float64"
    )
    assert np.array_equal(net.predict(X), 4 * X)


def test_the_formula(rng):
    X = rng.normal(size=(20, 3))
    layer = Residual([Dense(2, activation="tanh")], shortcut=[Dense(2)], activation="sigmoid", name="r")
    net = Network([Input(3), layer], dtype="float64")
    w = net.weights
    path = np.tanh(X @ w["r.dense_1.weights"] + w["r.dense_1.bias"])
    beside = X @ w["r.shortcut.dense_1.weights"] + w["r.shortcut.dense_1.bias"]
    np.testing.assert_allclose(net.predict(X), 1 / (1 + np.exp(-path - beside)), rtol=1e-13)


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize(("loss", "activation"), [("cce", "softmax"), ("bce", "sigmoid")])
def test_its_activation_joined_with_the_loss(loss, activation, fuse, rng):
    net = Network([Input(3), Residual([Dense(3, activation=activation)], activation=activation)], dtype="float64")
    net.compile(loss, "sgd", fuse=fuse)
    check_gradients(net, rng.normal(size=(10, 3)), np.eye(3)[np.arange(10) % 3])
    kernels = [op.name for phase in net.plan().programs["train"] for op in phase.ops]
    assert any("unfused" in kernel for kernel in kernels) != fuse


def test_dropouts_within_draw_masks_of_their_own():
    halves = Residual([Dropout(0.5)], shortcut=[Dropout(0.5), Dropout(0.5)])
    net = Network([Input(8), Dropout(0.5), halves, Dense(1)], dtype="float64")
    net.compile("mse", "sgd")
    check = GradientCheck(net, np.ones((200, 8)), np.zeros((200, 1)))
    check.run("train", net.parameters, check.features)
    names = ["dropout_1", "residual_1.dropout_1", "residual_1.shortcut.dropout_1", "residual_1.shortcut.dropout_2"]
    first, path, side, end = (check.engine.read(f"{name}.a") for name in names)
    assert [sorted(set(a.flat)) for a in (first, path, side, end)] == [[0, 2], [0, 4], [0, 4], [0, 8]]
    kept = [first > 0, (path > 0)[first > 0], (side > 0)[path > 0], (end > 0)[side > 0], (end > 0)[path > 0]]
    shares = [mask.mean() for mask in kept]
    assert shares == pytest.approx([1 / 2, 1 / 2, 1 / 2, 1 / 2, 1 / 4], abs=0.08), "independent of each other"


def test_layer_norm_by_hand():
    """Mean 2 and variance 1 of (1, 1, 3, 3); the other sample and the other position do not matter."""
    net = Network([Input((2, 4)), LayerNorm(epsilon=1e-12)], dtype="float64")
    net.set_weights({"layernorm_1.gamma": [1, 2, 3, 4], "layernorm_1.beta": [0, 0, 10, 0]})
    X = np.array([[[1, 1, 3, 3], [100, 100, 100, 100]], [[3, 3, 1, 1], [0, 0, 0, 0]]], float)
    expected = [[[-1, -2, 13, 4], [0, 0, 10, 0]], [[1, 2, 7, -4], [0, 0, 10, 0]]]
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-11, atol=1e-15)


def test_reshape_counts_the_last_axis_fastest():
    net = Network([Input(6), Reshape((2, 3, 1)), Conv2D(1, 1, bias=False), Reshape((3, 2))], dtype="float64")
    net.set_weights({"conv2d_1.weights": [[[[2.0]]]]})
    assert net.predict(np.arange(6.0)[None]).tolist() == [[[0, 2], [4, 6], [8, 10]]]
