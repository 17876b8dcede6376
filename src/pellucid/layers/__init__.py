"""Layer kinds, one folder each. To add one, write its folder and put it into the list below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.lazy import lazy
from pellucid.named import Places, Table

if TYPE_CHECKING:
    from pellucid.layers.activation.spec import Activation as Activation
    from pellucid.layers.augment.spec import Augment as Augment
    from pellucid.layers.base import Layer as Layer
    from pellucid.layers.batch_norm.spec import BatchNorm as BatchNorm
    from pellucid.layers.conv2d.spec import Conv2D as Conv2D
    from pellucid.layers.dense.spec import Dense as Dense
    from pellucid.layers.dropout.spec import Dropout as Dropout
    from pellucid.layers.embedding.spec import Embedding as Embedding
    from pellucid.layers.ensemble.spec import Ensemble as Ensemble
    from pellucid.layers.flatten.spec import Flatten as Flatten
    from pellucid.layers.input.spec import Input as Input
    from pellucid.layers.layer_norm.spec import LayerNorm as LayerNorm
    from pellucid.layers.piecewise_linear.spec import PiecewiseLinear as PiecewiseLinear
    from pellucid.layers.pool2d.spec import AvgPool2D as AvgPool2D
    from pellucid.layers.pool2d.spec import GlobalAvgPool2D as GlobalAvgPool2D
    from pellucid.layers.pool2d.spec import MaxPool2D as MaxPool2D
    from pellucid.layers.reshape.spec import Reshape as Reshape
    from pellucid.layers.residual.spec import Residual as Residual
    from pellucid.layers.standardize.spec import Standardize as Standardize

_KINDS: Places[Layer] = Places(
    __name__,
    {
        "Input": "input.spec.Input",
        "Dense": "dense.spec.Dense",
        "Conv2D": "conv2d.spec.Conv2D",
        "MaxPool2D": "pool2d.spec.MaxPool2D",
        "AvgPool2D": "pool2d.spec.AvgPool2D",
        "GlobalAvgPool2D": "pool2d.spec.GlobalAvgPool2D",
        "BatchNorm": "batch_norm.spec.BatchNorm",
        "LayerNorm": "layer_norm.spec.LayerNorm",
        "Activation": "activation.spec.Activation",
        "Dropout": "dropout.spec.Dropout",
        "Flatten": "flatten.spec.Flatten",
        "Reshape": "reshape.spec.Reshape",
        "Residual": "residual.spec.Residual",
        "Standardize": "standardize.spec.Standardize",
        "Augment": "augment.spec.Augment",
        "Embedding": "embedding.spec.Embedding",
        "Ensemble": "ensemble.spec.Ensemble",
        "PiecewiseLinear": "piecewise_linear.spec.PiecewiseLinear",
    },
)
LAYERS: Table[Layer] = Table("layer", _KINDS)

_PLACES = _KINDS.modules | {"Layer": "base"}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted([*_PLACES, "LAYERS"])
__getattr__, __dir__ = lazy(__name__, _PLACES)
