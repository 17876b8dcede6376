"""Kernels that several layer kinds use."""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, fill, put_row_part, row
from pellucid.engines.cpu.run import FIRST_PASS, GROUPS


def sum_groups(op, tile, m, run):
    """A gradient from the groups' sums, in their order. Fields: tiles, numbers N, a group's stride, sums, gradient."""
    tiles, N, stride = op[0], op[1], op[2]
    sums, g = at(m, op[3]), at(m, op[4])
    rows = (N + 15) // 16
    for k in range(tile * rows // tiles * 16, (tile + 1) * rows // tiles * 16, 16):
        whole = fill(m, 0.0) if run[FIRST_PASS] else row(g, k)
        for group in range(run[GROUPS]):
            whole += row(sums, group * stride + k)
        put_row_part(g, k, whole, min(16, N - k))
