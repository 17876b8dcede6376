"""Nodes that turn, reshape, cast and take out; with constants they are computed, with samples noted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pellucid.exchange.chain import Tensor, Unreadable
from pellucid.exchange.onnx.node import Node, Part, Value
from pellucid.layers import Activation, Embedding


def identity(node: Node) -> Value:
    given = node.given(0)
    if given is None:
        raise Unreadable("its input is missing")
    return given


def cast(node: Node) -> Value:
    given, to = identity(node), node.attribute("to", 0)
    whole, floats = (6, 7), (1, 11)
    if isinstance(given, np.ndarray):
        return given.astype(np.int64) if to in whole else given.astype(float) if to in floats else given
    if isinstance(given, Part) and given.kind == "z >= 0" and to in floats:
        return given.tensor.then(Activation("step"))
    if isinstance(given, Part) and given.kind == "column" and to in whole:
        return given
    if isinstance(given, Tensor) and to in floats:
        return given
    raise Unreadable("only a cast to floating-point numbers can be read")


def transpose(node: Node) -> Value:
    given = identity(node)
    if isinstance(given, np.ndarray):
        return given.transpose(node.attribute("perm", list(range(given.ndim))[::-1]))
    x = node.tensor()
    order = node.attribute("perm", list(range(x.index.ndim + 1))[::-1])
    if sorted(order) != list(range(x.index.ndim + 1)) or order[0] != 0:
        raise Unreadable(f"it turns axes by {order}, which moves the samples")
    return x.seen_as(x.index.transpose([axis - 1 for axis in order[1:]]))


def flatten(node: Node) -> Value:
    if node.attribute("axis", 1) != 1:
        raise Unreadable("it joins samples")
    x = node.tensor()
    return x.seen_as(x.index.ravel())


def reshape(node: Node) -> Value:
    shape = [int(size) for size in node.constant(1).ravel()]
    given = node.given(0)
    if isinstance(given, np.ndarray):
        return given.reshape(shape)
    x = node.tensor()
    if not shape or (shape[0] not in (0, -1) and shape[0] != node.batch):
        raise Unreadable(f"the shape {shape} joins samples")
    sizes = [x.index.shape[k] if size == 0 and k < x.index.ndim else size for k, size in enumerate(shape[1:])]
    known = math.prod(size for size in sizes if size != -1)
    if shape[0] == -1 and (-1 in sizes or known != x.index.size):
        raise Unreadable(f"the shape {shape} joins samples")
    try:
        return x.seen_as(x.index.reshape(sizes))
    except ValueError as error:
        raise Unreadable(f"samples of shape {x.index.shape} cannot be seen as {sizes}") from error


def squeeze(node: Node) -> Value:
    given, axes = identity(node), node.whole(1, "axes")
    if isinstance(given, np.ndarray):
        return np.squeeze(given, None if axes is None else tuple(axes))
    x = node.tensor()
    ones = [k for k, size in enumerate(x.index.shape) if size == 1]
    return x.seen_as(np.squeeze(x.index, tuple(ones if axes is None else node.axes(axes, x.index.ndim))))


def unsqueeze(node: Node) -> Value:
    given, axes = identity(node), node.whole(1, "axes")
    if axes is None:
        raise Unreadable("its axes are missing")
    if isinstance(given, np.ndarray):
        return np.expand_dims(given, tuple(axes))
    x = node.tensor()
    return x.seen_as(np.expand_dims(x.index, tuple(node.axes(axes, x.index.ndim + len(axes)))))


def shape(node: Node) -> Value:
    return np.array([0, *node.tensor().index.shape])  # 0: as many samples as come in, which Reshape understands too


def gather(node: Node) -> Value:
    table, places = node.given(0), node.given(1)
    axis = node.attribute("axis", 0)
    if isinstance(table, np.ndarray) and isinstance(places, np.ndarray):
        return np.take(table, places.astype(int), axis)
    if isinstance(table, np.ndarray) and isinstance(places, Part) and places.kind == "column" and axis == 0:
        return Part("vector", places.tensor, (places.data, table))
    x, chosen = node.tensor(), node.constant(1)
    if x.index.ndim != 1 or axis not in (1, -1) or x.link is not None:
        raise Unreadable("only columns of the model's input can be taken out")
    return Part("column", x, int(chosen)) if chosen.ndim == 0 else Part("columns", x, chosen.astype(int).tolist())


def concat(node: Node) -> Value:
    if all(isinstance(given, np.ndarray) for given in node.inputs):
        return np.concatenate(
            [np.atleast_1d(node.constant(k)) for k in range(len(node.inputs))], node.attribute("axis", 0)
        )
    parts = [given for given in node.inputs if isinstance(given, Part)]
    numbers = list(parts[0].data) if parts and parts[0].kind == "columns" else []
    vectors = [part for part in parts if part.kind == "vector"]
    whole = len(vectors) + bool(numbers) == len(node.inputs) and node.attribute("axis", 0) in (1, -1)
    x = parts[0].tensor if parts else None
    columns = numbers + [part.data[0] for part in vectors]
    if x is None or not vectors or not whole or columns != list(range(x.index.size)):
        raise Unreadable("only numbers followed by the vectors of all codes can be joined")
    tables = [part.data[1] for part in vectors]
    if any(table.ndim != 2 or 0 in table.shape for table in tables):
        raise Unreadable("a table of vectors must have rows and columns")
    layer = Embedding(tuple(t.shape[0] for t in tables), tuple(t.shape[1] for t in tables))
    made = x.then(layer, {f"table_{k}": table for k, table in enumerate(tables, start=1)})
    units = len(numbers) + sum(table.shape[1] for table in tables)
    return replace(made, index=np.arange(units), shape=(units,))


def slice_(node: Node) -> Value:
    starts, ends, axes, steps = (node.whole(k, name) for k, name in enumerate(("starts", "ends", "axes", "steps"), 1))
    given = node.constant(0)
    if starts is None or ends is None:
        raise Unreadable("its limits are missing")
    cut = [slice(None)] * given.ndim
    for start, end, axis, step in zip(
        starts, ends, axes or range(len(starts)), steps or [1] * len(starts), strict=True
    ):
        cut[axis] = slice(start, end, step)
    return given[tuple(cut)]
