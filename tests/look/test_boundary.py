"""Boundaries, curves and the hidden space, against predictions, and PCA against eigenvectors of the covariance."""

import numpy as np
import pytest
from look_nets import curved, exercise

from pellucid import Dense, Input, Network
from pellucid.errors import DataError, DescriptionError
from pellucid.look.project import principal_axes
from pellucid.views.chart.levels import zero_lines
from pellucid.views.diagram.canvas import Box
from pellucid.views.diagram.palette import CLASS_HUES, rgb


def plane_net():
    """x + y > 0 is class 1."""
    net = Network([Input(2), Dense(1, "sigmoid")])
    net.compile("binary_crossentropy")
    net.set_weights({"dense_1.weights": [[3.0], [3.0]], "dense_1.bias": [0.0]})
    return net


def test_the_plane_is_what_the_network_predicts():
    net = plane_net()
    X = np.array([[-1.0, -1], [1, 1], [0.5, -0.5]])
    found = net.boundary(X, [0, 1, 1], resolution=41)
    across, up = np.meshgrid(found.x, found.y)
    inside = np.abs(across + up) > 1e-6
    assert np.array_equal(found.regions[inside], (across + up > 0).astype(int)[inside])
    p = net.predict(np.stack([across.ravel(), up.ravel()], axis=1)).reshape(41, 41)
    assert np.allclose(found.outputs[..., 1], p, atol=1e-6)
    assert found.x[0] == pytest.approx(-1.2)
    assert found.shares["0"] == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(found.points, X)


@pytest.mark.parametrize("rest", ["median", "mean", 7, np.array([0.1, 0.2, 0.3, 0.4])])
def test_other_features_are_held(rest):
    net, X = curved()
    found = net.boundary(X, features=("speed", 1), rest=rest, resolution=5)
    held = {"median": np.median(X, axis=0), "mean": X.mean(axis=0)}.get(rest) if isinstance(rest, str) else (
        X[rest] if isinstance(rest, int) else rest)  # fmt: skip
    sample = held.copy()
    sample[3], sample[1] = found.x[4], found.y[2]
    assert found.outputs[2, 4] == pytest.approx(net.predict(sample[None])[0], abs=1e-12)
    assert found.axes == ("speed", "weight")


def test_a_plane_through_all_features_by_pca():
    net, X = curved()
    variances, directions = np.linalg.eigh(np.cov(X.T))
    centre, axes, shares = principal_axes(X, 2)
    assert np.abs((axes * directions.T[[-1, -2]]).sum(axis=1)) == pytest.approx([1, 1])
    assert shares == pytest.approx(variances[[-1, -2]] / variances.sum())
    found = net.boundary(X, rest="pca", resolution=7)
    sample = centre + np.array([found.x[5], found.y[1]]) @ axes
    assert found.outputs[1, 5] == pytest.approx(net.predict(sample[None])[0], abs=1e-12)
    assert found.points == pytest.approx((X - X.mean(axis=0)) @ axes.T)


def test_curves_of_numbers_and_of_classes():
    net = Network([Input(1), Dense(1)])
    net.compile("mse")
    net.set_weights({"dense_1.weights": [[2.0]], "dense_1.bias": [1.0]})
    found = net.curve([0.0, 4.0], [1, 9], resolution=11)
    assert found.classes is None
    assert found.outputs[:, 0] == pytest.approx(2 * found.x + 1, rel=1e-6)
    several, X = curved()
    found = several.curve(X, feature="age", rest="mean", resolution=9)
    sample = X.mean(axis=0)
    sample[2] = found.x[3]
    assert found.outputs[3] == pytest.approx(several.predict(sample[None])[0], abs=1e-12)
    assert found.axes == ("age",)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net, X: net.boundary(X),
         'features: which two of the 4 inputs? Known: "length", "weight", "age", "speed". Or rest="pca", which lays '
         "the plane through all of them."),
        (lambda net, X: net.boundary(X, features=["age"]),
         "A boundary needs two features, got one. Draw the curve of one: net.curve(X, y, feature='age')."),
        (lambda net, X: net.boundary(X, features=("age", "sped")),
         'No feature "sped". Did you mean "speed"? Known: "length", "weight", "age", "speed".'),
        (lambda net, X: net.boundary(X, features=("age", 4)),
         'No feature 4. Known: "length", "weight", "age", "speed".'),
        (lambda net, X: net.boundary(X, features=("age", 2)),
         'A boundary needs two different features, got "age" twice.'),
        (lambda net, X: net.boundary(X, features=(0, 1), rest="pca"),
         'rest="pca" lays the plane through all features; leave features out.'),
        (lambda net, X: net.boundary(X, features=(0, 1), rest="medain"),
         'rest: expected "median", "mean", "pca", the number of a row, or a sample, got "medain". Did you mean '
         '"median"?'),
        (lambda net, X: net.boundary(X, features=(0, 1), rest=40), "rest: X has no row 40. Its rows are 0 to 39."),
        (lambda net, X: net.boundary(X, [0, 1], features=(0, 1)),
         "X has 40 rows, but y has 2. Give one target for each row."),
        (lambda net, X: net.curve(X),
         'feature: which of the 4 inputs? Known: "length", "weight", "age", "speed".'),
        (lambda net, X: Network([Input(1), Dense(1)]).boundary([1, 2]),
         "A boundary needs two features, and this network has one input. Draw its curve: net.curve(X, y)."),
        (lambda net, X: Network([Input(1), Dense(1)]).hidden_space([1, 2]),
         "hidden_space: the network has no hidden layer; its inputs are all it has."),
        (lambda net, X: Network([Input(2), Dense(1), Dense(2)]).hidden_space([[1, 2], [3, 4]]),
         'Layer "dense_1" gives one number, and a plane needs two. Layers with more: dense_2.'),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn(call, words):
    with pytest.raises((DescriptionError, DataError)) as caught:
        call(*curved())
    assert str(caught.value) == words


