"""Diagrams: every weight has its line, widths and colours say what they should, words do not lie on one another."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pellucid import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Ensemble,
    Flatten,
    GlobalAvgPool2D,
    Input,
    Network,
    Residual,
    models,
)  # fmt: skip
from pellucid.errors import DataError, DescriptionError, ModelFileError
from pellucid.views.diagram import Diagram
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.connections import Scale
from pellucid.views.diagram.palette import DARK, LIGHT
from pellucid.views.diagram.place import Turn
from pellucid.views.diagram.sample import take_sample
from pellucid.views.diagram.single import draw_neuron
from pellucid.views.diagram.whole import draw_network

SVG = "{http://www.w3.org/2000/svg}"


def dense(*sizes: int, last: str = "sigmoid", seed: int = 1) -> Network:
    hidden = [Dense(units, activation="tanh") for units in sizes[1:-1]]
    net = Network([Input(sizes[0]), *hidden, Dense(sizes[-1], activation=last)], name="a & <b>", seed=seed)
    net.compile("mse" if last == "sigmoid" else "categorical_crossentropy", "sgd")
    rng = np.random.default_rng(seed)
    net.set_weights({name: rng.normal(size=w.shape) for name, w in net.weights.items() if name.endswith("bias")})
    return net


def pictures() -> Network:
    layers = [
        Input((8, 8, 3)), Conv2D(4, 3, activation="relu"), AvgPool2D(2),
        Residual([Conv2D(8, 3, padding="same"), BatchNorm()], [Conv2D(8, 1)], activation="relu"),
        Residual([Conv2D(8, 3, padding="same")]), Activation("relu"), Dropout(0.3), Flatten(), Dense(5), Dense(2),
    ]  # fmt: skip
    net = Network(layers, seed=2)
    net.compile("mse")
    return net


def parsed(drawn: Diagram) -> ET.Element:
    return ET.fromstring(drawn.svg)


def of_kind(root: ET.Element, kind: str) -> list[ET.Element]:
    return [node for node in root.iter() if node.get("data-is") == kind]


def lines_of(root: ET.Element, kind: str = "weight") -> dict[str, tuple[float, str, str]]:
    """name[i, o] → (number, width, colour), as the drawing has them."""
    found = {}
    for node in of_kind(root, kind):
        name, _, value = (node.findtext(f"{SVG}title") or "").partition(" = ")
        found[name] = (float(value.strip("()")), node.get("stroke-width"), node.get("stroke"))
    return found


def check_lines(root: ET.Element, net: Network) -> None:
    """Every weight and bias has one line, with its number, its sign's colour, and a width that grows with |w|."""
    for kind, field in (("weight", "weights"), ("bias", "bias")):
        arrays = {name: w for name, w in net.weights.items() if name.endswith(field)}
        assert len(of_kind(root, kind)) == sum(w.size for w in arrays.values())
        lines = lines_of(root, kind)
        for name, w in arrays.items():
            for place, value in np.ndenumerate(w):
                number, _, colour = lines[f"{name}[{', '.join(map(str, place))}]"]
                assert number == value
                assert colour == LIGHT["negative" if value < 0 else "positive"]
        by_size = sorted((abs(number), float(width)) for number, width, _ in lines.values())
        widths = [width for _, width in by_size]
        assert widths == sorted(widths)
        assert widths[0] < widths[-1]


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


def overlaps(net: Network, x=None, y=None, **options) -> list[tuple[str, str]]:
    standard = {"numbers": None, "delta": False, "gradient": False, "fold": 12, "title": None, "direction": "right"}
    options = standard | options
    turn = Turn(options.pop("direction"))
    sample = take_sample(net, x, y, options["delta"])
    return draw_network(net, sample, turn=turn, **options)[0].overlaps()


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
    import base64
    import io

    from PIL import Image

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


def test_a_unit_with_its_numbers(rng):
    net = dense(4, 3, 2, last="softmax")
    x = rng.normal(size=4)
    drawn = net.diagram(x, [1], unit=("dense_1", 2))
    trace = net.trace(x[np.newaxis], [1])
    z, a = trace["dense_1"].z[0, 2], trace["dense_1"].a[0, 2]
    root = parsed(drawn)
    assert drawn.description == (
        f"dense_1[2] of a & <b>: weighted input z = {float(z)!r}, activation a = {float(a)!r}."
    )
    assert len(of_kind(root, "weight")) == 4
    assert len(of_kind(root, "bias")) == 1
    point = of_kind(root, "point")[0].findtext(f"{SVG}title")
    assert point == f"z = {float(z)!r}, a = {float(a)!r}"
    products = [
        float((node.findtext(f"{SVG}title") or "").rpartition("= ")[2].strip("()")) for node in of_kind(root, "weight")
    ]
    np.testing.assert_allclose(sum(products) + trace["dense_1"].bias.value[2], z, rtol=1e-6)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_unit_of_a_convolution_adds_up(padding, rng):
    net = Network([Input((6, 6, 2)), Conv2D(4, 3, stride=2, padding=padding, groups=2, activation="tanh"), Flatten()])
    net.set_weights({"conv2d_1.bias": [0.1, 0.2, 0.3, 0.4]})
    x = rng.normal(size=(6, 6, 2))
    z = net.trace(x[np.newaxis])["conv2d_1"].z[0]
    for place in ((0, 0, 0), (1, 1, 3)):
        root = parsed(net.diagram(x, unit=("conv2d_1", place), fold=9))
        titles = [node.findtext(f"{SVG}title") or "" for node in of_kind(root, "weight")]
        products = [float(title.rpartition("= ")[2].strip("()")) for title in titles]
        assert len(products) == 9
        np.testing.assert_allclose(sum(products) + 0.1 * (place[2] + 1), z[place], rtol=1e-5)


