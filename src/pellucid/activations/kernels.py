"""Activation kernels: forward and backward, for any formula of ``formulas.py``, and for softmax."""

from __future__ import annotations

from pellucid.elementary import exp, maximum
from pellucid.engines.cpu.lanes import at, compiled, fill, lanes


def forward(activation):
    """a = f(z). Fields: units U, z, a, where the options lie."""
    f = compiled(activation.function)
    n = len(activation().options)

    def kernel(op, group, m, run):
        U = op[0]
        z, a = lanes(m, op[1] + group * U * 16), lanes(m, op[2] + group * U * 16)
        option = at(m, op[3])
        for u in range(U):
            if n == 0:
                a[u] = f(z[u])
            else:
                a[u] = f(z[u], option[0])

    return kernel


def backward(activation):
    """∂C/∂z = ∂C/∂a · f′(z). Fields: units U, z, a, ∂C/∂a, ∂C/∂z, where the options lie."""
    df = compiled(activation.function_derivative)
    n = len(activation().options)

    def kernel(op, group, m, run):
        U = op[0]
        z, a = lanes(m, op[1] + group * U * 16), lanes(m, op[2] + group * U * 16)
        da, dz = lanes(m, op[3] + group * U * 16), lanes(m, op[4] + group * U * 16)
        option = at(m, op[5])
        for u in range(U):
            if n == 0:
                dz[u] = da[u] * df(z[u], a[u])
            else:
                dz[u] = da[u] * df(z[u], a[u], option[0])

    return kernel


def softmax_forward(op, group, m, run):
    """aₖ = e^(zₖ − max z) / Σⱼ e^(zⱼ − max z), over each position's units. Fields: positions P, units U, z, a."""
    P, U = op[0], op[1]
    z, a = lanes(m, op[2] + group * P * U * 16), lanes(m, op[3] + group * P * U * 16)
    for p in range(P):
        top = z[p * U]
        for u in range(1, U):
            top = maximum(top, z[p * U + u])
        whole = fill(m, 0.0)
        for u in range(U):
            share = exp(z[p * U + u] - top)
            a[p * U + u] = share
            whole += share
        for u in range(U):
            a[p * U + u] = a[p * U + u] / whole


def softmax_backward(op, group, m, run):
    """∂C/∂zₖ = aₖ (∂C/∂aₖ − Σⱼ aⱼ ∂C/∂aⱼ). Fields: positions P, units U, a, ∂C/∂a, ∂C/∂z."""
    P, U = op[0], op[1]
    size = P * U * 16
    a, da, dz = lanes(m, op[2] + group * size), lanes(m, op[3] + group * size), lanes(m, op[4] + group * size)
    for p in range(P):
        mean = fill(m, 0.0)
        for u in range(U):
            mean += a[p * U + u] * da[p * U + u]
        for u in range(U):
            dz[p * U + u] = a[p * U + u] * (da[p * U + u] - mean)
