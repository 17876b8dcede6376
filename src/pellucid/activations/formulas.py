"""Activations a = f(z) and their derivatives, each pair one above the other.

A formula takes the weighted input z (and, for the derivative, also the activation a = f(z) that the forward pass has
kept, because many derivatives are shortest in a). Options such as a slope come after. The engine compiles these very
functions; ``pellucid activations`` draws them.

Formulas are written so that NaN stays NaN: a comparison that NaN fails must not lead to a number.
"""

from __future__ import annotations

import math

from pellucid.elementary import Number, absolute, erf, exp, log1p, maximum, minimum, tanh, where

SELU_ALPHA = 1.6732632423543772  # Klambauer et al. 2017, "Self-Normalizing Neural Networks"
SELU_SCALE = 1.0507009873554805
SQRT_HALF = math.sqrt(0.5)
NORMAL_PEAK = 1.0 / math.sqrt(2.0 * math.pi)


def step(z: Number) -> Number:
    return where(z >= 0.0, 1.0 + 0.0 * z, 0.0 * absolute(z))


def step_derivative(z: Number, a: Number) -> Number:
    return 0.0 * absolute(z)


def sigmoid(z: Number) -> Number:
    return 1.0 / (1.0 + exp(-z))


def sigmoid_derivative(z: Number, a: Number) -> Number:
    return a * (1.0 - a)


def hard_sigmoid(z: Number) -> Number:
    return minimum(maximum(z / 6.0 + 0.5, 0.0), 1.0)


def hard_sigmoid_derivative(z: Number, a: Number) -> Number:
    return where(absolute(z) < 3.0, 1.0 / 6.0 + 0.0 * z, 0.0 * z)


def tanh_(z: Number) -> Number:
    return tanh(z)


def tanh_derivative(z: Number, a: Number) -> Number:
    return 1.0 - a * a


def relu(z: Number) -> Number:
    return maximum(z, 0.0)


def relu_derivative(z: Number, a: Number) -> Number:
    return where(z > 0.0, 1.0 + 0.0 * z, 0.0 * z)


def leaky_relu(z: Number, slope: Number) -> Number:
    return where(z >= 0.0, z, slope * z)


def leaky_relu_derivative(z: Number, a: Number, slope: Number) -> Number:
    return where(z > 0.0, 1.0 + 0.0 * z, slope + 0.0 * z)


def elu(z: Number, alpha: Number) -> Number:
    return where(z > 0.0, z, alpha * (exp(minimum(z, 0.0)) - 1.0))


def elu_derivative(z: Number, a: Number, alpha: Number) -> Number:
    return where(z > 0.0, 1.0 + 0.0 * z, a + alpha)


def selu(z: Number) -> Number:
    return SELU_SCALE * where(z > 0.0, z, SELU_ALPHA * (exp(minimum(z, 0.0)) - 1.0))


def selu_derivative(z: Number, a: Number) -> Number:
    return where(z > 0.0, SELU_SCALE + 0.0 * z, a + SELU_SCALE * SELU_ALPHA)


def gelu(z: Number) -> Number:
    return 0.5 * z * (1.0 + erf(z * SQRT_HALF))


def gelu_derivative(z: Number, a: Number) -> Number:
    return 0.5 * (1.0 + erf(z * SQRT_HALF)) + z * NORMAL_PEAK * exp(-0.5 * z * z)


def silu(z: Number) -> Number:
    return z / (1.0 + exp(-z))


def silu_derivative(z: Number, a: Number) -> Number:
    s = 1.0 / (1.0 + exp(-z))
    return s * (1.0 + z * (1.0 - s))


def softplus(z: Number) -> Number:
    return maximum(z, 0.0) + log1p(exp(-absolute(z)))


def softplus_derivative(z: Number, a: Number) -> Number:
    return 1.0 / (1.0 + exp(-z))


def softsign(z: Number) -> Number:
    return z / (1.0 + absolute(z))


def softsign_derivative(z: Number, a: Number) -> Number:
    return 1.0 / ((1.0 + absolute(z)) * (1.0 + absolute(z)))
