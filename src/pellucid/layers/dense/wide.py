"""Dense layer with more weights than stay near: forward and backward, each share of its units for all groups at once.

Kernels of ``kernels.py`` fetch all weights anew for each group of samples. Where these come from far, that takes longer
than to multiply. Here each weight is fetched once for all groups, by one worker. The sums have the same terms in the
same order, so they have the same bits.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, prefetch, put_row, row
from pellucid.engines.cpu.run import GROUPS, ROOM, UNITS
from pellucid.engines.cpu.samples import group_samples
from pellucid.layers.dense.kernels import add_products, put_start, sample_alone

ACROSS = 128  # units whose weights are laid out at a time
DOWN = 128  # inputs of these: together as many weights as the worker has room for
LONG = 512  # outputs that are taken at a time on the way back
AHEAD = 8  # rows of weights that are called for before they are needed


@compiled
def lay_out(m, w, O, rows, width, panel):
    """Copy ``width`` neighbouring weights, a multiple of 16, from each of so many rows, close together.

    Rows of a layer with 512 units, say, lie 2 KB apart, so most of them share a few places of the nearest cache.
    """
    weights, into = at(m, w), at(m, panel)
    for i in range(rows):
        for k in range(0, width, 16):
            prefetch(weights, (i + AHEAD) * O + k)
        for k in range(0, width, 16):
            put_row(into, i * width + k, row(weights, i * O + k))


def forward(op, share, m, run):
    """z_o = b_o + Σ_i w_io x_i. Fields: inputs I, outputs O, x, w, b (−1: none), z. A share is a run of outputs."""
    I, O, x, w, b, z = op[0], op[1], op[2], op[3], op[4], op[5]
    groups, blocks = run[GROUPS], (O + 15) // 16
    first, end = share * blocks // run[UNITS] * 16, min(O, (share + 1) * blocks // run[UNITS] * 16)
    if groups == 1 and group_samples(run, 0) == 1:
        sample_alone(m, x, w, b, z, I, O, first, end)
        return
    for o in range(first, end, ACROSS):
        units = min(ACROSS, end - o)
        for group in range(groups):
            put_start(m, b if b < 0 else b + o, z + (group * O + o) * 16, units)
        if groups == 1:
            add_products(m, w + o, O, 1, x, z + o * 16, I, units)
            continue
        panel, width = run[ROOM], (units + 15) // 16 * 16
        for i in range(0, I, DOWN):
            n = min(DOWN, I - i)
            lay_out(m, w + i * O + o, O, n, width, panel)
            for group in range(groups):
                add_products(m, panel, width, 1, x + (group * I + i) * 16, z + (group * O + o) * 16, n, units)


def backward(op, share, m, run):
    """∂C/∂x_i = Σ_o w_io δ_o with δ = ∂C/∂z. Fields: inputs I, outputs O, w, δ, ∂C/∂x. A share is a run of inputs."""
    I, O, w, delta, dx = op[0], op[1], op[2], op[3], op[4]
    first, end, groups = share * I // run[UNITS], (share + 1) * I // run[UNITS], run[GROUPS]
    for group in range(groups):
        put_start(m, -1, dx + (group * I + first) * 16, end - first)
    for o in range(0, O, LONG):
        n = min(LONG, O - o)
        for i in range(first, end, 6):
            rows = min(6, end - i)
            for group in range(groups):
                add_products(m, w + i * O + o, 1, O, delta + (group * O + o) * 16, dx + (group * I + i) * 16, n, rows)
