"""Optimizers: one update of a parameter p with gradient g.

Each formula takes p, g, two numbers that the optimizer remembers for this parameter (s, r; unused ones come and go as
zero), the step's ``rate`` and up to two corrections that depend on the step alone, and the options; it returns the new
p, s and r. They are PyTorch's formulas, so that a training can be followed step by step in both.
"""

from __future__ import annotations

from pellucid.elementary import Number, sqrt

Update = tuple[Number, Number, Number]


def sgd(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    return p - rate[0] * g, s, r


def momentum(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    s = option[0] * s + g  # the velocity
    return p - rate[0] * s, s, r


def nesterov(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    s = option[0] * s + g
    return p - rate[0] * (g + option[0] * s), s, r


def rmsprop(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    s = option[0] * s + (1.0 - option[0]) * g * g  # the running mean of g²
    return p - rate[0] * g / (sqrt(s) + option[1]), s, r


def adagrad(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    s = s + g * g
    return p - rate[0] * g / (sqrt(s) + option[0]), s, r


def adam(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    s = option[0] * s + (1.0 - option[0]) * g  # the running mean of g
    r = option[1] * r + (1.0 - option[1]) * g * g  # the running mean of g²
    # rate[1] = rate / (1 − β₁ᵗ) and rate[2] = 1 / √(1 − β₂ᵗ) take back the start from zero
    return p - rate[1] * s / (sqrt(r) * rate[2] + option[2]), s, r


def adamw(p: Number, g: Number, s: Number, r: Number, rate: Number, option: Number) -> Update:
    p = p - rate[0] * option[3] * p  # the decay acts on the weight itself, not through the gradient
    s = option[0] * s + (1.0 - option[0]) * g  # from here on as Adam (a compiled formula calls no other one)
    r = option[1] * r + (1.0 - option[1]) * g * g
    return p - rate[1] * s / (sqrt(r) * rate[2] + option[2]), s, r
