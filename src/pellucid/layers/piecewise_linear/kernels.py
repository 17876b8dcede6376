"""PiecewiseLinear: forward and backward. Fields that both begin with: inputs I, pieces O, x; ``numbers`` holds, for
each piece, its input's number; then all left edges, widths, lowest and highest values."""

from __future__ import annotations

from pellucid.elementary import maximum, minimum, where
from pellucid.engines.cpu.lanes import at, fill, lanes


def forward(op, group, m, run):
    """a_o = (x_i − left_o) / width_o, kept from lowest_o to highest_o. Fields: shared, a, numbers."""
    I, O = op[0], op[1]
    x, a, numbers = lanes(m, op[2] + group * I * 16), lanes(m, op[3] + group * O * 16), at(m, op[4])
    for o in range(O):
        share = (x[int(numbers[o])] - numbers[O + o]) / numbers[2 * O + o]
        a[o] = minimum(maximum(share, numbers[3 * O + o]), numbers[4 * O + o])


def backward(op, group, m, run):
    """∂C/∂x_i = Σ_o ∂C/∂a_o / width_o over the pieces that x_i is in. Fields: shared, ∂C/∂a, ∂C/∂x, numbers."""
    I, O = op[0], op[1]
    x, da = lanes(m, op[2] + group * I * 16), lanes(m, op[3] + group * O * 16)
    dx, numbers = lanes(m, op[4] + group * I * 16), at(m, op[5])
    nothing = fill(m, 0.0)
    for i in range(I):
        dx[i] = nothing
    for o in range(O):
        i, width = int(numbers[o]), numbers[2 * O + o]
        share = (x[i] - numbers[O + o]) / width
        rises = where(share > numbers[3 * O + o], da[o] / width, nothing)
        dx[i] = dx[i] + where(share < numbers[4 * O + o], rises, nothing)
