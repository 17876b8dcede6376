"""The checker itself can fail: it sees a wrong derivative, a wrong entry, and a cost without its penalty."""

from dataclasses import replace

import kinds
import numpy as np
import pytest
from central_differences import GradientCheck, check_gradients

from pellucid.activations import ACTIVATIONS, formulas
from pellucid.activations.table import Tanh
from pellucid.engines.cpu import compiler
from pellucid.engines.cpu.lanes import at, lanes
from pellucid.layers.batch_norm import kernels as batch_norm_kernels
from pellucid.layers.conv2d import kernels as conv2d_kernels
from pellucid.losses import LOSSES
from pellucid.losses.table import MeanSquaredError

LAYERS = [("Dense", {"units": 4, "activation": "tanh"}), ("Dense", {"units": 2})]


def batch(rng):
    return rng.normal(size=(10, 3)), rng.normal(size=(10, 2))


def slightly_wrong_tanh(z, a):
    return 1.0 - 0.9999 * a * a


def slightly_wrong_square(a, t, option):
    return 2.0001 * (a - t)


class WrongTanh(Tanh):
    function_derivative = staticmethod(slightly_wrong_tanh)


class WrongSquare(MeanSquaredError):
    function_derivative = staticmethod(slightly_wrong_square)


def backward_with_the_moments_taken_as_constants(op, group, m, run):
    """Batch normalisation's ∂C/∂x without the part that goes through mean and variance."""
    N, C = op[0], op[1]
    batch, gamma = at(m, op[3]), at(m, op[4])
    da, dx = lanes(m, op[7] + group * N * C * 16), lanes(m, op[8] + group * N * C * 16)
    for c in range(C):
        for n in range(N):
            dx[n * C + c] = da[n * C + c] * (gamma[c] * batch[C + c])


def pad_at_the_bottom_and_right(op, group, m, run):
    """A convolution's border, all of it at the bottom and right."""
    H, W, C, PH, PW = op[0], op[1], op[2], op[5], op[6]
    x, y = lanes(m, op[7] + group * H * W * C * 16), lanes(m, op[8] + group * PH * PW * C * 16)
    for h in range(PH):
        for w in range(PW):
            for c in range(C):
                y[(h * PW + w) * C + c] = x[(h * W + w) * C + c] if h < H and w < W else x[0] * 0.0


@pytest.fixture
def no_cache(monkeypatch):
    """Machine code of a planted fault is not kept."""
    monkeypatch.setattr(compiler, "_write", lambda *args: None)
    monkeypatch.setattr(compiler, "_loaded", {})


def test_a_wrong_derivative_of_an_activation_is_caught(rng, monkeypatch, no_cache):
    monkeypatch.setitem(ACTIVATIONS.kinds, "tanh", WrongTanh)
    with pytest.raises(AssertionError, match=r"^∂C/∂dense_1\.weights: "):
        check_gradients(kinds.make_network((3,), LAYERS), *batch(rng))


def test_a_wrong_derivative_of_a_loss_is_caught(rng, monkeypatch, no_cache):
    monkeypatch.setitem(LOSSES.kinds, "mean_squared_error", WrongSquare)
    with pytest.raises(AssertionError, match=r"^∂C/∂dense_1\.weights: "):
        check_gradients(kinds.make_network((3,), LAYERS), *batch(rng))


def plant(monkeypatch, module, name, wrong):
    """Put a wrong kernel in the place of a right one, whose machine code is not to be loaded."""
    load, right = compiler._load, f"{module.__name__}:{name}"
    monkeypatch.setattr(compiler, "_load", lambda name, dtype: name != right and load(name, dtype))
    monkeypatch.setattr(compiler, "_loaded", {})
    monkeypatch.setattr(module, name, wrong)


@pytest.mark.parametrize(
    ("module", "name", "wrong", "found"),
    [
        (conv2d_kernels, "pad", pad_at_the_bottom_and_right, "input"),
        (batch_norm_kernels, "backward", backward_with_the_moments_taken_as_constants, "conv2d_1.weights"),
    ],
)
def test_a_fault_in_a_layer_is_caught(module, name, wrong, found, rng, monkeypatch, no_cache):
    layers = [
        ("Conv2D", {"filters": 2, "padding": "same", "bias": False}),
        ("BatchNorm", {}),
        ("Flatten", {}),
        LAYERS[1],
    ]
    net = kinds.make_network((3, 3, 1), layers)
    X, y = rng.normal(size=(10, 3, 3, 1)), rng.normal(size=(10, 2))
    assert len(check_gradients(net, X, y)) == 6
    plant(monkeypatch, module, name, wrong)
    with pytest.raises(AssertionError, match=rf"^∂C/∂{found}: "):
        check_gradients(net, X, y)


def test_the_right_ones_pass_beside_them(rng, no_cache):
    assert len(check_gradients(kinds.make_network((3,), LAYERS), *batch(rng))) == 5
    assert formulas.tanh_derivative(0.0, 0.5) == 0.75


@pytest.mark.parametrize("name", ["dense_1.weights", "dense_1.bias", "dense_2.weights", "dense_2.bias", "input"])
def test_one_wrong_entry_is_caught(name, rng):
    check = GradientCheck(kinds.make_network((3,), LAYERS), *batch(rng))
    for one in check.differences():
        assert one.excess <= 1.0
        wrong = one.analytic.copy()
        wrong.flat[-1] += 1e-6 * np.abs(wrong).max()
        assert (replace(one, analytic=wrong).excess > 1.0) is True, one.name
    assert name in {one.name for one in check.differences()}


def test_a_missing_penalty_is_caught(rng, monkeypatch):
    net = kinds.make_network((3,), [("Dense", {"units": 2, "regularizer": "l2"})])
    monkeypatch.setattr(net, "penalty", lambda: 0.0)
    with pytest.raises(AssertionError, match=r"^∂C/∂dense_1\.weights: "):
        check_gradients(net, *batch(rng))
