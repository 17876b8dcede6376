"""Losses of one output: its value L(a, t) for activation a and target t, and below it the derivative ∂L/∂a.

A fused pair is written from the weighted input z of the output layer, whose activation it knows: the derivative is then
∂L/∂z, in which the activation's own derivative has cancelled against the loss's, and the value is exact where the
activation has saturated.
"""

from __future__ import annotations

from pellucid.elementary import Number, absolute, exp, log, log1p, maximum, minimum, sign, where

# Probabilities are kept this far from 0 and 1 before a logarithm is taken (Keras's value).
NEAR = 1e-7


def squared_error(a: Number, t: Number, option: Number) -> Number:
    return 0.5 * (a - t) * (a - t)


def squared_error_derivative(a: Number, t: Number, option: Number) -> Number:
    return a - t


def square(a: Number, t: Number, option: Number) -> Number:
    return (a - t) * (a - t)


def square_derivative(a: Number, t: Number, option: Number) -> Number:
    return 2.0 * (a - t)


def absolute_error(a: Number, t: Number, option: Number) -> Number:
    return absolute(a - t)


def absolute_error_derivative(a: Number, t: Number, option: Number) -> Number:
    return sign(a - t)


def huber(a: Number, t: Number, delta: Number) -> Number:
    e = absolute(a - t)
    return where(e > delta, delta * (e - 0.5 * delta), 0.5 * e * e)


def huber_derivative(a: Number, t: Number, delta: Number) -> Number:
    return maximum(minimum(a - t, delta), -delta)


def binary_crossentropy(a: Number, t: Number, option: Number) -> Number:
    p = maximum(minimum(a, 1.0 - NEAR), NEAR)
    return -t * log(p) - (1.0 - t) * log(1.0 - p)


def binary_crossentropy_derivative(a: Number, t: Number, option: Number) -> Number:
    p = maximum(minimum(a, 1.0 - NEAR), NEAR)
    return (p - t) / (p * (1.0 - p))


def categorical_crossentropy(a: Number, t: Number, option: Number) -> Number:
    return -t * log(maximum(a, NEAR))


def categorical_crossentropy_derivative(a: Number, t: Number, option: Number) -> Number:
    return -t / maximum(a, NEAR)


def kl_divergence(a: Number, t: Number, option: Number) -> Number:
    return t * (log(maximum(t, NEAR)) - log(maximum(a, NEAR)))


def kl_divergence_derivative(a: Number, t: Number, option: Number) -> Number:
    return -t / maximum(a, NEAR)


def hinge(a: Number, t: Number, option: Number) -> Number:
    return maximum(1.0 - t * a, 0.0)


def hinge_derivative(a: Number, t: Number, option: Number) -> Number:
    return where(t * a < 1.0, -t, 0.0 * a)


# --- fused with the output layer's activation: from z, with a = f(z) -------------------------------------------------


def sigmoid_crossentropy(z: Number, a: Number, t: Number) -> Number:
    return maximum(z, 0.0) - z * t + log1p(exp(-absolute(z)))


def sigmoid_crossentropy_derivative(z: Number, a: Number, t: Number) -> Number:
    return a - t


def perceptron(z: Number, a: Number, t: Number) -> Number:
    return (a - t) * z


def perceptron_derivative(z: Number, a: Number, t: Number) -> Number:
    return a - t
