"""Layer normalisation: forward and backward. Every sample, and every position of a picture, stands for itself."""

from __future__ import annotations

from pellucid.elementary import sqrt
from pellucid.engines.cpu.lanes import at, compiled, fill, lanes, total


@compiled
def middle_and_scale(m, x, first, C, epsilon):
    """Mean and 1/√(variance + ε) over C channels."""
    share = 1.0 / C
    mean = fill(m, 0.0)
    for c in range(C):
        mean += x[first + c]
    mean = mean * share
    variance = fill(m, 0.0)
    for c in range(C):
        variance += (x[first + c] - mean) * (x[first + c] - mean)
    return mean, 1.0 / sqrt(variance * share + epsilon)


def forward(op, group, m, run):
    """a = γ x̂ + β with x̂ = (x − mean) / √(variance + ε). Fields: positions N, channels C, x, a, γ, β, where ε lies."""
    N, C = op[0], op[1]
    x, a = lanes(m, op[2] + group * N * C * 16), lanes(m, op[3] + group * N * C * 16)
    gamma, beta, option = at(m, op[4]), at(m, op[5]), at(m, op[6])
    for n in range(N):
        mean, scale = middle_and_scale(m, x, n * C, C, option[0])
        for c in range(C):
            a[n * C + c] = (x[n * C + c] - mean) * scale * gamma[c] + beta[c]


def backward(op, group, m, run):
    """∂C/∂x = (g − mean(g) − x̂ mean(g x̂)) / √(variance + ε) with g = γ ∂C/∂a.

    Fields: N, C, x, γ, where ε lies, ∂C/∂a, ∂C/∂x (−1: not wanted).
    """
    N, C = op[0], op[1]
    x, gamma, option = lanes(m, op[2] + group * N * C * 16), at(m, op[3]), at(m, op[4])
    da, dx = lanes(m, op[5] + group * N * C * 16), lanes(m, op[6] + group * N * C * 16)
    share = 1.0 / C
    for n in range(N):
        mean, scale = middle_and_scale(m, x, n * C, C, option[0])
        plain, along = fill(m, 0.0), fill(m, 0.0)
        for c in range(C):
            g = da[n * C + c] * gamma[c]
            plain += g
            along += g * ((x[n * C + c] - mean) * scale)
        plain, along = plain * share, along * share
        for c in range(C):
            normal = (x[n * C + c] - mean) * scale
            dx[n * C + c] = (da[n * C + c] * gamma[c] - plain - normal * along) * scale


def sums(op, group, m, run):
    """Σ ∂C/∂a x̂ and Σ ∂C/∂a of each channel in a group. Fields: N, C, x, where ε lies, ∂C/∂a, the groups' sums."""
    N, C = op[0], op[1]
    x, option = lanes(m, op[2] + group * N * C * 16), at(m, op[3])
    da, into = lanes(m, op[4] + group * N * C * 16), at(m, op[5] + group * 2 * C)
    for c in range(2 * C):
        into[c] = 0.0
    for n in range(N):
        mean, scale = middle_and_scale(m, x, n * C, C, option[0])
        for c in range(C):
            into[c] += total(da[n * C + c] * ((x[n * C + c] - mean) * scale))
            into[C + c] += total(da[n * C + c])
