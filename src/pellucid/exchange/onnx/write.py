"""A network to an ONNX file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid import __version__
from pellucid.errors import DataError, DescriptionError
from pellucid.exchange.onnx.graph import Graph, Value
from pellucid.exchange.onnx.nodes import WRITERS
from pellucid.exchange.onnx.package import find_onnx
from pellucid.exchange.onnx.preparation import ML, ML_OPSET, RawInput, columns_text, prepare, raw_inputs
from pellucid.exchange.own import describe
from pellucid.exchange.steps import INPUT, steps

if TYPE_CHECKING:
    from pellucid.network import Network

OLDEST, DEFAULT, NEWEST = 13, 17, 22  # operator sets; 17 is of 2022 and the first with LayerNormalization
OUTPUT, SAMPLES = "output", "N"
DTYPES = ("float32", "float64")
LARGEST = 2**31 - 2**20  # bytes of a protobuf message, less what is not weights


def export(
    net: Network, path: Path, *, opset: int = DEFAULT, dtype: str = "float32", preparation: bool = True
) -> tuple[Path, ...]:
    """Write a network as an ONNX model.

    Its input is called ``input`` and has the shape (N, …) that ``predict`` takes, pictures with their channels last;
    its output ``output``. N may be any number. Weights have the names that ``net.weights`` gives them. The class and
    feature names are in the model's metadata as JSON, and the description is, so that ``from_onnx`` gives the same
    network back.

    A network that prepares a table's rows itself takes raw columns, each an input (N, 1) of the column's name: float64
    for numbers, NaN where one is missing; text for categories and yes/no, empty where it is missing; for dates the
    days since 1970-01-01 as float64. The metadata ``columns`` lists them.

    Parameters
    ----------
    net : Network
    path : Path
    opset : int
        The set of operators, 13 to 22. Newer ones say some things in fewer nodes, older ones are understood by older
        programs.
    dtype : {"float32", "float64"}
        Of all numbers but raw columns. onnxruntime convolves float32 alone.
    preparation : bool
        Whether a table's preparation goes into the model. Without it the model takes prepared rows as ``input``.

    Returns
    -------
    tuple of Path
        The file.

    Raises
    ------
    DescriptionError
        An opset or a dtype that is not known.
    DataError
        The preparation is not the network's.
    """
    from pellucid.record.model_file import write_whole

    write_whole(path, build(net, opset, dtype, preparation).SerializeToString(deterministic=True))
    return (path,)


def build(net: Network, opset: int = DEFAULT, dtype: str = "float32", preparation: bool = True) -> Any:
    """The model, checked by onnx itself, as ``onnx.ModelProto``."""
    onnx = find_onnx()
    if isinstance(opset, bool) or not isinstance(opset, int) or not OLDEST <= opset <= NEWEST:
        raise DescriptionError(f"opset must be a whole number from {OLDEST} to {NEWEST}, got {opset!r}.")
    if dtype not in DTYPES:
        raise DescriptionError(f'dtype must be "float32" or "float64", got {dtype!r}.')
    size = net.parameter_count * (4 if dtype == "float32" else 8)
    if size > LARGEST:
        raise DataError(f"An ONNX file holds at most 2 GB, but the weights are {size / 1e9:.1f} GB. Use net.save.")
    if not isinstance(preparation, bool):
        raise DescriptionError(f"preparation must be True or False, got {preparation!r}.")
    helper, graph = onnx.helper, Graph(opset, dtype)
    kind = helper.np_dtype_to_tensor_dtype(_numpy(dtype))
    raw = raw_inputs(net) if preparation else ()
    source = prepare(net, graph, raw) if raw else Value(INPUT, net.input_shape)
    value = _rename_last(graph, _nodes(net, graph, source))
    plain = {"float64": onnx.TensorProto.DOUBLE, "string": onnx.TensorProto.STRING}
    inputs = [
        helper.make_tensor_value_info(one.name, plain[one.dtype], [SAMPLES, 1], one.says()["takes"]) for one in raw
    ] or [helper.make_tensor_value_info(INPUT, kind, [SAMPLES, *net.input_shape])]
    outputs = [helper.make_tensor_value_info(value.name, kind, [SAMPLES, *value.shape])]
    whole = helper.make_graph(graph.nodes, net.name, inputs, outputs, graph.initializers)
    domains = {ML: ML_OPSET} if any(node.domain == ML for node in graph.nodes) else {}
    opsets = [helper.make_opsetid(*pair) for pair in {"": opset, **domains}.items()]
    model = helper.make_model(
        whole, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets), producer_name="pellucid",
        producer_version=__version__,
    )  # fmt: skip
    helper.set_model_props(model, metadata(net, dtype, raw))
    onnx.checker.check_model(model, full_check=True)
    return model


def metadata(net: Network, dtype: str, raw: tuple[RawInput, ...] = ()) -> dict[str, str]:
    """What the model says of itself: names for everybody, and the description for ``from_onnx``."""
    about = describe(net)
    about |= {"network": about["network"] | {"dtype": dtype}, "raw": bool(raw)}  # whether the preparation is inside
    plain = {k: json.dumps(about[k], ensure_ascii=False) for k in ("class_names", "feature_names") if about[k]}
    plain |= {"columns": columns_text(raw)} if raw else {}
    return plain | {"pellucid": json.dumps(about, ensure_ascii=False)}


def _nodes(net: Network, graph: Graph, source: Value) -> Value:
    """Add the network's nodes, which start at ``source``; return the output with its channels last."""
    listed, output = steps(net)
    values = {INPUT: source}
    for step in listed:
        values[step.output] = WRITERS[step.op](graph, step, [values[name] for name in step.inputs])
    return graph.channels_last(values[output])


def _rename_last(graph: Graph, value: Value) -> Value:
    """Call the network's output "output"; where nothing is computed at all, a node says so."""
    if not graph.nodes or graph.nodes[-1].output[0] != value.name:
        graph.node("Identity", [value.name], OUTPUT)
    graph.nodes[-1].output[0] = OUTPUT
    return replace(value, name=OUTPUT)


def _numpy(dtype: str) -> Any:
    import numpy as np

    return np.dtype(dtype)
