"""Dense layer: forward and backward.

Samples lie in the lanes: ``x[i]`` is input i of sixteen samples. Six units are computed side by side, so that each x[i]
is fetched once for six products and the sums stay in registers.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes, prefetch, put_row, put_row_part, row, transpose
from pellucid.engines.cpu.run import FIRST_PASS, GROUPS
from pellucid.engines.cpu.samples import group_samples

# Inputs that are taken at a time, so that their lanes stay in the nearest cache while all units use them.
STRETCH = 256
FEW = 32  # inputs that are taken at a time where one sample takes them
AHEAD = 4  # rows of weights that are then called for before they are needed


@compiled
def add_six(w, step, across, x, z, n):
    """z[k] += Σ_i w[i·step + k·across] x[i] for k in 0…5, i below n."""
    z0, z1, z2, z3, z4, z5 = z[0], z[1], z[2], z[3], z[4], z[5]
    for i in range(n):
        xi, j = x[i], i * step
        z0 += w[j] * xi
        z1 += w[j + across] * xi
        z2 += w[j + 2 * across] * xi
        z3 += w[j + 3 * across] * xi
        z4 += w[j + 4 * across] * xi
        z5 += w[j + 5 * across] * xi
    z[0], z[1], z[2], z[3], z[4], z[5] = z0, z1, z2, z3, z4, z5


@compiled
def add_four(w, step, across, x, z, n):
    """The same for four."""
    z0, z1, z2, z3 = z[0], z[1], z[2], z[3]
    for i in range(n):
        xi, j = x[i], i * step
        z0 += w[j] * xi
        z1 += w[j + across] * xi
        z2 += w[j + 2 * across] * xi
        z3 += w[j + 3 * across] * xi
    z[0], z[1], z[2], z[3] = z0, z1, z2, z3


@compiled
def add_two(w, step, across, x, z, n):
    """The same for two."""
    z0, z1 = z[0], z[1]
    for i in range(n):
        z0 += w[i * step] * x[i]
        z1 += w[i * step + across] * x[i]
    z[0], z[1] = z0, z1


@compiled
def add_one(w, step, x, z, n):
    """The same for one."""
    z0 = z[0]
    for i in range(n):
        z0 += w[i * step] * x[i]
    z[0] = z0


@compiled
def add_products(m, w, step, across, x, z, N, K):
    """z[k] += Σ_i w[i·step + k·across] x[i] for all k below K and i below N; w, x and z say where these lie."""
    for i in range(0, N, STRETCH):
        n = min(STRETCH, N - i)
        xi, wi = lanes(m, x + i * 16), w + i * step
        k = 0
        while k + 6 <= K and k + 8 != K:
            add_six(at(m, wi + k * across), step, across, xi, lanes(m, z + k * 16), n)
            k += 6
        while k + 4 <= K:
            add_four(at(m, wi + k * across), step, across, xi, lanes(m, z + k * 16), n)
            k += 4
        while k + 2 <= K:
            add_two(at(m, wi + k * across), step, across, xi, lanes(m, z + k * 16), n)
            k += 2
        if k < K:
            add_one(at(m, wi + k * across), step, xi, lanes(m, z + k * 16), n)


@compiled
def put_start(m, b, z, O):
    """z_o = b_o for all o below O; 0 where there is no b (−1)."""
    start = lanes(m, z)
    if b >= 0:
        numbers = at(m, b)
        for o in range(O):
            start[o] = fill(m, numbers[o])
    else:
        for o in range(O):
            start[o] = fill(m, 0.0)


@compiled
def spread(m, z, o, count, units):
    """Put each of ``count`` neighbouring units' numbers, the first that of unit o, into all lanes of its unit."""
    numbers, into = at(m, z + o * 16), lanes(m, z)
    if count > 0:
        put_row(numbers, 0, units)  # where unit o's lanes are, which are therefore filled last
    for unit in range(count - 1, -1, -1):
        into[o + unit] = fill(m, numbers[unit])


@compiled
def add_sixty_four(weights, inputs, O, o, begin, stop, sums):
    """sums[0…63] += Σ_i w_io x_i for the units from o on, i from ``begin`` on and below ``stop``."""
    z0, z1, z2, z3 = row(sums, 0), row(sums, 16), row(sums, 32), row(sums, 48)
    for i in range(begin, stop):
        xi, k = inputs[i * 16], i * O + o
        for part in range(0, 64, 16):
            prefetch(weights, k + AHEAD * O + part)
        z0 += row(weights, k) * xi
        z1 += row(weights, k + 16) * xi
        z2 += row(weights, k + 32) * xi
        z3 += row(weights, k + 48) * xi
    put_row(sums, 0, z0)
    put_row(sums, 16, z1)
    put_row(sums, 32, z2)
    put_row(sums, 48, z3)


@compiled
def sample_alone(m, x, w, b, z, I, O, first, end):
    """z_o for a single sample, o from ``first`` on and below ``end``: units lie in the lanes, 64 of them side by side,
    the last ones 32.

    Each sum has the same terms in the same order as that of a whole group, so it has the same bits. Until they are
    whole, the sums of 64 units lie where the lanes of the first four of these go. The inputs are taken a few at a time,
    so that weights are read almost as they lie.
    """
    weights, inputs = at(m, w), at(m, x)
    wide = first + (end - first) // 64 * 64
    for o in range(first, wide, 64):
        for part in range(0, 64, 16):
            put_row(at(m, z + o * 16), part, row(at(m, b), o + part) if b >= 0 else fill(m, 0.0))
    for i in range(0, I, FEW):
        for o in range(first, wide, 64):
            add_sixty_four(weights, inputs, O, o, i, min(I, i + FEW), at(m, z + o * 16))
    for o in range(first, wide, 64):
        sums = at(m, z + o * 16)
        z0, z1, z2, z3 = row(sums, 0), row(sums, 16), row(sums, 32), row(sums, 48)
        spread(m, z, o, 16, z0)
        spread(m, z, o + 16, 16, z1)
        spread(m, z, o + 32, 16, z2)
        spread(m, z, o + 48, 16, z3)
    for o in range(wide, end, 32):
        z0, z1 = fill(m, 0.0), fill(m, 0.0)
        if b >= 0:
            z0, z1 = row(at(m, b), o), row(at(m, b), o + 16)
        for i in range(I):
            xi, k = inputs[i * 16], i * O + o
            z0 += row(weights, k) * xi
            z1 += row(weights, k + 16) * xi
        spread(m, z, o, min(16, end - o), z0)
        spread(m, z, o + 16, min(16, end - o - 16), z1)


