"""Augment: what is drawn for each sample, the picture moved accordingly, its tones changed; and the way back.

Every lane is a sample with numbers of its own. Fields that all share: H rows, W columns, C channels.
Where the options lie: shift down and across, whether these are whole pixels, rotate, zoom, shear (radians), flips top
and bottom, left and right, contrast, brightness, cut-out's side, noise, fill, whether the edge fills.
"""

from __future__ import annotations

import math

from pellucid.elementary import log, maximum, minimum, sqrt, where
from pellucid.engines.cpu.chance import mask_key, mixed
from pellucid.engines.cpu.lanes import at, compiled, fill, lanes, random
from pellucid.engines.cpu.run import PASS_FIRST, TRAINING
from pellucid.layers.augment.gather import add_to, floor, look_up
from pellucid.layers.augment.spec import NAMES

DRAWN = len(NAMES)
BEND, NOISE = 1, 2  # keys of their own, so that they do not change with what else is drawn


@compiled
def group_number(run, group):
    """The group's place in the batch."""
    return run[PASS_FIRST] // 16 + group


@compiled
def around_zero(r, most, whole):
    """r in [0, 1) to [−most, most): any number, or whole numbers from −most to most."""
    if whole == 0.0:
        return (r * 2.0 - 1.0) * most
    return minimum(floor(r * (2.0 * most + 1.0)), 2.0 * most) - most


@compiled
def either(r, asked):
    """−1 in one half of the samples where it is asked for, else 1."""
    return where(r * asked >= 0.5, r * 0.0 - 1.0, r * 0.0 + 1.0)


def draw(op, group, m, run):
    """What happens to each sample, and the map from output pixels to places in the input that follows from it.

    Fields: shared, the layer's number, drawn, map, options. In the order of NAMES.
    """
    H, W = op[0], op[1]
    d, steps, option = lanes(m, op[4] + group * DRAWN * 16), lanes(m, op[5] + group * 6 * 16), at(m, op[6])
    key, first = mask_key(run, op[3]), group_number(run, group) * DRAWN
    d[0] = around_zero(random(m, key, first), option[0], option[2])
    d[1] = around_zero(random(m, key, first + 1), option[1], option[3])
    d[2] = around_zero(random(m, key, first + 2), option[4], 0.0)
    d[3] = around_zero(random(m, key, first + 3), option[5], 0.0) + 1.0
    d[4] = around_zero(random(m, key, first + 4), option[6], 0.0)
    d[5] = either(random(m, key, first + 5), option[7])
    d[6] = either(random(m, key, first + 6), option[8])
    d[7] = around_zero(random(m, key, first + 7), option[9], 0.0) + 1.0
    d[8] = around_zero(random(m, key, first + 8), option[10], 0.0)
    d[9] = minimum(floor(random(m, key, first + 9) * H), H - 1.0) - option[11] // 2.0
    d[10] = minimum(floor(random(m, key, first + 10) * W), W - 1.0) - option[11] // 2.0
    p, q = at(m, op[4] + group * DRAWN * 16), at(m, op[5] + group * 6 * 16)
    for s in range(16):
        cos, sin, lean = math.cos(p[32 + s]), math.sin(p[32 + s]), math.tan(p[64 + s])
        up_down, left_right, size = p[80 + s], p[96 + s], 1.0 / p[48 + s]
        # The inverse of (zoom · rotation · shear · flip), rows counted downwards.
        q[s] = up_down * cos * size
        q[16 + s] = up_down * sin * size
        q[48 + s] = left_right * (lean * cos - sin) * size
        q[64 + s] = left_right * (lean * sin + cos) * size
    # source − middle = matrix · (place − middle − shift)
    middle_row, middle_column = (H - 1) * 0.5, (W - 1) * 0.5
    row, column = d[0] + middle_row, d[1] + middle_column
    steps[2] = middle_row - (steps[0] * row + steps[1] * column)
    steps[5] = middle_column - (steps[3] * row + steps[4] * column)


def bend(op, group, m, run):
    """Displacements down and across of every pixel: a cubic B-spline over numbers drawn on a grid.

    Fields: shared, cells along a side, the layer's number, grid, bend, where the strength lies.
    """
    H, W, cells = op[0], op[1], op[3]
    points = cells + 3
    grid = lanes(m, op[5] + group * points * points * 2 * 16)
    moves, strength = lanes(m, op[6] + group * H * W * 2 * 16), at(m, op[7])
    key, first = mixed(mask_key(run, op[4]), BEND), group_number(run, group) * points * points * 2
    for k in range(points * points * 2):
        grid[k] = around_zero(random(m, key, first + k), strength[0], 0.0)
    for i in range(H):
        v = (i + 0.5) * cells / H
        w = splines(v - int(v))
        for j in range(W):
            u = (j + 0.5) * cells / W
            b = splines(u - int(u))
            k = (int(v) * points + int(u)) * 2
            for axis in range(2):
                whole = w[0] * along(grid, k + axis, b) + w[1] * along(grid, k + axis + 2 * points, b)
                whole += w[2] * along(grid, k + axis + 4 * points, b) + w[3] * along(grid, k + axis + 6 * points, b)
                moves[(i * W + j) * 2 + axis] = whole


