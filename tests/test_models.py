"""Ready networks: their sizes as published, and that they learn."""

import numpy as np
import pytest

from pellucid import models
from pellucid.errors import DescriptionError


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        # LeCun et al. 1998 in today's form, layer by layer; 44,426 is what its re-implementations count.
        ("lenet5", (6 * 25 + 6) + (16 * 6 * 25 + 16) + (256 * 120 + 120) + (120 * 84 + 84) + (84 * 10 + 10)),
        ("five_conv", (9 * 16 + 9 * 16 * 16 + 2 * 32) + (9 * 16 * 32 + 9 * 32 * 32 + 2 * 64)
            + (9 * 32 * 64 + 128) + (3 * 3 * 64 * 10 + 10)),
        ("lenet1", (4 * 25 + 4) + (12 * 4 * 25 + 12) + (192 * 10 + 10)),
        ("small_cnn", (9 * 32 + 9 * 32 * 32 + 2 * 64) + (9 * 32 * 64 + 9 * 64 * 64 + 2 * 128)
            + (7 * 7 * 64 * 128 + 128) + (128 * 10 + 10)),
        ("small_resnet", (9 * 3 * 16 + 32) + 2 * (9 * 16 * 16 + 32)
            + (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32 + 3 * 64) + (9 * 32 * 64 + 9 * 64 * 64 + 32 * 64 + 3 * 128)
            + (64 * 10 + 10)),
    ],
)  # fmt: skip
def test_parameter_counts(make, parameters):
    net = getattr(models, make)()
    assert net.parameter_count == parameters == net.parameters.size
    assert {"lenet5": 44_426, "lenet1": 3_246}.get(make, parameters) == parameters
    assert net.output_shape == (10,)
    assert net.name == make


def test_all_are_listed():
    assert sorted(models.__all__) == ["five_conv", "lenet1", "lenet5", "small_cnn", "small_resnet"]


def test_pictures_on_the_way():
    assert models.lenet5().shapes == (
        (24, 24, 6), (12, 12, 6), (8, 8, 16), (4, 4, 16), (256,), (120,), (84,), (10,)
    )  # fmt: skip
    assert models.lenet1().shapes == ((24, 24, 4), (12, 12, 4), (8, 8, 12), (4, 4, 12), (192,), (10,))
    assert models.small_resnet().shapes[3:] == ((32, 32, 16), (16, 16, 32), (8, 8, 64), (64,), (10,))


@pytest.mark.parametrize(
    "net",
    [
        lambda classes: models.lenet1((16, 16, 1), classes),
        lambda classes: models.lenet5((16, 16, 1), classes),
        lambda classes: models.small_cnn((16, 16, 1), classes, width=4),
        lambda classes: models.five_conv((20, 20, 1), classes, width=4),
        lambda classes: models.small_resnet((16, 16, 1), classes, widths=(4, 6)),
    ],
    ids=["lenet1", "lenet5", "small_cnn", "five_conv", "small_resnet"],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_they_learn(net, classes, rng):
    """Bars that stand upright, lie, or cross, somewhere in a noisy picture."""
    made = net(classes)
    X, y = rng.normal(0.0, 0.2, (240, *made.input_shape)), np.arange(240) % classes
    for picture, label in zip(X, y, strict=True):
        row, column = rng.integers(2, 14, 2)
        picture[row if label in (1, 2) else slice(0, 0)] += 1.0
        picture[:, column if label in (0, 2) else slice(0, 0)] += 1.0
    loss = "binary_crossentropy" if classes == 2 else "categorical_crossentropy"
    made.compile(loss, {"kind": "adam", "rate": 0.01}, ["accuracy"])
    made.fit(X[:200], y[:200], 12, 20, verbose=0)
    assert made.evaluate(X[200:], y[200:])["accuracy"] >= 0.9


def test_the_seed_is_the_networks():
    assert not np.array_equal(models.lenet1(seed=1).parameters, models.lenet1(seed=2).parameters)
    assert np.array_equal(models.lenet1(seed=1).parameters, models.lenet1(seed=1).parameters)


def test_what_makes_no_network_is_refused():
    with pytest.raises(DescriptionError) as error:
        models.lenet1(classes=1)
    assert str(error.value) == "classes must be a whole number of at least 2, got 1."
    with pytest.raises(DescriptionError) as error:
        models.small_resnet(widths=())
    assert str(error.value) == "widths: give a number of maps for each block, for instance (16, 32, 64)."
