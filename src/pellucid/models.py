"""Ready descriptions of well-known networks for pictures, each with where it was published."""

from __future__ import annotations

from pellucid.errors import DescriptionError
from pellucid.layers import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Input,
    Layer,
    MaxPool2D,
    Residual,
)
from pellucid.layers.base import check_whole
from pellucid.network import Network
from pellucid.plan.parts import Shape

__all__ = ["five_conv", "lenet1", "lenet5", "small_cnn", "small_resnet"]


def _output(classes: int) -> Dense:
    """One sigmoid unit for two classes, a softmax for more."""
    check_whole(classes, "classes", 2)
    return Dense(1, activation="sigmoid") if classes == 2 else Dense(classes, activation="softmax")


def lenet1(shape: Shape = (28, 28, 1), classes: int = 10, *, seed: int = 0) -> Network:
    """LeNet-1: two convolutions of 4 and 12 maps, each followed by an average over 2×2 pixels.

    LeCun et al. 1989/1990 ("Handwritten Digit Recognition with a Back-Propagation Network"), without its hand-made
    connection table; 1.7 % errors on MNIST in LeCun et al. 1998.

    >>> lenet1().parameter_count
    3246
    """
    layers: list[Layer] = [
        Input(shape),
        Conv2D(4, 5, activation="tanh"), AvgPool2D(2),
        Conv2D(12, 5, activation="tanh"), AvgPool2D(2),
        Flatten(), _output(classes),
    ]  # fmt: skip
    return Network(layers, name="lenet1", seed=seed)


def lenet5(shape: Shape = (28, 28, 1), classes: int = 10, *, seed: int = 0) -> Network:
    """LeNet-5: two convolutions of 6 and 16 maps with pooling, then layers of 120 and 84 units.

    LeCun et al. 1998 ("Gradient-Based Learning Applied to Document Recognition", figure 2; 0.95 % errors), in the form
    that is usual today: ReLU and largest-value pooling, pictures of 28×28 pixels, no connection table, softmax.

    >>> lenet5().parameter_count
    44426
    """
    layers: list[Layer] = [
        Input(shape),
        Conv2D(6, 5, activation="relu"), MaxPool2D(2),
        Conv2D(16, 5, activation="relu"), MaxPool2D(2),
        Flatten(),
        Dense(120, activation="relu"), Dense(84, activation="relu"), _output(classes),
    ]  # fmt: skip
    return Network(layers, name="lenet5", seed=seed)


def small_cnn(shape: Shape = (28, 28, 1), classes: int = 10, *, width: int = 32, seed: int = 0) -> Network:
    """Two blocks of two convolutions with batch normalisation, then a dense layer; the size of Keras's MNIST examples.

    The arrangement of Simonyan and Zisserman 2014 (two 3×3 convolutions, then pooling), with Ioffe and Szegedy's
    normalisation after each convolution and dropout before the output.

    >>> small_cnn().output_shape
    (10,)
    """
    layers: list[Layer] = [Input(shape)]
    for filters in (width, 2 * width):
        for _ in range(2):
            layers += [Conv2D(filters, 3, padding="same", bias=False), BatchNorm(), Activation("relu")]
        layers += [MaxPool2D(2)]
    layers += [Flatten(), Dropout(0.4), Dense(128, activation="relu"), Dropout(0.4), _output(classes)]
    return Network(layers, name="small_cnn", seed=seed)


def five_conv(shape: Shape = (28, 28, 1), classes: int = 10, *, width: int = 16, seed: int = 0) -> Network:
    """Five normalised convolutions for small grey pictures, the most accurate of the ready ones on handwritten digits.

    Convolutions of 3×3 in pairs as in Simonyan and Zisserman 2014, the second pooled before it is normalised, so that
    less is computed; normalisation after Ioffe and Szegedy 2015. ``pellucid train mnist --model five_conv`` trains it.

    >>> five_conv().parameter_count
    40794
    """
    layers: list[Layer] = [Input(shape)]
    for filters in (width, 2 * width):
        layers += [Conv2D(filters, 3, bias=False), BatchNorm(), Activation("relu")]
        layers += [Conv2D(filters, 3, padding="same", bias=False), MaxPool2D(2), BatchNorm(), Activation("relu")]
    layers += [Conv2D(4 * width, 3, bias=False), BatchNorm(), Activation("relu")]
    layers += [Flatten(), Dropout(0.3), _output(classes)]
    return Network(layers, name="five_conv", seed=seed)


def _block(filters: int, stride: int, grows: bool) -> Residual:
    path: list[Layer] = [
        Conv2D(filters, 3, stride=stride, padding="same", bias=False), BatchNorm(), Activation("relu"),
        Conv2D(filters, 3, padding="same", bias=False), BatchNorm(),
    ]  # fmt: skip
    shortcut = [Conv2D(filters, 1, stride=stride, padding="same", bias=False), BatchNorm()] if grows else []
    return Residual(path, shortcut, activation="relu")


def small_resnet(
    shape: Shape = (32, 32, 3), classes: int = 10, *, widths: tuple[int, ...] = (16, 32, 64), seed: int = 0
) -> Network:
    """A residual network: a first convolution, one block for each width, the picture halved from block to block.

    He et al. 2015 ("Deep Residual Learning for Image Recognition", section 4.2), with one block where theirs have n,
    and a convolution of 1×1 pixels as the shortcut where the width changes.

    >>> small_resnet().output_shape
    (10,)
    """
    if not widths:
        raise DescriptionError("widths: give a number of maps for each block, for instance (16, 32, 64).")
    layers: list[Layer] = [
        Input(shape), Conv2D(widths[0], 3, padding="same", bias=False), BatchNorm(), Activation("relu")
    ]  # fmt: skip
    for k, width in enumerate(widths):
        layers.append(_block(width, 1 if k == 0 else 2, grows=k > 0))
    layers += [GlobalAvgPool2D(), _output(classes)]
    return Network(layers, name="small_resnet", seed=seed)
