"""The layers of a case, described without any peer's words: shapes, and the sums of their matrix products."""

from __future__ import annotations

import math
from dataclasses import dataclass

Shape = tuple[int, ...]  # of one sample: (features,), or (height, width, channels)


@dataclass(frozen=True)
class DenseLayer:
    """A fully connected layer: ``relu``, ``sigmoid`` or ``softmax`` units."""

    units: int
    activation: str

    def shape(self, inputs: Shape) -> Shape:
        return (self.units,)

    def flops(self, inputs: Shape) -> int:
        return 2 * math.prod(inputs) * self.units


@dataclass(frozen=True)
class ConvLayer:
    """A convolution with square kernels and stride 1, at every place where the kernel fits in.

    With padding "same" zeros around the picture keep its size.
    """

    filters: int
    kernel: int
    activation: str
    padding: str = "valid"
    bias: bool = True

    def shape(self, inputs: Shape) -> Shape:
        height, width, _ = inputs
        if self.padding == "same":
            return (height, width, self.filters)
        return (height - self.kernel + 1, width - self.kernel + 1, self.filters)

    def flops(self, inputs: Shape) -> int:
        return 2 * math.prod(self.shape(inputs)) * self.kernel**2 * inputs[2]


@dataclass(frozen=True)
class MaxPoolLayer:
    """The greatest of every ``size`` × ``size`` window; windows do not overlap, and rests at the rims are left out."""

    size: int

    def shape(self, inputs: Shape) -> Shape:
        height, width, channels = inputs
        return (height // self.size, width // self.size, channels)

    def flops(self, inputs: Shape) -> int:
        return 0


@dataclass(frozen=True)
class FlattenLayer:
    """A picture becomes one row of numbers."""

    def shape(self, inputs: Shape) -> Shape:
        return (math.prod(inputs),)

    def flops(self, inputs: Shape) -> int:
        return 0


@dataclass(frozen=True)
class DropoutLayer:
    """While training, this share of the numbers becomes 0, and the others grow to keep the mean."""

    rate: float

    def shape(self, inputs: Shape) -> Shape:
        return inputs

    def flops(self, inputs: Shape) -> int:
        return 0


@dataclass(frozen=True)
class BatchNormLayer:
    """Every channel brought to mean 0 and variance 1 over the batch, then scaled and shifted by two parameters."""

    def shape(self, inputs: Shape) -> Shape:
        return inputs

    def flops(self, inputs: Shape) -> int:
        return 0


@dataclass(frozen=True)
class ActivationLayer:
    """An activation by itself: ``relu``."""

    activation: str

    def shape(self, inputs: Shape) -> Shape:
        return inputs

    def flops(self, inputs: Shape) -> int:
        return 0


@dataclass(frozen=True)
class GlobalAvgPoolLayer:
    """The mean of every channel over the whole picture."""

    def shape(self, inputs: Shape) -> Shape:
        return inputs[-1:]

    def flops(self, inputs: Shape) -> int:
        return 0


Layer = (
    DenseLayer | ConvLayer | MaxPoolLayer | FlattenLayer | DropoutLayer
    | BatchNormLayer | ActivationLayer | GlobalAvgPoolLayer
)  # fmt: skip
