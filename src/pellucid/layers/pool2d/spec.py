"""MaxPool2D, AvgPool2D and GlobalAvgPool2D: a window's largest or mean value stands for the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.layers.base import Layer
from pellucid.layers.window import Pair, Window, check_padding, pair
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.pool2d.kernels"


def _add(p: LayerPlan, window: Window, largest: bool) -> Slot:
    """The operations of a pooling."""
    H, W, C = p.input.shape
    P, Q = window.output(p.input.shape)
    (top, _), (left, _) = window.border(p.input.shape)
    (KH, KW), (SH, SW) = window.kernel, window.stride
    shared = {"H": H, "W": W, "C": C, "P": P, "Q": Q, "KH": KH, "KW": KW, "SH": SH, "SW": SW, "top": top, "left": left}
    a = p.values("a", (P, Q, C))
    kind = "max" if largest else "average"
    p.forward(f"{KERNELS}:{kind}_forward", shared, x=p.input, a=a)
    if p.wants_input_delta and largest:
        p.backward(f"{KERNELS}:max_backward", shared, x=p.input, a=a, da=p.delta(a), dx=p.input_delta)
    elif p.wants_input_delta:
        p.backward(f"{KERNELS}:average_backward", shared, da=p.delta(a), dx=p.input_delta)
    return a


@dataclass(frozen=True)
class _Pool2D(Layer):
    size: int | Pair = 2
    stride: int | Pair | None = None
    padding: str = "valid"
    name: str | None = None

    def __post_init__(self) -> None:
        put, kind = object.__setattr__, self.kind
        put(self, "size", pair(self.size, f"{kind}: size"))
        put(self, "stride", self.size if self.stride is None else pair(self.stride, f"{kind}: stride"))
        check_padding(self.padding, kind)

    @property
    def window(self) -> Window:
        """The window that slides."""
        return Window(self.size, self.stride, self.padding)  # type: ignore[arg-type]

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        self.window.check(inputs, where, self.kind)
        return (*self.window.output(inputs), inputs[2])

    def plan(self, p: LayerPlan) -> Slot:
        return _add(p, self.window, largest=isinstance(self, MaxPool2D))


@dataclass(frozen=True)
class MaxPool2D(_Pool2D):
    """The largest value of each window, channel by channel. The gradient goes to the first largest pixel.

    Parameters
    ----------
    size : int or (down, across)
        Of the window; ``pool_size`` in Keras.
    stride : int or (down, across), optional
        The window's own size unless given.
    padding : {"valid", "same"}
        "same" lets windows stand over the border, where they see only the picture.
    name : str, optional

    Examples
    --------
    >>> from pellucid import Input, MaxPool2D, Network
    >>> Network([Input((28, 28, 3)), MaxPool2D(2)]).output_shape
    (14, 14, 3)
    """

    kind = "MaxPool2D"


@dataclass(frozen=True)
class AvgPool2D(_Pool2D):
    """The mean of each window, channel by channel. Fields as in :class:`MaxPool2D`.

    With padding "same" the mean is taken over the pixels of the picture alone (as in Keras; PyTorch counts the border
    too unless told otherwise).
    """

    kind = "AvgPool2D"


@dataclass(frozen=True)
class GlobalAvgPool2D(Layer):
    """The mean of each channel over the whole picture: (H, W, C) becomes (C,).

    Examples
    --------
    >>> from pellucid import GlobalAvgPool2D, Input, Network
    >>> Network([Input((7, 7, 3)), GlobalAvgPool2D()]).output_shape
    (3,)
    """

    kind = "GlobalAvgPool2D"
    name: str | None = None

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        Window((1, 1)).check(inputs, where, self.kind)
        return (inputs[2],)

    def plan(self, p: LayerPlan) -> Slot:
        H, W, C = p.input.shape
        return p.reshaped(_add(p, Window((H, W), (H, W)), largest=False), (C,))
