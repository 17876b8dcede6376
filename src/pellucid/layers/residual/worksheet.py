"""Residual in spreadsheet words: both ways' cells, and their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.residual.spec import Residual
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Residual, p: LayerCells) -> Values:
    """Add both ways and their sum to the sheet; return where the output lies."""
    x = p.input
    beside = p.again(x, "shortcut.input") if layer.shortcut else x

    def skipped(s: int, unit: int) -> str:
        back = p.delta(beside if layer.shortcut else z)
        return str(back[(s, *(int(k) for k in np.unravel_index(unit, back.shape)))])

    path, path_learns = p.chain(layer.layers, "", Values(x.block, x.shape, x.name, (*x.also, skipped)))
    # After the path, so that its way back comes first: ∂C/∂x is the sum of both.
    side, side_learns = p.chain(layer.shortcut, "shortcut.", beside)
    last = p.another()
    z = last.values("z", path.shape, "z = layers(x) + shortcut(x)", lambda *at: f"{path[at]}+{side[at]}")
    a = last.activation(layer.f, z)

    def backward() -> None:
        dz = last.delta(z)
        if layer.shortcut and side_learns:
            last.write_delta(side, "δ of the sum", lambda *at: str(dz[at]))
        if path_learns:
            last.write_delta(path, "δ of the sum", lambda *at: str(dz[at]))

    last.backward(backward)
    return a