def forward(op, group, m, run):
    """z_o = b_o + Σ_i w_io x_i. Fields: inputs I, outputs O, x, w, b (−1: none), z."""
    I, O = op[0], op[1]
    x, z = op[2] + group * I * 16, op[5] + group * O * 16
    if group_samples(run, group) == 1:
        sample_alone(m, x, op[3], op[4], z, I, O, 0, O)
    else:
        put_start(m, op[4], z, O)
        add_products(m, op[3], O, 1, x, z, I, O)


def backward(op, group, m, run):
    """∂C/∂x_i = Σ_o w_io δ_o with δ = ∂C/∂z. Fields: inputs I, outputs O, w, δ, ∂C/∂x."""
    I, O = op[0], op[1]
    delta, dx = op[3] + group * O * 16, op[4] + group * I * 16
    put_start(m, -1, dx, I)
    add_products(m, op[2], 1, O, delta, dx, O, I)


def turn(op, group, m, run):
    """δ with units side by side, sixteen at a time, a row a sample, as ``gradient`` wants it.

    Fields: outputs O, δ, turned δ.
    """
    O = op[0]
    blocks = (O + 15) // 16
    delta, turned = op[1] + group * O * 16, op[2] + group * blocks * 256
    for block in range(blocks):
        transpose(at(m, delta + block * 256), 16, at(m, turned + block * 256))


@compiled
def gradient_rows(m, x, I, turned, blocks, run, into, O, first, rows):
    """``rows`` (6 or 1) rows of ∂C/∂w from row 0 of ``into`` on; x is where the rows' inputs lie."""
    for block in range(blocks):
        g = at(m, into)
        o = block * 16
        if first:
            g0 = fill(m, 0.0)
            g1, g2, g3, g4, g5 = g0, g0, g0, g0, g0
        elif rows == 6:
            g0, g1, g2 = row(g, o), row(g, O + o), row(g, 2 * O + o)
            g3, g4, g5 = row(g, 3 * O + o), row(g, 4 * O + o), row(g, 5 * O + o)
        else:
            g0 = row(g, o)
            g1, g2, g3, g4, g5 = g0, g0, g0, g0, g0
        for group in range(run[GROUPS]):
            a, d = at(m, x + group * I * 16), at(m, turned + (group * blocks + block) * 256)
            samples = group_samples(run, group)  # δ is 0 in the lanes after them
            if rows == 6:
                for s in range(samples):
                    delta = row(d, s * 16)
                    g0 += a[s] * delta
                    g1 += a[16 + s] * delta
                    g2 += a[32 + s] * delta
                    g3 += a[48 + s] * delta
                    g4 += a[64 + s] * delta
                    g5 += a[80 + s] * delta
            else:
                for s in range(samples):
                    g0 += a[s] * row(d, s * 16)
        if O - o >= 16:
            put_row(g, o, g0)
            if rows == 6:
                put_row(g, O + o, g1)
                put_row(g, 2 * O + o, g2)
                put_row(g, 3 * O + o, g3)
                put_row(g, 4 * O + o, g4)
                put_row(g, 5 * O + o, g5)
        else:
            put_row_part(g, o, g0, O - o)
            if rows == 6:
                put_row_part(g, O + o, g1, O - o)
                put_row_part(g, 2 * O + o, g2, O - o)
                put_row_part(g, 3 * O + o, g3, O - o)
                put_row_part(g, 4 * O + o, g4, O - o)
                put_row_part(g, 5 * O + o, g5, O - o)


def gradient(op, tile, m, run):
    """∂C/∂w_io = Σ_s x_i δ_o and ∂C/∂b_o = Σ_s δ_o over the pass's samples.

    Fields: tiles, inputs I, outputs O, x, turned δ, ∂C/∂w, ∂C/∂b (−1: none). A tile is a run of inputs, by sixes.
    """
    tiles, I, O, x, turned, dw, db = op[0], op[1], op[2], op[3], op[4], op[5], op[6]
    blocks, groups, first = (O + 15) // 16, run[GROUPS], run[FIRST_PASS] == 1
    sixes = (I + 5) // 6
    i, end = tile * sixes // tiles * 6, min(I, (tile + 1) * sixes // tiles * 6)
    while i + 6 <= end:
        gradient_rows(m, x + i * 16, I, turned, blocks, run, dw + i * O, O, first, 6)
        i += 6
    while i < end:
        gradient_rows(m, x + i * 16, I, turned, blocks, run, dw + i * O, O, first, 1)
        i += 1
    if tile == 0 and db >= 0:
        g = at(m, db)
        for block in range(blocks):
            o = block * 16
            whole = fill(m, 0.0) if first else row(g, o)
            for group in range(groups):
                d = at(m, turned + (group * blocks + block) * 256)
                for s in range(group_samples(run, group)):
                    whole += row(d, s * 16)
            put_row_part(g, o, whole, min(16, O - o))
