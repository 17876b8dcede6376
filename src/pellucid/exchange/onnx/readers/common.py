"""What readers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.exchange.chain import Joints
from pellucid.exchange.onnx.node import Node, Value

Reader = Callable[[Node, Joints], Value]


def plain(read: Callable[[Node], Any]) -> Reader:
    """A reader of a node that joins no branches."""
    return lambda node, joints: read(node)


def digits(value: float) -> float:
    """A number that the file keeps with seven digits, as it was written: 1e-5 instead of 9.999999747e-06."""
    return float(f"{value:.7g}")
