"""The pictures of close looks: words keep off each other, and each is whole in both themes and as a PNG."""

import io
import warnings
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from drawings import drawn_on
from look_nets import curved, exercise, pictures
from PIL import Image

from pellucid import Dense, Embedding, Flatten, Input, Network, classic, find_learning_rate
from pellucid.callbacks import Recorder
from pellucid.training.history import History
from pellucid.views.activation_sheet import draw_activation_sheet
from pellucid.views.augment_sheet import draw_sheet
from pellucid.views.chart.heat import heat_table
from pellucid.views.diagram.canvas import Canvas
from pellucid.views.diagram.picture import finished
from pellucid.views.learning_picture import draw_history, draw_parabola

LONG = ("a class with a very long name indeed", "and another of them")
SVG = "{http://www.w3.org/2000/svg}"


def recorded():
    net, X, y = exercise(trained=False)
    recorder = Recorder(X, y, share=float("inf"))
    net.fit(X, y, epochs=4, verbose=0, callbacks=recorder, validation_split=0.3)
    return net, recorder


def descents():
    net, X, y = exercise()
    near = net.cost_along("dense_1.weights[4, 0]", X, y, steps=3, rate=1e-6)
    far = net.cost_along("dense_1.weights[4, 0]", X, y, steps=3, rate=500.0)
    return near, far


