"""Dropout: forward and backward. The mask is a function of seed, update, sample and unit, so it need not be kept."""

from __future__ import annotations

from pellucid.elementary import where
from pellucid.engines.cpu.chance import mask_key
from pellucid.engines.cpu.lanes import at, lanes, random
from pellucid.engines.cpu.run import PASS_FIRST, TRAINING


def forward(op, group, m, run):
    """a = x / (1 − p) with probability 1 − p, else 0; while not training a = x.

    Fields: units U, x, a, the layer's number, where p and 1 / (1 − p) lie.
    """
    U = op[0]
    x, a, option = lanes(m, op[1] + group * U * 16), lanes(m, op[2] + group * U * 16), at(m, op[4])
    if run[TRAINING] == 0:
        for u in range(U):
            a[u] = x[u]
    else:
        key, first = mask_key(run, op[3]), (run[PASS_FIRST] // 16 + group) * U
        for u in range(U):
            a[u] = where(random(m, key, first + u) >= option[0], x[u] * option[1], x[u] * 0.0)


def backward(op, group, m, run):
    """∂C/∂x = ∂C/∂a / (1 − p) where the forward pass let x through, else 0.

    Fields: units U, ∂C/∂a, ∂C/∂x, the layer's number, where p and 1 / (1 − p) lie.
    """
    U = op[0]
    da, dx, option = lanes(m, op[1] + group * U * 16), lanes(m, op[2] + group * U * 16), at(m, op[4])
    key, first = mask_key(run, op[3]), (run[PASS_FIRST] // 16 + group) * U
    for u in range(U):
        dx[u] = where(random(m, key, first + u) >= option[0], da[u] * option[1], da[u] * 0.0)
