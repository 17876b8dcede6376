"""Convolution in spreadsheet words: the sums of ``kernels.py``, for a cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values, products, span

if TYPE_CHECKING:
    from pellucid.layers.conv2d.spec import Conv2D
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Conv2D, p: LayerCells) -> Values:
    """Add a convolution to the sheet; return where its output lies. Borders are left out, as zeros add nothing."""
    x, w, b = p.input, p.parameter("weights"), p.parameter("bias") if layer.bias else None
    window = layer.window
    H, W, C = x.shape
    (P, Q), O, G = window.output(x.shape), layer.filters, layer.groups
    (top, _), (left, _) = window.border(x.shape)
    (KH, KW), (SH, SW), (DH, DW) = window.kernel, window.stride, window.dilation
    CG, OG = C // G, O // G

    def pixels(i: int, j: int) -> Iterator[tuple[int, int, int, int]]:
        """(row of the kernel, column, row of the picture, column) where the window stands on the picture."""
        for k in range(KH):
            for m in range(KW):
                h, v = i * SH + k * DH - top, j * SW + m * DW - left
                if 0 <= h < H and 0 <= v < W:
                    yield k, m, h, v

    def forward(s: int, i: int, j: int, o: int) -> str:
        first = o // OG * CG
        pairs = ((x[s, h, v, first + c], w[k, m, c, o]) for k, m, h, v in pixels(i, j) for c in range(CG))
        return products(pairs) + (f"+{b[o]}" if b else "")

    z = p.values("z", (P, Q, O), "z = Σ w x + b over the window" if b else "z = Σ w x over the window", forward)
    a = p.activation(layer.f, z)
    places = [(i, j) for i in range(P) for j in range(Q)]
    # Of each pixel of the input: through which weights it goes to which places.
    ways: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {}
    for i, j in places:
        for k, m, h, v in pixels(i, j):
            ways.setdefault((h, v), []).append((k, m, i, j))

    def backward() -> None:
        dz = p.delta(z)

        def gradient(k: int, m: int, c: int, o: int) -> str:
            channel = o // OG * CG + c
            inside = [(i, j, i * SH + k * DH - top, j * SW + m * DW - left) for i, j in places]
            return products(
                (x[s, h, v, channel], dz[s, i, j, o])
                for i, j, h, v in inside if 0 <= h < H and 0 <= v < W for s in p.samples
            )  # fmt: skip

        def bias_gradient(o: int) -> str:
            return "+".join(f"SUM({span(dz[s, i, j, o] for s in p.samples)})" for i, j in places)

        def to_input(s: int, h: int, v: int, c: int) -> str:
            g = c // CG
            return products(
                (w[k, m, c - g * CG, o], dz[s, i, j, o])
                for k, m, i, j in ways.get((h, v), []) for o in range(g * OG, (g + 1) * OG)
            )  # fmt: skip

        p.gradient(w, "∂C/∂w = Σ x δ over samples and places", gradient)
        if b:
            p.gradient(b, "∂C/∂b = Σ δ over samples and places", bias_gradient)
        if p.wants_input_delta:
            p.input_delta("∂C/∂x = Σ w δ", to_input)

    p.backward(backward)
    return a
