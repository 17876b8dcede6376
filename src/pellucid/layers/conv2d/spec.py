"""Conv2D: the same small window of weights at every place of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.activations import Activation
from pellucid.errors import DescriptionError
from pellucid.initializers import Initializer
from pellucid.layers.base import Parameter, check_whole
from pellucid.layers.weighted import WeightedLayer
from pellucid.layers.window import Pair, Window, check_padding, pair
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan
    from pellucid.regularizers import Regularizer

KERNELS = "pellucid.layers.conv2d.kernels"
GRADIENTS = "pellucid.layers.conv2d.gradients"
STRIP = 8  # places whose δ is turned for one round of the wide gradient, a kilobyte for every sixteen channels
MANY = 4096  # weights, sixteen kilobytes: from here on they are laid out anew for each group of samples
WIDE = 12  # output channels of a group of channels from which the gradient takes sixteen of them side by side


@dataclass(frozen=True)
class Conv2D(WeightedLayer):
    """z[p, q, o] = b[o] + Σ w[kh, kw, c, o] x[p·stride + kh·dilation, q·stride + kw·dilation, c] and a = f(z).

    Takes pictures (H, W, C), gives (P, Q, filters). Parameters: ``weights`` (KH, KW, C / groups, filters) and ``bias``
    (filters,). Backward, with δ = ∂C/∂z: ∂C/∂w is the correlation of x with δ, ∂C/∂x that of δ with the turned kernel
    (LeCun et al. 1989).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel : int or (down, across)
        Size of the window; ``kernel_size`` in Keras.
    stride : int or (down, across)
        Pixels from one place to the next.
    padding : {"valid", "same"}
        "same" fills the border with zeros, so that with stride 1 the picture keeps its size.
    dilation : int or (down, across)
        Pixels between neighbouring weights.
    groups : int
        Channels are cut into so many groups that do not see each other; as many as channels: a depthwise convolution.
    activation, bias, initializer, bias_initializer, regularizer, bias_regularizer, name
        As in :class:`Dense`.

    Raises
    ------
    DescriptionError
        Sizes that do not fit.

    Examples
    --------
    >>> from pellucid import Conv2D, Input, Network
    >>> net = Network([Input((28, 28, 1)), Conv2D(6, 5, activation="relu"), Conv2D(8, 3, stride=2, padding="same")])
    >>> net.shapes
    ((24, 24, 6), (12, 12, 8))
    """

    kind = "Conv2D"
    filters: int = 0
    kernel: int | Pair = 3
    stride: int | Pair = 1
    padding: str = "valid"
    dilation: int | Pair = 1
    groups: int = 1
    activation: str | Activation | dict[str, Any] = "identity"
    bias: bool = True
    initializer: str | Initializer | dict[str, Any] | None = None
    bias_initializer: str | Initializer | dict[str, Any] = "zeros"
    regularizer: str | Regularizer | dict[str, Any] | None = None
    bias_regularizer: str | Regularizer | dict[str, Any] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "filters", check_whole(self.filters, "Conv2D: filters"))
        put(self, "groups", check_whole(self.groups, "Conv2D: groups"))
        for name in ("kernel", "stride", "dilation"):
            put(self, name, pair(getattr(self, name), f"Conv2D: {name}"))
        check_padding(self.padding, "Conv2D")
        if self.filters % self.groups:
            raise DescriptionError(f"Conv2D: {self.filters} filters cannot be cut into {self.groups} groups.")
        self._find_named()

    @property
    def window(self) -> Window:
        """The window that slides."""
        return Window(self.kernel, self.stride, self.padding, self.dilation)  # type: ignore[arg-type]

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        self.window.check(inputs, where, "Conv2D")
        if inputs[2] % self.groups:
            raise DescriptionError(
                f"{where} (Conv2D): {inputs[2]} input channels cannot be cut into {self.groups} groups. "
                f"Use groups that divide {inputs[2]} and {self.filters}."
            )
        return (*self.window.output(inputs), self.filters)

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        (KH, KW), C, O = self.window.kernel, inputs[2] // self.groups, self.filters
        fan_in, fan_out = KH * KW * C, KH * KW * O // self.groups
        return self._weights_and_bias((KH, KW, C, O), fan_in, fan_out)

    def plan(self, p: LayerPlan) -> Slot:
        H, W, C = p.input.shape
        P, Q, O = self.output_shape(p.input.shape, p.name)
        (top, bottom), (left, right) = self.window.border(p.input.shape)
        w, b = p.parameter("weights"), p.parameter("bias") if self.bias else None
        x = p.input
        if top or bottom or left or right:
            x = p.values("padded", (H + top + bottom, W + left + right, C), "scratch")
            sizes = {"H": H, "W": W, "C": C, "top": top, "left": left, "PH": x.shape[0], "PW": x.shape[1]}
            p.forward(f"{KERNELS}:pad", sizes, x=p.input, padded=x)
        (KH, KW), (SH, SW), (DH, DW) = self.window.kernel, self.window.stride, self.window.dilation
        output = {"P": P, "Q": Q, "O": O, "KH": KH, "KW": KW, "SH": SH, "SW": SW, "DH": DH, "DW": DW, "G": self.groups}
        shared = {"H": x.shape[0], "W": x.shape[1], "C": C} | output
        work = 2 * P * Q * O * KH * KW * C // self.groups
        z = p.values("z", (P, Q, O))
        many = w.units >= MANY
        if many:
            p.worker_room(w.units)
        p.forward(f"{KERNELS}:forward", shared | {"laid_out": int(many)}, flops=work, x=x, w=w, b=b, z=z)
        a = p.activation(self.f, z)
        dz, size = p.delta(z), w.units + O
        sums, by_strips = p.sums("sums", size), shared | {"strip": STRIP}
        if O // self.groups >= WIDE and self.groups == 1:
            p.worker_room((STRIP * 256 + 64) * -(-O // 16))
            p.backward(f"{GRADIENTS}:gradient_wide", by_strips, flops=work, x=x, dz=dz, sums=sums)
        else:
            partial = p.values("partial", (w.units,), "scratch")
            p.backward(f"{GRADIENTS}:gradient_narrow", by_strips, flops=work, x=x, dz=dz, partial=partial, sums=sums)
        if p.wants_input_delta:
            own = shared | {"top": top, "left": left, "height": H, "width": W}
            p.backward(f"{KERNELS}:backward", own, flops=work, w=w, dz=dz, dx=p.input_delta)
        p.sum_groups(w, sums, size)
        if b is not None:
            p.sum_groups(b, sums, size, first=w.units)
        return a
