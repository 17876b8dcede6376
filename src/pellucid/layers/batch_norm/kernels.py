"""Batch normalisation: the batch's mean and variance of each channel, in three steps each way.

Forward: every group of samples finds its own moments; they are put together in order (Chan, Golub and LeVeque 1979);
every group is normalised with the result. Backward: every group's sums, their total, every group's ∂C/∂x.

Fields that all share: N positions of a sample, C channels.
"""

from __future__ import annotations

from pellucid.elementary import sqrt
from pellucid.engines.cpu.lanes import at, fill, first_of_row, lanes, total
from pellucid.engines.cpu.run import BATCH_SAMPLES, GROUPS, PASS_FIRST, TRAINING


def moments(op, group, m, run):
    """Mean and Σ(x − mean)² of each channel in a group. Fields: shared, x, the groups' moments."""
    N, C = op[0], op[1]
    x, into = lanes(m, op[2] + group * N * C * 16), at(m, op[3] + group * 2 * C)
    samples = min(16, run[BATCH_SAMPLES] - run[PASS_FIRST] - group * 16)
    present = first_of_row(fill(m, 1.0), samples)
    share = 1.0 / (samples * N)
    for c in range(C):
        whole = fill(m, 0.0)
        for n in range(N):
            whole += x[n * C + c] * present
        mean = total(whole) * share
        spread = fill(m, 0.0)
        for n in range(N):
            off = (x[n * C + c] - mean) * present
            spread += off * off
        into[c] = mean
        into[C + c] = total(spread)


def combine(op, tile, m, run):
    """The batch's mean and 1/√(variance + ε), and the running ones moved towards them. Done once, by the first tile.

    Fields: shared, the groups' moments, batch (mean, then 1/√…), running mean, running variance, where momentum and ε
    lie. The running variance takes n/(n − 1), as PyTorch does; a single number has none, so then it stays as it is.
    """
    if tile == 0:
        N, C = op[0], op[1]
        groups, batch, option = at(m, op[2]), at(m, op[3]), at(m, op[6])
        mean, variance = at(m, op[4]), at(m, op[5])
        for c in range(C):
            n, middle, spread = 0.0, 0.0, 0.0
            for group in range(run[GROUPS]):
                more = 1.0 * (min(16, run[BATCH_SAMPLES] - run[PASS_FIRST] - group * 16) * N)
                off = groups[group * 2 * C + c] - middle
                spread += groups[group * 2 * C + C + c] + off * off * (n * more / (n + more))
                middle += off * (more / (n + more))
                n += more
            batch[c] = middle
            batch[C + c] = 1.0 / (spread / n + option[1]) ** 0.5
            mean[c] = option[0] * mean[c] + (1.0 - option[0]) * middle
            if n > 1.0:
                variance[c] = option[0] * variance[c] + (1.0 - option[0]) * (spread / (n - 1.0))


def take_running(op, tile, m, run):
    """The running mean and 1/√(running variance + ε) in place of the batch's. Done once, by the first tile.

    Fields: C, batch, running mean, running variance, where momentum and ε lie.
    """
    if tile == 0:
        C = op[0]
        batch, mean, variance, option = at(m, op[1]), at(m, op[2]), at(m, op[3]), at(m, op[4])
        for c in range(C):
            batch[c] = mean[c]
            batch[C + c] = 1.0 / (variance[c] + option[1]) ** 0.5


def forward(op, group, m, run):
    """a = γ (x − mean) / √(variance + ε) + β, with the batch's moments while training, the running ones otherwise.

    Fields: shared, x, a, batch, running mean, running variance, γ, β, where momentum and ε lie.
    """
    N, C = op[0], op[1]
    x, a = lanes(m, op[2] + group * N * C * 16), lanes(m, op[3] + group * N * C * 16)
    batch, mean, variance, option = at(m, op[4]), at(m, op[5]), at(m, op[6]), at(m, op[9])
    gamma, beta = at(m, op[7]), at(m, op[8])
    for c in range(C):
        if run[TRAINING] == 1:
            middle, scale = fill(m, batch[c]), fill(m, batch[C + c])
        else:
            middle, scale = fill(m, mean[c]), 1.0 / sqrt(fill(m, variance[c] + option[1]))
        scale = scale * gamma[c]
        for n in range(N):
            a[n * C + c] = (x[n * C + c] - middle) * scale + beta[c]


def sums(op, group, m, run):
    """Σ ∂C/∂a and Σ ∂C/∂a x̂ of each channel in a group, x̂ the normalised x. Fields: shared, x, batch, ∂C/∂a, sums."""
    N, C = op[0], op[1]
    x, batch = lanes(m, op[2] + group * N * C * 16), at(m, op[3])
    da, into = lanes(m, op[4] + group * N * C * 16), at(m, op[5] + group * 2 * C)
    for c in range(C):
        plain, along = fill(m, 0.0), fill(m, 0.0)
        for n in range(N):
            d = da[n * C + c]
            plain += d
            along += d * ((x[n * C + c] - batch[c]) * batch[C + c])
        into[c] = total(along)
        into[C + c] = total(plain)


def gradient(op, tile, m, run):
    """∂C/∂γ = Σ ∂C/∂a x̂ and ∂C/∂β = Σ ∂C/∂a of the batch. Fields: C, the groups' sums, ∂C/∂γ, ∂C/∂β. By one tile."""
    if tile == 0:
        C = op[0]
        groups, dgamma, dbeta = at(m, op[1]), at(m, op[2]), at(m, op[3])
        for c in range(C):
            along, plain = 0.0, 0.0
            for group in range(run[GROUPS]):
                along += groups[group * 2 * C + c]
                plain += groups[group * 2 * C + C + c]
            dgamma[c] = along
            dbeta[c] = plain


def backward(op, group, m, run):
    """∂C/∂x = γ/√(variance + ε) (∂C/∂a − (∂C/∂β + x̂ ∂C/∂γ) / n).

    Fields: shared, x, batch, γ, ∂C/∂γ, ∂C/∂β, ∂C/∂a, ∂C/∂x.
    """
    N, C = op[0], op[1]
    x, batch, gamma = lanes(m, op[2] + group * N * C * 16), at(m, op[3]), at(m, op[4])
    dgamma, dbeta = at(m, op[5]), at(m, op[6])
    da, dx = lanes(m, op[7] + group * N * C * 16), lanes(m, op[8] + group * N * C * 16)
    present = first_of_row(fill(m, 1.0), min(16, run[BATCH_SAMPLES] - run[PASS_FIRST] - group * 16))
    share = 1.0 / (run[BATCH_SAMPLES] * N)
    for c in range(C):
        scale = present * (gamma[c] * batch[C + c])
        for n in range(N):
            normal = (x[n * C + c] - batch[c]) * batch[C + c]
            dx[n * C + c] = scale * (da[n * C + c] - (normal * dgamma[c] + dbeta[c]) * share)
