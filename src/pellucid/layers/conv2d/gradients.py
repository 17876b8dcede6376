# mypy: ignore-errors
# What Numba compiles is typed by Numba, from the machine types outward.
"""Convolution: the weights' gradient, a sum over positions and samples.

Wide layers take it with δ turned, so that sixteen output channels lie side by side; narrow ones take it in lanes, with
one addition across lanes at the end. Either goes by strips of positions, which stay in the cache. The fields that all
share are those of ``kernels.py``.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes, put_row, put_row_part, row, total, transpose
from pellucid.engines.cpu.run import ROOM


@compiled
def turn(m, delta, into, NP, NQ, d_row, O, blocks):
    """δ of NP by NQ places with channels side by side: of sixteen channels, a row for each place and sample."""
    for block in range(blocks):
        for p in range(NP):
            for q in range(NQ):
                d, turned = delta + p * d_row + (q * O + block * 16) * 16, into + ((block * NP + p) * NQ + q) * 256
                transpose(at(m, d), 16, at(m, turned))


@compiled
def wide_rows(m, x, turned, into, count, fresh, NP, NQ, O, x_down, x_across, rows):
    """Add to ``rows`` (6, 3 or 1) rows of one group's ∂C/∂w, sixteen output channels: Σ x δ over NP by NQ places."""
    g, d = at(m, into), at(m, turned)
    g0 = fill(m, 0.0)
    g1, g2, g3, g4, g5 = g0, g0, g0, g0, g0
    if not fresh:
        g0 = row(g, 0)
        if rows >= 3:
            g1, g2 = row(g, O), row(g, 2 * O)
        if rows == 6:
            g3, g4, g5 = row(g, 3 * O), row(g, 4 * O), row(g, 5 * O)
    for p in range(NP):
        for q in range(NQ):
            a, first = at(m, x + p * x_down + q * x_across), (p * NQ + q) * 256
            for s in range(16):
                delta = row(d, first + s * 16)
                g0 += a[s] * delta
                if rows >= 3:
                    g1 += a[16 + s] * delta
                    g2 += a[32 + s] * delta
                if rows == 6:
                    g3 += a[48 + s] * delta
                    g4 += a[64 + s] * delta
                    g5 += a[80 + s] * delta
    put_row_part(g, 0, g0, count)
    if rows >= 3:
        put_row_part(g, O, g1, count)
        put_row_part(g, 2 * O, g2, count)
    if rows == 6:
        put_row_part(g, 3 * O, g3, count)
        put_row_part(g, 4 * O, g4, count)
        put_row_part(g, 5 * O, g5, count)


@compiled
def bias_rows(m, turned, sums, fresh, places):
    """Add the rows of turned δ to four rows of sums: an addition waits for the one before it."""
    d, four = at(m, turned), at(m, sums)
    s0 = fill(m, 0.0)
    s1, s2, s3 = s0, s0, s0
    if not fresh:
        s0, s1, s2, s3 = row(four, 0), row(four, 16), row(four, 32), row(four, 48)
    for k in range(0, places * 256, 64):
        s0 += row(d, k)
        s1 += row(d, k + 16)
        s2 += row(d, k + 32)
        s3 += row(d, k + 48)
    put_row(four, 0, s0)
    put_row(four, 16, s1)
    put_row(four, 32, s2)
    put_row(four, 48, s3)