def test_words_of_a_unit_do_not_lie_on_one_another(rng):
    net = dense(30, 20, 3, last="softmax")
    x = rng.normal(size=30)
    for unit in (("dense_1", 0), ("dense_2", 1)):
        for most in (3, 12, 40):
            assert draw_neuron(net, unit, x, [1], most, None)[0].overlaps() == []


def test_light_and_dark():
    net = dense(2, 2, 1)
    light, dark, auto = (net.diagram(theme=theme).svg for theme in ("light", "dark", "auto"))
    assert "<style>" not in light
    assert f".f-paper{{fill:{DARK['paper']}}}" in dark
    assert "prefers-color-scheme" not in dark
    assert "@media (prefers-color-scheme:dark)" in auto
    assert set(LIGHT) == set(DARK)
    assert ET.fromstring(auto).findtext(f"{SVG}title") == "a & <b>"


def test_files(tmp_path):
    drawn = dense(2, 2, 1).diagram(theme="light")
    drawn.save(tmp_path / "net.svg")
    drawn.save(tmp_path / "net.png", zoom=1)
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == drawn.svg == drawn._repr_svg_()
    head = (tmp_path / "net.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    assert abs(width - drawn.width) <= 1
    assert abs(height - drawn.height) <= 1
    assert drawn.svg == dense(2, 2, 1).diagram(theme="light").svg
    with pytest.raises(DescriptionError) as caught:
        drawn.save(tmp_path / "net.gif")
    assert str(caught.value) == f'{tmp_path / "net.gif"}: expected a file that ends with .svg or .png, not ".gif".'
    with pytest.raises(ModelFileError):
        drawn.save(tmp_path / "none" / "net.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.png", "net.svg"]


def error(kind: type[Exception], call) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_errors():
    net, x = dense(3, 4, 1), [1, 2, 3]
    wrong = DescriptionError
    assert error(wrong, lambda: net.diagram(x, unit=("dense_1", 7))) == (
        'Layer "dense_1" has no unit 7. Its units are 0 to 3.'
    )
    assert error(wrong, lambda: net.diagram(x, unit=("dens_1", 0))) == (
        'No layer "dens_1". Did you mean "dense_1"? Known: dense_1, dense_2.'
    )
    assert error(wrong, lambda: net.diagram(unit=("dense_1", 0))) == (
        "Diagram: the unit ('dense_1', 0) is drawn with its numbers. Give a sample: x=X[0]."
    )
    assert error(wrong, lambda: net.diagram(x, unit="dense_1")) == (
        "Diagram: unit must be a layer's name and a number, as in (\"dense_1\", 0), got 'dense_1'."
    )
    assert error(wrong, lambda: net.diagram(x, delta=True)) == (
        "Diagram: δ and gradients come from the cost, which needs a target. Give y too."
    )
    assert error(wrong, lambda: net.diagram(gradient=True)) == (
        "Diagram: δ and gradients can be shown of a sample only. Give x too."
    )
    assert error(wrong, lambda: net.diagram(y=[1])) == "Diagram: a target can be shown of a sample only. Give x too."
    assert error(wrong, lambda: net.diagram(direction="left")) == (
        'Diagram: unknown direction "left". Known: right, up.'
    )
    assert error(wrong, lambda: net.diagram(theme="drak")) == (
        'Diagram: unknown theme "drak". Did you mean "dark"? Known: auto, light, dark.'
    )
    assert error(wrong, lambda: net.diagram(fold=1)) == "fold must be a whole number of at least 2, got 1."
    assert error(DataError, lambda: net.diagram([1, 2])) == (
        "Diagram: x must be one sample of shape 3, got 2. Give one row, as X[0]."
    )
    assert error(DataError, lambda: net.diagram(["a", "b", "c"])).startswith(
        "Diagram: x must be one sample of numbers."
    )
    untrained = Network([Input(2), Dense(1)])
    assert error(wrong, lambda: untrained.diagram([1, 2], [1], delta=True)) == (
        "Diagram: δ and gradients come from the cost. First call net.compile(loss=…)."
    )
    wide = dense(40, 30, 2)
    assert error(wrong, lambda: wide.diagram(fold=40, numbers=True)) == (
        'Diagram: layer "dense_1" has 40 × 30 weights on show, too many for their numbers to be read. Leave numbers '
        "out, or draw one unit with unit=('dense_1', 0)."
    )
    huge = Network([Input(200), Dense(200)])
    assert error(wrong, lambda: huge.diagram(fold=200)) == (
        'Diagram: layer "dense_1" would have 40,000 lines, and more than 20,000 cannot be told apart. Use a smaller '
        "fold, for instance fold=30."
    )
    blocks = Network([Input(4), Dense(2), Dropout(0.1), Dense(1)])
    assert error(wrong, lambda: blocks.diagram([1, 2, 3, 4], unit=("dropout_1", 0))) == (
        'Diagram: "dropout_1" (Dropout) has no weighted sum, so its units are not drawn. Known: dense_1, dense_2.'
    )
