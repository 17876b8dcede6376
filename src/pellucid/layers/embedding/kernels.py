"""Embedding: forward and backward.

A code is the whole part of its input, held within 0…C−1, so that nothing outside the table is read whatever comes in.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes
from pellucid.engines.cpu.run import FIRST_PASS, GROUPS


@compiled
def code_of(x, C):
    """The category that a number stands for; NaN stands for the first."""
    if not x >= 1.0:
        return 0
    return int(x) if x < C else C - 1


def take_numbers(op, group, m, run):
    """a_n = x_n for what stands before the codes. Fields: inputs I, outputs O, numbers N, x, a."""
    I, O, N = op[0], op[1], op[2]
    x, a = lanes(m, op[3] + group * I * 16), lanes(m, op[4] + group * O * 16)
    for n in range(N):
        a[n] = x[n]


def forward(op, group, m, run):
    """a_(p+u) = w_cu with c the code in x_k.

    Fields: inputs I, outputs O, the code's place k, its outputs' place p, categories C, units U, w, x, a.
    """
    I, O, k, p, C, U = op[0], op[1], op[2], op[3], op[4], op[5]
    w, x, a = at(m, op[6]), at(m, op[7] + (group * I + k) * 16), at(m, op[8] + (group * O + p) * 16)
    for s in range(16):
        c = code_of(x[s], C)
        for u in range(U):
            a[u * 16 + s] = w[c * U + u]


def backward(op, group, m, run):
    """∂C/∂x_n = ∂C/∂a_n for numbers, 0 for codes. Fields: inputs I, outputs O, numbers N, ∂C/∂a, ∂C/∂x."""
    I, O, N = op[0], op[1], op[2]
    da, dx = lanes(m, op[3] + group * O * 16), lanes(m, op[4] + group * I * 16)
    for n in range(N):
        dx[n] = da[n]
    for k in range(N, I):
        dx[k] = fill(m, 0.0)


def gradient(op, tile, m, run):
    """∂C/∂w_cu = Σ ∂C/∂a_(p+u) over the pass's samples of category c, in the samples' order.

    Fields: tiles, I, O, k, p, C, U, x, ∂C/∂a, ∂C/∂w. A tile is a run of categories: it looks at every sample and takes
    those of its own, so the order of a sum does not depend on threads.
    """
    tiles, I, O, k, p, C, U = op[0], op[1], op[2], op[3], op[4], op[5], op[6]
    g = at(m, op[9])
    first, end = tile * C // tiles, (tile + 1) * C // tiles
    if run[FIRST_PASS] == 1:
        for n in range(first * U, end * U):
            g[n] = 0.0
    for group in range(run[GROUPS]):
        x, da = at(m, op[7] + (group * I + k) * 16), at(m, op[8] + (group * O + p) * 16)
        for s in range(16):
            c = code_of(x[s], C)
            if first <= c < end:
                for u in range(U):
                    g[c * U + u] += da[u * 16 + s]
