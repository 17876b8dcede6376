"""From a description to a plan: every layer adds its operations, then the loss and the optimizer add theirs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from pellucid.activations import Activation
from pellucid.losses import Loss
from pellucid.optimizers import Optimizer
from pellucid.plan.parts import LANES, Op, Phase, Plan, Shape, Slot

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.regularizers import Regularizer

HERE = "pellucid.engines.cpu.samples"
VALUES_IN_A_PASS = 24_000_000  # numbers of memory for the values of one pass: groups enough for all workers
Fields = Mapping[str, int | Slot | None]  # of an operation, in the order in which its kernel reads them
NOTHING: Fields = {}
SMALL = 2048  # parameters up to which one tile is enough
TILES = 16  # tiles of a large layer's gradient and of the update: the most workers that they can keep busy


def kernel_of(function: str, formula: object) -> str:
    """The name of the kernel that ``function`` makes for a formula's class."""
    kind = formula if isinstance(formula, type) else type(formula)
    return f"{function}/{kind.__module__}:{kind.__qualname__}"


class Builder:
    """Collects slots and operations; :func:`build_plan` drives it, layers see it through :class:`LayerPlan`."""

    def __init__(self, dtype: str, groups: int, learns: bool, training: bool = True) -> None:
        self.dtype = dtype
        self.learns = learns  # whether there is a backward pass
        self.training = training  # whether layers may act in another way while training
        self.groups = groups
        self.slots: dict[str, Slot] = {}
        self.constants: dict[int, float] = {}
        self.size = 0
        self.forward: list[Op] = []
        self.backward: list[list[Op]] = []  # of each layer, in the order of the layers
        self.gradients: list[Op] = []
        self.penalized: list[tuple[Slot, Regularizer]] = []
        self.activations: dict[str, tuple[Activation, Slot, Op]] = {}  # output slot → what made it
        self.flops = 0
        self.tiles = 1
        self.plans = 0  # layers so far, those within others counted

    def slot(self, name: str, kind: str, shape: Shape, groups: int = 0) -> Slot:
        """Give a new slot its place: the next multiple of sixteen, but parameters lie close together."""
        if groups or kind in ("constant", "scratch"):
            self.round_up()
        slot = Slot(name, kind, shape, self.size, groups)
        self.slots[name] = slot
        self.size = slot.end
        return slot

    def round_up(self) -> None:
        """Go to the next multiple of sixteen."""
        self.size = -(-self.size // LANES) * LANES

    def values(self, name: str, shape: Shape, kind: str = "value") -> Slot:
        """A value of every sample."""
        return self.slot(name, kind, shape, self.groups)

    def delta(self, value: Slot) -> Slot:
        """∂C/∂value, one of every sample."""
        name = f"{value.name}.delta"
        return self.slots.get(name) or self.values(name, value.shape, "delta")

    def reshaped(self, value: Slot, shape: Shape) -> Slot:
        """The same values, seen in another shape; they keep their name."""
        return replace(value, shape=shape)

    def constant(self, name: str, *numbers: float) -> Slot:
        """Numbers that do not change while the plan is in use."""
        slot = self.slot(name, "constant", (max(1, len(numbers)),))
        self.constants.update({slot.offset + k: number for k, number in enumerate(numbers)})
        return slot


def op(kernel: str, layer: str, fields: Fields, over: str = "groups", training: bool = False) -> Op:
    """An operation; a slot as a field gives its place, None gives −1."""
    places = {k: v.offset if isinstance(v, Slot) else -1 if v is None else v for k, v in fields.items()}
    return Op(kernel, layer, places, tuple(v.name for v in fields.values() if isinstance(v, Slot)), over, training)


def phases_of(name: str, ops: Sequence[Op], tiles: int, training: bool) -> list[Phase]:
    """Cut a row of operations where it changes from groups of samples to tiles of parameters or back."""
    kept = [step for step in ops if training or not step.training]
    runs = [(over, tuple(steps)) for over, steps in groupby(kept, key=lambda step: step.over)]
    names = [name if len(runs) == 1 else f"{name}, part {k}" for k in range(1, len(runs) + 1)]
    return [Phase(n, over, tiles, True, steps) for n, (over, steps) in zip(names, runs, strict=True)]


class LayerPlan:
    """What a layer sees while it adds its operations.

    Attributes
    ----------
    name : str
        The layer's name.
    number : int
        Its place in the network.
    input : Slot
        The values that come in.
    wants_input_delta : bool
        Whether ∂C/∂input is needed by anything before this layer.
    training : bool
        Whether the layer acts in its own way while training; without it, its train program is the backward pass of
        what it computes when the network is used.
    """

    def __init__(self, builder: Builder, name: str, source: Slot, wants_input_delta: bool) -> None:
        self._builder = builder
        self.name = name
        builder.plans += 1
        self.number = builder.plans
        self.input = source
        self.wants_input_delta = wants_input_delta
        self.training = builder.training
        self._backward: list[Op] = []
        builder.backward.append(self._backward)

    def parameter(self, name: str) -> Slot:
        """One of the layer's parameters."""
        return self._builder.slots[f"{self.name}.{name}"]

    def gradient_of(self, parameter: Slot | None) -> Slot | None:
        """∂C/∂parameter; None where the plan does not learn."""
        if parameter is None or not self._builder.learns:
            return None
        return self._builder.slots[f"{parameter.name}.gradient"]

    def values(self, name: str, shape: Shape, kind: str = "value") -> Slot:
        """A new value of every sample."""
        return self._builder.values(f"{self.name}.{name}", shape, kind)

    def delta(self, value: Slot) -> Slot | None:
        """∂C/∂value; None where the plan does not learn."""
        return self._builder.delta(value) if self._builder.learns else None

    @property
    def input_delta(self) -> Slot | None:
        """∂C/∂input, or None where nothing needs it."""
        return self.delta(self.input) if self.wants_input_delta else None

    @property
    def tiles(self) -> int:
        """Into how many tiles the sums of gradients are cut: enough for many workers, one for small networks."""
        return self._builder.tiles

    def reshaped(self, value: Slot, shape: Shape) -> Slot:
        """The same values, seen in another shape."""
        return self._builder.reshaped(value, shape)

    def constant(self, name: str, *numbers: float) -> Slot:
        """Numbers that the layer's kernels read."""
        return self._builder.constant(f"{self.name}.{name}", *numbers)

    def forward(
        self,
        kernel: str,
        sizes: Fields = NOTHING,
        *,
        flops: int = 0,
        over: str = "groups",
        training: bool = False,
        **fields: int | Slot | None,
    ) -> None:
        """Add an operation to the forward pass.

        Parameters
        ----------
        kernel : str
            ``module:function``.
        sizes : mapping
            The kernel's first fields.
        flops : int
            Its multiplications and additions for one sample.
        over : {"groups", "tiles"}
            Whether it runs for every group of samples, or for every tile, after all groups are done with what stands
            before it.
        training : bool
            Leave it out where the network is only evaluated.
        **fields
            The other fields, sizes and slots, in the order in which the kernel reads them.
        """
        self._builder.forward.append(op(kernel, self.name, {**sizes, **fields}, over, training))
        self._builder.flops += flops

    def backward(
        self,
        kernel: str,
        sizes: Fields = NOTHING,
        *,
        flops: int = 0,
        over: str = "groups",
        **fields: int | Slot | None,
    ) -> None:
        """Add an operation to the backward pass; a layer adds them in the order in which they run."""
        if self._builder.learns:
            self._backward.append(op(kernel, self.name, {**sizes, **fields}, over))
            self._builder.flops += flops

    def gradient(self, kernel: str, *, flops: int = 0, **fields: int | Slot | None) -> None:
        """Add an operation that sums a parameter's gradient over the samples; its first field is the tiles."""
        if self._builder.learns:
            self._builder.gradients.append(op(kernel, self.name, fields))
            self._builder.flops += flops

    def scratch(self, name: str, size: int) -> Slot:
        """Room for numbers that the layer works with, not one of each sample."""
        return self._builder.slot(f"{self.name}.{name}", "scratch", (size,))

    def sums(self, name: str, size: int) -> Slot:
        """Room for ``size`` sums of each group of samples."""
        return self._builder.slot(f"{self.name}.{name}", "scratch", (self._builder.groups, size))

    def sum_groups(self, parameter: Slot, sums: Slot, stride: int, first: int = 0) -> None:
        """Add the operation that makes a parameter's gradient from sums of each group, in the groups' order."""
        gradient = self.gradient_of(parameter)
        sizes = {"tiles": self.tiles, "N": parameter.units, "stride": stride, "sums": sums.offset + first}
        self.gradient("pellucid.layers.kernels:sum_groups", **sizes, gradient=gradient)

    def again(self, value: Slot, name: str) -> Slot:
        """The same values under another name, so that ∂C/∂value can be told apart by where it comes from."""
        return replace(value, name=f"{self.name}.{name}")

    def inner(self, layer: Layer, name: str, source: Slot, wants_input_delta: bool) -> Slot:
        """Add the operations of a layer within this one; return where its output lies."""
        return layer.plan(LayerPlan(self._builder, f"{self.name}.{name}", source, wants_input_delta))

    def another(self) -> LayerPlan:
        """A plan of the same layer whose backward pass comes before that of the layers within it."""
        return LayerPlan(self._builder, self.name, self.input, self.wants_input_delta)

    def activation(self, activation: Activation, z: Slot, name: str = "a") -> Slot:
        """Add a = f(z) and its way back; return a (z itself for the identity)."""
        if activation.name == "identity":
            return z
        a = self.values(name, z.shape)
        kernels = "pellucid.activations.kernels"
        if activation.elementwise:
            options = self.constant(f"{name}.options", *activation.options)
            made = kernel_of(f"{kernels}:forward", activation)
            self.forward(made, U=z.units, z=z, a=a, options=options)
            made = kernel_of(f"{kernels}:backward", activation)
            values: Fields = {"z": z, "a": a, "da": self.delta(a), "dz": self.delta(z)}
            fields = {"U": z.units, **values, "options": options}
            back = op(made, self.name, fields)
        else:
            sizes: Fields = {"P": math.prod(z.shape[:-1]), "U": z.shape[-1]}
            self.forward(f"{kernels}:softmax_forward", sizes, z=z, a=a)
            made = f"{kernels}:softmax_backward"
            back = op(made, self.name, {**sizes, "a": a, "da": self.delta(a), "dz": self.delta(z)})
        self._backward.append(back)
        self._builder.activations[a.name] = (activation, z, back)
        return a


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
    b.tiles = TILES if parameters > SMALL else 1
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
        size=b.size + 16 * LANES,  # a row of sixteen may be read past the last slot
        parameters=parameters,
        padded=padded,
        remembers=optimizer.vectors if optimizer else 0,
        statistics=statistics,
        first_statistic=first_statistic,
        programs=programs,
        outputs=outputs,
        layers=tuple(name for name, _ in layers),
        flops=b.flops,
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
