"""Dropout in spreadsheet words: its mask as the engine has drawn it, and the formulas of ``kernels.py``, for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.dropout.spec import Dropout
    from pellucid.views.worksheet.layers import LayerCells


def options(layer: Dropout, trains: bool) -> list[tuple[str, float]]:
    """What formulas call by name."""
    return [("rate", float(layer.rate))] if trains else []


def cells(layer: Dropout, p: LayerCells) -> Values:
    """Add a dropout to the sheet; return where its output lies: where it came in, if nothing is trained."""
    if not p.trains:
        return p.input
    shape, mask, rate = p.input.shape, p.mask(), p.option("rate")

    def kept(value: Values, s: int, at: tuple[int, ...]) -> str:
        return f"{value[(s, *at)]}*{mask.far(s, int(np.ravel_multi_index(at, shape)))}/(1-{rate})"

    a = p.values("a", shape, "x · mask / (1 − rate)", lambda s, *at: kept(p.input, s, at))
    if p.wants_input_delta:
        p.backward(lambda: p.input_delta("∂C/∂a · mask / (1 − rate)", lambda s, *at: kept(p.delta(a), s, at)))
    return a