@compiled
def splines(t):
    """The weights of four neighbouring points of the grid at the part t of the cell in their midst; they sum to 1."""
    s = 1.0 - t
    first, last = s * s * s / 6.0, t * t * t / 6.0
    return first, 2.0 / 3.0 - t * t * (1.0 - 0.5 * t), 2.0 / 3.0 - s * s * (1.0 - 0.5 * s), last


@compiled
def along(grid, k, b):
    """Four neighbours in a row of the grid, weighted."""
    return grid[k] * b[0] + grid[k + 2] * b[1] + grid[k + 4] * b[2] + grid[k + 6] * b[3]


@compiled
def copy(U, x, a):
    """a = x"""
    for u in range(U):
        a[u] = x[u]


@compiled
def within(place, size, edge):
    """A row or column; where the edge fills, no further out than the last one."""
    if edge == 0.0:
        return place
    return minimum(maximum(place, 0.0), size - 1.0)


def move_whole(op, group, m, run):
    """a[i, j] = x[source of i, j], which is a pixel: shifts by whole pixels and flips.

    Fields: shared, x, a, map, bend (none), options.
    """
    H, W, C = op[0], op[1], op[2]
    U = H * W * C
    a, steps, option = lanes(m, op[4] + group * U * 16), lanes(m, op[5] + group * 6 * 16), at(m, op[7])
    if run[TRAINING] == 0:
        copy(U, lanes(m, op[3] + group * U * 16), a)
    else:
        for i in range(H):
            row = within(steps[0] * i + steps[2], H, option[14])
            for j in range(W):
                column = within(steps[4] * j + steps[5], W, option[14])
                for c in range(C):
                    x = at(m, op[3] + group * U * 16 + c * 16)
                    a[(i * W + j) * C + c] = look_up(x, row, column, H, W, C, option[13])


def move_whole_back(op, group, m, run):
    """∂C/∂x[source of i, j] += ∂C/∂a[i, j]. Fields: shared, ∂C/∂a, ∂C/∂x, map, bend (none), options."""
    H, W, C = op[0], op[1], op[2]
    U = H * W * C
    da, dx = lanes(m, op[3] + group * U * 16), lanes(m, op[4] + group * U * 16)
    steps, option = lanes(m, op[5] + group * 6 * 16), at(m, op[7])
    for u in range(U):
        dx[u] = fill(m, 0.0)
    for i in range(H):
        row = within(steps[0] * i + steps[2], H, option[14])
        for j in range(W):
            column = within(steps[4] * j + steps[5], W, option[14])
            for c in range(C):
                into = at(m, op[4] + group * U * 16 + c * 16)
                add_to(into, row, column, H, W, C, da[(i * W + j) * C + c])


def move(op, group, m, run):
    """a[i, j] = x at the source of (i, j), interpolated between its four neighbours.

    (1−v)(1−u) x₀₀ + (1−v)u x₀₁ + v(1−u) x₁₀ + vu x₁₁, with v and u the parts of a pixel down and across.
    Fields: shared, x, a, map, bend or none, options.
    """
    H, W, C = op[0], op[1], op[2]
    U = H * W * C
    a, steps, option = lanes(m, op[4] + group * U * 16), lanes(m, op[5] + group * 6 * 16), at(m, op[7])
    if run[TRAINING] == 0:
        copy(U, lanes(m, op[3] + group * U * 16), a)
    else:
        bent, moves = op[6] >= 0, lanes(m, op[6] + group * H * W * 2 * 16)
        other = option[13]
        for i in range(H):
            for j in range(W):
                row, column = steps[0] * i + steps[1] * j + steps[2], steps[3] * i + steps[4] * j + steps[5]
                if bent:
                    row, column = row + moves[(i * W + j) * 2], column + moves[(i * W + j) * 2 + 1]
                row, column = within(row, H, option[14]), within(column, W, option[14])
                above, left = floor(row), floor(column)
                v, u = row - above, column - left
                for c in range(C):
                    x = at(m, op[3] + group * U * 16 + c * 16)
                    x00 = look_up(x, above, left, H, W, C, other)
                    x01 = look_up(x, above, left + 1.0, H, W, C, other)
                    x10 = look_up(x, above + 1.0, left, H, W, C, other)
                    x11 = look_up(x, above + 1.0, left + 1.0, H, W, C, other)
                    upper, lower = x00 + u * (x01 - x00), x10 + u * (x11 - x10)
                    a[(i * W + j) * C + c] = upper + v * (lower - upper)


