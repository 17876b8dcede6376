"""Loss kernels: the weighted loss of each sample, and the error signal that starts the backward pass.

``weight`` is each sample's share of the batch's cost: w_s / B, or w_s where the total is taken; 0 in lanes without a
sample.
"""

from __future__ import annotations

from pellucid.elementary import log, maximum
from pellucid.engines.cpu.lanes import at, compiled, fill, floats64, lanes, total
from pellucid.engines.cpu.run import COSTS, FIRST_PASS, GROUPS, STEP


def unfused(loss):
    """L and ∂C/∂a. Fields: outputs O, a, t, ∂C/∂a, weight, L, where scale (1 or 1/O) and the option lie."""
    value, derivative = compiled(loss.function), compiled(loss.function_derivative)

    def kernel(op, group, m, run):
        O = op[0]
        a, t, da = lanes(m, op[1] + group * O * 16), lanes(m, op[2] + group * O * 16), lanes(m, op[3] + group * O * 16)
        weight, loss, option = lanes(m, op[4]), lanes(m, op[5]), at(m, op[6])
        share = weight[group] * option[0]
        cost = fill(m, 0.0)
        for o in range(O):
            cost += value(a[o], t[o], option[1])
            da[o] = derivative(a[o], t[o], option[1]) * share
        loss[group] = cost * share

    return kernel


def fused(loss):
    """L and ∂C/∂z from z. Fields: outputs O, z, a, t, ∂C/∂z, weight, L, where scale (1 or 1/O) lies."""
    value, derivative = compiled(loss.fused_function), compiled(loss.fused_derivative)

    def kernel(op, group, m, run):
        O = op[0]
        z, a, t = lanes(m, op[1] + group * O * 16), lanes(m, op[2] + group * O * 16), lanes(m, op[3] + group * O * 16)
        dz, weight, loss, option = lanes(m, op[4] + group * O * 16), lanes(m, op[5]), lanes(m, op[6]), at(m, op[7])
        share = weight[group] * option[0]
        cost = fill(m, 0.0)
        for o in range(O):
            cost += value(z[o], a[o], t[o])
            dz[o] = derivative(z[o], a[o], t[o]) * share
        loss[group] = cost * share

    return kernel


def softmax_crossentropy(op, group, m, run):
    """L = Σₖ tₖ (ln Σⱼ e^zⱼ − zₖ) and ∂C/∂zₖ = w (aₖ Σⱼ tⱼ − tₖ). Fields as in ``fused``.

    The largest output is e^top / Σⱼ e^zⱼ with top the largest z, so ln Σⱼ e^zⱼ = top − ln of it.
    """
    O = op[0]
    z, a, t = lanes(m, op[1] + group * O * 16), lanes(m, op[2] + group * O * 16), lanes(m, op[3] + group * O * 16)
    dz, weight, loss = lanes(m, op[4] + group * O * 16), lanes(m, op[5]), lanes(m, op[6])
    top, largest, targets = z[0], a[0], t[0]
    for o in range(1, O):
        top, largest = maximum(top, z[o]), maximum(largest, a[o])
        targets += t[o]
    whole = top - log(largest)
    cost = fill(m, 0.0)
    for o in range(O):
        cost += t[o] * (whole - z[o])
        dz[o] = weight[group] * (a[o] * targets - t[o])
    loss[group] = cost * weight[group]


def batch_cost(op, tile, m, run):
    """C = Σ_s L_s, over the pass's groups, added to the batch's cost. Fields: L. Done once, by the first tile."""
    if tile == 0:
        loss, costs = lanes(m, op[0]), floats64(run[COSTS])
        cost = 0.0
        for group in range(run[GROUPS]):
            cost += total(loss[group])
        if run[FIRST_PASS]:
            costs[run[STEP]] = cost
        else:
            costs[run[STEP]] += cost
