"""What units look for, against weights and predictions of the network itself."""

import numpy as np
import pytest
from look_nets import curved, exercise, pictures

from pellucid import Dense, Input, Network
from pellucid.errors import DescriptionError
from pellucid.look.probe import Probe


def test_weights_of_the_12_3_2_network_as_pictures():
    net, X, y = exercise()
    assert net.evaluate(X, y)["accuracy"] == 1.0
    found = net.features(X, y)
    assert found.weights.shape == (3, 4, 3, 1)
    assert np.array_equal(found.weights[2, ..., 0].ravel(), net.weights["dense_1.weights"][:, 2])
    stroke, sides = found.weights[:, 1:3, 1, 0].sum(axis=1), found.weights[:, 1:3, ::2, 0].sum(axis=(1, 2))
    assert (np.sign(stroke) == -np.sign(sides)).all()  # every unit weighs the stroke of 1 against the sides of 0


def test_the_rows_that_excite_a_unit_most():
    net, X, y = exercise()
    found = net.features(X, y, most=4)
    z = X.reshape(64, 12) @ net.weights["dense_1.weights"] + net.weights["dense_1.bias"]
    assert np.allclose(found.row_values, -np.sort(-z, axis=0)[:4].T, rtol=1e-5)
    assert np.array_equal(found.samples[1, 0], X[found.rows[1, 0]])


def test_ascent_finds_the_corner_of_a_linear_unit_and_climbs_in_others():
    net, X, _ = exercise()
    found = net.features(X)
    w = net.weights["dense_1.weights"].T.reshape(3, 4, 3)
    low, high = X.min(axis=0), X.max(axis=0)
    assert np.array_equal(found.ascended, np.where(w > 0, high, low))
    deep, rows = curved()
    found = deep.features(rows, layer="dense_2", ascent=40)
    assert (found.ascended_values > found.begun_values + 0.5).all()
    assert (found.ascended >= rows.min(axis=0)).all()
    assert (found.ascended <= rows.max(axis=0)).all()
    assert np.allclose(np.diag(Probe(deep, "dense_2", "z").values(found.ascended)), found.ascended_values)


def test_maps_and_kernels_of_a_convolution():
    net, X, y = pictures()
    found = net.features(X, y, units=[3, 1])
    trace = net.trace(X)["conv2d_1"]
    assert found.units == (3, 1)
    assert np.allclose(found.maps, np.moveaxis(trace.a[0], -1, 0)[[3, 1]], rtol=1e-5, atol=1e-6)
    assert np.array_equal(found.weights, np.moveaxis(net.weights["conv2d_1.weights"], -1, 0)[[3, 1]].astype(float))
    z = trace.z.reshape(30, -1, 4).max(axis=1)
    assert np.allclose(found.row_values[0], -np.sort(-z[:, 3])[:5], rtol=1e-5)


def test_which_units_speak_for_which_class():
    net, X, y = exercise()
    speaks = net.features(X, y).speaks
    a = net.trace(X)["dense_1"].a
    w = net.weights["dense_2.weights"]
    assert np.allclose(speaks.parts, w * a.mean(axis=0)[:, None], rtol=1e-5)
    assert np.allclose(speaks.mean_by_class[:, 1], a[np.asarray(y) == 1].mean(axis=0), rtol=1e-5)
    z = net.trace(X)["dense_2"].z
    assert np.allclose(speaks.parts.sum(axis=0) + net.weights["dense_2.bias"], z.mean(axis=0), atol=1e-5)
    assert speaks.classes == ("0", "1")
    assert speaks.text().splitlines()[0].split() == ["unit", "mean", "a", "for", "0", "for", "1"]
    assert net.features(X).speaks.mean_by_class is None


def test_pixels_in_a_row_can_be_seen_as_a_picture():
    net = Network([Input(12), Dense(3, "sigmoid"), Dense(2, "sigmoid")])
    assert net.features().picture is None
    found = net.features(picture=(4, 3), ascent=0)
    assert found.weights.shape == (3, 4, 3, 1)
    assert found.ascended is None
    with pytest.raises(DescriptionError) as caught:
        net.features(picture=(4, 4))
    assert str(caught.value) == (
        "picture: expected (height, width) or (height, width, channels) with 12 numbers, got (4, 4)."
    )


def test_deeper_layers_have_no_pictures_of_weights():
    net, rows = curved()
    found = net.features(rows, layer="dense_2")
    assert found.weights is None
    assert found.rows.shape == (5, 5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layer": "dense_9"}, 'No layer "dense_9". Did you mean "dense_3"? Known: dense_1, dense_2, dense_3.'),
        ({"units": 6}, 'Layer "dense_1" has no unit 6. Its units are 0 to 5.'),
    ],
)
def test_units_that_are_not_there(options, words):
    with pytest.raises(DescriptionError) as caught:
        curved()[0].features(**options)
    assert str(caught.value) == words


def test_the_sheets_are_drawn(tmp_path):
    from PIL import Image

    (net, X, y), (conv, pixels, classes), (table, rows) = exercise(), pictures(), curved()
    net.features(X, y).save(tmp_path / "a.png")
    conv.features(pixels, classes, units=[0, 1]).save(tmp_path / "b.png")
    table.features(rows).save(tmp_path / "c.png")
    table.features(layer="dense_2").save(tmp_path / "d.png")
    blue = (24, 78, 150)  # the colour of the largest weight
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"), int)
    assert (np.abs(pixels - blue).max(axis=2) < 3).sum() > 500
    for name in "bcd":
        assert min(Image.open(tmp_path / f"{name}.png").size) > 200
