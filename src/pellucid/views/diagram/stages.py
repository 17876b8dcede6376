"""What a diagram shows, in order: the input and every layer as a stage of units, of maps, or as a labelled block."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.plan.parts import Shape
from pellucid.views.diagram.sample import Sample

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.network import Network

MAPS = 6  # maps of a stage that are shown, at most
MAPPED = ("Input", "Conv2D", "MaxPool2D", "AvgPool2D", "Residual", "Ensemble")  # kinds whose values are shown as maps

BRANCHED = ("Residual", "Ensemble")  # kinds with layers inside

Values = NDArray[Any] | None


@dataclass(frozen=True, eq=False)
class Stage:
    """One column of a diagram.

    Attributes
    ----------
    name, kind, size : str
        What stands above it: the layer, its kind and activation, how many units or maps.
    role : str
        "input", "hidden", "output", or "plain" for layers without weights.
    form : str
        "units", "maps", "block", or "branches" for what is inside a Residual or Ensemble.
    shape : tuple of int
        Of one sample after it.
    shown : tuple of int
        The units or maps that are drawn, of ``count``.
    labels : tuple of str
        Their names, as many as are shown; empty where nothing is written.
    link : str
        How it hangs on the stage before: "dense", "each" (one to one) or "all".
    weights, bias : array, optional
        (I, O) and (O,) of a dense layer; (KH, KW, C, O) and (O,) of a convolution.
    a, delta : array, optional
        Activations and ∂C/∂z of the sample, of ``shape``.
    gradient, bias_gradient : array, optional
        ∂C/∂W and ∂C/∂b, shaped as weights and bias.
    branches : tuple of tuples of str
        What each of them is made of.
    says : bool
        Whether it is the last one, whose values are what the network says.
    """

    name: str
    kind: str
    size: str
    role: str
    form: str
    shape: Shape
    count: int = 0
    shown: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    link: str = "all"
    weights: Values = None
    bias: Values = None
    a: Values = None
    delta: Values = None
    gradient: Values = None
    bias_gradient: Values = None
    branches: tuple[tuple[str, ...], ...] = ()
    says: bool = False

    @property
    def folded(self) -> bool:
        """Whether some are left out."""
        return len(self.shown) < self.count


def stages_of(net: Network, sample: Sample | None, fold: int) -> list[Stage]:
    """The input and the layers of a network, as they are drawn."""
    arrays = net.weights
    stages = [_input(net, sample, fold)]
    weighted = [k for k, (_, layer) in enumerate(net.layers) if layer.kind in ("Dense", "Conv2D")]
    last = weighted[-1] if weighted else len(net.layers) - 1
    inputs = (net.input_shape, *net.shapes)
    for k, ((name, layer), before, shape) in enumerate(zip(net.layers, inputs, net.shapes, strict=False)):
        if layer.kind in BRANCHED:
            stages.append(_branches(name, layer))
        role = "output" if k == last else "hidden" if layer.parameters(before) else "plain"
        stages.append(_layer(net, name, layer, shape, role, sample, arrays, fold))
    return stages


def _input(net: Network, sample: Sample | None, fold: int) -> Stage:
    shape, values = net.input_shape, None if sample is None else sample.x
    if len(shape) > 1:
        size = "×".join(map(str, shape))
        maps = 1 if len(shape) == 2 or shape[2] == 3 else shape[2]  # red, green and blue are one picture
        return Stage("input", "", size, "input", "maps", shape, maps, _first(maps, min(fold, MAPS)), a=values)
    count = shape[0]
    shown = chosen(count, fold, values)
    names = net.feature_names or tuple(f"x[{k}]" for k in range(count))
    labels = tuple(names[k] for k in shown)
    return Stage("input", "", _many(count, "feature", shown), "input", "units", shape, count, shown, labels, a=values)


def _layer(
    net: Network, name: str, layer: Layer, shape: Shape, role: str, sample: Sample | None,
    arrays: dict[str, NDArray[Any]], fold: int,
) -> Stage:  # fmt: skip
    activation = getattr(getattr(layer, "activation", None), "name", "")
    kind = layer.kind + (f" · {activation}" if activation and activation != "identity" else "")
    found = {} if sample is None else sample.of(name)
    a, delta = found.get("a"), found.get("delta")
    held: dict[str, Any] = {
        field: array
        for field, array in (("weights", arrays.get(f"{name}.weights")), ("bias", arrays.get(f"{name}.bias")))
        if array is not None and layer.kind in ("Dense", "Conv2D")
    }
    if held and sample is not None:
        held |= {"gradient": sample.gradients.get(f"{name}.weights")}
        held |= {"bias_gradient": sample.gradients.get(f"{name}.bias")}
    if len(shape) == 1:
        shown = chosen(shape[0], fold, a)
        noun = "unit" if layer.kind == "Dense" else "value"
        labels = _unit_names(net, name, shown, shape[0])
        link = "dense" if layer.kind == "Dense" else "all" if layer.kind in ("Flatten", *BRANCHED) else "each"
        size = _many(shape[0], noun, shown)
        held |= {"says": name == net.layers[-1][0]}
        return Stage(name, kind, size, role, "units", shape, shape[0], shown, labels, link, a=a, delta=delta, **held)
    if layer.kind in MAPPED and len(shape) == 3:
        shown, size = _first(shape[2], min(fold, MAPS)), f"{shape[2]} maps {shape[0]}×{shape[1]}"
        if layer.kind == "Residual":
            kind = f"{activation} of the sum"
        link = "each" if layer.kind.endswith("Pool2D") else "all"
        return Stage(name, kind, size, role, "maps", shape, shape[2], shown, (), link, a=a, delta=delta, **held)
    return Stage(name, block_words(layer), "", role, "block", shape, 1, (0,))


def _branches(name: str, layer: Any) -> Stage:
    """What is inside a layer, side by side: a Residual's path and shortcut, an Ensemble's members."""
    sides = (layer.layers, layer.shortcut) if layer.kind == "Residual" else layer.members
    branches = tuple(tuple(block_words(inner) for inner in side) for side in sides)
    return Stage(name, layer.kind, "", "hidden", "branches", (), 1, (0,), branches=branches)


def _unit_names(net: Network, name: str, shown: tuple[int, ...], count: int) -> tuple[str, ...]:
    """Classes after the last layer; numbers where units are left out, since then their place does not tell."""
    compiled = net.compiled and net.loss.targets == "classes"
    if name == net.layers[-1][0] and net.class_names and count in (1, len(net.class_names)):
        names = net.class_names if count > 1 else (net.class_names[-1],)
        return tuple(names[k] for k in shown)
    if name == net.layers[-1][0] and count > 1 and compiled:
        return tuple(str(k) for k in shown)  # the labels from 0
    return tuple(str(k) for k in shown) if len(shown) < count else ()


def chosen(count: int, most: int, values: Values) -> tuple[int, ...]:
    """The units that are drawn: all; or the first and the last; or, for a sample, those with the largest |a|.

    >>> chosen(4, 12, None), chosen(100, 4, None), chosen(5, 2, np.array([0, 3, 0, -9, 1]))
    ((0, 1, 2, 3), (0, 1, 2, 99), (1, 3))
    """
    if count <= most or values is None:
        return _first(count, most)
    largest = np.argsort(-np.abs(values.reshape(-1)), kind="stable")[:most]
    return tuple(sorted(int(k) for k in largest))


def _first(count: int, most: int) -> tuple[int, ...]:
    return tuple(range(count)) if count <= most else (*range(most - 1), count - 1)


def _many(count: int, noun: str, shown: tuple[int, ...]) -> str:
    text = f"{count:,} {noun}{'' if count == 1 else 's'}"
    return text if len(shown) == count else f"{text}, {len(shown)} shown"


def block_words(layer: Layer) -> str:
    """A layer in a few words.

    >>> from pellucid import Conv2D, Dropout, MaxPool2D
    >>> block_words(Conv2D(8, 3, activation="relu")), block_words(MaxPool2D(2)), block_words(Dropout(0.4))
    ('Conv2D 3×3, 8 maps, relu', 'MaxPool2D 2×2', 'Dropout 0.4')
    """
    given: Any = layer
    words = []
    for field in ("kernel", "size"):
        if hasattr(layer, field):
            words.append("×".join(map(str, getattr(given, field))))
    if hasattr(layer, "filters"):
        words.append(f"{given.filters} maps")
    if hasattr(layer, "units"):
        words.append(f"{given.units} units")
    if layer.kind == "Dropout":
        words.append(f"{given.rate:g}")
    activation = getattr(getattr(layer, "activation", None), "name", "identity")
    if activation != "identity":
        words.append(activation)
    return f"{layer.kind} {', '.join(words)}".rstrip()


def scale_of(stages: list[Stage], field: str) -> float:
    """The largest size of a number of a kind, over all stages; 0 where there are none."""
    found = [getattr(stage, field) for stage in stages if getattr(stage, field) is not None]
    return max((float(np.abs(v).max()) for v in found if v.size), default=0.0)


def pixels(stage: Stage) -> int:
    """Pixels of a map."""
    return math.prod(stage.shape[:2])
