"""PiecewiseLinear in spreadsheet words: the formulas of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Cell, Values

if TYPE_CHECKING:
    from pellucid.layers.piecewise_linear.spec import PiecewiseLinear
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: PiecewiseLinear, p: LayerCells) -> Values:
    """Add the pieces to the sheet; return where they lie. Each is kept from 0 to 1, the outer ones to one side only."""
    x = p.input
    pieces = [(i, k, len(row) - 1) for i, row in enumerate(layer.edges) for k in range(len(row) - 1)]

    def share(cell: Cell, i: int, k: int) -> str:
        left, right = layer.edges[i][k : k + 2]
        return f"({cell}-({left!r}))/{right - left!r}"

    def forward(s: int, o: int) -> str:
        i, k, count = pieces[o]
        text = share(x[s, i], i, k)
        text = f"MIN({text},1)" if k < count - 1 else text
        return f"MAX({text},0)" if k else text

    a = p.values("a", (len(pieces),), "(x − b₀) / (b₁ − b₀), kept within its stretch", forward)

    def backward(s: int, i: int) -> str:
        da, terms = p.delta(a), []
        for o, (source, k, count) in enumerate(pieces):
            if source != i:
                continue
            left, right = layer.edges[i][k : k + 2]
            within = [f"{x[s, i]}>{left!r}"] * (k > 0) + [f"{x[s, i]}<{right!r}"] * (k < count - 1)
            slope = f"{da[s, o]}/{right - left!r}"
            terms.append(f"IF(AND({','.join(within)}),{slope},0)" if within else slope)
        return "+".join(terms)

    if p.wants_input_delta:
        p.backward(lambda: p.input_delta("Σ ∂C/∂a / (b₁ − b₀) of the stretches that x is in", backward))
    return a
