"""Convolution: forward and backward, on pictures whose border has been filled up.

With the samples in the lanes, x[h, w, c] lies as one run over w and c: the products of one kernel row are a sum over a
run, the same loop as in a dense layer. Six output channels are computed side by side.

Fields that all share: H, W, C the (padded) input; P, Q, O the output; KH, KW the kernel; SH, SW its steps; DH, DW its
dilation; G groups of channels. Weights lie as (KH, KW, C/G, O). The weights' gradient is in ``gradients.py``.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes


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
def back_to(m, w, delta, into, NH, NW, O, OG, d_row, d_column, w_row, w_column, channels):
    """∂C/∂x of so many input channels (6, 4, 2 or 1) at one place: Σ w δ over NH by NW taps and OG output channels."""
    x0 = fill(m, 0.0)
    x1, x2, x3, x4, x5 = x0, x0, x0, x0, x0
    for a in range(NH):
        for b in range(NW):
            d, wi = lanes(m, delta + a * d_row + b * d_column), at(m, w + a * w_row + b * w_column)
            for o in range(OG):
                e = d[o]
                x0 += wi[o] * e
                if channels >= 2:
                    x1 += wi[o + O] * e
                if channels >= 4:
                    x2 += wi[o + 2 * O] * e
                    x3 += wi[o + 3 * O] * e
                if channels == 6:
                    x4 += wi[o + 4 * O] * e
                    x5 += wi[o + 5 * O] * e
    y = lanes(m, into)
    y[0] = x0
    if channels >= 2:
        y[1] = x1
    if channels >= 4:
        y[2], y[3] = x2, x3
    if channels == 6:
        y[4], y[5] = x4, x5


@compiled
def taps(h, K, S, D, P, every):
    """The first tap k with h = p·S + k·D for some p < P, its p, and how many such taps there are; they lie ``every``
    apart, and their p fall."""
    k = 0
    while k < K and ((h - k * D) % S != 0 or (h - k * D) // S >= P):
        k += 1
    p, count = (h - k * D) // S, 0
    while k + count * every < K and h - (k + count * every) * D >= 0:
        count += 1
    return k, p, count


def backward(op, group, m, run):
    """∂C/∂x[h, v, c] = Σ_khwo w[kh, kw, c, o] δ[p, q, o] where p·SH + kh·DH = h + top and q·SW + kw·DW = v + left.

    Fields: shared, top, left, height and width of the picture without its border, w, δ, ∂C/∂x.
    """
    C, P, Q, O = op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW, G = op[6], op[7], op[8], op[9], op[10], op[11], op[12]
    top, left, H, W = op[13], op[14], op[15], op[16]
    w, delta, dx = op[17], op[18] + group * P * Q * O * 16, op[19] + group * H * W * C * 16
    CG, OG = C // G, O // G
    down = across = 1
    while down * DH % SH != 0:
        down += 1
    while across * DW % SW != 0:
        across += 1
    d_row, d_column = -(down * DH // SH) * Q * O * 16, -(across * DW // SW) * O * 16
    w_row, w_column = down * KW * CG * O, across * CG * O
    for place in range(H * W):
        kh, p, NH = taps(place // W + top, KH, SH, DH, P, down)
        kw, q, NW = taps(place % W + left, KW, SW, DW, Q, across)
        for g in range(G):
            d = delta + ((p * Q + q) * O + g * OG) * 16
            wg = w + (kh * KW + kw) * CG * O + g * OG
            into = dx + (place * C + g * CG) * 16
            c = 0
            while c + 6 <= CG and c + 8 != CG:
                back_to(m, wg + c * O, d, into + c * 16, NH, NW, O, OG, d_row, d_column, w_row, w_column, 6)
                c += 6
            while c + 4 <= CG:
                back_to(m, wg + c * O, d, into + c * 16, NH, NW, O, OG, d_row, d_column, w_row, w_column, 4)
                c += 4
            while c + 2 <= CG:
                back_to(m, wg + c * O, d, into + c * 16, NH, NW, O, OG, d_row, d_column, w_row, w_column, 2)
                c += 2
            if c < CG:
                back_to(m, wg + c * O, d, into + c * 16, NH, NW, O, OG, d_row, d_column, w_row, w_column, 1)
