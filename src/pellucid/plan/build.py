"""From a description to a plan: every layer adds its operations, then the loss and the optimizer add theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.losses import Loss
from pellucid.optimizers import Optimizer
from pellucid.plan.builder import Builder, Fields, kernel_of, op, phases_of
from pellucid.plan.layer_plan import LayerPlan
from pellucid.plan.parts import LANES, Op, Phase, Plan, Shape, Slot

if TYPE_CHECKING:
    from pellucid.layers.base import Layer

HERE = "pellucid.engines.cpu.samples"
VALUES_IN_A_PASS = 24_000_000  # numbers of memory for the values of one pass: groups enough for all workers
TILE = 1024  # parameters of a tile, at the least
TILES = 16  # tiles of a large layer's gradient and of the update: the most workers that they can keep busy


def build_plan(
    layers: Sequence[tuple[str, Layer]],
    input_shape: Shape,
    *,
    loss: Loss | None = None,
    optimizer: Optimizer | None = None,
    batch_size: int = 32,
    dtype: str = "float32",
    labels: bool = False,
    fuse: bool = True,
    input_gradient: bool = False,
    mixup: bool = False,
    training: bool = True,
) -> Plan:
    """Work a network out.

    Parameters
    ----------
    layers : sequence of (name, Layer)
        Without the input.
    input_shape : tuple of int
        The shape of one sample.
    loss, optimizer : optional
        Without them the plan can predict only.
    batch_size : int
        Samples of a training step. It sets how much memory the values take, no more than a bound: a larger batch goes
        through in several passes.
    labels : bool
        Targets are class numbers, to be taken as one-hot rows.
    fuse : bool
        Join the output layer's activation with the loss where they are one step.
    input_gradient : bool
        Also compute ∂C/∂input.
    mixup : bool
        Mix each sample with another while training.
    training : bool
        Off, the train program learns from what the network computes when it is used: without dropout and
        augmentation, and with the running statistics of BatchNorm, which stay as they are.
    """
    shapes, shape = [], input_shape
    for name, layer in layers:
        shapes.append(shape)
        shape = layer.output_shape(shape, name)
    groups = _pass_groups(layers, shapes, batch_size)
    b = Builder(dtype, groups, learns=loss is not None and optimizer is not None, training=training)
    parameters, padded = _parameter_slots(b, layers, shapes, optimizer)
    b.tiles = max(1, min(TILES, parameters // TILE))
    first_statistic, statistics = _statistic_slots(b, layers, shapes)

    source = b.values("input", input_shape)
    b.forward.append(op(f"{HERE}:take_features", "input", {"I": source.units, "x": source}))
    wants_delta, value, outputs = input_gradient, source, {"input": source.name}
    for (name, layer), shape in zip(layers, shapes, strict=True):
        value = layer.plan(LayerPlan(b, name, value, wants_delta))
        outputs[name] = value.name
        wants_delta = wants_delta or bool(layer.parameters(shape))
    give = op(f"{HERE}:give_outputs", "output", {"O": value.units, "a": value})

    programs: dict[str, tuple[Phase, ...]] = {
        "predict": tuple(phases_of("forward", [*b.forward, give], b.tiles, training=False))
    }
    if loss is not None:
        take, lose, cost = _loss_ops(b, loss, value, labels, fuse)
        forward = [*b.forward, take, lose, give]
        programs["evaluate"] = (
            *phases_of("forward and loss", forward, b.tiles, training=False),
            Phase("cost", "tiles", 1, True, (cost,)),
        )
        if optimizer is not None:
            backward = [step for steps in reversed(b.backward) for step in steps]
            if mixup:  # features and targets are fetched first, then mixed, then the first layer begins
                twice = b.slot("mix.twice", "scratch", (groups, 2 * LANES))
                mixed: Fields = {"I": source.units, "O": value.units, "x": source, "t": b.slots["target"]}
                mix = op(f"{HERE}:mix_samples", "mix", {**mixed, "twice": twice})
                forward = [forward[0], take, mix, *(step for step in forward[1:] if step is not take)]
            programs["train"] = (
                *phases_of("forward, loss and backward", forward + backward, b.tiles, training=True),
                Phase("gradients and cost", "tiles", b.tiles, True, (*b.gradients, cost)),
                *_update_phases(b, optimizer, padded),
            )
    b.round_up()
    return Plan(
        dtype=dtype,
        input_shape=input_shape,
        output_shape=value.shape,
        pass_groups=groups,
        slots=b.slots,
        constants=b.constants,
        size=-(-b.size // LANES) * LANES + 16 * LANES,  # a row of sixteen may be read past the last slot
        parameters=parameters,
        padded=padded,
        remembers=optimizer.vectors if optimizer else 0,
        statistics=statistics,
        first_statistic=first_statistic,
        programs=programs,
        outputs=outputs,
        layers=tuple(name for name, _ in layers),
        flops=b.flops,
        room=b.room,
    )


def _pass_groups(layers: Sequence[tuple[str, Layer]], shapes: Sequence[Shape], batch_size: int) -> int:
    """Groups of samples that go through together: the batch's, but no more than memory is given to."""
    if any(layer.needs_whole_batch for _, layer in layers):
        return -(-batch_size // LANES)
    units = sum(math.prod(s) for s in shapes) + 64
    most = max(1, VALUES_IN_A_PASS // (4 * units * LANES))
    return min(-(-batch_size // LANES), most)


def _parameter_slots(
    b: Builder, layers: Sequence[tuple[str, Layer]], shapes: Sequence[Shape], optimizer: Optimizer | None
) -> tuple[int, int]:
    """Parameters first, then gradients, then what the optimizer remembers: each a vector in the same order."""
    specs = [
        (f"{name}.{p.name}", p)
        for (name, layer), shape in zip(layers, shapes, strict=True)
        for p in layer.parameters(shape)
    ]
    for name, spec in specs:
        slot = b.slot(name, "parameter", spec.shape)
        if spec.regularizer is not None:
            b.penalized.append((slot, spec.regularizer))
    parameters = b.size
    b.round_up()
    padded = b.size
    for k in range((1 + optimizer.vectors) if optimizer else 0):
        ending, kind = ("gradient", "gradient") if k == 0 else (f"memory_{k}", "memory")
        for name, spec in specs:
            b.slot(f"{name}.{ending}", kind, spec.shape)
        b.round_up()
    return parameters, padded


def _statistic_slots(b: Builder, layers: Sequence[tuple[str, Layer]], shapes: Sequence[Shape]) -> tuple[int, int]:
    """What training moves without a gradient: (where it begins, how many numbers)."""
    b.round_up()
    first = b.size
    for (name, layer), shape in zip(layers, shapes, strict=True):
        for statistic in layer.statistics(shape):
            b.slot(f"{name}.{statistic.name}", "statistic", statistic.shape)
    return first, b.size - first


def _loss_ops(b: Builder, loss: Loss, output: Slot, labels: bool, fuse: bool) -> tuple[Op, Op, Op]:
    """The operations that fetch the targets, take the loss and sum the batch's cost."""
    t = b.values("target", output.shape)
    weight, each = b.values("weight", (1,)), b.values("loss", (1,))
    smoothing, shares = loss.smoothing, 2 if loss.targets == "binary" else output.units
    scale, shift = (2.0, -1.0) if loss.targets == "signs" and labels else (1.0, 0.0)
    how = b.constant(
        "target.options",
        scale * (1.0 - smoothing),
        shift + smoothing / shares,
        1.0 if loss.per_batch == "mean" else 0.0,
    )
    take = f"{HERE}:take_labels" if labels else f"{HERE}:take_targets"
    take_op = op(take, "target", {"O": output.units, "t": t, "weight": weight, "options": how})

    kernels = "pellucid.losses.kernels"
    per_output = 1.0 / output.units if loss.per_output == "mean" else 1.0
    options = b.constant("loss.options", per_output, loss.option)
    made = b.activations.get(output.name)
    sizes = {"O": output.units}
    one_softmax = len(output.shape) == 1  # a softmax at each place of a picture is not the fused step's one
    fits = made is not None and made[0].name == loss.fused_with and (made[0].elementwise or one_softmax)
    if made is not None and fits and (fuse or loss.fused_only):
        activation, z, back = made
        next(steps for steps in b.backward if back in steps).remove(back)
        dz = b.delta(z)
        fields = {"z": z, "a": output, "t": t, "dz": dz, "weight": weight, "loss": each, "options": options}
        if activation.elementwise:
            lose = op(kernel_of(f"{kernels}:fused", loss), loss.fused_name, {**sizes, **fields})
        else:
            lose = op(f"{kernels}:softmax_crossentropy", loss.fused_name, {**sizes, **fields})
    else:
        da = b.delta(output)
        fields = {"a": output, "t": t, "da": da, "weight": weight, "loss": each, "options": options}
        lose = op(kernel_of(f"{kernels}:unfused", loss), loss.name, {**sizes, **fields})
    return take_op, lose, op(f"{kernels}:batch_cost", "cost", {"loss": each})


def _update_phases(b: Builder, optimizer: Optimizer, padded: int) -> list[Phase]:
    """Penalties of regularizers, the gradient's length where it is limited, and the update."""
    kernels = "pellucid.optimizers.kernels"
    tiles, rows = b.tiles, padded // LANES
    phases, last = [], []
    if b.penalized:
        sums = b.slot("penalties", "scratch", (tiles * len(b.penalized),))
        steps = []
        for k, (slot, regularizer) in enumerate(b.penalized):
            factors = b.constant(f"{slot.name}.penalty", *regularizer.factors)
            sizes: Fields = {"tiles": tiles, "N": slot.units, "p": slot, "g": b.slots[f"{slot.name}.gradient"]}
            fields = {**sizes, "factors": factors, "into": sums.offset + k * tiles}
            steps.append(op(f"{kernels}:regularize", slot.name, fields))
        phases.append(Phase("penalties", "tiles", tiles, False, tuple(steps)))
        last.append(op(f"{kernels}:add_penalties", "cost", {"count": sums.units, "sums": sums}))
    squares = b.slot("gradient.squares", "scratch", (tiles,))
    if optimizer.clip_norm:
        fields = {"tiles": tiles, "rows": rows, "g": padded, "into": squares}
        length = op(f"{kernels}:sum_of_squares", "gradient", fields)
        phases.append(Phase("gradient's length", "tiles", tiles, False, (length,)))
    options = b.constant("optimizer.options", *optimizer.options)
    decay = 0.0 if optimizer.name == "adamw" else optimizer.weight_decay
    limits = b.constant("optimizer.limits", optimizer.clip_norm or 0.0, optimizer.clip_value or 0.0, decay)
    vectors: Fields = {"p": 0, "g": padded, "s": 2 * padded, "r": 3 * padded}
    fields = {"tiles": tiles, "rows": rows, **vectors, "options": options, "limits": limits, "squares": squares}
    change = op(kernel_of(f"{kernels}:update", optimizer), optimizer.name, fields)
    steps = [change, *last]
    if optimizer.average is not None:
        decay_slot = b.constant("optimizer.average", optimizer.average)
        place = (2 + optimizer.remembers) * padded
        fields = {"tiles": tiles, "rows": rows, "p": 0, "average": place, "decay": decay_slot}
        steps.insert(1, op(f"{kernels}:average", "average", fields))
    phases.append(Phase("update", "tiles", tiles, False, tuple(steps)))
    return phases
