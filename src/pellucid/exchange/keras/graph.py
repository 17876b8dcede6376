"""The layers of a Keras model: what ``config.json`` says of each, and where its arrays lie in the weights' file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from numpy.typing import NDArray

from pellucid.exchange.text import Identifiers
from pellucid.plan.parts import Shape


@dataclass(frozen=True)
class KerasLayer:
    """One layer.

    Attributes
    ----------
    kind : str
        Its class in ``keras.layers``.
    name : str
    config : dict
    inputs : tuple of str
        The names of the layers that it takes outputs of.
    arrays : tuple of ndarray
        Its variables in Keras's order.
    shape : Shape
        Of one sample of its output.
    """

    kind: str
    name: str
    config: dict[str, Any]
    inputs: tuple[str, ...]
    shape: Shape
    arrays: tuple[NDArray[Any], ...] = field(default=())


class Model:
    """Layers in the order of writing; the first is the InputLayer."""

    def __init__(self, shape: Shape, dtype: str) -> None:
        self.dtype = dtype
        self.layers: dict[str, KerasLayer] = {}
        self._names = Identifiers()
        first = self._names["input_layer"]
        self.layers[first] = KerasLayer("InputLayer", first, {"batch_shape": [None, *shape]}, (), shape)

    def add(
        self, kind: str, name: str, inputs: Sequence[str], shape: Shape, arrays: Iterable[NDArray[Any]] = (), **own: Any
    ) -> str:
        """Add a layer; return its name, which has letters, digits and underscores alone."""
        plain = self._names[name]
        self.layers[plain] = KerasLayer(kind, plain, own, tuple(inputs), shape, tuple(arrays))
        return plain

    @property
    def is_chain(self) -> bool:
        """Whether every layer takes the one before it, as in Keras's ``Sequential``."""
        names = list(self.layers)
        return all(self.layers[b].inputs == (a,) for a, b in pairwise(names))


def in_keras_order(inputs: Mapping[str, Sequence[str]], output: str) -> list[str]:
    """The layers of a functional model in Keras's order: by their distance from the output, then as they are met.

    The weights' file names layers by their class and their place in this order, so it has to be the very same.

    >>> in_keras_order({"in": [], "a": ["in"], "b": ["in"], "c": ["a"], "sum": ["b", "c"]}, "sum")
    ['in', 'a', 'b', 'c', 'sum']
    """
    met: dict[str, int] = {}
    finished: dict[str, None] = {}  # each after all that it takes
    stack = [(output, False)]
    while stack:
        name, done = stack.pop()
        if done:
            finished[name] = None
        elif name not in met:
            met[name] = len(met)
            stack.append((name, True))
            stack += [(source, False) for source in reversed(inputs[name])]
    depth = dict.fromkeys(finished, 0)
    for name in reversed(finished):
        for source in inputs[name]:
            depth[source] = max(depth[source], depth[name] + 1)
    return sorted(finished, key=lambda name: (-depth[name], met[name]))


def places(kinds: Iterable[str]) -> list[str]:
    """Where the arrays of layers of these classes lie: ``dense``, ``dense_1``, …

    >>> places(["Conv2D", "BatchNormalization", "Conv2D"])
    ['conv2d', 'batch_normalization', 'conv2d_1']
    """
    seen: dict[str, int] = {}
    found = []
    for kind in kinds:
        name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
        name = re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
        count = seen[name] = seen.get(name, -1) + 1
        found.append(f"{name}_{count}" if count else name)
    return found