def gradient_wide(op, group, m, run):
    """∂C/∂w of one group of samples, for layers of many output channels (and one group of channels).

    Places are taken some at a time, so that their turned δ stays in the cache while all weights use it.
    Fields: shared, the most places at a time, x, δ, where the groups' sums lie (weights, then biases).
    """
    H, W, C, P, Q, O = op[0], op[1], op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW = op[6], op[7], op[8], op[9], op[10], op[11]
    blocks = (O + 15) // 16
    strip, x, delta = op[13], op[14] + group * H * W * C * 16, op[15] + group * P * Q * O * 16
    size = KH * KW * C * O
    into, turned = op[16] + group * (size + O), run[ROOM]
    biases = turned + strip * blocks * 256
    down, across = SH * W * C * 16, SW * C * 16
    NW, n = KW, C
    if DW == 1:
        NW, n = 1, KW * C
    down_by, across_by = max(1, strip // Q), min(strip, Q)
    strips_across = (Q + across_by - 1) // across_by
    for k in range((P + down_by - 1) // down_by * strips_across):
        p, q = k // strips_across * down_by, k % strips_across * across_by
        NP, NQ = min(down_by, P - p), min(across_by, Q - q)
        turn(m, delta + (p * Q + q) * O * 16, turned, NP, NQ, Q * O * 16, O, blocks)
        for block in range(blocks):
            d, count = turned + block * NP * NQ * 256, min(16, O - block * 16)
            for a in range(KH):
                for b in range(NW):
                    xi = x + p * down + q * across + (a * DH * W + b * DW) * C * 16
                    g = into + (a * KW + b) * C * O + block * 16
                    i = 0
                    while i + 6 <= n:
                        wide_rows(m, xi + i * 16, d, g + i * O, count, k == 0, NP, NQ, O, down, across, 6)
                        i += 6
                    while i + 3 <= n:
                        wide_rows(m, xi + i * 16, d, g + i * O, count, k == 0, NP, NQ, O, down, across, 3)
                        i += 3
                    while i < n:
                        wide_rows(m, xi + i * 16, d, g + i * O, count, k == 0, NP, NQ, O, down, across, 1)
                        i += 1
            bias_rows(m, d, biases + block * 64, k == 0, NP * NQ)
    sums = at(m, biases)
    for block in range(blocks):
        at_block = block * 64
        whole = (row(sums, at_block) + row(sums, at_block + 16)) + (row(sums, at_block + 32) + row(sums, at_block + 48))
        put_row_part(at(m, into + size), block * 16, whole, min(16, O - block * 16))


@compiled
def narrow_pair(m, x, delta, into, p0, p1, Q, O, x_down, x_across, columns):
    """Add to two inputs by ``columns`` (3 or 1) output channels of one group's ∂C/∂w, in lanes: output rows p0…p1."""
    g = lanes(m, into)
    a0 = fill(m, 0.0)
    a1, a2, b0, b1, b2 = a0, a0, a0, a0, a0
    if p0 > 0:
        a0, b0 = g[0], g[O]
        if columns == 3:
            a1, a2, b1, b2 = g[1], g[2], g[O + 1], g[O + 2]
    for p in range(p0, p1):
        xi, d = lanes(m, x + p * x_down), lanes(m, delta + p * Q * O * 16)
        for q in range(Q):
            i, j = q * x_across, q * O
            u, v = xi[i], xi[i + 1]
            a0 += u * d[j]
            b0 += v * d[j]
            if columns == 3:
                a1 += u * d[j + 1]
                b1 += v * d[j + 1]
                a2 += u * d[j + 2]
                b2 += v * d[j + 2]
    g[0], g[O] = a0, b0
    if columns == 3:
        g[1], g[2], g[O + 1], g[O + 2] = a1, a2, b1, b2


@compiled
def narrow_one(m, x, delta, into, p0, p1, Q, O, x_down, x_across, columns):
    """The same for one input by ``columns`` (6, 3 or 1) output channels."""
    g = lanes(m, into)
    a0 = fill(m, 0.0)
    a1, a2, a3, a4, a5 = a0, a0, a0, a0, a0
    if p0 > 0:
        a0 = g[0]
        if columns >= 3:
            a1, a2 = g[1], g[2]
        if columns == 6:
            a3, a4, a5 = g[3], g[4], g[5]
    for p in range(p0, p1):
        xi, d = lanes(m, x + p * x_down), lanes(m, delta + p * Q * O * 16)
        for q in range(Q):
            u, j = xi[q * x_across], q * O
            a0 += u * d[j]
            if columns >= 3:
                a1 += u * d[j + 1]
                a2 += u * d[j + 2]
            if columns == 6:
                a3 += u * d[j + 3]
                a4 += u * d[j + 4]
                a5 += u * d[j + 5]
    g[0] = a0
    if columns >= 3:
        g[1], g[2] = a1, a2
    if columns == 6:
        g[3], g[4], g[5] = a3, a4, a5


def gradient_narrow(op, group, m, run):
    """∂C/∂w of one group of samples, for layers of few output channels.

    Output rows are taken some at a time, so that their δ stays in the nearest cache while all weights use it.
    Fields: shared, the most places at a time, x, δ, room for the sums in lanes, the groups' sums.
    """
    H, W, C, P, Q, O = op[0], op[1], op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW, G = op[6], op[7], op[8], op[9], op[10], op[11], op[12]
    strip, x, delta = op[13], op[14] + group * H * W * C * 16, op[15] + group * P * Q * O * 16
    CG, OG = C // G, O // G
    size = KH * KW * CG * O
    partial, into = op[16] + group * size * 16, op[17] + group * (size + O)
    NW, n = KW, CG
    if DW == 1 and G == 1:
        NW, n = 1, KW * C
    down, across = SH * W * C * 16, SW * C
    some = max(1, strip // Q)
    for p0 in range(0, P, some):
        p1 = min(P, p0 + some)
        for g in range(G):
            for a in range(KH):
                for b in range(NW):
                    source = x + ((a * DH * W + b * DW) * C + g * CG) * 16
                    rows = partial + ((a * KW + b) * CG * O + g * OG) * 16
                    i = 0
                    while i + 2 <= n:
                        xi, r, o = source + i * 16, rows + i * O * 16, 0
                        while o + 3 <= OG:
                            d = delta + (g * OG + o) * 16
                            narrow_pair(m, xi, d, r + o * 16, p0, p1, Q, O, down, across, 3)
                            o += 3
                        while o < OG:
                            d = delta + (g * OG + o) * 16
                            narrow_pair(m, xi, d, r + o * 16, p0, p1, Q, O, down, across, 1)
                            o += 1
                        i += 2
                    if i < n:
                        xi, r, o = source + i * 16, rows + i * O * 16, 0
                        while o + 6 <= OG:
                            d = delta + (g * OG + o) * 16
                            narrow_one(m, xi, d, r + o * 16, p0, p1, Q, O, down, across, 6)
                            o += 6
                        while o + 3 <= OG:
                            d = delta + (g * OG + o) * 16
                            narrow_one(m, xi, d, r + o * 16, p0, p1, Q, O, down, across, 3)
                            o += 3
                        while o < OG:
                            d = delta + (g * OG + o) * 16
                            narrow_one(m, xi, d, r + o * 16, p0, p1, Q, O, down, across, 1)
                            o += 1
    in_lanes, sums = lanes(m, partial), at(m, into)
    for k in range(size):
        sums[k] = total(in_lanes[k])
    for o in range(O):
        d, whole = lanes(m, delta + o * 16), fill(m, 0.0)
        one, two, three = whole, whole, whole
        place = 0
        while place + 4 <= P * Q:  # four sums at a time: an addition waits for the one before it
            whole += d[place * O]
            one += d[(place + 1) * O]
            two += d[(place + 2) * O]
            three += d[(place + 3) * O]
            place += 4
        while place < P * Q:
            whole += d[place * O]
            place += 1
        sums[size + o] = total((whole + one) + (two + three))
