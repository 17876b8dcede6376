"""Embedding in spreadsheet words: the vector of each code, looked up in its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values, span

if TYPE_CHECKING:
    from pellucid.layers.embedding.spec import Embedding
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Embedding, p: LayerCells) -> Values:
    """Add an embedding to the sheet; return where its output lies."""
    x, numbers = p.input, p.input.shape[0] - len(layer.tables)
    of_units = [(-1, n) for n in range(numbers)]
    of_units += [(k, u) for k, (_, units) in enumerate(layer.tables) for u in range(units)]
    first = {k: of_units.index((k, 0)) for k in range(len(layer.tables))}
    tables = [p.parameter(f"table_{k}") for k in range(1, len(layer.tables) + 1)]

    def forward(s: int, o: int) -> str:
        k, u = of_units[o]
        if k < 0:
            return str(x[s, u])
        categories = layer.tables[k][0]
        row = span(tables[k][c, u] for c in range(categories))
        return f"INDEX({row},1,{x[s, numbers + k]}+1)"

    a = p.values("a", (len(of_units),), "numbers as they are; of each code its column of the table", forward)

    def gradient(k: int, c: int, u: int) -> str:
        codes = span(x[s, numbers + k] for s in p.samples)
        return f"SUMPRODUCT(--({codes}={c}),{span(p.delta(a)[s, first[k] + u] for s in p.samples)})"

    def backward() -> None:
        for k, table in enumerate(tables):
            p.gradient(table, "Σ ∂C/∂a over samples of this code", lambda c, u, k=k: gradient(k, c, u))

    p.backward(backward)
    return a
