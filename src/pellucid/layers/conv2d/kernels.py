"""Convolution: forward and backward, on pictures whose border has been filled up.

With the samples in the lanes, x[h, w, c] lies as one run over w and c: the products of one kernel row are a sum over a
run, the same loop as in a dense layer. Six output channels are computed side by side.

Fields that all share: H, W, C the (padded) input; P, Q, O the output; KH, KW the kernel; SH, SW its steps; DH, DW its
dilation; G groups of channels. Weights lie as (KH, KW, C/G, O). The weights' gradient is in ``gradients.py``.
"""

from __future__ import annotations

from pellucid.engines.cpu.lanes import at, compiled, fill, lanes
from pellucid.engines.cpu.run import ROOM


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
def block(o, end):
    """How many channels are computed side by side from ``o`` on: 6, 4, 2 or 1; eight that are left go as 4 and 4."""
    left = end - o
    if left >= 6 and left != 8:
        return 6
    return 4 if left >= 4 else 2 if left >= 2 else 1


@compiled
def lay_out(m, w, into, O, K, G):
    """Copy K rows of weights, so that those of channels computed side by side lie side by side."""
    weights, laid = at(m, w), at(m, into)
    for g in range(G):
        o, end = g * (O // G), (g + 1) * (O // G)
        while o < end:
            channels = block(o, end)
            for k in range(K):
                for j in range(channels):
                    laid[K * o + k * channels + j] = weights[k * O + o + j]
            o += channels


@compiled
def add_up(m, w, b, x, z, Q, O, stride, x_step, NH, NW, n, x_row, x_column, w_row, w_column, channels):
    """z[q, k] = b[k] + Σ w x over NH rows, NW columns and runs of n; q < Q places, k < channels (6, 4, 2 or 1)."""
    for q in range(Q):
        z0 = fill(m, 0.0)
        z1, z2, z3, z4, z5 = z0, z0, z0, z0, z0
        if b >= 0:
            bias = at(m, b)
            z0 = fill(m, bias[0])
            if channels >= 2:
                z1 = fill(m, bias[1])
            if channels >= 4:
                z2, z3 = fill(m, bias[2]), fill(m, bias[3])
            if channels == 6:
                z4, z5 = fill(m, bias[4]), fill(m, bias[5])
        for r in range(NH):
            for c in range(NW):
                xi, wi = lanes(m, x + q * x_step + r * x_row + c * x_column), at(m, w + r * w_row + c * w_column)
                for i in range(n):
                    v, j = xi[i], i * stride
                    z0 += wi[j] * v
                    if channels >= 2:
                        z1 += wi[j + 1] * v
                    if channels >= 4:
                        z2 += wi[j + 2] * v
                        z3 += wi[j + 3] * v
                    if channels == 6:
                        z4 += wi[j + 4] * v
                        z5 += wi[j + 5] * v
        y = lanes(m, z + q * O * 16)
        y[0] = z0
        if channels >= 2:
            y[1] = z1
        if channels >= 4:
            y[2], y[3] = z2, z3
        if channels == 6:
            y[4], y[5] = z4, z5


def forward(op, group, m, run):
    """z[p, q, o] = b[o] + Σ_khwc w[kh, kw, c, o] x[p·SH + kh·DH, q·SW + kw·DW, c].

    Fields: shared, whether weights are laid out anew (they are many), x, w, b (−1: none), z.
    """
    H, W, C, P, Q, O = op[0], op[1], op[2], op[3], op[4], op[5]
    KH, KW, SH, SW, DH, DW, G = op[6], op[7], op[8], op[9], op[10], op[11], op[12]
    x, w, b, z = op[14] + group * H * W * C * 16, op[15], op[16], op[17] + group * P * Q * O * 16
    CG, OG = C // G, O // G
    K, NW, n = KH * KW * CG, KW, CG
    if DW == 1 and G == 1:  # a kernel row is one run over columns and channels
        NW, n = 1, KW * C
    x_row, x_column, step = DH * W * C * 16, DW * C * 16, SW * C * 16
    if op[13]:
        lay_out(m, w, run[ROOM], O, K, G)
    for p in range(P):
        for g in range(G):
            o, end, source = g * OG, (g + 1) * OG, x + (p * SH * W * C + g * CG) * 16
            while o < end:
                k = block(o, end)
                wo, stride = (run[ROOM] + K * o, k) if op[13] else (w + o, O)
                bo, into = b if b < 0 else b + o, z + (p * Q * O + o) * 16
                down, across = KW * CG * stride, CG * stride
                if k == 6:
                    add_up(m, wo, bo, source, into, Q, O, stride, step, KH, NW, n, x_row, x_column, down, across, 6)
                elif k == 4:
                    add_up(m, wo, bo, source, into, Q, O, stride, step, KH, NW, n, x_row, x_column, down, across, 4)
                elif k == 2:
                    add_up(m, wo, bo, source, into, Q, O, stride, step, KH, NW, n, x_row, x_column, down, across, 2)
                else:
                    add_up(m, wo, bo, source, into, Q, O, stride, step, KH, NW, n, x_row, x_column, down, across, 1)
                o += k


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
            while c < CG:
                k, wc, to = block(c, CG), wg + c * O, into + c * 16
                if k == 6:
                    back_to(m, wc, d, to, NH, NW, O, OG, d_row, d_column, w_row, w_column, 6)
                elif k == 4:
                    back_to(m, wc, d, to, NH, NW, O, OG, d_row, d_column, w_row, w_column, 4)
                elif k == 2:
                    back_to(m, wc, d, to, NH, NW, O, OG, d_row, d_column, w_row, w_column, 2)
                else:
                    back_to(m, wc, d, to, NH, NW, O, OG, d_row, d_column, w_row, w_column, 1)
                c += k
