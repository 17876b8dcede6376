"""Central differences for every activation in a hidden layer, and for every layer kind with every option."""

import kinds
import numpy as np
import pytest
from central_differences import GradientCheck, check_gradients

SAMPLES = 10


@pytest.mark.parametrize("activation", kinds.variants(kinds.ACTIVATIONS))
def test_activation_of_a_hidden_layer(activation, rng):
    layers = [("Dense", {"units": 5, "activation": activation}), ("Dense", {"units": 2})]
    net = kinds.make_network((3,), layers)
    found = {one.name: one for one in check_gradients(net, rng.normal(size=(SAMPLES, 3)) * 2, rng.normal(size=(10, 2)))}
    for name in ("dense_1.weights", "dense_1.bias", "input"):
        if activation["kind"] == "step":
            assert not found[name].analytic.any()
            assert not found[name].numeric.any()
        else:
            assert found[name].analytic.any()
    assert found["dense_2.weights"].analytic.any()


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "selu", "hard_sigmoid", "softsign"])
def test_both_sides_of_the_kink_are_met(activation, rng):
    net = kinds.make_network((3,), [("Dense", {"units": 5, "activation": activation}), ("Dense", {"units": 2})])
    check = GradientCheck(net, rng.normal(size=(SAMPLES, 3)) * 2, rng.normal(size=(SAMPLES, 2)))
    check.run("train", net.parameters, check.features)
    z = check.engine.read("dense_1.z")
    kink = 3.0 if activation == "hard_sigmoid" else 0.0
    assert (z < -kink).any()
    assert (z > kink).any()
    assert np.abs(np.abs(z) - kink).min() > 1e-3


ROWS = [
    pytest.param(row, id=f"{kind}-{number}")
    for kind, rows in kinds.LAYERS.items()
    for number, row in enumerate(rows, start=1)
]


@pytest.mark.parametrize("loss", ["mean_squared_error", "total_squared_error"])
@pytest.mark.parametrize("row", ROWS)
def test_layer(row, loss, rng):
    net = kinds.make_network(row["input"], row["layers"], loss)
    X = kinds.features_for(net, SAMPLES, rng, within=0.5)
    found = check_gradients(net, X, rng.normal(size=(SAMPLES, net.output_units)))
    assert {one.name for one in found} == {"input", *kinds.names_of(net, "parameter")}
    assert all(one.analytic.any() for one in found)


def test_dropout_leaves_out_some_and_scales_the_others(rng):
    net = kinds.make_network((6,), [("Dropout", {"rate": 0.5}), ("Dense", {"units": 2})])
    X = rng.uniform(1, 2, (200, 6))
    check = GradientCheck(net, X, rng.normal(size=(200, 2)))
    check.run("train", net.parameters, check.features)
    ratio = check.engine.read("dropout_1.a") / X
    assert set(np.unique(ratio.round(12))) == {0.0, 2.0}
    assert 0.45 < (ratio == 0).mean() < 0.55
    check.run("evaluate", net.parameters, check.features)
    assert np.array_equal(check.engine.read("dropout_1.a"), X)


@pytest.mark.parametrize("regularizer", kinds.variants(kinds.REGULARIZERS))
def test_regularizer(regularizer, rng):
    layers = [
        ("Dense", {"units": 3, "activation": "tanh", "regularizer": regularizer, "bias_regularizer": regularizer})
    ]
    net = kinds.make_network((4,), layers)
    X, y = rng.normal(size=(SAMPLES, 4)), rng.normal(size=(SAMPLES, 3))
    plain = {one.name: one.analytic for one in check_gradients(kinds.make_network((4,), [("Dense", {
        "units": 3, "activation": "tanh"})]), X, y)}  # fmt: skip
    l1, l2 = net.layers[0][1].regularizer.factors
    for one in check_gradients(net, X, y):
        if one.name != "input":
            p = net.weights[one.name]
            np.testing.assert_allclose(one.analytic, plain[one.name] + l1 * np.sign(p) + 2 * l2 * p, rtol=1e-12)


def test_a_penalty_at_zero_has_slope_zero(rng):
    """|w| has no derivative at 0; the engine takes 0 there, so that l1 leaves a weight of 0 where it is."""
    net = kinds.make_network((2,), [("Dense", {"units": 1, "bias": False, "regularizer": "l1"})])
    net.set_weights({"dense_1.weights": [[0.0], [0.5]]})
    X = np.array([[0.0, 1.0]])
    check = GradientCheck(net, X, np.array([[0.5]]))
    check.run("train", net.parameters, check.features)
    assert check.engine.read("dense_1.weights.gradient").tolist() == [[0.0], [0.01]]
