"""Standardize: fixed numbers, forward and backward."""

import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid import Dense, Flatten, Input, Network
from pellucid.errors import DataError, DescriptionError
from pellucid.layers.standardize.spec import Standardize

sys.path.append(str(Path(__file__).parents[1] / "conformance"))
from central_differences import GradientCheck

PICTURES = Standardize(mean=(0.5, -1.0), deviation=(0.3, 2.0))


@pytest.mark.parametrize("layer", [Standardize(), Standardize(0.4, 0.7), PICTURES, Standardize(1.0, (2.0, 3.0))])
def test_the_formula(layer, rng):
    X = rng.normal(size=(20, 3, 4, 2))
    net = Network([Input((3, 4, 2)), layer], dtype="float64")
    assert np.array_equal(net.predict(X), (X - np.array(layer.mean)) / np.array(layer.deviation))


def test_central_differences(rng):
    net = Network([Input((3, 2, 2)), PICTURES, Flatten(), Dense(2)], dtype="float64")
    net.compile(loss="mean_squared_error", optimizer="sgd")
    for one in GradientCheck(net, rng.normal(size=(18, 3, 2, 2)), rng.normal(size=(18, 2))).differences():
        assert one.excess <= 1
        assert one.analytic.any()


def test_of_data(rng):
    X = rng.normal(3, 2, size=(50, 5, 5, 3))
    X[..., 1] = 0.1
    layer = Standardize.of(X)
    assert layer.deviation[1] == 1
    a = Network([Input((5, 5, 3)), layer], dtype="float64").predict(X)
    np.testing.assert_allclose(a.mean(axis=(0, 1, 2)), 0, atol=1e-13)
    np.testing.assert_allclose(a.std(axis=(0, 1, 2)), [1, 0, 1], atol=1e-13)


def test_it_has_nothing_to_train():
    net = Network([Input(2), Standardize((1, 2), 3)])
    assert net.parameter_count == 0
    assert net.layers[0][1] == Standardize([1.0, 2.0], np.float32(3))
    assert net.layers[0][1].to_dict() == {"kind": "Standardize", "mean": (1.0, 2.0), "deviation": 3.0}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"mean": "x"}, "Standardize: mean must be a number, or one for each channel, got 'x'."),
        ({"mean": ()}, "Standardize: mean must be a number, or one for each channel, got ()."),
        ({"deviation": float("inf")}, "Standardize: deviation must be a number, or one for each channel, got inf."),
        ({"deviation": (1, 0)}, "Standardize: deviation must be above 0, got (1.0, 0.0). Use 1 where nothing varies."),
        ({"mean": (1, 2, 3), "deviation": (1, 2)},
         "Standardize: 3 means and 2 deviations. Give one of each for every channel."),
    ],
)  # fmt: skip
def test_nonsense_is_refused(fields, text):
    with pytest.raises(DescriptionError) as caught:
        Standardize(**fields)
    assert str(caught.value) == text


def test_channels_that_do_not_fit_are_refused():
    with pytest.raises(DescriptionError) as caught:
        Network([Input((4, 4, 3)), PICTURES])
    assert str(caught.value) == (
        'Layer 1 "standardize_1" (Standardize): 2 means for an input of shape 4 × 4 × 3. Give 3, one for each channel '
        "of the last axis, or one number for all."
    )


@pytest.mark.parametrize(
    ("X", "text"),
    [
        ([1.0, 2.0], "Standardize.of: X must hold samples with channels in its last axis, got shape (2,)."),
        ([[1.0, np.nan]], "Standardize.of: channel 1 of X holds a value that is not a finite number."),
    ],
)
def test_data_without_numbers_are_refused(X, text):
    with pytest.raises(DataError) as caught:
        Standardize.of(X)
    assert str(caught.value) == text
