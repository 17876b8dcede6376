"""BatchNorm in spreadsheet words: the formulas of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.worksheet.cells import Cell, Values, products, span

if TYPE_CHECKING:
    from pellucid.layers.batch_norm.spec import BatchNorm
    from pellucid.views.worksheet.layers import LayerCells


def options(layer: BatchNorm, trains: bool) -> list[tuple[str, float]]:
    """What formulas call by name."""
    return [("epsilon", layer.epsilon), *([("momentum", layer.momentum)] if trains else [])]


def cells(layer: BatchNorm, p: LayerCells) -> Values:
    """Add a batch normalisation to the sheet; return where its output lies.

    While training with the batch's mean and variance, which stand beside γ and β; otherwise with the running ones.
    """
    x, C = p.input, p.input.shape[-1]
    gamma, beta, epsilon = p.parameter("gamma"), p.parameter("beta"), p.option("epsilon")
    places = list(np.ndindex(*x.shape[:-1]))
    n = len(places) * len(p.samples)
    numbers = x.block.values.reshape(len(p.samples), -1, C)

    def all_of(value: Values, c: int) -> list[Cell]:
        return [value[(s, *at, c)] for at in places for s in p.samples]

    if p.trains:
        found = np.stack([numbers.mean(axis=(0, 1)), numbers.var(axis=(0, 1))], axis=1)
        batch = p.of_units(
            "batch", "statistic", ("of the batch", "mean and variance over samples and places"), ("mean", "variance"),
            lambda c, k: f"{('AVERAGE', 'VARP')[k]}({span(all_of(x, c))})", found,
        )  # fmt: skip
        mean, variance = ([batch.cell(c, k, fixed=True) for c in range(C)] for k in (0, 1))
        _move(p, mean, variance, n)
    else:
        running = [p.parameter(name) for name in ("mean", "variance")]
        mean, variance = ([each[c] for c in range(C)] for each in running)
        found = np.concatenate([each.block.values for each in running], axis=1)

    normal = p.own(
        "normal", f"x̂ of {p.name}", "z", "(x − mean) / √(variance + ε)",
        lambda s, *at: f"({x[(s, *at)]}-{mean[at[-1]]})/SQRT({variance[at[-1]]}+{epsilon})",
        (numbers - found[:, 0]) / np.sqrt(found[:, 1] + layer.epsilon),
    )  # fmt: skip
    a = p.values("a", x.shape, "γ x̂ + β", lambda s, *at: f"{gamma[at[-1]]}*{normal[(s, *at)]}+{beta[at[-1]]}")

    def backward() -> None:
        da = p.delta(a)
        along = p.gradient(
            gamma, "Σ ∂C/∂a x̂",
            lambda c: products(zip(all_of(normal, c), all_of(da, c), strict=True)),
        )  # fmt: skip
        plain = p.gradient(beta, "Σ ∂C/∂a", lambda c: f"SUM({span(all_of(da, c))})")

        def to_input(s: int, *at: int) -> str:
            c, here = at[-1], (s, *at)
            through = f"({da[here]}-({plain[c]}+{normal[here]}*{along[c]})/{n})"
            return f"{gamma[c]}/SQRT({variance[c]}+{epsilon})*{through}"

        if p.wants_input_delta:
            p.input_delta("γ / √(variance + ε) · (∂C/∂a − (∂C/∂β + x̂ ∂C/∂γ) / n)", to_input)

    p.backward(backward)
    return a


def _move(p: LayerCells, mean: list[Cell], variance: list[Cell], n: int) -> None:
    """The running mean and variance after the step. A single number has no variance, so then that one stays."""
    before, momentum = {name: p.parameter(name) for name in ("mean", "variance")}, p.option("momentum")

    def towards(name: str, c: int, new: str) -> str:
        return f"{momentum}*{before[name][c]}+(1-{momentum})*{new}"

    p.moved("mean", "moved towards the batch's", lambda c: towards("mean", c, str(mean[c])))
    p.moved(
        "variance", "moved towards the batch's · n / (n − 1)",
        lambda c: towards("variance", c, f"{variance[c]}*{n}/{n - 1}") if n > 1 else str(before["variance"][c]),
    )  # fmt: skip
