"""The layers of a network one by one, also those within others, and where their parameters stand on a sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.plan.parts import Shape
from pellucid.trace.names import Names
from pellucid.views.worksheet.sheets import place_names, short_names

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.network import Network

# Layers that leave every number in its place, so that columns behind them are still the inputs'.
IN_PLACE = ("Flatten", "Reshape", "Standardize", "Dropout", "Augment", "BatchNorm", "LayerNorm")
COLUMNS = {"gamma": "γ", "beta": "β", "mean": "mean", "variance": "variance"}  # above parameters of one axis; else b


@dataclass(frozen=True)
class Placed:
    """A layer, and where it stands in the network.

    Attributes
    ----------
    path : str
        ``dense_1``, or ``ensemble_1.member_2.dense_1`` within another.
    layer : Layer
    plain : bool
        Whether what comes in has a place for each of the network's inputs, in their order.
    ends : bool
        Whether its output is the network's, or goes into the network's with no layer between.
    """

    path: str
    layer: Layer
    plain: bool
    ends: bool


@dataclass(frozen=True)
class Array:
    """A parameter or a statistic.

    Attributes
    ----------
    row : str
        The row of blocks that it stands in: its layer, or itself where the layer's arrays have different units.
    name, short : str
        ``dense_1.weights`` and ``weights``.
    shape : Shape
    units, columns : tuple of str
        The names of its rows and columns.
    """

    row: str
    name: str
    short: str
    shape: Shape
    units: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def role(self) -> str:
        """Its colour."""
        if self.short in ("mean", "variance"):
            return "statistic"
        return "bias" if self.short in ("bias", "beta") else "weight"


def placed(net: Network) -> list[Placed]:
    """All layers, each before those within it.

    >>> from pellucid import Dense, Ensemble, Input, Network
    >>> net = Network([Input(2), Dense(3), Ensemble([[Dense(1)], [Dense(2), Dense(1)]])])
    >>> [at.path for at in placed(net) if at.ends]
    ['ensemble_1', 'ensemble_1.member_1.dense_1', 'ensemble_1.member_2.dense_2']
    """
    return _chain("", net.layers, True, True)


def _chain(prefix: str, layers: Iterable[tuple[str, Layer]], plain: bool, ends: bool) -> list[Placed]:
    found, listed = [], list(layers)
    for k, (name, layer) in enumerate(listed, start=1):
        last = ends and k == len(listed)
        found.append(Placed(f"{prefix}{name}", layer, plain, last))
        for branch, inner in branches(layer):
            found += _chain(f"{prefix}{name}.{branch}", inner, plain, last)
        plain = plain and layer.kind in IN_PLACE
    return found


def branches(layer: Any) -> list[tuple[str, list[tuple[str, Layer]]]]:
    """The chains of layers within a layer, each with what stands before the names of its layers."""
    chains: dict[str, Any] = {}
    if layer.kind == "Residual":
        chains = {"": layer.layers, "shortcut.": layer.shortcut}
    if layer.kind == "Ensemble":
        chains = {f"member_{k}.": member for k, member in enumerate(layer.members, start=1)}
    return [(branch, [(str(inner.label), inner) for inner in inside]) for branch, inside in chains.items()]


def parameters_of(net: Network) -> list[Array]:
    """All parameters, in order."""
    return [array for array in _arrays(net) if array.role != "statistic"]


def statistics_of(net: Network) -> list[Array]:
    """What layers keep of the data that they were trained on."""
    return [array for array in _arrays(net) if array.role == "statistic"]


def rows_of(net: Network) -> list[tuple[str, tuple[str, ...]]]:
    """The rows of parameters on a sheet, and the names of their units."""
    return list({array.row: array.units for array in _arrays(net)}.items())


def _arrays(net: Network) -> list[Array]:
    shapes = {name: spec.shape for name, spec in net.parameter_specs()}
    shapes |= {name: array.shape for name, array in net.weights.items() if name not in shapes}
    layers = {at.path: at for at in placed(net)}
    counts: dict[str, set[int]] = {}
    for name, shape in shapes.items():
        counts.setdefault(name.rpartition(".")[0], set()).add(shape[-1])
    found = []
    for name, shape in shapes.items():
        path, _, short = name.rpartition(".")
        row = path if len(counts[path]) == 1 else name
        found.append(
            Array(row, name, short, shape, _units(net, layers[path], shape), _columns(net, layers[path], short, shape))
        )
    return found


def _units(net: Network, at: Placed, shape: Shape) -> tuple[str, ...]:
    named = _fitting(net.class_names, net.output_shape)
    if at.ends and named and shape[-1] == len(named):
        return named
    return tuple(f"unit {k}" for k in range(shape[-1]))


def _columns(net: Network, at: Placed, short: str, shape: Shape) -> tuple[str, ...]:
    """Where each number of a parameter comes from."""
    if len(shape) == 1:
        return (COLUMNS.get(short, "b"),)
    if at.layer.kind == "Embedding":
        return tuple(f"code {k}" for k in range(shape[0]))
    if len(shape) == 2 and at.plain and shape[0] == math.prod(net.input_shape):
        return input_names(net)
    return place_names(shape[:-1])


def input_names(net: Network) -> tuple[str, ...]:
    """The features' names, or x[0], x[1], …; pixels by row and column."""
    return short_names(Names("input", net.input_shape, net.input_shape, _fitting(net.feature_names, net.input_shape)))


def output_names(net: Network) -> tuple[str, ...]:
    """The classes' names, or the units' numbers."""
    names = net.class_names if net.output_units > 1 else None
    return short_names(Names("output", net.output_shape, net.output_shape, _fitting(names, net.output_shape)))


def sample_names(count: int) -> tuple[str, ...]:
    """sample 0, sample 1, …"""
    return tuple(f"sample {s}" for s in range(count))


def _fitting(names: tuple[str, ...] | None, shape: Shape) -> tuple[str, ...] | None:
    return names if names is not None and len(names) == math.prod(shape) else None
