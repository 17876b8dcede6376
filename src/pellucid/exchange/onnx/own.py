"""A network from a file that Pellucid wrote: by its description, once the graph has been seen to say the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.errors import ModelFileError
from pellucid.exchange.onnx.file import opset
from pellucid.exchange.onnx.write import build
from pellucid.exchange.own import check_version, described, sizes

if TYPE_CHECKING:
    from pellucid.network import Network


def restore(model: Any, text: str, constants: dict[str, NDArray[Any]]) -> Network:
    """The network of the description, with the numbers of the graph.

    The network is exported again, and must give the same nodes and numbers as are in the file, bit by bit.

    Raises
    ------
    ModelFileError
        It does not.
    """
    about = json.loads(text)
    check_version(about)
    weights = {name: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for name, a in constants.items()}
    wanted = sizes(about["network"])
    for name, shape in wanted.items():
        if name not in weights or weights[name].shape != shape:
            raise ModelFileError(f'the numbers "{name}" have not the shape {shape}')
    net = described(about)
    net.set_weights({name: weights[name] for name in wanted})
    # Files of before the preparation could lie in the graph do not say whether it does.
    if _said(build(net, opset(model, "the file"), net.dtype, about.get("raw", False))) != _said(model):
        raise ModelFileError("its nodes or numbers are others")
    return net


def _said(model: Any) -> list[bytes]:
    """All that the graph computes."""
    graph = model.graph
    parts = (graph.input, graph.node, graph.initializer, graph.output)
    return [one.SerializeToString(deterministic=True) for part in parts for one in part]
