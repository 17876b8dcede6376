"""One node that is being read: its inputs and attributes, each checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.chain import Tensor, Unreadable


@dataclass(frozen=True, eq=False)
class Part:
    """Something that is no layer yet, such as the mean that a later node subtracts.

    Attributes
    ----------
    kind : str
        What it is so far.
    tensor : Tensor
        What it was computed from.
    data : Any
        What more is known.
    """

    kind: str
    tensor: Tensor
    data: Any = None


Value = Tensor | Part | NDArray[Any]


@dataclass(frozen=True)
class Node:
    """A node of the graph.

    Attributes
    ----------
    op : str
    inputs : tuple of Tensor, Part, ndarray or None
        None where an optional input is left out.
    attributes : dict
    opset : int
    batch : int
        How many samples the graph is made for; 0: any number.
    """

    op: str
    inputs: tuple[Value | None, ...]
    attributes: dict[str, Any]
    opset: int
    batch: int = 0

    def tensor(self, place: int = 0) -> Tensor:
        """An input that depends on the samples."""
        given = self.given(place)
        if not isinstance(given, Tensor):
            what = "a constant" if isinstance(given, np.ndarray) else f'"{given.kind}"' if given else "missing"
            raise Unreadable(f"input {place} is {what}, but it should be a value that depends on the samples")
        return given

    def constant(self, place: int) -> NDArray[Any]:
        """An input that is the same for all samples."""
        given = self.given(place)
        if not isinstance(given, np.ndarray):
            raise Unreadable(f"input {place} should be a constant")
        return given

    def given(self, place: int) -> Value | None:
        """An input, or None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def attribute(self, name: str, default: Any) -> Any:
        """An attribute of the type that the default has, or the default; lists are of whole numbers."""
        if name not in self.attributes:
            return default
        found = self.attributes[name]
        if isinstance(default, float) and isinstance(found, (int, float)) and np.isfinite(found):
            return float(found)
        if isinstance(default, list) and isinstance(found, list) and all(isinstance(n, int) for n in found):
            return found
        if isinstance(default, bytes) and isinstance(found, bytes):
            return found
        if isinstance(default, int) and isinstance(found, int):
            return found
        raise Unreadable(f"its attribute {name} is {found!r}, but it should be {type(default).__name__}")

    def whole(self, place: int, name: str) -> list[int] | None:
        """Whole numbers that newer sets of operators take as an input, and older ones as an attribute."""
        if name in self.attributes:
            found: list[int] = self.attribute(name, [0])
            return found
        if self.given(place) is None:
            return None
        return [int(n) for n in self.constant(place).ravel()]

    def axes(self, given: list[int], rank: int) -> list[int]:
        """Axes of a sample from axes of the graph, where the samples are axis 0."""
        axes = sorted({axis + rank + 1 if axis < 0 else axis for axis in given})
        if not axes or axes[0] < 1 or axes[-1] > rank:
            raise Unreadable(f"axes {given} are none of a sample with {rank} axes")
        return [axis - 1 for axis in axes]
