"""Convolution: forward and backward, on pictures whose border has been filled up.

With the samples in the lanes, x[h, w, c] lies as one run over w and c: the products of one kernel row are a sum over a
run, the same loop as in a dense layer. Six output channels are computed side by side.

Fields that all share: H, W, C the (padded) input; P, Q, O the output; KH, KW the kernel; SH, SW its steps; DH, DW its
dilation; G groups of channels. Weights lie as (KH, KW, C/G, O).
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes, put_row_part, row, total, transpose

STRIP = 32  # positions of turned δ, a kilobyte each, that one round of the weights' gradient works on


def pad(op, group, m, run):
    """Copy a picture into the middle of a larger one of zeros. Fields: H, W, C, top, left, PH, PW, x, padded."""
    H, W, C, top, left, PH, PW = op[0], op[1], op[2], op[3], op[4], op[5], op[6]
    x, y = lanes(m, op[7] + group * H * W * C * 16), lanes(m, op[8] + group * PH * PW * C * 16)
    zero = fill(m, 0.0)
    for h in range(PH):
        for w in range(PW):
            place = (h * PW + w) * C
            if top <= h < top + H and left <= w < left + W:
                source = ((h - top) * W + w - left) * C
                for c in range(C):
                    y[place + c] = x[source + c]
            else:
                for c in range(C):
                    y[place + c] = zero


@compiled
def add_six(m, w, x, z, O, NH, NW, n, x_row, x_column, w_row, w_column):
    """z[k] += Σ w x over NH rows, NW columns and runs of n, for six output channels k."""
    y = lanes(m, z)
    z0, z1, z2, z3, z4, z5 = y[0], y[1], y[2], y[3], y[4], y[5]
    for a in range(NH):
        for b in range(NW):
            xi, wi = lanes(m, x + a * x_row + b * x_column), at(m, w + a * w_row + b * w_column)
            for i in range(n):
                v, j = xi[i], i * O
                z0 += wi[j] * v
                z1 += wi[j + 1] * v
                z2 += wi[j + 2] * v
                z3 += wi[j + 3] * v
                z4 += wi[j + 4] * v
                z5 += wi[j + 5] * v
    y[0], y[1], y[2], y[3], y[4], y[5] = z0, z1, z2, z3, z4, z5


@compiled
def add_four(m, w, x, z, O, NH, NW, n, x_row, x_column, w_row, w_column):
    """The same for four."""
    y = lanes(m, z)
    z0, z1, z2, z3 = y[0], y[1], y[2], y[3]
    for a in range(NH):
        for b in range(NW):
            xi, wi = lanes(m, x + a * x_row + b * x_column), at(m, w + a * w_row + b * w_column)
            for i in range(n):
                v, j = xi[i], i * O
                z0 += wi[j] * v
                z1 += wi[j + 1] * v
                z2 += wi[j + 2] * v
                z3 += wi[j + 3] * v
    y[0], y[1], y[2], y[3] = z0, z1, z2, z3


@compiled
def add_two(m, w, x, z, O, NH, NW, n, x_row, x_column, w_row, w_column):
    """The same for two."""
    y = lanes(m, z)
    z0, z1 = y[0], y[1]
    for a in range(NH):
        for b in range(NW):
            xi, wi = lanes(m, x + a * x_row + b * x_column), at(m, w + a * w_row + b * w_column)
            for i in range(n):
                z0 += wi[i * O] * xi[i]
                z1 += wi[i * O + 1] * xi[i]
    y[0], y[1] = z0, z1


@compiled
def add_one(m, w, x, z, O, NH, NW, n, x_row, x_column, w_row, w_column):
    """The same for one."""
    y = lanes(m, z)
    z0 = y[0]
    for a in range(NH):
        for b in range(NW):
            xi, wi = lanes(m, x + a * x_row + b * x_column), at(m, w + a * w_row + b * w_column)
            for i in range(n):
                z0 += wi[i * O] * xi[i]
    y[0] = z0


def forward(op, group, m, run):
    """z[p, q, o] = b[o] + Σ_khwc w[kh, kw, c, o] x[p·SH + kh·DH, q·SW + kw·DW, c]. Fields: shared, x, w, b (−1), z."""
    H, W, C, P, Q, O = op[0], op[1], op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW, G = op[6], op[7], op[8], op[9], op[10], op[11], op[12]
    x, w, z = op[13] + group * H * W * C * 16, op[14], op[16] + group * P * Q * O * 16
    CG, OG = C // G, O // G
    NW, n = KW, CG
    if DW == 1 and G == 1:  # a kernel row is one run over columns and channels
        NW, n = 1, KW * C
    x_row, x_column, w_row, w_column = DH * W * C * 16, DW * C * 16, KW * CG * O, CG * O
    for place in range(P * Q):
        p, q = place // Q, place % Q
        start = lanes(m, z + place * O * 16)
        if op[15] >= 0:
            b = at(m, op[15])
            for o in range(O):
                start[o] = fill(m, b[o])
        else:
            for o in range(O):
                start[o] = fill(m, 0.0)
        for g in range(G):
            source = x + ((p * SH * W + q * SW) * C + g * CG) * 16
            o, end = g * OG, (g + 1) * OG
            while o + 6 <= end and o + 8 != end:
                into = z + (place * O + o) * 16
                add_six(m, w + o, source, into, O, KH, NW, n, x_row, x_column, w_row, w_column)
                o += 6
            while o + 4 <= end:
                into = z + (place * O + o) * 16
                add_four(m, w + o, source, into, O, KH, NW, n, x_row, x_column, w_row, w_column)
                o += 4
            while o + 2 <= end:
                into = z + (place * O + o) * 16
                add_two(m, w + o, source, into, O, KH, NW, n, x_row, x_column, w_row, w_column)
                o += 2
            if o < end:
                into = z + (place * O + o) * 16
                add_one(m, w + o, source, into, O, KH, NW, n, x_row, x_column, w_row, w_column)


@compiled
def back_six(m, w, delta, into, P, Q, O, OG, KH, KW, SH, SW, DH, DW, CG, h, v):
    """∂C/∂x of six input channels at row h and column v of the padded picture."""
    y = lanes(m, into)
    x0 = fill(m, 0.0)
    x1, x2, x3, x4, x5 = x0, x0, x0, x0, x0
    for kh in range(KH):
        p = h - kh * DH
        if p >= 0 and p % SH == 0 and p // SH < P:
            for kw in range(KW):
                q = v - kw * DW
                if q >= 0 and q % SW == 0 and q // SW < Q:
                    d = lanes(m, delta + (p // SH * Q + q // SW) * O * 16)
                    wi = at(m, w + (kh * KW + kw) * CG * O)
                    for o in range(OG):
                        e = d[o]
                        x0 += wi[o] * e
                        x1 += wi[o + O] * e
                        x2 += wi[o + 2 * O] * e
                        x3 += wi[o + 3 * O] * e
                        x4 += wi[o + 4 * O] * e
                        x5 += wi[o + 5 * O] * e
    y[0], y[1], y[2], y[3], y[4], y[5] = x0, x1, x2, x3, x4, x5


@compiled
def back_one(m, w, delta, into, P, Q, O, OG, KH, KW, SH, SW, DH, DW, CG, h, v):
    """The same for one input channel."""
    x0 = fill(m, 0.0)
    for kh in range(KH):
        p = h - kh * DH
        if p >= 0 and p % SH == 0 and p // SH < P:
            for kw in range(KW):
                q = v - kw * DW
                if q >= 0 and q % SW == 0 and q // SW < Q:
                    d = lanes(m, delta + (p // SH * Q + q // SW) * O * 16)
                    wi = at(m, w + (kh * KW + kw) * CG * O)
                    for o in range(OG):
                        x0 += wi[o] * d[o]
    lanes(m, into)[0] = x0


def backward(op, group, m, run):
    """∂C/∂x[h, v, c] = Σ_khwo w[kh, kw, c, o] δ[p, q, o] where p·SH + kh·DH = h + top and q·SW + kw·DW = v + left.

    Fields: shared, top, left, height and width of the picture without its border, w, δ, ∂C/∂x.
    """
    C, P, Q, O = op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW, G = op[6], op[7], op[8], op[9], op[10], op[11], op[12]
    top, left, H, W = op[13], op[14], op[15], op[16]
    w, delta, dx = op[17], op[18] + group * P * Q * O * 16, op[19] + group * H * W * C * 16
    CG, OG = C // G, O // G
    for place in range(H * W):
        h, v = place // W + top, place % W + left
        for g in range(G):
            d = delta + g * OG * 16
            c = 0
            while c + 6 <= CG:
                into = dx + (place * C + g * CG + c) * 16
                back_six(m, w + c * O + g * OG, d, into, P, Q, O, OG, KH, KW, SH, SW, DH, DW, CG, h, v)
                c += 6
            while c < CG:
                into = dx + (place * C + g * CG + c) * 16
                back_one(m, w + c * O + g * OG, d, into, P, Q, O, OG, KH, KW, SH, SW, DH, DW, CG, h, v)
                c += 1


def turn(op, group, m, run):
    """δ with channels side by side, a row a sample, for ``gradient_wide``. Fields: positions N, O, δ, turned δ."""
    N, O = op[0], op[1]
    blocks = (O + 15) // 16
    for place in range(N):
        delta, turned = op[2] + (group * N + place) * O * 16, op[3] + (group * N + place) * blocks * 256
        for block in range(blocks):
            transpose(at(m, delta + block * 256), 16, at(m, turned + block * 256))


@compiled
def wide_rows(m, x, turned, into, count, p0, p1, Q, O, blocks, block, x_down, x_across, rows):
    """Add to ``rows`` (6, 3 or 1) rows of one group's ∂C/∂w, sixteen output channels: Σ over output rows p0…p1."""
    g = at(m, into)
    g0 = fill(m, 0.0)
    g1, g2, g3, g4, g5 = g0, g0, g0, g0, g0
    if p0 > 0:
        g0 = row(g, 0)
        if rows >= 3:
            g1, g2 = row(g, O), row(g, 2 * O)
        if rows == 6:
            g3, g4, g5 = row(g, 3 * O), row(g, 4 * O), row(g, 5 * O)
    for p in range(p0, p1):
        for q in range(Q):
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
    some = max(1, STRIP // Q)
    for p0 in range(0, P, some):
        p1 = min(P, p0 + some)
        for block in range(blocks):
            count = min(16, O - block * 16)
            for a in range(KH):
                for b in range(NW):
                    source = x + (a * DH * W + b * DW) * C * 16
                    g = into + (a * KW + b) * C * O + block * 16
                    i = 0
                    while i + 6 <= n:
                        wide_rows(m, source + i * 16, turned, g + i * O, count, p0, p1, Q, O, blocks, block, down,
                                  across, 6)  # fmt: skip
                        i += 6
                    while i + 3 <= n:
                        wide_rows(m, source + i * 16, turned, g + i * O, count, p0, p1, Q, O, blocks, block, down,
                                  across, 3)  # fmt: skip
                        i += 3
                    while i < n:
                        wide_rows(m, source + i * 16, turned, g + i * O, count, p0, p1, Q, O, blocks, block, down,
                                  across, 1)  # fmt: skip
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
