"""Update kernels: they work on the flat vector of all parameters, a tile of it at a time."""

from __future__ import annotations

from pellucid.elementary import absolute, maximum, minimum, sign
from pellucid.engines.cpu.lanes import (
    at,
    compiled,
    fill,
    first_of_row,
    floats64,
    lanes,
    prefetch,
    prefetch_to_write,
    put_row,
    put_row_part,
    row,
    total,
)
from pellucid.engines.cpu.run import COSTS, RATES, STEP, UPDATES

FAR = 2_000  # rows from which on they do not stay near a core
AHEAD = 16  # rows that are then called for before they are needed


def update(optimizer):
    """One update of the tile's parameters. Fields: tiles, rows of sixteen, p, g, s, r, where the options lie, limits,
    and where the tiles' sums of squares lie.

    Limits are three numbers: the longest gradient (0: no limit), its largest element (0: no limit), and the decay
    that is added to the gradient.
    """
    formula = compiled(optimizer.function)
    remembers = optimizer.remembers

    def kernel(op, tile, m, run):
        tiles, rows = op[0], op[1]
        p, g, s, r = lanes(m, op[2]), lanes(m, op[3]), lanes(m, op[4]), lanes(m, op[5])
        given, limit, squares = at(m, op[6]), at(m, op[7]), at(m, op[8])
        option = (given[0], given[1], given[2], given[3])  # read once: what is written might be an option, for all
        rate = floats64(run[RATES] + 24 * run[STEP])
        rates = (rate[0], rate[1], rate[2])
        longest, largest, decay = limit[0], limit[1], limit[2]
        shrink = fill(m, 1.0)
        if longest > 0.0:
            square = 0.0
            for k in range(tiles):
                square += squares[k]
            norm = square**0.5
            if norm > longest:
                shrink = fill(m, longest / norm)
        bounded = longest > 0.0 or largest > 0.0 or decay != 0.0
        zero = fill(m, 0.0)
        for k in range(tile * rows // tiles, (tile + 1) * rows // tiles):
            if rows > FAR:
                ahead = (k + AHEAD) * 16
                prefetch(at(m, op[3]), ahead)
                prefetch_to_write(at(m, op[2]), ahead)
                if remembers > 0:
                    prefetch_to_write(at(m, op[4]), ahead)
                if remembers > 1:
                    prefetch_to_write(at(m, op[5]), ahead)
            gradient = g[k]
            if bounded:
                gradient = gradient * shrink
                if largest > 0.0:
                    gradient = maximum(minimum(gradient, largest), -largest)
                gradient = gradient + decay * p[k]
            first, second = zero, zero
            if remembers > 0:
                first = s[k]
            if remembers > 1:
                second = r[k]
            new, first, second = formula(p[k], gradient, first, second, rates, option)
            p[k] = new
            if remembers > 0:
                s[k] = first
            if remembers > 1:
                r[k] = second

    return kernel


def average(op, tile, m, run):
    """average ← d·average + (1 − d)·p with d = min(decay, (1 + t) / (10 + t)).

    Fields: tiles, rows, p, average, decay.
    """
    tiles, rows = op[0], op[1]
    p, mean, decay = lanes(m, op[2]), lanes(m, op[3]), at(m, op[4])
    t = run[UPDATES] + run[STEP] + 1.0
    share = 1.0 - min(1.0 * decay[0], (1.0 + t) / (10.0 + t))
    for k in range(tile * rows // tiles, (tile + 1) * rows // tiles):
        mean[k] = mean[k] + (p[k] - mean[k]) * share


def sum_of_squares(op, tile, m, run):
    """Σ g² of the tile. Fields: tiles, rows of sixteen, g, where the tiles' sums lie."""
    tiles, rows = op[0], op[1]
    g, squares = lanes(m, op[2]), at(m, op[3])
    square = fill(m, 0.0)
    for k in range(tile * rows // tiles, (tile + 1) * rows // tiles):
        square += g[k] * g[k]
    squares[tile] = total(square)


def regularize(op, tile, m, run):
    """Adds the penalty's gradient: g += l1 sign(p) + 2 l2 p, and keeps Σ l1 |p| + l2 p² of the tile.

    Fields: tiles, numbers N, p, g, where l1 and l2 lie, where the tiles' penalties lie.
    """
    tiles, N = op[0], op[1]
    p, g, factor, penalties = at(m, op[2]), at(m, op[3]), at(m, op[4]), at(m, op[5])
    l1, l2 = factor[0], factor[1]
    rows = (N + 15) // 16
    penalty = fill(m, 0.0)
    for k in range(tile * rows // tiles * 16, (tile + 1) * rows // tiles * 16, 16):
        w = row(p, k)
        if k + 16 <= N:
            put_row(g, k, row(g, k) + l1 * sign(w) + 2.0 * l2 * w)
        else:
            w = first_of_row(w, N - k)
            put_row_part(g, k, row(g, k) + l1 * sign(w) + 2.0 * l2 * w, N - k)
        penalty += l1 * absolute(w) + l2 * w * w
    penalties[tile] = total(penalty)


def add_penalties(op, tile, m, run):
    """C += Σ penalties. Fields: how many, where they lie. Done once, by the first tile."""
    if tile == 0:
        from_tiles, costs = at(m, op[1]), floats64(run[COSTS])
        for k in range(op[0]):
            costs[run[STEP]] += from_tiles[k]
