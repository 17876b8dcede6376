"""Central differences for every loss with every output activation that it fits, fused or not."""

import kinds
import numpy as np
import pytest
from central_differences import GradientCheck, check_gradients

from pellucid.activations import ACTIVATIONS
from pellucid.errors import DescriptionError
from pellucid.losses import LOSSES

SAMPLES = 10


def fits(loss, activation, units):
    """Whether the loss accepts such an output layer."""
    try:
        LOSSES.get(loss).check_output(ACTIVATIONS.get(activation), units, "here")
    except DescriptionError:
        return False
    return True


def pairs():
    """(loss, activation, units, targets are labels) of everything that fits."""
    rows = []
    for loss in (row.values[0] for row in kinds.variants(kinds.LOSSES)):
        for activation in (row.values[0] for row in kinds.variants(kinds.ACTIVATIONS)):
            for units in (1, 3):
                if fits(loss, activation, units):
                    name = " ".join(map(str, [*loss.values(), *activation.values(), units]))
                    rows.append(pytest.param(loss, activation, units, False, id=name))
                    if units > 1:
                        rows.append(pytest.param(loss, activation, units, True, id=name + " labels"))
    return rows


PAIRS = pairs()


def test_that_pairs_are_found():
    found = {(row.values[0]["kind"], row.values[1]["kind"]) for row in PAIRS}
    assert {loss for loss, _ in found} == set(kinds.LOSSES)
    assert {activation for _, activation in found} == set(kinds.ACTIVATIONS)
    assert ("mean_squared_error", "softmax") in found
    assert ("categorical_crossentropy", "sigmoid") not in found


@pytest.mark.parametrize("fuse", [True, False], ids=["fused", "apart"])
@pytest.mark.parametrize(("loss", "activation", "units", "labels"), PAIRS)
def test_loss_and_output_activation(loss, activation, units, labels, fuse, rng):
    if LOSSES.get(loss).fused_only and not fuse:
        pytest.skip("exists only fused")
    layers = [("Dense", {"units": 4, "activation": "tanh"}), ("Dense", {"units": units, "activation": activation})]
    net = kinds.make_network((3,), layers, loss, fuse=fuse)
    X = rng.normal(size=(SAMPLES, 3))
    y = kinds.labels_for(SAMPLES, units, rng) if labels else kinds.targets_for(loss, SAMPLES, units, rng)
    found = check_gradients(net, X, y)
    # A step passes no gradient, and a softmax over one unit is always 1; all others have slopes.
    flat = (activation["kind"] == "step" and loss["kind"] != "perceptron") or (
        activation["kind"] == "softmax" and units == 1
    )
    assert any(one.numeric.any() for one in found) != flat


@pytest.mark.parametrize(
    ("loss", "activation", "units"),
    [("binary_crossentropy", "sigmoid", 1), ("binary_crossentropy", "sigmoid", 3),
     ("categorical_crossentropy", "softmax", 3)],
)  # fmt: skip
def test_fused_and_apart_agree(loss, activation, units, rng):
    layers = [("Dense", {"units": 4, "activation": "tanh"}), ("Dense", {"units": units, "activation": activation})]
    X, y = rng.normal(size=(SAMPLES, 3)), kinds.targets_for(loss, SAMPLES, units, rng)
    sides = []
    for fuse in (True, False):
        check = GradientCheck(kinds.make_network((3,), layers, loss, fuse=fuse), X, y)
        cost = check.run("train", check.net.parameters, check.features)
        kernels = [op.name for phase in check.engine.plan.programs["train"] for op in phase.ops]
        assert any("unfused" in kernel for kernel in kernels) != fuse
        sides.append((cost, {name: check.engine.read(f"{name}.gradient") for name in check.net.weights}))
    assert sides[0][0] == pytest.approx(sides[1][0], rel=1e-13)
    for name, gradient in sides[0][1].items():
        assert gradient == pytest.approx(sides[1][1][name], rel=1e-10, abs=1e-15)


def test_a_saturated_output_is_exact_where_fused():
    """σ(40) is 1 to the last digit, but the fused loss still is ln(1 + e⁻⁴⁰) or 40, and its slope a − t."""
    net = kinds.make_network((1,), [("Dense", {"units": 1, "activation": "sigmoid", "bias": False})], "bce")
    net.set_weights({"dense_1.weights": [[1.0]]})
    for t, cost in ((1.0, 4.248354255291589e-18), (0.0, 40.0)):
        check = GradientCheck(net, np.array([[40.0]]), np.array([[t]]))
        assert check.run("train", net.parameters, check.features) == pytest.approx(cost, rel=1e-14)
        assert check.engine.read("dense_1.weights.gradient")[0, 0] == pytest.approx((1.0 - t) * 40.0, abs=1e-12)
