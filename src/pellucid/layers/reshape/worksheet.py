"""Reshape in spreadsheet words: the same cells, seen in another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.reshape.spec import Reshape
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Reshape, p: LayerCells) -> Values:
    """Nothing is written."""
    return p.reshaped(p.input, layer.output_shape(p.input.shape, p.name))
