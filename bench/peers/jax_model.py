"""A case's network in plain JAX: parameters, forward pass with loss, and Adam, as pure functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bench.cases import Case, Unsupported
from bench.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAvgPoolLayer,
    MaxPoolLayer,
    Shape,
)

Parameters = list[tuple[Any, ...]]
RATE, DECAY_1, DECAY_2, EPSILON = 0.001, 0.9, 0.999, 1e-7


def parameters(case: Case) -> Parameters:
    """(Weights, bias) of a layer, or () of one without; they start as Pellucid's do."""
    import jax.numpy as jnp

    random = np.random.default_rng(0)
    found: Parameters = []
    for layer, shape in zip(case.layers, case.shapes, strict=False):
        match layer:
            case DenseLayer(units, activation):
                found.append(_start(random, (math.prod(shape), units), activation))
            case ConvLayer(filters, kernel, activation):
                own = _start(random, (kernel, kernel, shape[2], filters), activation)
                found.append(own if layer.bias else own[:1])
            case BatchNormLayer():
                found.append((jnp.ones(shape[-1]), jnp.zeros(shape[-1])))
            case _:
                found.append(())
    return found


def _start(random: np.random.Generator, shape: Shape, activation: str) -> tuple[Any, ...]:
    """He's uniform weights for rectifiers, Glorot's for others; biases of 0."""
    import jax.numpy as jnp

    fan_in, fan_out = math.prod(shape[:-1]), math.prod((*shape[:-2], shape[-1]))
    bound = math.sqrt(6 / fan_in if activation == "relu" else 6 / (fan_in + fan_out))
    weights = random.uniform(-bound, bound, shape).astype(np.float32)
    return jnp.asarray(weights), jnp.zeros(shape[-1], jnp.float32)


def cost(case: Case, products: bool, params: Parameters, key: Any, a: Any, targets: Any) -> Any:
    """Mean loss of a batch; convolutions are XLA's own, or matrix ``products`` of patches.

    Cross-entropies take the last layer's weighted inputs, as numerics want it.
    """
    import jax
    import jax.numpy as jnp

    a = forward(case, products, params, key, a)
    if case.loss == "categorical_crossentropy":
        return -jnp.take_along_axis(jax.nn.log_softmax(a), targets[:, None], axis=1).mean()
    if case.loss == "binary_crossentropy":
        return (jax.nn.softplus(a) - targets * a).mean()
    return ((a - targets) ** 2).mean()


def answer(case: Case, products: bool, params: Parameters, a: Any) -> Any:
    """What the network predicts: its outputs, with the last layer's activation."""
    import jax

    a = forward(case, products, params, None, a)
    if case.loss == "categorical_crossentropy":
        return jax.nn.softmax(a)
    return jax.nn.sigmoid(a) if case.loss == "binary_crossentropy" else a


def forward(case: Case, products: bool, params: Parameters, key: Any, a: Any) -> Any:
    """The last layer's values; weighted inputs where the loss is a cross-entropy. ``key`` is None when not training.

    Batch normalisation keeps no running moments here, which costs JAX less than it costs the others.
    """
    import jax
    import jax.numpy as jnp

    functions = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}
    for place, (layer, own) in enumerate(zip(case.layers, params, strict=True), start=1):
        match layer:
            case DenseLayer():
                a = a @ own[0] + own[1]
            case ConvLayer(_, kernel, _, padding, bias):
                if padding == "same":
                    low, high = (kernel - 1) // 2, kernel // 2
                    a = jnp.pad(a, ((0, 0), (low, high), (low, high), (0, 0)))
                a = (_product if products else _convolution)(a, own[0])
                a = a + own[1] if bias else a
            case BatchNormLayer():
                mean, variance = a.mean((0, 1, 2)), a.var((0, 1, 2))
                a = (a - mean) * jax.lax.rsqrt(variance + 1e-3) * own[0] + own[1]
            case ActivationLayer(activation):
                a = functions[activation](a)
            case GlobalAvgPoolLayer():
                a = a.mean((1, 2))
            case MaxPoolLayer(size):
                a = (_blocks if products else _windows)(a, size)
            case FlattenLayer():
                a = a.reshape(len(a), -1)
            case DropoutLayer() if key is None:
                pass
            case DropoutLayer(rate):
                kept = jax.random.bernoulli(jax.random.fold_in(key, place), 1 - rate, a.shape)
                a = jnp.where(kept, a / (1 - rate), 0)
            case _:
                raise Unsupported(f"no {type(layer).__name__}")
        last = place == len(case.layers) and case.loss != "squared_error"
        if isinstance(layer, DenseLayer | ConvLayer) and layer.activation != "identity" and not last:
            a = functions[layer.activation](a)
    return a


def _convolution(a: Any, weights: Any) -> Any:
    from jax import lax

    return lax.conv_general_dilated(a, weights, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _product(a: Any, weights: Any) -> Any:
    """The same as a product of the pictures' patches (BHW, KKC) and the kernels (KKC, O)."""
    import jax.numpy as jnp

    K = len(weights)
    H, W = a.shape[1] - K + 1, a.shape[2] - K + 1
    patches = [a[:, row : row + H, column : column + W] for row in range(K) for column in range(K)]
    return jnp.concatenate(patches, axis=-1) @ weights.reshape(-1, weights.shape[-1])


def _windows(a: Any, size: int) -> Any:
    import jax.numpy as jnp
    from jax import lax

    return lax.reduce_window(a, -jnp.inf, lax.max, (1, size, size, 1), (1, size, size, 1), "VALID")


def _blocks(a: Any, size: int) -> Any:
    """The same as the maximum over two axes more, whose gradient XLA computes faster."""
    B, H, W, C = a.shape
    H, W = H // size, W // size
    return a[:, : H * size, : W * size].reshape(B, H, size, W, size, C).max((2, 4))


def adam(params: Parameters, gradients: Parameters, m: Parameters, v: Parameters, t: Any) -> tuple[Any, Any, Any]:
    """Adam's step number ``t``, from 1 (Kingma and Ba, 2015): new parameters, m and v."""
    import jax
    import jax.numpy as jnp

    m = jax.tree.map(lambda m, g: DECAY_1 * m + (1 - DECAY_1) * g, m, gradients)
    v = jax.tree.map(lambda v, g: DECAY_2 * v + (1 - DECAY_2) * g * g, v, gradients)
    rate = RATE * jnp.sqrt(1 - DECAY_2**t) / (1 - DECAY_1**t)
    return jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), params, m, v), m, v
