"""From a recipe and the data to a network, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError

if TYPE_CHECKING:
    from pellucid.cli.recipes import Recipe
    from pellucid.data import Dataset
    from pellucid.layers import Layer
    from pellucid.network import Network
    from pellucid.plan.parts import Shape
    from pellucid.sources.source import Source
    from pellucid.tables import TablePreparation

MEASURED = 16_000_000  # numbers, at most, that mean and deviation are taken from


def build(
    recipe: Recipe, source: Source, train: Dataset, seed: int, preparation: TablePreparation | None = None
) -> Network:
    """The network of a recipe.

    Parameters
    ----------
    train : Dataset
        The rows for training: inputs are standardized by them, and an output for numbers starts at their mean.
    preparation : TablePreparation, optional
        How rows of a table become inputs.

    Raises
    ------
    DescriptionError
        The model does not fit the size of the pictures.
    """
    from pellucid.layers import Input
    from pellucid.network import Network

    if preparation is not None:
        return build_for_table(recipe, source, preparation, seed)
    shape, numbers = source.data.input_shape, source.task == "numbers"
    if len(shape) == 2 and (recipe.model != "plain" or recipe.augment or recipe.standardize):
        shape = (*shape, 1)
    before: list[Layer] = [Input(shape)]
    if recipe.augment:
        from pellucid.layers import Augment

        before.append(Augment(**recipe.augment))
    if recipe.standardize:
        before.append(_standardize(train))
    mean = float(train.y.mean()) if numbers else None
    try:
        hidden = _plain(recipe, shape) if recipe.model == "plain" else _model(recipe, shape)
        layers = [*before, *hidden, _output(recipe, mean)]
        net = Network(layers, name=source.short_name, seed=seed, dtype=recipe.dtype)
    except DescriptionError as error:
        if recipe.model == "plain":
            raise
        size = "×".join(map(str, shape[:2]))
        mend = (
            "give larger ones with --size, or use another --model"
            if source.kind == "pictures"
            else "use another --model"
        )
        raise DescriptionError(
            f"The model {recipe.model} does not fit pictures of {size} pixels; {mend}. {error}"
        ) from error
    net.class_names = None if numbers else source.class_names
    net.feature_names, net.preparation = source.data.feature_names, source.preparation
    _compile(net, recipe, numbers)
    return net


def build_for_table(recipe: Recipe, source: Source, preparation: TablePreparation, seed: int) -> Network:
    """The network for a prepared table: its inputs, an Embedding where there are codes, the recipe's dense layers.

    For numbers it learns standardised targets.
    """
    from pellucid.layers import Input
    from pellucid.network import Network

    shape, embedding = (len(preparation.input_names),), preparation.embedding()
    before: list[Layer] = [Input(shape)] + ([] if embedding is None else [embedding])
    layers = [*before, *_plain(recipe, shape), _output(recipe, None)]
    net = Network(layers, name=source.short_name, seed=seed, dtype=recipe.dtype)
    net.class_names = source.class_names if source.task == "classes" else None
    net.feature_names, net.preparation = preparation.input_names, preparation.to_dict()
    _compile(net, recipe, source.task == "numbers")
    return net


def _compile(net: Network, recipe: Recipe, numbers: bool) -> None:
    rate = recipe.rate if recipe.schedule == "constant" else {"kind": recipe.schedule, "rate": recipe.rate}
    options = {"weight_decay": recipe.weight_decay, "average": recipe.average}
    optimizer = {"kind": recipe.optimizer, "rate": rate} | {k: v for k, v in options.items() if v is not None}
    smoothing = {"label_smoothing": recipe.label_smoothing} if recipe.label_smoothing else {}
    signs = recipe.loss == "hinge" and recipe.output_units == 1
    metric: Any = "mae" if numbers else {"kind": "accuracy", "threshold": 0.0} if signs else "accuracy"
    net.compile({"kind": recipe.loss, **smoothing}, optimizer, [metric])


def _standardize(train: Dataset) -> Layer:
    """Standardize by the pictures for training, or by as many of them as are needed for exact figures."""
    import numpy as np

    from pellucid.layers.standardize.spec import Standardize
    from pellucid.sources.pictures_on_disk import PicturesOnDisk

    X: Any = train.X
    count = min(train.n, max(1, MEASURED // int(np.prod(train.input_shape))))
    places = np.unique(np.linspace(0, train.n - 1, count).astype(np.int64))
    some = X.take(places) if isinstance(X, PicturesOnDisk) else X[places]
    return Standardize.of(some[..., np.newaxis] if some.ndim == 3 else some)


def _plain(recipe: Recipe, shape: Shape) -> list[Layer]:
    from pellucid import layers as kinds  # each is imported where it is asked for

    layers: list[Layer] = [kinds.Flatten()] if len(shape) > 1 else []
    for units in recipe.layers:
        layers.append(kinds.Dense(units, activation=recipe.activation, regularizer=_regularizer(recipe)))
        if recipe.dropout:
            layers.append(kinds.Dropout(recipe.dropout))
    return layers


def _model(recipe: Recipe, shape: Shape) -> list[Layer]:
    """The layers of a ready model, but for its output."""
    from pellucid import models

    if recipe.model == "small_vgg":
        return _small_vgg(recipe.layers, recipe.dropout)
    net: Network = getattr(models, recipe.model)(shape, max(2, recipe.output_units))
    return [layer for _, layer in net.layers[:-1]]


def _small_vgg(filters: Sequence[int], dropout: float) -> list[Layer]:
    """Blocks of a 3×3 convolution and a pooling (after Simonyan and Zisserman 2014), then the mean of each map."""
    from pellucid.layers import Activation, BatchNorm, Conv2D, Dropout, GlobalAvgPool2D, MaxPool2D

    layers: list[Layer] = []
    for count in filters:
        layers += [Conv2D(count, 3, padding="same", bias=False), MaxPool2D(2), BatchNorm(), Activation("relu")]
    return [*layers, GlobalAvgPool2D(), *([Dropout(dropout)] if dropout else [])]


def _regularizer(recipe: Recipe) -> Any:
    if not recipe.l2:
        return None
    from pellucid.regularizers import L2

    return L2(recipe.l2)


def _output(recipe: Recipe, mean: float | None) -> Layer:
    """The last layer; a number starts at the mean of the targets."""
    from pellucid.initializers import Constant
    from pellucid.layers import Dense

    layer = Dense(recipe.output_units, activation=recipe.output_activation, regularizer=_regularizer(recipe))
    if mean is None or recipe.output_activation != "identity":
        return layer
    return replace(layer, bias_initializer=Constant(mean))
