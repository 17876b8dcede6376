"""A graph that is being written: nodes, constants, and in which order the axes of each value lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.onnx.package import find_onnx
from pellucid.plan.parts import Shape


@dataclass(frozen=True)
class Value:
    """A tensor of the graph.

    Attributes
    ----------
    name : str
    shape : Shape
        Of one sample, with the channels last, as Pellucid has it.
    first : bool
        Whether the channels lie first in the graph, as ONNX's convolutions want them.
    """

    name: str
    shape: Shape
    first: bool = False

    @property
    def turns(self) -> bool:
        """Whether it makes a difference where the channels lie."""
        return len(self.shape) > 1


class Graph:
    """Nodes and constants in the order of writing.

    A value keeps the order of axes that it was made in, and is turned only for a node that needs the other one; turned
    once, both are at hand. So a stack of convolutions is turned once before and once after.
    """

    def __init__(self, opset: int, dtype: str) -> None:
        self.onnx, self.opset, self.dtype = find_onnx(), opset, dtype
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._turned: dict[tuple[str, bool], Value] = {}

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node, which is called as what it makes; return that name."""
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, array: NDArray[Any] | float, dtype: str | None = None) -> str:
        """Add a constant; return its name."""
        made = np.ascontiguousarray(np.asarray(array, dtype or self.dtype)).reshape(np.shape(array))
        self.initializers.append(self.onnx.numpy_helper.from_array(made, name))
        return name

    def channelwise(self, name: str, array: NDArray[Any], beside: Value) -> str:
        """Add a constant with one number for each channel, shaped so that it meets the channels of a value."""
        return self.constant(name, array.reshape(-1, *[1] * (len(beside.shape) - 1)) if beside.first else array)

    def channels_first(self, value: Value) -> Value:
        """The value with its channels first: the axis after the samples."""
        return self._turn(value, True)

    def channels_last(self, value: Value) -> Value:
        """The value with its channels last."""
        return self._turn(value, False)

    def in_row(self, value: Value, name: str) -> Value:
        """A value whose numbers may be read one after another: channels last, or where that makes no difference."""
        if value.first and (value.shape[-1] == 1 or int(np.prod(value.shape[:-1])) == 1):
            return replace(value, first=False)
        return self.channels_last(value)

    def _turn(self, value: Value, first: bool) -> Value:
        if value.first == first or not value.turns:
            return value
        key = (value.name, first)
        if key not in self._turned:
            last = len(value.shape)
            order = [0, last, *range(1, last)] if first else [0, *range(2, last + 1), 1]
            name = self.node("Transpose", [value.name], f"{value.name}.{'first' if first else 'last'}", perm=order)
            self._turned[key] = Value(name, value.shape, first)
            self._turned[name, not first] = value
        return self._turned[key]
