"""Dense in spreadsheet words: the sums of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values, products, span

if TYPE_CHECKING:
    from pellucid.layers.dense.spec import Dense
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Dense, p: LayerCells) -> Values:
    """Add a dense layer to the sheet; return where its output lies."""
    (I,), O, S = p.input.shape, layer.units, p.samples
    x, w, b = p.input, p.parameter("weights"), p.parameter("bias") if layer.bias else None

    def forward(s: int, o: int) -> str:
        return products((x[s, i], w[i, o]) for i in range(I)) + (f"+{b[o]}" if b else "")

    z = p.values("z", (O,), "z = Σ w x + b" if b else "z = Σ w x", forward)
    a = p.activation(layer.f, z)

    def backward() -> None:
        dz = p.delta(z)
        p.gradient(w, "∂C/∂w = Σ_s x δ", lambda i, o: products((x[s, i], dz[s, o]) for s in S))
        if b:
            p.gradient(b, "∂C/∂b = Σ_s δ", lambda o: f"SUM({span(dz[s, o] for s in S)})")
        if p.wants_input_delta:
            p.input_delta("∂C/∂x = Σ w δ", lambda s, i: products((w[i, o], dz[s, o]) for o in range(O)))

    p.backward(backward)
    return a
