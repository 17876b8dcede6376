"""Small ONNX files made with onnx's own helper, as other tools write them."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper


def save(path, nodes, shape, constants=None, *, out=None, opset=17, batch="n", properties=None):
    """Write nodes (op, inputs, output, attributes) that take ``x`` and give the last one's output."""
    made = [helper.make_node(op, i, [o], name=f"the_{o}", **(a[0] if a else {})) for op, i, o, *a in nodes]
    inputs = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [batch, *shape])]
    outputs = [helper.make_tensor_value_info(out or nodes[-1][2], onnx.TensorProto.FLOAT, None)]
    arrays = [numpy_helper.from_array(np.asarray(a), name) for name, a in (constants or {}).items()]
    graph = helper.make_graph(made, "other", inputs, outputs, arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    helper.set_model_props(model, properties or {})
    path.write_bytes(model.SerializeToString())
    return model


def answer(model, X):
    """What onnx's own reference says."""
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(model).run(None, {"x": X})[0]
