"""Diagrams: every weight has its line, widths and colours say what they should, words do not lie on one another."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from drawings import SVG, check_lines, dense, lines_of, of_kind, overlaps, parsed, pictures
from PIL import Image

from pellucid import Conv2D, Dense, Ensemble, Flatten, GlobalAvgPool2D, Input, Network, models
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.connections import Scale
from pellucid.views.diagram.palette import LIGHT
from pellucid.views.diagram.text import number


@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("sizes", [(2, 2, 1), (12, 3, 2), (8, 12, 8, 1)])
def test_every_weight_has_its_line(sizes, direction):
    net = dense(*sizes)
    drawn = net.diagram(direction=direction)
    check_lines(parsed(drawn), net)
    assert len(of_kind(parsed(drawn), "unit")) == sum(sizes)


@pytest.mark.parametrize("fault", ["left out", "width", "colour", "number"])
def test_a_planted_fault_is_caught(fault, monkeypatch):
    net = dense(2, 3, 1)
    if fault == "width":
        monkeypatch.setattr(Scale, "width", lambda self, w: 5 - abs(w) / self.most)
    if fault == "colour":
        monkeypatch.setattr("pellucid.views.diagram.connections.sign_of", lambda w: "positive")
    svg = net.diagram().svg
    if fault == "left out":
        start = svg.index("<line")
        svg = svg[:start] + svg[svg.index("</line>") + len("</line>") :]
    if fault == "number":
        shown = repr(float(net.weights["dense_1.weights"][0, 0]))
        assert shown in svg
        svg = svg.replace(shown, "0.123", 1)
    with pytest.raises(AssertionError):
        check_lines(ET.fromstring(svg), net)


@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("sizes", [(2, 2, 1), (2, 4, 1), (12, 3, 2), (8, 12, 8, 1), (784, 128, 10), (3, 4, 2)])
def test_words_do_not_lie_on_one_another(sizes, direction, rng):
    net = dense(*sizes)
    x, y = rng.normal(size=sizes[0]), rng.uniform(size=sizes[-1])
    assert overlaps(net, direction=direction) == []
    assert overlaps(net, x, y, direction=direction) == []
    assert overlaps(net, x, y, direction=direction, delta=True) == []
    if max(sizes) <= 12:
        assert overlaps(net, x, y, direction=direction, delta=True, numbers=True) == []


@pytest.mark.parametrize("direction", ["right", "up"])
def test_words_do_not_lie_on_one_another_where_there_are_maps_blocks_and_long_names(direction, rng):
    net = pictures()
    assert overlaps(net, direction=direction) == []
    assert overlaps(net, rng.uniform(size=(8, 8, 3)), [1, 0], direction=direction, delta=True) == []
    assert overlaps(models.small_resnet(), direction=direction) == []
    assert overlaps(models.lenet5(), rng.uniform(size=(28, 28, 1)), direction=direction) == []
    named = dense(3, 4, 3, last="softmax")
    named.feature_names = ("the length of the petal in millimetres", "b", "c")
    named.class_names = ("Iris versicolor of the northern shore", "Iris setosa", "Iris virginica")
    assert overlaps(named, direction=direction) == []
    assert overlaps(named, [1, 2, 3], [1], direction=direction, delta=True, numbers=True) == []


def test_the_check_of_words_can_fail():
    canvas = Canvas()
    canvas.text(0, 0, "one")
    canvas.text(10, 4, "two")
    canvas.text(100, 0, "three")
    assert canvas.overlaps() == [("one", "two")]
    assert Box(0, 0, 1, 1).meets(Box(1, 0, 2, 1)) is False


def test_a_sample_fills_units_and_makes_lines_pale():
    net = dense(2, 2, 1)
    x = np.array([0.0, 1.5])
    root, trace = parsed(net.diagram(x, [1.0], delta=True)), net.trace(x[np.newaxis], [1.0])
    fills = of_kind(root, "activation")
    assert len(fills) == 5
    a = np.concatenate([x, *(layer.a[0] for layer in trace)])
    colours = [LIGHT["negative" if value < 0 else "positive"] for value in a]
    assert [node.get("fill") for node in fills] == colours
    hidden = [float(node.get("fill-opacity")) for node in fills[2:4]]
    expected = np.abs(trace["dense_1"].a[0]) / np.abs(trace["dense_1"].a[0]).max() * 0.62
    np.testing.assert_allclose(hidden, expected, rtol=1e-2)
    rings = of_kind(root, "delta")
    deltas = np.concatenate([layer.delta[0] for layer in trace])
    assert [node.get("stroke") for node in rings] == [LIGHT["negative" if d < 0 else "positive"] for d in deltas]
    opacity = {
        (node.findtext(f"{SVG}title") or "").partition(" = ")[0]: float(node.get("stroke-opacity", 1))
        for node in of_kind(root, "weight")
    }
    assert opacity["dense_1.weights[0, 0]"] < opacity["dense_1.weights[1, 0]"]  # x[0] is 0 and carries nothing


def test_gradients_are_those_of_the_trace():
    net = dense(3, 2, 1)
    drawn = lines_of(parsed(net.diagram([1, -1, 0.5], [0.0], gradient=True)))
    trace = net.trace([[1, -1, 0.5]], [0.0])
    pictured = Network([Input((6, 6, 1)), Conv2D(2, 3), Flatten(), Dense(1)])
    pictured.compile("mse", "sgd")
    svg = pictured.diagram(np.ones((6, 6, 1)), [1.0], gradient=True).svg
    assert "<title>∂C/∂conv2d_1.weights[:, :, 0, 1]</title>" in svg
    for name in ("dense_1.weights", "dense_2.weights"):
        for (i, o), value in np.ndenumerate(trace.parameter(name).gradient):
            assert drawn[f"∂C/∂{name}[{i}, {o}]"][0] == value


def test_large_layers_are_folded_and_their_size_is_said(rng):
    net = dense(784, 128, 10, last="softmax")
    root = parsed(net.diagram())
    assert len(of_kind(root, "unit")) == 12 + 12 + 10
    assert len(of_kind(root, "weight")) == 12 * 12 + 12 * 10
    words = [node.text for node in root.iter(f"{SVG}text")]
    assert "784 features, 12 shown" in words
    assert "128 units, 12 shown" in words
    assert {"x[0]", "x[10]", "x[783]"} <= set(words)
    assert "x[11]" not in words
    x = np.zeros(784)
    x[[5, 300, 701]] = [1, -2, 3]
    words = [node.text for node in parsed(net.diagram(x, fold=3)).iter(f"{SVG}text")]
    assert {"x[5]", "x[300]", "x[701]"} <= set(words)  # the strongest of a sample
    assert len(of_kind(parsed(dense(30, 2).diagram(fold=30)), "weight")) == 60


def test_pictures_are_drawn_with_maps_kernels_blocks_and_shortcuts(rng):
    net = pictures()
    root = parsed(net.diagram(rng.uniform(size=(8, 8, 3))))
    assert len(of_kind(root, "map")) == 1 + 4 + 4 + 6 + 6  # the input in colour is one; 8 maps are shown as 6
    assert len(of_kind(root, "kernel")) == 4 * 3
    assert len(of_kind(root, "sum")) == 2
    words = [node.text for node in root.iter(f"{SVG}text")]
    assert words.count("shortcut") == 1  # the other shortcut has a convolution of its own
    assert {"Conv2D 1×1, 8 maps", "BatchNorm", "Dropout 0.3", "Activation relu", "8 maps 3×3"} <= set(words)
    assert all((node.get("href") or "").startswith("data:image/png;base64,") for node in root.iter(f"{SVG}image"))


def test_members_of_an_ensemble_are_drawn_side_by_side(rng):
    members = [[Dense(4, activation="tanh"), Dense(2, activation="softmax")], [Dense(2, activation="softmax")]]
    net = Network([Input(3), Ensemble(members)])
    for direction in ("right", "up"):
        assert overlaps(net, rng.normal(size=3), direction=direction) == []
    words = [node.text for node in parsed(net.diagram([1, 2, 3])).iter(f"{SVG}text")]
    assert words.count("Dense 2 units, softmax") == 2
    assert "mean" in words


def test_a_map_is_the_trace_s(rng):
    net = Network([Input((6, 6, 1)), Conv2D(2, 3), GlobalAvgPool2D()], seed=3)
    x = rng.normal(size=(6, 6, 1))
    a = net.trace(x[np.newaxis])["conv2d_1"].a[0]
    node = of_kind(parsed(net.diagram(x)), "map")[1]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(node.get("href").partition(",")[2]))).convert("RGB"))
    small = picture[:: len(picture) // 4, :: len(picture) // 4].astype(int)
    blue, red = small[..., 2] > small[..., 0] + 3, small[..., 0] > small[..., 2] + 3
    clear = np.abs(a[..., 0]) > 0.05 * np.abs(a).max()
    assert (blue[clear] == (a[..., 0] > 0)[clear]).all()
    assert (red[clear] == (a[..., 0] < 0)[clear]).all()


def test_what_the_network_says_stands_at_its_last_layer():
    from pellucid import Standardize

    net = Network([Input(2), Dense(1), Standardize(mean=-2.0, deviation=0.1, name="units")], name="numbers", seed=1)
    net.compile("mse", "adam")
    drawn = net.diagram([1.0, 2.0], [25.0], numbers=False).svg
    said = float(net.predict([[1.0, 2.0]])[0, 0])
    places = {words: float(x) for x, words in re.findall(r'<text x="([\d.-]+)"[^>]*>([^<]*)</text>', drawn)}
    assert places[number(said)] > places["units"]  # to the right of the middle of the last layer
    assert places["target 25"] == places[number(said)]
    assert number(net.trace([[1.0, 2.0]])["dense_1"].a[0, 0]) not in places


def test_of_several_classes_the_true_one_is_named():
    net = Network([Input(2), Dense(3, "softmax")], seed=1)
    net.compile("categorical_crossentropy", "adam")
    net.class_names = ("0", "1", "2")
    drawn = net.diagram([1.0, 2.0], 0).svg
    assert drawn.count(">true class<") == 1
    assert ">target 1<" not in drawn