def drawings():
    """Every kind of picture, small."""
    (net, X, y), (conv, pixels, classes), (table, rows) = exercise(), pictures(), curved()
    numbers = Network([Input(2), Dense(2)])
    numbers.compile("mse")
    wide = Network([Input((3, 40)), Flatten(), Dense(4, "relu"), Dense(2)], seed=1)
    many = Network([Input(2), Dense(30, "softmax")], name="a network of a rather long name", seed=1)
    many.compile("categorical_crossentropy")
    many.class_names = tuple(f"a class of a rather long name, number {k}" for k in range(30))
    many.feature_names = ("a feature with a name that goes on and on and on, as some do", "β")
    trained, recorder = recorded()
    history = History()
    for epoch in range(30):
        held_out = float("nan") if epoch > 20 else 1.0
        history.add(epoch, {"loss": 10.0**-epoch, "val_loss": held_out, "learning_rate": epoch})
    near, far = descents()
    found = net.features(X, y)
    return {
        "features": found.draw,
        "features of maps": conv.features(pixels, classes, units=[0, 1]).draw,
        "features of a table": table.features(rows).draw,
        "features without rows": table.features(layer="dense_2").draw,
        "features with long names": replace(found, speaks=replace(found.speaks, classes=LONG)).draw,
        "features of wide pictures": wide.features(np.random.default_rng(0).random((9, 3, 40))).draw,
        "curves of many classes": many.curve(rows[:, :2], np.arange(len(rows)) % 30, feature=0, resolution=9).draw,
        "boundary of many classes": many.boundary(rows[:, :2], np.arange(len(rows)) % 30, resolution=9).draw,
        "attribution of a picture": conv.attribute(pixels[0]).draw,
        "attribution of a row": table.attribute(rows[0], "last_layer").draw,
        "boundary": net.boundary(X, y, features=((1, 0), (1, 1)), resolution=9).draw,
        "boundary without targets": table.boundary(rows, rest="pca", resolution=9).draw,
        "surface": numbers.boundary(rows[:, :2], rows[:, 3], resolution=9).draw,
        "curve of classes": net.curve(X, y, feature=(1, 0), resolution=20).draw,
        "curve of numbers": table.curve(rows, rows[:, 1], feature=0, resolution=20).draw,
        "hidden space": net.hidden_space(X, y).draw,
        "hidden space of numbers": table.hidden_space(rows, rows[:, 0]).draw,
        "record": recorder.draw,
        "history": lambda: draw_history(trained.history, "a title"),
        "history of all sizes": lambda: draw_history(history),
        "cost, start and end together": near.draw,
        "cost, far jumps": far.draw,
        "descent": lambda: draw_parabola([5.0, 4.0, 3.0], 0.1),
        "diverging descent": lambda: draw_parabola([-3.0, 6.0, -12.0], 1.2),
        "rates": find_learning_rate(net, X, y, steps=20).draw,
        "activations": draw_activation_sheet,
        "augmentation": lambda: draw_sheet(X[:2, ..., None], X[None, 2:4, ..., None].repeat(2, 0), "shift 1"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def every():
    return drawings()


KINDS = 27


def test_all_kinds_are_here(every):
    assert len(every) == KINDS


@pytest.mark.parametrize("k", range(KINDS))
def test_words_keep_off_each_other(every, k):
    name, draw = list(every.items())[k]
    canvas = drawn_on(draw)
    assert canvas.overlaps() == [], name
    for label in canvas.labels:
        assert label.box.left >= canvas.box.left, (name, label.words)
        assert label.box.right <= canvas.box.right, (name, label.words)


@pytest.mark.parametrize("k", range(KINDS))
def test_the_svg_is_whole_and_has_a_title(every, k):
    drawn = list(every.values())[k]()
    root = ElementTree.fromstring(drawn.svg)
    assert root.findtext(f"{SVG}title") == drawn.title
    assert root.findtext(f"{SVG}desc")
    assert "nan" not in drawn.svg.partition("</desc>")[2]
    assert "inf" not in drawn.svg.partition("</desc>")[2]


def test_a_png_has_the_colours_of_its_theme():
    for theme, paper in (("light", (255, 255, 255)), ("dark", (20, 23, 29))):
        found = exercise()[0].features(exercise()[1]).draw(theme)
        pixels = np.asarray(Image.open(io.BytesIO(found.png())).convert("RGB"))
        assert tuple(pixels[3, 3]) == paper
        assert pixels.shape[:2] == (2 * found.height, 2 * found.width)


def test_words_that_overlap_are_found():
    canvas = Canvas()
    canvas.text(0, 0, "one")
    canvas.text(3, 2, "two")
    assert canvas.overlaps() == [("one", "two")]


def test_a_heat_table_colours_by_sign_and_size():
    canvas = Canvas()
    heat_table(canvas, 0, 0, np.array([[2.0, -1.0], [0.0, 1.0]]), ["a", "b"], ["x", "y"])
    root = ElementTree.fromstring(canvas.finish("t", "d", "light"))
    cells = [node for node in root.iter() if node.get("data-is") == "cell"]
    assert [node.get("class") for node in cells] == ["f-positive", "f-negative", "f-positive"]
    assert [node.get("fill-opacity") for node in cells] == [None, "0.5", "0.5"]


def test_letters_of_other_scripts_come_from_the_machine_s_fonts():
    from pellucid.views.diagram.text import has_other_scripts

    net, X = Network([Input(2), Dense(2, "softmax")]), np.zeros((2, 2))
    net.compile("categorical_crossentropy")
    for names, other in ((("Äpfel", "груши"), False), (("林檎", "梨"), True)):
        net.class_names = names
        drawn = net.boundary(X, [0, 1], resolution=5).draw()
        assert has_other_scripts(drawn.svg) is other
        assert drawn.png().startswith(b"\x89PNG")


def test_a_layer_that_is_not_drawn_whole_says_so():
    net = Network([Input(6), Dense(40, "tanh"), Dense(2, "softmax")], name="wide")
    net.compile("categorical_crossentropy")
    rows = np.random.default_rng(0).normal(size=(9, 6))
    for units, more in ((None, " (16 of 40 units)"), ([7], " (1 of 40 units)"), (range(5, 30), " (16 of 40 units)")):
        drawn = net.features(rows, units=units and list(units)).draw()
        assert drawn.title == f"wide: what the units of dense_1 look for{more}"
    assert net.features(rows, layer="dense_2").draw().title == "wide: what the units of dense_2 look for"


def test_where_there_is_nothing_to_draw_the_picture_says_so():
    net = Network([Input(5), Embedding(20, 4), Flatten(), Dense(3, "tanh"), Dense(2, "softmax")])
    canvas = drawn_on(net.features().draw)
    assert canvas.overlaps() == []
    words = [label.words for label in canvas.labels]
    assert "Nothing to draw: no row, and no picture of its weights." in words
    (net, X, y) = exercise()
    assert not any("Nothing" in label.words for label in drawn_on(net.features(X, y).draw).labels)


def test_costs_of_all_sizes_are_drawn_without_a_warning():
    history = History()
    for epoch, cost in enumerate((1e-300, 1e300, 2.0)):
        history.add(epoch, {"loss": cost})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = draw_history(history)
    assert "1e205" in drawn.svg  # a logarithmic axis


def test_the_descent_is_saved_as_svg_and_png(tmp_path):
    for name in ("a.svg", "a.png"):
        classic.descend(epochs=3).plot(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 2000


def test_a_figure_of_validation_alone_has_validation_s_colour():
    history = History()
    for epoch in range(3):
        history.add(epoch, {"loss": 1.0 - 0.1 * epoch, "val_squared_error": 2.0 - 0.1 * epoch})
    root = ElementTree.fromstring(draw_history(history).svg)
    curves = [node for node in root.iter() if node.get("data-is") == "curve"]
    assert [(node.findtext(f"{SVG}title"), node.get("class")) for node in curves] == [
        ("training", "s-hue1"),
        ("validation", "s-hue2"),
    ]


def test_pictures_need_no_matplotlib_and_have_their_letters(monkeypatch, every):
    import sys

    from pellucid.views.diagram.picture import FONT_FILES

    monkeypatch.setitem(sys.modules, "matplotlib", None)  # importing it fails
    for name in ("features", "surface", "record", "history", "activations", "rates"):
        drawn = every[name]()
        assert drawn.png(zoom=0.5).startswith(b"\x89PNG"), name
    names = {path.name for path in FONT_FILES.iterdir()}
    assert names == {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "LICENSE_DEJAVU"}


def test_letters_are_drawn_whatever_fonts_the_machine_has():
    canvas = Canvas()
    canvas.text(0, 0, "Σ δ ∂C/∂w", size=40)
    dark = np.asarray(Image.open(io.BytesIO(finished(canvas, "t", "d", "light").png())).convert("L")) < 128
    canvas = Canvas()
    canvas.text(0, 0, "         ", size=40)
    assert dark.sum() > 1000
    assert (np.asarray(Image.open(io.BytesIO(finished(canvas, "t", "d", "light").png())).convert("L")) > 250).all()
