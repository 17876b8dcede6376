"""A network from an ONNX file."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import ModelFileError, PellucidError
from pellucid.exchange.chain import FAULTS, Joints, OtherLayout, Tensor, Unreadable, assemble, in_order, reading
from pellucid.exchange.onnx.file import array, opset, read_model
from pellucid.exchange.onnx.node import Node, Value
from pellucid.exchange.onnx.package import find_onnx
from pellucid.exchange.onnx.readers.table import READERS
from pellucid.exchange.onnx.windows import MOST
from pellucid.network import Network

PICTURES = ("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool")
BEFORE = ("Identity", "Cast", "Sub", "Div", "Mul", "Add", "BatchNormalization", "Dropout", "Pad")  # may come before


def from_onnx(path: str | os.PathLike[str]) -> Network:
    """Read a network from an ONNX file.

    A file that ``net.export`` wrote gives the same network back: weights, description, names, compile settings. Of
    other files the nodes are read: layers as PyTorch, Keras and others write them, and sums of two branches as
    ``Residual``. Where a model takes pictures with their channels first, the network takes them with the channels last,
    as all of Pellucid's do; its weights are turned to fit.

    Parameters
    ----------
    path : path
        Weights that the model keeps in other files are looked for in its folder alone.

    Returns
    -------
    Network

    Raises
    ------
    ModelFileError
        The file is damaged, or a node has no counterpart in Pellucid; the node is named.

    Warns
    -----
    UserWarning
        The file holds a description by Pellucid that its graph does not meet; then the graph is read.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid import Dense, Input, Network, from_onnx
    >>> net = Network([Input(2), Dense(3, "gelu"), Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, = net.export(f"{folder}/net.onnx")
    ...     again = from_onnx(path)
    >>> bool((again.parameters == net.parameters).all()), again.to_dict() == net.to_dict()
    (True, True)
    """
    path = Path(path)
    model = read_model(path)
    with reading(path):
        return _read(path, model)


def _read(path: Path, model: Any) -> Network:
    constants = {t.name: array(t, path.parent, path) for t in model.graph.initializer}
    if model.graph.sparse_initializer:
        raise Unreadable("its weights are sparse, which Pellucid's are not. Write it with dense ones")
    properties = {entry.key: entry.value for entry in model.metadata_props}
    if "pellucid" in properties:
        from pellucid.exchange.onnx.own import restore

        try:
            return restore(model, properties["pellucid"], constants)
        except (PellucidError, *FAULTS) as error:
            words = f"{path}: the graph is not what the description in the file says ({error}). The graph is read."
            warnings.warn(words, UserWarning, stacklevel=3)
    net = _by_graph(path, model, constants)
    net.class_names = _names(properties.get("class_names"), net.output_units)
    net.feature_names = _names(properties.get("feature_names"), math.prod(net.input_shape))
    return net


def _names(text: str | None, count: int) -> tuple[str, ...] | None:
    """Names from the metadata, where there are as many as can be."""
    try:
        names = json.loads(text or "null")
    except ValueError:
        return None
    fits = isinstance(names, list) and 0 < len(names) <= max(2, count) and all(isinstance(n, str) for n in names)
    return tuple(names) if fits else None


def _by_graph(path: Path, model: Any, constants: dict[str, NDArray[Any]]) -> Network:
    """The network that the nodes compute."""
    graph = model.graph
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        names = ", ".join(f'"{value.name}"' for value in (inputs if len(inputs) != 1 else graph.output))
        raise Unreadable(f"one input and one output are expected, but there are {names or 'none'}")
    batch, shape, dtype = _input(inputs[0])
    shape = shape or (1,)
    channels_first = None
    if len(shape) == 3:
        index = np.arange(math.prod(shape)).reshape(*shape[1:], shape[0])
        channels_first = Tensor(index.transpose(2, 0, 1), index.shape)
    as_it_is = Tensor(np.arange(math.prod(shape)).reshape(shape), shape)
    tries = [as_it_is, channels_first]
    if channels_first is not None and _meets_pictures(graph, inputs[0].name):
        tries.reverse()
    first_error: Unreadable | None = None
    for start in (one for one in tries if one is not None):
        try:
            end = _run(path, model, constants | {inputs[0].name: start}, batch)
            return _network(graph, start, end, dtype)
        except OtherLayout as error:
            first_error = first_error or error
    assert first_error is not None
    raise first_error


def _input(value: Any) -> tuple[int, tuple[int, ...], str]:
    """(samples, or 0 for any number; the shape of a sample; the dtype)."""
    proto, kind = find_onnx().TensorProto, value.type.tensor_type
    if kind.elem_type not in (proto.FLOAT, proto.DOUBLE, proto.FLOAT16):
        raise Unreadable(f'the input "{value.name}" is not one of floating-point numbers')
    first, *dims = [size.dim_value for size in kind.shape.dim] or [0]
    for axis, size in enumerate(dims, start=1):
        if size < 1:
            raise Unreadable(f'the input "{value.name}" has no fixed size along axis {axis}. Export it with one')
    if not dims or math.prod(dims) > MOST:
        raise Unreadable(f'the input "{value.name}" has the shape {tuple(dims)}, of which no samples can be made')
    return max(0, first), tuple(dims), "float64" if kind.elem_type == proto.DOUBLE else "float32"


def _meets_pictures(graph: Any, name: str) -> bool:
    """Whether the input comes to a convolution or a pooling before its axes are turned."""
    names = {name}
    for node in graph.node:
        if names & set(node.input):
            if node.op_type in PICTURES:
                return True
            if node.op_type in BEFORE:
                names |= set(node.output)
    return False


def _run(path: Path, model: Any, values: dict[str, Any], batch: int) -> Value:
    """Read node by node; return the output's value."""
    joints, version = Joints(), opset(model, path)
    for number, proto in enumerate(model.graph.node, start=1):
        where = f'node {number} "{proto.name or ", ".join(proto.output)}" ({proto.op_type})'
        try:
            if proto.op_type == "Constant":
                made: Value = _constant(path, proto)
            else:
                made = _reader(proto)(_node(proto, values, version, batch), joints)
            if isinstance(made, np.generic):
                made = np.asarray(made)
            if isinstance(made, np.ndarray) and made.size > MOST:
                raise Unreadable(f"it makes {made.size:,} numbers")
        except Unreadable as error:
            raise type(error)(f"{where}: {error}") from error
        except (PellucidError, *FAULTS) as error:
            if isinstance(error, ModelFileError):
                raise
            raise Unreadable(f"{where} cannot be read: {str(error).rstrip('.')}") from error
        if not proto.output:
            raise Unreadable(f"{where} has no output")
        values[proto.output[0]] = made
    end: Value = _known(values, model.graph.output[0].name)
    return end


def _reader(proto: Any) -> Callable[[Node, Joints], Value]:
    if proto.domain not in ("", "ai.onnx") or proto.op_type not in READERS:
        domain = f"{proto.domain}." if proto.domain not in ("", "ai.onnx") else ""
        raise Unreadable(f"Pellucid has no layer for {domain}{proto.op_type}")
    return READERS[proto.op_type]


def _node(proto: Any, values: dict[str, Any], version: int, batch: int) -> Node:
    given = {a.name: find_onnx().helper.get_attribute_value(a) for a in proto.attribute}
    attributes = {k: v if isinstance(v, (bytes, int, float)) else list(v) for k, v in given.items() if _is_plain(v)}
    inputs = tuple(_known(values, name) if name else None for name in proto.input)
    return Node(proto.op_type, inputs, attributes, version, batch)


def _is_plain(value: Any) -> bool:
    """Whether an attribute is a number, text or a list of them."""
    return isinstance(value, (bytes, int, float)) or (hasattr(value, "__len__") and not hasattr(value, "DESCRIPTOR"))


def _known(values: dict[str, Any], name: str) -> Any:
    if name not in values:
        raise Unreadable(f'the value "{name}" is made by no node before')
    return values[name]


def _constant(path: Path, proto: Any) -> NDArray[Any]:
    """A constant that stands among the nodes."""
    for attribute in proto.attribute:
        if attribute.name == "value":
            return array(attribute.t, path.parent, path)
        if attribute.name in ("value_float", "value_floats", "value_int", "value_ints"):
            return np.array(find_onnx().helper.get_attribute_value(attribute))
    raise Unreadable("it has no numbers")


def _network(graph: Any, start: Tensor, end: Value, dtype: str) -> Network:
    """Layers and numbers of a chain."""
    from pellucid.layers import Activation, Input

    if not isinstance(end, Tensor):
        raise Unreadable("its output is not what a layer of Pellucid makes")
    if not in_order(end.index):
        turned = np.moveaxis(end.index, 0, -1)
        if not in_order(turned):
            raise OtherLayout("its output has its axes in another order than Pellucid's layers give")
        end = end.seen_as(turned)
    made = assemble(end.shaped(end.index.shape).links) or [(Activation("identity"), {})]
    net = Network([Input(start.shape), *(layer for layer, _ in made)], name=graph.name or "network", dtype=dtype)
    own = zip(net.layers, made, strict=True)
    net.set_weights({f"{name}.{k}": a for (name, _), (_, arrays) in own for k, a in arrays.items()})
    return net
