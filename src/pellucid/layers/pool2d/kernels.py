"""Pooling: forward and backward. Windows that stand over the border see only the picture.

Fields that all share: H, W, C the input; P, Q the output; KH, KW the window; SH, SW its steps; top, left the border.
"""

from __future__ import annotations

from pellucid.elementary import maximum, where
from pellucid.engines.cpu.lanes import compiled, fill, lanes


@compiled
def ends(place, step, border, size, length):
    """(first, after last) row or column of a window."""
    start = place * step - border
    return max(0, start), min(length, start + size)


@compiled
def largest_of(x, a, row, C, NH, NW):
    """a[c] = max of x[h, w, c] over NH rows and NW columns of a window."""
    for c in range(C):
        top = x[c]
        for h in range(NH):
            for w in range(NW):
                top = maximum(top, x[h * row + w * C + c])
        a[c] = top


def max_forward(op, group, m, run):
    """a[p, q, c] = max of x[h, w, c] over the window. Fields: shared, x, a."""
    H, W, C, P, Q, KH, KW, SH, SW = op[0], op[1], op[2], op[3], op[4], op[5], op[6], op[7], op[8]
    x, a = op[11] + group * H * W * C * 16, op[12] + group * P * Q * C * 16
    for p in range(P):
        h0, h1 = ends(p, SH, op[9], KH, H)
        for q in range(Q):
            w0, w1 = ends(q, SW, op[10], KW, W)
            window, into = lanes(m, x + (h0 * W + w0) * C * 16), lanes(m, a + (p * Q + q) * C * 16)
            if h1 - h0 == 2 and w1 - w0 == 2:  # the usual one, without loops
                largest_of(window, into, W * C, C, 2, 2)
            else:
                largest_of(window, into, W * C, C, h1 - h0, w1 - w0)


@compiled
def give_back(m, x, a, da, dx, row, C, NH, NW, apart):
    """∂C/∂x = ∂C/∂a at a window's first largest x, and 0 elsewhere, or nothing more where windows are not ``apart``."""
    zero = fill(m, 0.0)
    for c in range(C):
        top, left = a[c], da[c]
        for h in range(NH):
            for w in range(NW):
                i = h * row + w * C + c
                here = x[i] == top
                found = where(here, left, zero)
                dx[i] = found if apart else dx[i] + found
                left = where(here, zero, left)


def max_backward(op, group, m, run):
    """∂C/∂x = ∂C/∂a at the window's first largest x, else 0. Fields: shared, x, a, ∂C/∂a, ∂C/∂x."""
    H, W, C, P, Q, KH, KW, SH, SW = op[0], op[1], op[2], op[3], op[4], op[5], op[6], op[7], op[8]
    x, a = op[11] + group * H * W * C * 16, op[12] + group * P * Q * C * 16
    da, dx = op[13] + group * P * Q * C * 16, op[14] + group * H * W * C * 16
    apart = SH >= KH and SW >= KW  # no pixel is in two windows
    if not apart or P * SH != H or Q * SW != W or SH > KH or SW > KW:  # some pixels are in none, or in several
        zeros, zero = lanes(m, dx), fill(m, 0.0)
        for i in range(H * W * C):
            zeros[i] = zero
    for p in range(P):
        h0, h1 = ends(p, SH, op[9], KH, H)
        for q in range(Q):
            w0, w1 = ends(q, SW, op[10], KW, W)
            start, place = (h0 * W + w0) * C * 16, (p * Q + q) * C * 16
            xs, dxs = lanes(m, x + start), lanes(m, dx + start)
            top, left = lanes(m, a + place), lanes(m, da + place)
            if apart and h1 - h0 == 2 and w1 - w0 == 2:  # the usual one, without loops
                give_back(m, xs, top, left, dxs, W * C, C, 2, 2, True)
            else:
                give_back(m, xs, top, left, dxs, W * C, C, h1 - h0, w1 - w0, apart)


def average_forward(op, group, m, run):
    """a[p, q, c] = mean of x[h, w, c] over the window. Fields: shared, x, a."""
    H, W, C, P, Q, KH, KW, SH, SW = op[0], op[1], op[2], op[3], op[4], op[5], op[6], op[7], op[8]
    x, a = lanes(m, op[11] + group * H * W * C * 16), lanes(m, op[12] + group * P * Q * C * 16)
    for p in range(P):
        h0, h1 = ends(p, SH, op[9], KH, H)
        for q in range(Q):
            w0, w1 = ends(q, SW, op[10], KW, W)
            share = 1.0 / ((h1 - h0) * (w1 - w0))
            for c in range(C):
                whole = fill(m, 0.0)
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        whole += x[(h * W + w) * C + c]
                a[(p * Q + q) * C + c] = whole * share


def average_backward(op, group, m, run):
    """∂C/∂x = Σ ∂C/∂a / (pixels of the window) over the windows that see x. Fields: shared, ∂C/∂a, ∂C/∂x."""
    H, W, C, P, Q, KH, KW, SH, SW = op[0], op[1], op[2], op[3], op[4], op[5], op[6], op[7], op[8]
    da, dx = lanes(m, op[11] + group * P * Q * C * 16), lanes(m, op[12] + group * H * W * C * 16)
    zero = fill(m, 0.0)
    for i in range(H * W * C):
        dx[i] = zero
    for p in range(P):
        h0, h1 = ends(p, SH, op[9], KH, H)
        for q in range(Q):
            w0, w1 = ends(q, SW, op[10], KW, W)
            share = 1.0 / ((h1 - h0) * (w1 - w0))
            for h in range(h0, h1):
                for w in range(w0, w1):
                    for c in range(C):
                        i = (h * W + w) * C + c
                        dx[i] = dx[i] + da[(p * Q + q) * C + c] * share
