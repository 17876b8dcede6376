"""Standardize: forward and backward. Fields that both share: N positions of a sample, C channels."""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, lanes


def forward(op, group, m, run):
    """a = (x − mean) / deviation. Fields: shared, x, a, where the channels' means lie, and then their deviations."""
    N, C = op[0], op[1]
    x, a = lanes(m, op[2] + group * N * C * 16), lanes(m, op[3] + group * N * C * 16)
    numbers = at(m, op[4])
    for n in range(N):
        for c in range(C):
            a[n * C + c] = (x[n * C + c] - numbers[c]) / numbers[C + c]


def backward(op, group, m, run):
    """∂C/∂x = ∂C/∂a / deviation. Fields: shared, ∂C/∂a, ∂C/∂x, the same numbers."""
    N, C = op[0], op[1]
    da, dx = lanes(m, op[2] + group * N * C * 16), lanes(m, op[3] + group * N * C * 16)
    numbers = at(m, op[4])
    for n in range(N):
        for c in range(C):
            dx[n * C + c] = da[n * C + c] / numbers[C + c]
