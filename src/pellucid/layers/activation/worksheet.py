"""Activation in spreadsheet words: a = f(z), with f from ``activations/worksheet.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.activation.spec import Activation
    from pellucid.views.worksheet.layers import LayerCells


def cells(layer: Activation, p: LayerCells) -> Values:
    """Add an activation to the sheet; return where its output lies."""
    return p.activation(layer.f, p.input)
