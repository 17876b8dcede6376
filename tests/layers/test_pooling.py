"""Poolings by hand on small pictures."""

import numpy as np
import pytest
from central_differences import step_with

from pellucid import AvgPool2D, GlobalAvgPool2D, Input, MaxPool2D, Network


def make(shape, *layers):
    net = Network([Input(shape), *layers], dtype="float64")
    net.compile("total_squared_error", "sgd")
    return net


def picture(rows):
    return np.array(rows, float)[None, :, :, None]


TIES = picture([[1, 5, 5], [5, 2, 5], [0, 1, 5]])


def test_the_gradient_goes_to_the_first_largest_pixel():
    net = make((3, 3, 1), MaxPool2D(2, stride=1))
    assert net.predict(TIES)[0, :, :, 0].tolist() == [[5, 5], [5, 5]]
    delta = step_with(net, TIES, picture([[1, 10], [100, 1000]]))("input.delta")
    assert delta[0, :, :, 0].tolist() == [[0, 1 + 10, 0], [100, 0, 1000], [0, 0, 0]]


def test_every_channel_and_sample_for_itself(rng):
    X = rng.normal(size=(20, 4, 6, 3))
    windows = X.reshape(20, 2, 2, 3, 2, 3)
    assert np.array_equal(make((4, 6, 3), MaxPool2D(2)).predict(X), windows.max(axis=(2, 4)))
    np.testing.assert_allclose(make((4, 6, 3), AvgPool2D(2)).predict(X), windows.mean(axis=(2, 4)), rtol=1e-14)
    whole = make((4, 6, 3), GlobalAvgPool2D()).predict(X)
    np.testing.assert_allclose(whole, X.mean(axis=(1, 2)), rtol=1e-12, atol=1e-15)


def test_pixels_beyond_the_last_whole_window_are_left_out():
    net = make((3, 3, 1), MaxPool2D(2))
    assert net.predict(TIES).ravel().tolist() == [5]
    assert step_with(net, TIES, picture([[7]]))("input.delta")[0, :, :, 0].tolist() == [[0, 7, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("layer", "expected"), [(MaxPool2D, [[-1, -3], [-7, -9]]), (AvgPool2D, [[-3, -4.5], [-7.5, -9]])]
)
def test_a_window_over_the_border_sees_only_the_picture(layer, expected):
    """Zeros of a border would be larger than these numbers, and would pull their mean up."""
    negative = -picture([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert make((3, 3, 1), layer(2, padding="same")).predict(negative)[0, :, :, 0].tolist() == expected


def test_the_gradient_of_a_mean_is_shared_by_the_pixels_that_were_seen():
    net = make((3, 3, 1), AvgPool2D(2, padding="same"))
    delta = step_with(net, TIES, picture([[4, 2], [6, 5]]))("input.delta")
    assert delta[0, :, :, 0].tolist() == [[1, 1, 1], [1, 1, 1], [3, 3, 5]]
