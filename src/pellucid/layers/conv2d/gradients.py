# mypy: ignore-errors
# What Numba compiles is typed by Numba, from the machine types outward.
"""Convolution: the weights' gradient, a sum over positions and samples.

Wide layers take it with δ turned, so that sixteen output channels lie side by side; narrow ones take it in lanes, with
one addition across lanes at the end. Either goes by strips of positions, which stay in the cache. The fields that all
share are those of ``kernels.py``.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes, put_row_part, row, total, transpose

STRIP = 8  # positions of turned δ, a kilobyte each, that one round of the weights' gradient works on


def turn(op, group, m, run):
    """δ with channels side by side, a row a sample, for ``gradient_wide``. Fields: positions N, O, δ, turned δ."""
    N, O = op[0], op[1]
    blocks = (O + 15) // 16
    for place in range(N):
        delta, turned = op[2] + (group * N + place) * O * 16, op[3] + (group * N + place) * blocks * 256
        for block in range(blocks):
            transpose(at(m, delta + block * 256), 16, at(m, turned + block * 256))


@compiled
def wide_rows(m, x, turned, into, count, p0, p1, q0, q1, Q, O, blocks, block, x_down, x_across, rows):
    """Add to ``rows`` (6, 3 or 1) rows of one group's ∂C/∂w, sixteen output channels: Σ over rows p0…p1, columns q0…q1."""
    g = at(m, into)
    g0 = fill(m, 0.0)
    g1, g2, g3, g4, g5 = g0, g0, g0, g0, g0
    if p0 + q0 > 0:
        g0 = row(g, 0)
        if rows >= 3:
            g1, g2 = row(g, O), row(g, 2 * O)
        if rows == 6:
            g3, g4, g5 = row(g, 3 * O), row(g, 4 * O), row(g, 5 * O)
    for p in range(p0, p1):
        for q in range(q0, q1):
            a = at(m, x + p * x_down + q * x_across)
            d = at(m, turned + ((p * Q + q) * blocks + block) * 256)
            for s in range(16):
                delta = row(d, s * 16)
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


def gradient_wide(op, group, m, run):
    """∂C/∂w of one group of samples, for layers of many output channels (and one group of channels).

    Output rows are taken some at a time, so that their turned δ stays in the cache while all weights use it.
    Fields: shared, x, turned δ, where the groups' sums lie (weights, then biases).
    """
    H, W, C, P, Q, O = op[0], op[1], op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW = op[6], op[7], op[8], op[9], op[10], op[11]
    blocks = (O + 15) // 16
    x, turned = op[13] + group * H * W * C * 16, op[14] + group * P * Q * blocks * 256
    size = KH * KW * C * O
    into = op[15] + group * (size + O)
    down, across = SH * W * C * 16, SW * C * 16
    NW, n = KW, C
    if DW == 1:
        NW, n = 1, KW * C
    down_by, across_by = max(1, STRIP // Q), min(STRIP, Q)
    for strip in range(-(-P // down_by) * -(-Q // across_by)):
        p0, q0 = strip // -(-Q // across_by) * down_by, strip % -(-Q // across_by) * across_by
        p1, q1 = min(P, p0 + down_by), min(Q, q0 + across_by)
        for block in range(blocks):
            count = min(16, O - block * 16)
            for a in range(KH):
                for b in range(NW):
                    source = x + (a * DH * W + b * DW) * C * 16
                    g = into + (a * KW + b) * C * O + block * 16
                    i = 0
                    while i + 6 <= n:
                        wide_rows(m, source + i * 16, turned, g + i * O, count, p0, p1, q0, q1, Q, O, blocks, block,
                                  down, across, 6)  # fmt: skip
                        i += 6
                    while i + 3 <= n:
                        wide_rows(m, source + i * 16, turned, g + i * O, count, p0, p1, q0, q1, Q, O, blocks, block,
                                  down, across, 3)  # fmt: skip
                        i += 3
                    while i < n:
                        wide_rows(m, source + i * 16, turned, g + i * O, count, p0, p1, q0, q1, Q, O, blocks, block,
                                  down, across, 1)  # fmt: skip
                        i += 1
    for block in range(blocks):
        whole = fill(m, 0.0)
        one, two, three = whole, whole, whole
        for place in range(P * Q):
            d = at(m, turned + (place * blocks + block) * 256)
            for s in range(0, 16, 4):  # four sums at a time: an addition waits for the one before it
                whole += row(d, s * 16)
                one += row(d, s * 16 + 16)
                two += row(d, s * 16 + 32)
                three += row(d, s * 16 + 48)
        put_row_part(at(m, into + size), block * 16, (whole + one) + (two + three), min(16, O - block * 16))


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
    Fields: shared, x, δ, room for the sums in lanes, the groups' sums.
    """
    H, W, C, P, Q, O = op[0], op[1], op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW, G = op[6], op[7], op[8], op[9], op[10], op[11], op[12]
    x, delta = op[13] + group * H * W * C * 16, op[14] + group * P * Q * O * 16
    CG, OG = C // G, O // G
    size = KH * KW * CG * O
    partial, into = op[15] + group * size * 16, op[16] + group * (size + O)
    NW, n = KW, CG
    if DW == 1 and G == 1:
        NW, n = 1, KW * C
    down, across = SH * W * C * 16, SW * C
    some = max(1, STRIP // Q)
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
