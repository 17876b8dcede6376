"""Single units with their numbers, themes, files, and what cannot be drawn."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from drawings import SVG, dense, of_kind, parsed

from pellucid import Conv2D, Dense, Dropout, Flatten, Input, Network
from pellucid.errors import DataError, DescriptionError, ModelFileError
from pellucid.views.diagram.palette import DARK, LIGHT
from pellucid.views.diagram.single import draw_neuron


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
