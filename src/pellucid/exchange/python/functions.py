"""The layers in NumPy, written for exported programs: those that a network needs are copied into its file.

Samples lie along the first axis: x is (B, …). Pictures are (B, H, W, C). Nothing here may use what is not NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def conv2d(x: Any, weights: Any, bias: Any, stride: Any, border: Any, dilation: Any, groups: int) -> Any:
    """z[b, p, q, o] = bias[o] + the sum over kh, kw, c of weights[kh, kw, c, o] x[b, row, column, c]."""
    x = np.pad(x, ((0, 0), *border, (0, 0)))
    KH, KW, C, O = weights.shape
    P = (x.shape[1] - (KH - 1) * dilation[0] - 1) // stride[0] + 1
    Q = (x.shape[2] - (KW - 1) * dilation[1] - 1) // stride[1] + 1
    z = np.zeros((len(x), P, Q, O), x.dtype)
    for kh in range(KH):
        for kw in range(KW):
            row, column = kh * dilation[0], kw * dilation[1]
            seen = x[:, row : row + P * stride[0] : stride[0], column : column + Q * stride[1] : stride[1]]
            for g in range(groups):
                outputs = slice(g * O // groups, (g + 1) * O // groups)
                z[..., outputs] += seen[..., g * C : (g + 1) * C] @ weights[kh, kw, :, outputs]
    return z if bias is None else z + bias


def pool2d(x: Any, size: Any, stride: Any, border: Any, shape: Any, choose: Any) -> Any:
    """Each window's maximum (choose=np.max) or mean (np.mean); over the border it sees only the picture."""
    a = np.zeros((len(x), *shape, x.shape[3]), x.dtype)
    for p in range(shape[0]):
        for q in range(shape[1]):
            top, left = p * stride[0] - border[0][0], q * stride[1] - border[1][0]
            seen = x[:, max(top, 0) : top + size[0], max(left, 0) : left + size[1]]
            a[:, p, q] = choose(seen, axis=(1, 2))
    return a


def batch_norm(x: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float) -> Any:
    """With the mean and the variance that training has kept."""
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def layer_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    """With the mean and the variance of each sample's last axis."""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return gamma * centred / np.sqrt(variance + epsilon) + beta


def piecewise_linear(x: Any, place: Any, left: Any, width: Any, low: Any, high: Any) -> Any:
    """Each stretch of an input's range as a number of its own."""
    return np.minimum(np.maximum((x[:, place] - left) / width, low), high)


def embedding(x: Any, tables: Any) -> Any:
    """The last columns hold codes; each becomes a row of its table."""
    first = x.shape[1] - len(tables)
    parts = [x[:, :first]]
    for k, table in enumerate(tables):
        codes = x[:, first + k].astype(int)
        if (codes != x[:, first + k]).any() or (codes < 0).any() or (codes >= len(table)).any():
            raise ValueError(f"Column {first + k}: expected whole numbers from 0 to {len(table) - 1}.")
        parts.append(table[codes])
    return np.concatenate(parts, axis=1)
