"""Pooling in spreadsheet words: the formulas of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.layers.pool2d.spec import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from pellucid.layers.window import Window
from pellucid.views.worksheet.cells import Cell, Values, span

if TYPE_CHECKING:
    from pellucid.views.worksheet.layers import LayerCells

Place = tuple[int, int]


def cells(layer: MaxPool2D | AvgPool2D | GlobalAvgPool2D, p: LayerCells) -> Values:
    """Add a pooling to the sheet; return where its output lies. Windows over the border see only the picture."""
    x = p.input
    H, W, C = x.shape
    window = Window((H, W), (H, W)) if isinstance(layer, GlobalAvgPool2D) else layer.window
    P, Q = window.output(x.shape)
    (top, _), (left, _) = window.border(x.shape)
    (KH, KW), (SH, SW) = window.kernel, window.stride

    def seen(at: int, other: int) -> list[Place]:
        """The pixels of a window."""
        h, w = at * SH - top, other * SW - left
        return [(i, j) for i in range(max(0, h), min(H, h + KH)) for j in range(max(0, w), min(W, w + KW))]

    pixels = {(i, j): seen(i, j) for i in range(P) for j in range(Q)}
    largest = isinstance(layer, MaxPool2D)
    word = "MAX" if largest else "AVERAGE"
    words = "largest of the window" if largest else "mean of the window"
    a = p.values(
        "a", (P, Q, C), words,
        lambda s, i, j, c: f"{word}({span(x[s, h, w, c] for h, w in pixels[i, j])})",
    )  # fmt: skip

    def backward(s: int, h: int, w: int, c: int) -> str:
        da, terms = p.delta(a), []
        for (i, j), inside in pixels.items():
            if (h, w) not in inside:
                continue
            delta = da[s, i, j, c]
            if largest:
                before = [x[s, k, m, c] for k, m in inside[: inside.index((h, w))]]
                terms.append(_first_largest(x[s, h, w, c], a[s, i, j, c], before, delta))
            else:
                terms.append(f"{delta}/{len(inside)}" if len(inside) > 1 else str(delta))
        return "+".join(terms) or "0"

    if p.wants_input_delta:
        way = "∂C/∂a where x is the first largest" if largest else "Σ ∂C/∂a / pixels of the window"
        p.backward(lambda: p.input_delta(way, backward))
    return p.reshaped(a, (C,)) if isinstance(layer, GlobalAvgPool2D) else a


def _first_largest(here: Cell, top: Cell, before: list[Cell], delta: Cell) -> str:
    """∂C/∂a for the first pixel of a window that equals its largest."""
    if not before:
        return f"IF({here}={top},{delta},0)"
    others = "".join(f",{other}<>{top}" for other in before)
    return f"IF(AND({here}={top}{others}),{delta},0)"
