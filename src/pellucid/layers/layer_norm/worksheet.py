"""LayerNorm in spreadsheet words: the formulas of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.worksheet.cells import Cell, Values, products, span

if TYPE_CHECKING:
    from pellucid.layers.layer_norm.spec import LayerNorm
    from pellucid.views.worksheet.layers import LayerCells


def options(layer: LayerNorm, trains: bool) -> list[tuple[str, float]]:
    """What formulas call by name."""
    return [("epsilon", layer.epsilon)]


def cells(layer: LayerNorm, p: LayerCells) -> Values:
    """Add a layer normalisation to the sheet; return where its output lies."""
    x, C = p.input, p.input.shape[-1]
    gamma, beta, epsilon = p.parameter("gamma"), p.parameter("beta"), p.option("epsilon")
    numbers = x.block.values.reshape(len(p.samples), -1, C)
    moments = numbers.mean(axis=2, keepdims=True), numbers.var(axis=2, keepdims=True)

    def row(value: Values, at: tuple[int, ...]) -> str:
        """All channels at the same place of the same sample."""
        return span(value[(*at[:-1], c)] for c in range(C))

    def all_of(value: Values, c: int) -> list[Cell]:
        return [value[(s, *at, c)] for at in np.ndindex(*x.shape[:-1]) for s in p.samples]

    normal = p.own(
        "normal", f"x̂ of {p.name}", "z", "(x − mean) / √(variance + ε), over the channels",
        lambda *at: f"({x[at]}-AVERAGE({row(x, at)}))/SQRT(VARP({row(x, at)})+{epsilon})",
        (numbers - moments[0]) / np.sqrt(moments[1] + layer.epsilon),
    )  # fmt: skip
    a = p.values("a", x.shape, "γ x̂ + β", lambda *at: f"{gamma[at[-1]]}*{normal[at]}+{beta[at[-1]]}")

    def backward() -> None:
        da = p.delta(a)
        p.gradient(gamma, "Σ ∂C/∂a x̂", lambda c: products(zip(all_of(normal, c), all_of(da, c), strict=True)))
        p.gradient(beta, "Σ ∂C/∂a", lambda c: f"SUM({span(all_of(da, c))})")
        if not p.wants_input_delta:
            return
        g = p.own(
            "normal.delta", f"∂C/∂x̂ of {p.name}", "delta", "γ ∂C/∂a",
            lambda *at: f"{gamma[at[-1]]}*{da[at]}", da.block.values.reshape(numbers.shape) * gamma.block.values[:, 0],
        )  # fmt: skip

        def to_input(*at: int) -> str:
            along = f"{normal[at]}*SUMPRODUCT({row(g, at)},{row(normal, at)})/{C}"
            return f"({g[at]}-AVERAGE({row(g, at)})-{along})/SQRT(VARP({row(x, at)})+{epsilon})"

        p.input_delta("(∂C/∂x̂ − mean(∂C/∂x̂) − x̂ mean(∂C/∂x̂ x̂)) / √(variance + ε)", to_input)

    p.backward(backward)
    return a