def move_back(op, group, m, run):
    """∂C/∂x of the four neighbours: each is given ∂C/∂a times its weight. Fields as of ``move_whole_back``."""
    H, W, C = op[0], op[1], op[2]
    U = H * W * C
    da, dx = lanes(m, op[3] + group * U * 16), lanes(m, op[4] + group * U * 16)
    steps, option = lanes(m, op[5] + group * 6 * 16), at(m, op[7])
    bent, moves = op[6] >= 0, lanes(m, op[6] + group * H * W * 2 * 16)
    for k in range(U):
        dx[k] = fill(m, 0.0)
    for i in range(H):
        for j in range(W):
            row, column = steps[0] * i + steps[1] * j + steps[2], steps[3] * i + steps[4] * j + steps[5]
            if bent:
                row, column = row + moves[(i * W + j) * 2], column + moves[(i * W + j) * 2 + 1]
            row, column = within(row, H, option[14]), within(column, W, option[14])
            above, left = floor(row), floor(column)
            v, u = row - above, column - left
            for c in range(C):
                d, into = da[(i * W + j) * C + c], at(m, op[4] + group * U * 16 + c * 16)
                add_to(into, above, left, H, W, C, d * (1.0 - v) * (1.0 - u))
                add_to(into, above, left + 1.0, H, W, C, d * (1.0 - v) * u)
                add_to(into, above + 1.0, left, H, W, C, d * v * (1.0 - u))
                add_to(into, above + 1.0, left + 1.0, H, W, C, d * v * u)


@compiled
def turn(r):
    """(cos, sin) of the angle 2πr, by their series at half the angle: exact to 1e-7, enough for noise."""
    h = (r * 2.0 - 1.0) * 1.5707963267948966
    q = h * h
    sin = h * (1.0 + q * (-1 / 6 + q * (1 / 120 + q * (-1 / 5040 + q * (1 / 362880 - q / 39916800)))))
    cos = 1.0 + q * (-0.5 + q * (1 / 24 + q * (-1 / 720 + q * (1 / 40320 + q * (q / 479001600 - 1 / 3628800)))))
    return 2.0 * sin * sin - 1.0, -2.0 * sin * cos


def tone(op, group, m, run):
    """a = mean + (x − mean) contrast + brightness + noise; then the cut-out square is filled.

    Fields: shared, x, a, the layer's number, drawn, options.
    """
    H, W, C = op[0], op[1], op[2]
    U = H * W * C
    x, a = lanes(m, op[3] + group * U * 16), lanes(m, op[4] + group * U * 16)
    d, option = lanes(m, op[6] + group * DRAWN * 16), at(m, op[7])
    if run[TRAINING] == 0:
        copy(U, x, a)
    else:
        mean = fill(m, 0.0)
        if option[9] > 0.0:
            for u in range(U):
                mean += x[u]
            mean = mean * (1.0 / U)
        constant = mean - mean * d[7] + d[8]
        for u in range(U):
            a[u] = x[u] * d[7] + constant
        if option[12] > 0.0:
            pairs = (U + 1) // 2
            key, first = mixed(mask_key(run, op[5]), NOISE), group_number(run, group) * pairs * 2
            for k in range(pairs):  # Box and Muller: √(−2 ln r) (cos 2πs, sin 2πs) are two normal numbers
                size = sqrt(log(1.0 - random(m, key, first + 2 * k)) * -2.0) * option[12]
                cos, sin = turn(random(m, key, first + 2 * k + 1))
                a[2 * k] += size * cos
                if 2 * k + 1 < U:
                    a[2 * k + 1] += size * sin
        if option[11] > 0.0:
            cut_out(H, W, C, option[11], at(m, op[6] + group * DRAWN * 16), at(m, op[4] + group * U * 16), option[13])


def tone_back(op, group, m, run):
    """∂C/∂x = contrast δ + (1 − contrast) Σδ / n, δ = ∂C/∂a outside of the cut-out square and 0 in it.

    Fields: shared, ∂C/∂a, ∂C/∂x, drawn, options.
    """
    H, W, C = op[0], op[1], op[2]
    U = H * W * C
    da, dx = lanes(m, op[3] + group * U * 16), lanes(m, op[4] + group * U * 16)
    d, option = lanes(m, op[5] + group * DRAWN * 16), at(m, op[6])
    copy(U, da, dx)
    if option[11] > 0.0:
        cut_out(H, W, C, option[11], at(m, op[5] + group * DRAWN * 16), at(m, op[4] + group * U * 16), 0.0)
    if option[9] > 0.0:
        whole = fill(m, 0.0)
        for u in range(U):
            whole += dx[u]
        share = (whole - whole * d[7]) * (1.0 / U)
        for u in range(U):
            dx[u] = dx[u] * d[7] + share


@compiled
def cut_out(H, W, C, side, d, a, number):
    """Set the square of each sample to a number, as far as it lies within the picture; ``d`` is what was drawn."""
    for s in range(16):
        top, left = int(d[144 + s]), int(d[160 + s])
        for i in range(max(top, 0), min(top + int(side), H)):
            for j in range(max(left, 0), min(left + int(side), W)):
                for c in range(C):
                    a[((i * W + j) * C + c) * 16 + s] = number
