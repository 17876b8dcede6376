"""Flatten in spreadsheet words: the same cells, in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.flatten.spec import Flatten
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Flatten, p: LayerCells) -> Values:
    """Nothing is written: the cells of a sample stand in one row anyway."""
    return p.reshaped(p.input, layer.output_shape(p.input.shape, p.name))