def test_the_hidden_space_parts_the_classes():
    net, X, y = exercise()
    found = net.hidden_space(X, y)
    assert found.layer == "dense_1"
    fresh = Network.from_dict(net.to_dict())
    for space, one in ((found.before, fresh), (found.after, net)):
        a = one.trace(X, dtype="float64")["dense_1"].a.astype(float)
        centre, axes, _ = principal_axes(a, 2)
        assert space == pytest.approx((a - centre) @ axes.T, abs=1e-6)
    assert found.apart[0] < 0.4
    assert found.apart[1] > 0.9
    assert exercise(trained=False)[0].hidden_space(X).apart is None


def test_weights_before_training_are_those_of_the_fit_s_seed():
    net, X, y = exercise(trained=False)
    net.fit(X, y, epochs=1, seed=9, verbose=0)
    begun = Network.from_dict(net.to_dict() | {"seed": 9})
    a = begun.trace(X, dtype="float64")["dense_1"].a.astype(float)
    centre, axes, _ = principal_axes(a, 2)
    assert net.hidden_space(X, y).before == pytest.approx((a - centre) @ axes.T, abs=1e-6)


def test_the_pictures_are_drawn(tmp_path):
    from PIL import Image

    net, X = curved()
    net.boundary(X, rest="pca", resolution=20).save(tmp_path / "a.png")
    net.curve(X, feature=0).save(tmp_path / "b.png")
    exercise_net, pixels, y = exercise()
    exercise_net.hidden_space(pixels, y).save(tmp_path / "c.png")
    numbers = Network([Input(2), Dense(1)])
    numbers.compile("mse")
    numbers.boundary(X[:, :2], X[:, 3], resolution=20).save(tmp_path / "d.png")
    for name in "abcd":
        assert min(Image.open(tmp_path / f"{name}.png").size) > 300


def test_a_table_s_numbers_are_in_their_own_units():
    import polars

    from pellucid.tables import TablePreparation

    rng = np.random.default_rng(0)
    frame = polars.DataFrame({"area": rng.uniform(30, 120, 80), "rooms": rng.integers(1, 6, 80), "y": rng.random(80)})
    net = Network([Input(2), Dense(4, "tanh"), Dense(1)], seed=1)
    net.compile("mse", "adam")
    preparation = TablePreparation.fit(frame, target="y")
    net.preparation, net.feature_names = preparation.to_dict(), preparation.input_names
    found = net.boundary(frame, frame["y"].to_list(), features=["area", "rooms"])
    assert found.points == pytest.approx(frame.select("area", "rooms").to_numpy(), rel=1e-5)
    asked = polars.DataFrame({"area": [found.x[3]], "rooms": [found.y[5]]})
    assert found.outputs[5, 3, 0] == pytest.approx(float(net.predict(asked)[0, 0]), rel=1e-4)
    line = net.curve(frame, None, feature="area")
    assert line.x[0] < 30 < 120 < line.x[-1]


def test_the_last_hidden_layer_is_the_one_before_the_last_with_weights():
    from pellucid import Dropout, Standardize

    X = np.random.default_rng(0).normal(size=(20, 3))
    net = Network([Input(3), Dense(4, "relu"), Dropout(0.5), Dense(1), Standardize(mean=1.0, deviation=2.0)], seed=1)
    net.compile("mse", "adam")
    assert net.hidden_space(X).layer == "dense_1"


