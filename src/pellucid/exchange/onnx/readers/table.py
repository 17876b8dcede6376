"""The ONNX operators that can be read."""

from __future__ import annotations

from pellucid.activations.formulas import SELU_ALPHA, SELU_SCALE
from pellucid.exchange.onnx import windows
from pellucid.exchange.onnx.readers import activations, arithmetic, layers, shapes
from pellucid.exchange.onnx.readers.activations import activation, exactly
from pellucid.exchange.onnx.readers.common import Reader, plain

READERS: dict[str, Reader] = {
    "Add": arithmetic.add,
    "Sum": arithmetic.sum_,
    "Mean": arithmetic.mean,
    **{
        op: plain(read)
        for op, read in {
            "Conv": windows.conv, "MaxPool": windows.pool, "AveragePool": windows.pool, "Pad": windows.pad,
            "GlobalAveragePool": windows.global_pool, "GlobalMaxPool": windows.global_pool, "Gemm": layers.gemm,
            "MatMul": layers.matmul, "BatchNormalization": layers.batch_norm, "LayerNormalization": layers.layer_norm,
            "Dropout": layers.dropout, "Softmax": activations.softmax, "Gelu": activations.gelu,
            "PRelu": activations.prelu, "Clip": activations.clip, "GreaterOrEqual": activations.compare,
            "Sub": arithmetic.sub, "Div": arithmetic.div, "Mul": arithmetic.mul, "Erf": arithmetic.erf,
            "Pow": arithmetic.pow_, "Abs": arithmetic.abs_, "Sqrt": arithmetic.sqrt,
            "ReduceMean": arithmetic.reduce_mean, "Cast": shapes.cast, "Identity": shapes.identity,
            "Transpose": shapes.transpose, "Flatten": shapes.flatten,
            "Reshape": shapes.reshape, "Squeeze": shapes.squeeze, "Unsqueeze": shapes.unsqueeze, "Shape": shapes.shape,
            "Gather": shapes.gather, "Concat": shapes.concat, "Slice": shapes.slice_,
        }.items()
    },
    "Sigmoid": activation("sigmoid"),
    "Tanh": activation("tanh"),
    "Relu": activation("relu"),
    "Softplus": activation("softplus"),
    "Softsign": activation("softsign"),
    "LeakyRelu": activation("leaky_relu", slope=("alpha", 0.01)),
    "Elu": activation("elu", alpha=("alpha", 1.0)),
    "Selu": exactly("selu", alpha=(SELU_ALPHA, 1.6732632), gamma=(SELU_SCALE, 1.0507010)),
    "HardSigmoid": exactly("hard_sigmoid", alpha=(1.0 / 6.0, 0.2), beta=(0.5, 0.5)),
}  # fmt: skip
