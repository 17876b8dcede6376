"""Ensemble: forward and backward of the weighted mean. The fields before the members: units U, members M."""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, lanes


def blend(op, group, m, run):
    """a = Σ_m share_m x_m. Fields: shared, a, where the shares lie, then x_m of each member."""
    U, M = op[0], op[1]
    a, share = lanes(m, op[2] + group * U * 16), at(m, op[3])
    first = lanes(m, op[4] + group * U * 16)
    for u in range(U):
        a[u] = share[0] * first[u]
    for k in range(1, M):
        x = lanes(m, op[4 + k] + group * U * 16)
        for u in range(U):
            a[u] = a[u] + share[k] * x[u]


def spread(op, group, m, run):
    """∂C/∂x_m = share_m ∂C/∂a. Fields: shared, ∂C/∂a, where the shares lie, then ∂C/∂x_m of each member."""
    U, M = op[0], op[1]
    da, share = lanes(m, op[2] + group * U * 16), at(m, op[3])
    for k in range(M):
        dx = lanes(m, op[4 + k] + group * U * 16)
        for u in range(U):
            dx[u] = share[k] * da[u]
