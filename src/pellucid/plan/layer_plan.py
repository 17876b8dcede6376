"""What a layer sees of the plan while it adds its operations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pellucid.activations import Activation
from pellucid.plan.builder import Builder, Fields, kernel_of, op
from pellucid.plan.parts import LANES, Op, Shape, Slot

if TYPE_CHECKING:
    from pellucid.layers.base import Layer

NOTHING: Fields = {}


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
        over : {"groups", "tiles", "shares"}
            Whether it runs for every group of samples; or, after all groups are done with what stands before it, for
            every tile, or for every share of the layer's units, of which each worker has a few.
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

    def worker_room(self, size: int) -> None:
        """Ask for room of each worker's own, which begins at ``run[ROOM]``; operations use it one after another."""
        self._builder.room = max(self._builder.room, -(-size // LANES) * LANES)

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
