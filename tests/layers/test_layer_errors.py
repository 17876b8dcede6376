"""Layers for pictures that cannot work: the place, what was expected, what came, and the mend."""

import pytest

from pellucid import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    DescriptionError,
    GlobalAvgPool2D,
    Input,
    LayerNorm,
    MaxPool2D,
    Network,
    Reshape,
    Residual,
)
from pellucid.layers import LAYERS


def net(shape, *layers):
    return lambda: Network([Input(shape), *layers])


def compiled(shape, *layers, loss="categorical_crossentropy"):
    return lambda: Network([Input(shape), *layers]).compile(loss)


CASES = {
    "a flat input": (net(784, Conv2D(4)),
        'Layer 1 "conv2d_1" (Conv2D) takes pictures of shape (height, width, channels), but its input has shape 784. '
        "Put it before Flatten, on pictures of shape (height, width, channels)."),
    "a picture without channels": (net((28, 28), MaxPool2D(name="pool")),
        'Layer 1 "pool" (MaxPool2D) takes pictures of shape (height, width, channels), but its input has shape '
        "28 × 28. Start with Input((28, 28, 1)) for grey pictures."),
    "a flat input of a global mean": (net((8, 8, 1), Conv2D(2), Reshape(72), GlobalAvgPool2D()),
        'Layer 3 "globalavgpool2d_1" (GlobalAvgPool2D) takes pictures of shape (height, width, channels), but its '
        "input has shape 72. Put it before Flatten, on pictures of shape (height, width, channels)."),
    "a kernel that is too large": (net((3, 9, 1), Conv2D(4, (5, 3))),
        'Layer 1 "conv2d_1" (Conv2D): kernel (5, 3) is larger than its input, H=3, W=9. Use a kernel of at most 3, or '
        'padding="same".'),
    "a kernel that is too wide": (net((9, 3, 1), Conv2D(4, 3), Conv2D(4, (1, 2))),
        'Layer 2 "conv2d_2" (Conv2D): kernel (1, 2) is larger than its input, H=7, W=1. Use a kernel of at most 1, or '
        'padding="same".'),
    "a dilation that is too large": (net((8, 8, 1), Conv2D(4, dilation=(4, 1))),
        'Layer 1 "conv2d_1" (Conv2D): kernel (3, 3) with dilation (4, 1) spans (9, 3) pixels, more than its input, '
        'H=8, W=8. Use a smaller dilation, or padding="same".'),
    "a window that is too large": (net((4, 1, 1), AvgPool2D()),
        'Layer 1 "avgpool2d_1" (AvgPool2D): size (2, 2) is larger than its input, H=4, W=1. Use a size of at most 1, '
        'or padding="same".'),
    "channels that cannot be cut": (net((4, 4, 3), Conv2D(4, groups=2)),
        'Layer 1 "conv2d_1" (Conv2D): 3 input channels cannot be cut into 2 groups. Use groups that divide 3 and 4.'),
    "filters that cannot be cut": (lambda: Conv2D(5, groups=2), "Conv2D: 5 filters cannot be cut into 2 groups."),
    "no filters": (lambda: Conv2D(), "Conv2D: filters must be a whole number of at least 1, got 0."),
    "a kernel of three sides": (lambda: Conv2D(4, (1, 2, 3)),
        "Conv2D: kernel must be one whole number or two (down, across), got (1, 2, 3)."),
    "a kernel of nothing": (lambda: Conv2D(4, (3, 0)), "Conv2D: kernel must be a whole number of at least 1, got 0."),
    "a kernel in words": (lambda: Conv2D(4, "3"), "Conv2D: kernel must be a whole number of at least 1, got '3'."),
    "a stride": (lambda: Conv2D(4, stride=1.5), "Conv2D: stride must be a whole number of at least 1, got 1.5."),
    "a dilation": (lambda: Conv2D(4, dilation=0), "Conv2D: dilation must be a whole number of at least 1, got 0."),
    "a padding": (lambda: Conv2D(4, padding="sam"),
        'Unknown Conv2D padding "sam". Did you mean "same"? Known: valid, same.'),
    "a padding of a pooling": (lambda: MaxPool2D(padding="full"),
        'Unknown MaxPool2D padding "full". Known: valid, same.'),
    "a size": (lambda: MaxPool2D(0), "MaxPool2D: size must be a whole number of at least 1, got 0."),
    "a stride of a pooling": (lambda: AvgPool2D(2, stride=(1,)),
        "AvgPool2D: stride must be one whole number or two (down, across), got (1,)."),
    "a momentum": (lambda: BatchNorm(momentum=1), "BatchNorm: momentum must be at least 0 and below 1, got 1."),
    "a momentum that is no number": (lambda: BatchNorm(momentum=float("nan")),
        "BatchNorm: momentum must be at least 0 and below 1, got nan."),
    "an epsilon": (lambda: BatchNorm(epsilon=0), "BatchNorm: epsilon must be above 0 and below 1, got 0."),
    "an epsilon in words": (lambda: LayerNorm(epsilon="a"), "LayerNorm: epsilon must be above 0 and below 1, got 'a'."),
    "a shape of another size": (net((2, 6), Reshape((3, 3))),
        'Layer 1 "reshape_1" (Reshape): 2 × 6 = 12 numbers cannot be seen as 3 × 3 = 9. Choose a shape of 12 numbers.'),
    "no shape": (lambda: Reshape(),
        "Reshape: give the shape of one sample, for instance Reshape((4, 3, 1))."),
    "a side below one": (lambda: Reshape((3, -1)),
        "Reshape: every size of the shape must be a whole number of at least 1, got -1."),
    "a path that changes the channels": (net((8, 8, 3), Residual([Conv2D(4, padding="same")])),
        'Layer 1 "residual_1" (Residual): the layers give 8 × 8 × 4, but the shortcut 8 × 8 × 3, so they cannot be '
        "added. Give both the same shape, for instance with shortcut=[Conv2D(4, 1, stride=…)]."),
    "a path that changes the units": (net(5, Residual([Dense(4)], name="block")),
        'Layer 1 "block" (Residual): the layers give 4, but the shortcut 5, so they cannot be added. Give both the '
        "same shape, for instance with shortcut=[…, Dense(4)]."),
    "a layer within": (net((8, 8, 3), Residual([Residual([Conv2D(3, 9)])], name="block")),
        'Layer 1 "block", "residual_1", "conv2d_1" (Conv2D): kernel (9, 9) is larger than its input, H=8, W=8. Use a '
        'kernel of at most 8, or padding="same".'),
    "no path": (lambda: Residual(), "Residual: give at least one layer."),
    "a path that is one layer": (lambda: Residual(Dense(3)), "Residual: layers must be a list of layers."),
    "a path that is a number": (lambda: Residual(5), "Residual: layers must be a list of layers."),
    "a shortcut that is one layer": (lambda: Residual([Dense(3)], Dense(3)),
        "Residual: shortcut must be a list of layers."),
    "something else within": (lambda: Residual([Dense(3), "Dens"]),
        f'Unknown layer "Dens". Did you mean "dense"? Known: {", ".join(LAYERS.names)}.'),
    "an Input within": (lambda: Residual([Input(3)]), "Residual: Input stands at the start of a network only."),
    "a name twice": (lambda: Residual([Dense(3, name="a"), Dense(3, name="a")]),
        'Layer name "a" is taken. Give every layer a name of its own.'),
    "classes of a picture": (compiled((2, 3), Activation("softmax")),
        'Loss "categorical_crossentropy" does not fit the last layer "activation_1": it takes one number for each '
        "class, but the output has shape 2 × 3. End with Flatten() and Dense(classes, "
        'activation="softmax").'),
    "a dense layer on a picture": (net((8, 8, 3), Conv2D(3), Dense(3)),
        'Layer 2 "dense_1" (Dense) takes one number for each input, but its input has shape 6 × 6 × 3. Put Flatten() '
        "before it."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_refused(case):
    call, text = CASES[case]
    with pytest.raises(DescriptionError) as error:
        call()
    assert str(error.value) == text


def test_no_shortcut_may_be_said_as_none():
    assert Residual([Dense(3)], shortcut=None) == Residual([Dense(3)])
