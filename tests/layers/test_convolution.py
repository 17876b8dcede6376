"""Convolution by hand on a small picture, and the border of padding "same"; the tables of conformance do the rest."""

import numpy as np
import pytest
from central_differences import step_with

from pellucid import Conv2D, Input, Network
from pellucid.layers.window import Window

PICTURE = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]])


def make(shape, layer, weights):
    net = Network([Input(shape), layer], dtype="float64")
    net.compile("total_squared_error", {"kind": "sgd", "rate": 0.5})
    net.set_weights(weights)
    return net


def test_a_picture_of_three_by_three_with_a_kernel_of_two_by_two():
    net = make((3, 3, 1), Conv2D(1, 2), {"conv2d_1.weights": KERNEL[..., None, None], "conv2d_1.bias": [0.5]})
    # 1·1 + 2·2 + 3·4 + 4·5 = 37, and so on; no kernel is turned, as in every library
    assert net.predict(PICTURE)[0, :, :, 0].tolist() == [[37.5, 47.5], [67.5, 77.5]]
    read = step_with(net, PICTURE, np.array([[1.0, 0.0], [0.0, 2.0]]).reshape(1, 2, 2, 1))
    # ∂C/∂w: the upper left 2×2 pixels, and twice the lower right ones
    assert read("conv2d_1.weights.gradient")[..., 0, 0].tolist() == [[1 + 10, 2 + 12], [4 + 16, 5 + 18]]
    assert read("conv2d_1.bias.gradient").tolist() == [3.0]
    # ∂C/∂x: the kernel laid down at the upper left, and twice at the lower right
    assert read("input.delta")[0, :, :, 0].tolist() == [[1, 2, 0], [3, 4 + 2, 4], [0, 6, 8]]


def test_padding_same_puts_the_odd_pixel_at_the_bottom_and_right():
    net = make((3, 3, 1), Conv2D(1, 2, padding="same", bias=False), {"conv2d_1.weights": KERNEL[..., None, None]})
    assert net.predict(PICTURE)[0, :, :, 0].tolist() == [[37, 47, 21], [67, 77, 33], [23, 26, 9]]


def test_dilation_takes_pixels_that_lie_apart():
    net = make((3, 3, 1), Conv2D(1, 2, dilation=2, bias=False), {"conv2d_1.weights": KERNEL[..., None, None]})
    assert net.predict(PICTURE).item() == 1 * 1 + 2 * 3 + 3 * 7 + 4 * 9


def test_groups_do_not_see_each_other():
    """Four channels in two groups: filters 1 and 2 see channels 1 and 2, filters 3 and 4 the others."""
    weights = np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]])
    net = make((1, 1, 4), Conv2D(4, 1, groups=2, bias=False), {"conv2d_1.weights": weights[None, None]})
    X = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 1, 4)
    assert net.predict(X).ravel().tolist() == [1 + 20, 2 + 40, 9 + 120, 12 + 160]


def test_a_convolution_as_large_as_its_picture_is_a_dense_layer(rng):
    net = make((3, 4, 2), Conv2D(5, (3, 4)), {})
    w, X = net.weights, rng.normal(size=(7, 3, 4, 2))
    expected = X.reshape(7, 24) @ w["conv2d_1.weights"].reshape(24, 5) + w["conv2d_1.bias"]
    np.testing.assert_allclose(net.predict(X)[:, 0, 0], expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "positions", "border"),
    [
        # As Keras's: ⌈size / stride⌉ positions, the border cut in halves, the larger one behind.
        (28, 5, 1, 1, 28, (2, 2)), (28, 2, 1, 1, 28, (0, 1)), (28, 1, 1, 1, 28, (0, 0)), (224, 7, 2, 1, 112, (2, 3)),
        (5, 3, 2, 1, 3, (1, 1)), (6, 3, 2, 1, 3, (0, 1)), (7, 1, 3, 1, 3, (0, 0)), (5, 2, 3, 1, 2, (0, 0)),
        (8, 3, 1, 2, 8, (2, 2)), (4, 3, 2, 2, 2, (1, 2)), (1, 3, 2, 1, 1, (1, 1)), (3, 6, 1, 1, 3, (2, 3)),
    ],
)  # fmt: skip
def test_padding_same(size, kernel, stride, dilation, positions, border):
    for axis in (0, 1):
        pair = lambda n, axis=axis: (n, 1) if axis == 0 else (1, n)  # noqa: E731
        window = Window(pair(kernel), pair(stride), "same", pair(dilation))
        shape = (*pair(size), 3)
        assert window.output(shape) == pair(positions)
        assert window.border(shape)[axis] == border
        assert window.border(shape)[1 - axis] == (0, 0)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "positions"),
    [(28, 5, 1, 1, 24), (28, 3, 2, 1, 13), (5, 5, 1, 1, 1), (7, 3, 2, 2, 2), (6, 1, 4, 1, 2)],
)
def test_padding_valid(size, kernel, stride, dilation, positions):
    window = Window((kernel, 1), (stride, 1), "valid", (dilation, 1))
    assert window.output((size, 4, 1)) == (positions, 4)
    assert window.border((size, 4, 1)) == ((0, 0), (0, 0))


def test_connections_into_and_out_of_a_filter():
    """For the initializers: those of one place, so that a large picture does not make the weights small."""
    weights, bias = Conv2D(8, (3, 5), groups=2).parameters((20, 20, 6))
    assert weights.shape == (3, 5, 3, 8)
    assert (weights.fan_in, weights.fan_out) == (3 * 5 * 3, 3 * 5 * 4)
    assert bias.shape == (8,)