def test_a_network_of_several_says_what_to_do_instead():
    from pellucid import ensemble

    nets = [Network([Input(2), Dense(3, "tanh"), Dense(1)], seed=k) for k in range(2)]
    net = ensemble(nets)
    mend = (
        " Its members have, so look into one of them, net.members()[0]; or train one, in the terminal by --layers 32."
    )
    with pytest.raises(DescriptionError) as caught:
        net.hidden_space(np.zeros((3, 2)))
    assert str(caught.value) == f"hidden_space: the network has no hidden layer; its inputs are all it has.{mend}"
    with pytest.raises(DescriptionError) as caught:
        net.features(np.zeros((3, 2)))
    words = "the network has no Dense or Conv2D layer, so nothing looks for anything."
    assert str(caught.value) == f"features: {words}{mend}"


def test_names_of_classes_keep_off_the_headline_and_the_plane():
    from xml.etree import ElementTree

    from drawings import drawn_on

    from pellucid.views.features.plane import HIGH, WIDE

    net = Network([Input(2), Dense(4, "softmax")], name="a network of a rather long name")
    net.compile("categorical_crossentropy")
    net.class_names = ("first", "a class with quite a long name", "third", "fourth")
    X = np.random.default_rng(0).normal(size=(40, 2))
    found = net.boundary(X, np.arange(40) % 4, resolution=8)
    canvas = drawn_on(found.draw)
    assert canvas.overlaps() == []
    plane = Box(0, 0, WIDE, HIGH)
    for label in canvas.labels:
        assert not label.box.meets(plane), label.words
    words = [node.text for node in ElementTree.fromstring(found.draw().svg).iter() if node.get("data-is") == "legend"]
    assert words == list(net.class_names)


def test_zero_lines_lie_where_the_quantity_is_zero():
    x, y = np.linspace(-2, 2, 41), np.linspace(-1.5, 1.5, 31)
    pieces = zero_lines(x, y, np.hypot(*np.meshgrid(x, y)) - 1)
    assert np.hypot(pieces[..., 0], pieces[..., 1]) == pytest.approx(1, abs=0.01)
    length = np.hypot(*np.moveaxis(pieces[:, 1] - pieces[:, 0], -1, 0)).sum()
    assert length == pytest.approx(2 * np.pi, rel=0.01)  # the whole circle, once
    saddle = zero_lines(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([[1.0, -1.0], [-1.0, 1.0]]))
    assert saddle.shape == (2, 2, 2)
    assert zero_lines(x, y, np.ones((31, 41))).shape == (0, 2, 2)


def test_the_plane_shows_the_network_s_classes_at_their_places():
    """The pixels of the picture, looked up where the network was asked, have the class's colour."""
    import base64
    import io
    from xml.etree import ElementTree

    from PIL import Image

    net = Network([Input(2), Dense(2, "softmax")])
    net.compile("categorical_crossentropy")
    net.set_weights({"dense_1.weights": [[9.0, -9.0], [0.0, 0.0]], "dense_1.bias": [0.0, 0.0]})
    found = net.boundary(np.array([[-1.0, -3.0], [1.0, 3.0]]), None, resolution=9)
    (image,) = (node for node in ElementTree.fromstring(found.draw().svg).iter() if node.get("data-is") == "plane")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href").partition(",")[2]))), int)
    right, left = rgb(CLASS_HUES[0]), rgb(CLASS_HUES[1])
    assert (pixels[:, 5:, :3] == right).all()
    assert (pixels[:, :4, :3] == left).all()
    assert pixels[0, 8, 3] > 140 > 40 > pixels[0, 4, 3]  # sure at the edge, not at the border


def test_pixels_are_named_as_the_axes_name_them():
    net, X, y = exercise()
    named = net.boundary(X, y, features=("pixel (1,0)", "pixel (1, 1)"), resolution=5)
    assert named.axes == ("pixel (1, 0)", "pixel (1, 1)")
    assert np.array_equal(named.outputs, net.boundary(X, y, features=((1, 0), (1, 1)), resolution=5).outputs)
    with pytest.raises(DescriptionError) as caught:
        net.boundary(X, y, features=("pixel (9, 9)", 0))
    assert str(caught.value) == 'No feature "pixel (9, 9)". They are 0 to 11, or "pixel (0, 0)" to "pixel (3, 2)".'


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 8), "1 row and 8 columns. Give at least 2 rows."),
        ((50, 1), "50 rows and 1 column. Choose a layer with more units, or more inputs."),
    ],
)
def test_too_little_for_two_axes(shape, words):
    with pytest.raises(DataError) as caught:
        principal_axes(np.zeros(shape), 2)
    assert str(caught.value) == f"PCA: 2 principal components need as many rows and columns, got {words}"
