"""One whole step of a 2-2-1 sigmoid network with bias, by the textbook's formulas, one line for each number.

Squared error ½ (a − t)², rate η = 0.5, one sample x = (1, 0) with target 1:

    z₁ = b₁ + Σᵢ w₁ᵢ xᵢ          weighted inputs of the hidden units
    a₁ = σ(z₁)                   their activations
    z₂ = b₂ + Σⱼ w₂ⱼ a₁ⱼ         the output's weighted input
    a₂ = σ(z₂)
    C  = ½ (a₂ − t)²
    δ₂ = (a₂ − t) a₂ (1 − a₂)    ∂C/∂z₂, with σ′ = a (1 − a)
    δ₁ = w₂ δ₂ a₁ (1 − a₁)       ∂C/∂z₁: the output's error signal, sent back
    ∂C/∂w₂ = a₁ δ₂,  ∂C/∂b₂ = δ₂,  ∂C/∂w₁ = x δ₁,  ∂C/∂b₁ = δ₁
    p ← p − η ∂C/∂p              the update of every parameter
"""

import numpy as np
import pytest

from pellucid import Dense, Input, Network

RATE = 0.5
X, T = np.array([[1.0, 0.0]]), np.array([[1.0]])
START = {
    "dense_1.weights": np.array([[0.1, -0.2], [0.3, 0.4]]),
    "dense_1.bias": np.array([0.05, -0.05]),
    "dense_2.weights": np.array([[0.5], [-0.6]]),
    "dense_2.bias": np.array([0.1]),
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_hand(slope=lambda a: a * (1 - a)):
    """Every number of the step, by the formulas above."""
    w1, b1, w2, b2 = START.values()
    z1 = b1 + X[0] @ w1  # 0.05 + 0.1·1 + 0.3·0 = 0.15;  −0.05 − 0.2·1 + 0.4·0 = −0.25
    a1 = sigmoid(z1)  # 0.5374, 0.4378
    z2 = b2 + a1 @ w2  # 0.1 + 0.5·0.5374 − 0.6·0.4378 = 0.1060
    a2 = sigmoid(z2)  # 0.5265
    cost = 0.5 * (a2 - T[0]) ** 2  # ½ (0.5265 − 1)² = 0.1121
    delta2 = (a2 - T[0]) * slope(a2)  # −0.4735 · 0.2493 = −0.1180
    delta1 = w2[:, 0] * delta2 * slope(a1)  # −0.0147, 0.0174
    return {
        "dense_1.z": z1, "dense_1.a": a1, "dense_2.z": z2, "dense_2.a": a2, "loss": cost,
        "dense_2.z.delta": delta2, "dense_1.z.delta": delta1,
        "dense_2.weights.gradient": np.outer(a1, delta2), "dense_2.bias.gradient": delta2,
        "dense_1.weights.gradient": np.outer(X[0], delta1), "dense_1.bias.gradient": delta1,
        "dense_1.weights": w1 - RATE * np.outer(X[0], delta1), "dense_1.bias": b1 - RATE * delta1,
        "dense_2.weights": w2 - RATE * np.outer(a1, delta2), "dense_2.bias": b2 - RATE * delta2,
    }  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    """The engine after that one step."""
    net = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1, activation="sigmoid")], dtype="float64")
    net.set_weights(START)
    net.compile("squared_error", {"kind": "sgd", "rate": RATE})
    net.fit(X, T, verbose=0)
    return net._engine


@pytest.mark.parametrize("slot", by_hand())
def test_every_number_of_the_step(engine, slot):
    np.testing.assert_allclose(engine.read(slot).ravel(), by_hand()[slot].ravel(), rtol=1e-14)


def test_the_numbers_in_the_comments():
    found = by_hand()
    assert found["dense_1.z"] == pytest.approx([0.15, -0.25])
    assert found["dense_1.a"].round(4).tolist() == [0.5374, 0.4378]
    assert found["dense_2.z"].round(4).tolist() == [0.1060]
    assert found["dense_2.a"].round(4).tolist() == [0.5265]
    assert found["loss"].round(4).tolist() == [0.1121]
    assert found["dense_2.z.delta"].round(4).tolist() == [-0.1180]
    assert found["dense_1.z.delta"].round(4).tolist() == [-0.0147, 0.0174]


def test_a_weight_on_an_input_of_zero_stays(engine):
    assert engine.read("dense_1.weights")[1].tolist() == START["dense_1.weights"][1].tolist()


def test_a_planted_error_is_caught(engine):
    """The slope forgotten, as if ∂C/∂z were ∂C/∂a: activations still agree, what comes back does not."""
    wrong = by_hand(slope=lambda a: 1.0 + 0.0 * a)
    agree = [name for name in wrong if np.allclose(engine.read(name).ravel(), wrong[name].ravel(), rtol=1e-9)]
    assert agree == ["dense_1.z", "dense_1.a", "dense_2.z", "dense_2.a", "loss"]
