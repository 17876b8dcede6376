"""Residual: forward and backward of the sum."""

from __future__ import annotations

from pellucid.engines.cpu.lanes import lanes


def add(op, group, m, run):
    """z = x + y. Fields: units U, x, y, z."""
    U = op[0]
    x, y, z = lanes(m, op[1] + group * U * 16), lanes(m, op[2] + group * U * 16), lanes(m, op[3] + group * U * 16)
    for u in range(U):
        z[u] = x[u] + y[u]


def copy(op, group, m, run):
    """∂C/∂y = ∂C/∂z. Fields: units U, ∂C/∂z, ∂C/∂y."""
    U = op[0]
    dz, dy = lanes(m, op[1] + group * U * 16), lanes(m, op[2] + group * U * 16)
    for u in range(U):
        dy[u] = dz[u]
