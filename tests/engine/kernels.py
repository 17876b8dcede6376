"""All kernels that networks of today's kinds can need, by their names."""

from __future__ import annotations

from pellucid.activations import ACTIVATIONS
from pellucid.losses import LOSSES
from pellucid.optimizers import OPTIMIZERS
from pellucid.plan.builder import kernel_of


def formula_kernels():
    """The kernels that are made for a formula."""
    activations = "pellucid.activations.kernels"
    for kind in ACTIVATIONS:
        if kind.elementwise:
            yield kernel_of(f"{activations}:forward", kind)
            yield kernel_of(f"{activations}:backward", kind)
    for kind in LOSSES:
        yield kernel_of("pellucid.losses.kernels:unfused", kind)
        if kind.fused_function is not None:
            yield kernel_of("pellucid.losses.kernels:fused", kind)
    for kind in OPTIMIZERS:
        yield kernel_of("pellucid.optimizers.kernels:update", kind)


def plain_kernels():
    """The other kernels of activations, losses, optimizers, dense layers and dropout."""
    yield from (f"pellucid.activations.kernels:softmax_{way}" for way in ("forward", "backward"))
    yield from (f"pellucid.losses.kernels:{name}" for name in ("softmax_crossentropy", "batch_cost"))
    names = ("sum_of_squares", "regularize", "add_penalties")
    yield from (f"pellucid.optimizers.kernels:{name}" for name in names)
    yield from (f"pellucid.layers.dense.kernels:{name}" for name in ("forward", "turn", "backward", "gradient"))
    yield from (f"pellucid.layers.dropout.kernels:{name}" for name in ("forward", "backward"))
    names = ("take_features", "take_targets", "take_labels", "give_outputs")
    yield from (f"pellucid.engines.cpu.samples:{name}" for name in names)
