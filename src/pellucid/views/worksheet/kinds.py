"""The kinds of layers that a workbook can hold, and the modules that write their cells."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.views.worksheet.cells import Values
from pellucid.views.worksheet.walk import placed

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.network import Network
    from pellucid.views.worksheet.layers import LayerCells

KINDS = {
    "Dense": "dense", "Conv2D": "conv2d", "MaxPool2D": "pool2d", "AvgPool2D": "pool2d", "GlobalAvgPool2D": "pool2d",
    "Flatten": "flatten", "Reshape": "reshape", "Activation": "activation", "Standardize": "standardize",
    "BatchNorm": "batch_norm", "LayerNorm": "layer_norm", "Dropout": "dropout", "Residual": "residual",
    "Ensemble": "ensemble", "Embedding": "embedding", "PiecewiseLinear": "piecewise_linear",
}  # fmt: skip
UNCHANGED = ("Augment",)  # these hand on what comes in outside training, and have no formulas within
Cells = Callable[[Any, "LayerCells"], Values]


def cells_of(layer: Layer) -> Cells:
    """The function that writes a layer's cells."""
    if layer.kind in UNCHANGED:
        return lambda layer, p: p.input
    found: Cells = _module(layer).cells
    return found


def layer_options(layer: Layer, trains: bool) -> list[tuple[str, float]]:
    """(name, value) of the numbers that a layer's formulas call by name, its activation's aside."""
    if layer.kind in UNCHANGED or not hasattr(_module(layer), "options"):
        return []
    found: list[tuple[str, float]] = _module(layer).options(layer, trains)
    return found


def refuse_random_changes(net: Network) -> None:
    """Refuse layers that have no formulas while training.

    Raises
    ------
    DescriptionError
    """
    for at in placed(net):
        if at.layer.kind in UNCHANGED:
            number = [name for name, _ in net.layers].index(at.path.partition(".")[0]) + 1
            raise DescriptionError(
                f'Layer {number} "{at.path}" ({at.layer.kind}) changes pixels at random while training, which no '
                f"spreadsheet formula shows. Train a network without it; a workbook that predicts (net.export) can "
                f"have it."
            )


def _module(layer: Layer) -> ModuleType:
    return importlib.import_module(f"pellucid.layers.{KINDS[layer.kind]}.worksheet")
