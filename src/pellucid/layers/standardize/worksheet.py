"""Standardize in spreadsheet words: the formulas of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.standardize.spec import Standardize
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Standardize, p: LayerCells) -> Values:
    """Add a standardization to the sheet; return where its output lies."""
    x, C = p.input, p.input.shape[-1]
    mean, deviation = (np.broadcast_to(given, C).tolist() for given in (layer.mean, layer.deviation))

    def forward(s: int, *at: int) -> str:
        return f"({x[(s, *at)]}-({mean[at[-1]]!r}))/{deviation[at[-1]]!r}"

    def backward(s: int, *at: int) -> str:
        return f"{p.delta(a)[(s, *at)]}/{deviation[at[-1]]!r}"

    a = p.values("a", x.shape, "(x − mean) / deviation", forward)
    if p.wants_input_delta:
        p.backward(lambda: p.input_delta("∂C/∂a / deviation", backward))
    return a
