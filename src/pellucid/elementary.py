"""The elementary functions that formulas are written in.

An activation, a loss or an optimizer is written once, in ordinary arithmetic and these functions. Called on NumPy
arrays, as here, they are NumPy's; inside the engine the same formula is compiled for *lanes*, one number for each of
sixteen samples (see ``pellucid.engines.cpu.lanes``). So the formula that a reader sees, the curve that is drawn from
it and the machine code that trains with it cannot differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# A number for each sample: a NumPy array or scalar here, lanes in the engine.
Number = Any


def exp(x: Number) -> Number:
    """eˣ"""
    return np.exp(x)


def log(x: Number) -> Number:
    """The natural logarithm."""
    return np.log(x)


def log1p(x: Number) -> Number:
    """ln(1 + x), exact for small x."""
    return np.log1p(x)


def sqrt(x: Number) -> Number:
    """The square root."""
    return np.sqrt(x)


def tanh(x: Number) -> Number:
    """The hyperbolic tangent."""
    return np.tanh(x)


def erf(x: Number) -> Number:
    """The error function 2/√π ∫₀ˣ e^(−t²) dt.

    >>> round(float(erf(np.float64(0.5))), 12)
    0.520499877813
    """
    return _erf(x)


def absolute(x: Number) -> Number:
    """|x|"""
    return np.abs(x)


def sign(x: Number) -> Number:
    """−1, 0 or 1."""
    return np.sign(x)


def maximum(a: Number, b: Number) -> Number:
    """The larger; a value that is not a number stays one."""
    return np.maximum(a, b)


def minimum(a: Number, b: Number) -> Number:
    """The smaller; a value that is not a number stays one."""
    return np.minimum(a, b)


def where(condition: Number, a: Number, b: Number) -> Number:
    """``a`` for the samples in which the condition holds, ``b`` for the others."""
    return np.where(condition, a, b)


def _erf(x: Number) -> Number:
    import math

    values = np.asarray(x)
    found = np.array([math.erf(float(v)) for v in values.ravel()], dtype=values.dtype)
    return found.reshape(values.shape)[()]
