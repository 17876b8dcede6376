"""Layer kinds, one folder each. To add one, write its folder and put it into this list."""

from pellucid.layers.activation.spec import Activation
from pellucid.layers.augment.spec import Augment
from pellucid.layers.base import Layer
from pellucid.layers.batch_norm.spec import BatchNorm
from pellucid.layers.conv2d.spec import Conv2D
from pellucid.layers.dense.spec import Dense
from pellucid.layers.dropout.spec import Dropout
from pellucid.layers.embedding.spec import Embedding
from pellucid.layers.ensemble.spec import Ensemble
from pellucid.layers.flatten.spec import Flatten
from pellucid.layers.input.spec import Input
from pellucid.layers.layer_norm.spec import LayerNorm
from pellucid.layers.piecewise_linear.spec import PiecewiseLinear
from pellucid.layers.pool2d.spec import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from pellucid.layers.reshape.spec import Reshape
from pellucid.layers.residual.spec import Residual
from pellucid.layers.standardize.spec import Standardize
from pellucid.named import Table

LAYERS: Table[Layer] = Table(
    "layer",
    [
        Input, Dense, Conv2D, MaxPool2D, AvgPool2D, GlobalAvgPool2D, BatchNorm, LayerNorm, Activation, Dropout, Flatten,
        Reshape, Residual, Standardize, Augment, Embedding, Ensemble, PiecewiseLinear,
    ],
)  # fmt: skip

__all__ = [
    "LAYERS",
    "Activation",
    "Augment",
    "AvgPool2D",
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Ensemble",
    "Flatten",
    "GlobalAvgPool2D",
    "Input",
    "Layer",
    "LayerNorm",
    "MaxPool2D",
    "PiecewiseLinear",
    "Reshape",
    "Residual",
    "Standardize",
]
