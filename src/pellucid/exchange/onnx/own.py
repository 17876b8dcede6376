"""A network from a file that Pellucid wrote: by its description, once the graph has been seen to say the same."""

from __future__ import annotations

import json
from typing import Any

from numpy.typing import NDArray

from pellucid.errors import ModelFileError
from pellucid.exchange.onnx.file import opset
from pellucid.exchange.onnx.write import VERSION, build
from pellucid.layers import LAYERS
from pellucid.layers.base import name_layers
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
    if about["version"] > VERSION:
        raise ModelFileError("it was written by a newer Pellucid")
    weights = {name: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for name, a in constants.items()}
    wanted = _sizes(about["network"])
    for name, shape in wanted.items():
        if name not in weights or weights[name].shape != shape:
            raise ModelFileError(f'the numbers "{name}" have not the shape {shape}')
    net = Network.from_dict(about["network"])
    net.set_weights({name: weights[name] for name in wanted})
    if about["compile"] is not None:
        net.compile(**about["compile"])
    net.class_names, net.feature_names = (_tuple(about[k]) for k in ("class_names", "feature_names"))
    net.preparation = None if about["preparation"] is None else dict(about["preparation"])
    # Files of before the preparation could lie in the graph do not say whether it does.
    if _said(build(net, opset(model, "the file"), net.dtype, about.get("raw", False))) != _said(model):
        raise ModelFileError("its nodes or numbers are others")
    return net


def _sizes(plain: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shape of every array of a description, found without making any."""
    first, *others = (LAYERS.get(layer) for layer in plain["layers"])
    shape = first.output_shape((), "Input")
    sizes: dict[str, tuple[int, ...]] = {}
    for name, layer in name_layers(others):
        sizes |= {f"{name}.{p.name}": p.shape for p in layer.parameters(shape)}
        sizes |= {f"{name}.{s.name}": s.shape for s in layer.statistics(shape)}
        shape = layer.output_shape(shape, name)
    return sizes


def _said(model: Any) -> list[bytes]:
    """All that the graph computes."""
    graph = model.graph
    parts = (graph.input, graph.node, graph.initializer, graph.output)
    return [one.SerializeToString(deterministic=True) for part in parts for one in part]


def _tuple(names: Any) -> tuple[str, ...] | None:
    return None if names is None else tuple(str(name) for name in names)
