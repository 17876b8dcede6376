"""The pictures of results: drawn for few and many classes, the same every time, nothing cut off or overlapping."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from pellucid.evaluation import Importance, Residuals, calibration, precision_recall_curve, roc_curve
from pellucid.views.calibration_picture import draw_calibration
from pellucid.views.confusion_picture import draw_confusion
from pellucid.views.curve_picture import draw_curves
from pellucid.views.diagram.canvas import Canvas
from pellucid.views.importance_picture import draw_importance
from pellucid.views.residual_picture import draw_residuals


def curves(count, curve):
    rng = np.random.default_rng(0)
    hits, scores = rng.integers(0, 2, (200, count)), rng.random((200, count))
    return [curve(hits[:, k], scores[:, k], f"class {k}, whose name is a long one") for k in range(count)]


def confusion(count, name):
    counts = np.random.default_rng(0).integers(0, 3, (count, count)) + 40 * np.eye(count, dtype=int)
    return draw_confusion(counts, [name.format(k) for k in range(count)])


def numbers(count, scale):
    rng = np.random.default_rng(0)
    return [Residuals(f"output {k}", scale * rng.normal(size=90), scale * rng.normal(size=90)) for k in range(count)]


def importance(count):
    values = np.random.default_rng(0).normal(0.1, 0.1, (count, 5))
    return Importance(tuple(f"column {k} with a very long name indeed" for k in range(count)), "accuracy", 0.9, values)


def chances(count):
    rng = np.random.default_rng(0)
    return calibration(rng.integers(0, 2, count), rng.random(count), name="a class with a very long name")


PICTURES = {
    "two classes": lambda: confusion(2, "{}"),
    "three classes with long names": lambda: confusion(3, "class {} with a very long name indeed"),
    "twenty classes": lambda: confusion(20, "class {}"),
    "a hundred classes": lambda: confusion(100, "class {}"),
    "one roc": lambda: draw_curves(curves(1, roc_curve)),
    "three rocs": lambda: draw_curves(curves(3, roc_curve)),
    "thirty precision-recall curves": lambda: draw_curves(curves(30, precision_recall_curve)),
    "calibration": lambda: draw_calibration(chances(100)),
    "calibration of one": lambda: draw_calibration(chances(1)),
    "residuals": lambda: draw_residuals(numbers(1, 1.0)),
    "residuals of ten outputs of millions": lambda: draw_residuals(numbers(10, 1e7)),
    "importance": lambda: draw_importance(importance(2)),
    "importance of fifty": lambda: draw_importance(importance(50)),
}


def pixels_of(drawn):
    return np.asarray(Image.open(io.BytesIO(drawn.png(zoom=1))).convert("L"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_keeps_within_its_paper(name):
    drawn = PICTURES[name]()
    pixels = pixels_of(drawn)
    assert pixels.shape == pytest.approx((drawn.height, drawn.width), abs=1)
    assert 300 < drawn.width < 1300
    assert 150 < drawn.height < 3000
    assert (pixels < 160).sum() > 500
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert all((edge > 250).all() for edge in edges), "something is cut off"


def test_a_cut_picture_would_be_seen():
    """Planted: one strip less at each side."""
    pixels = pixels_of(PICTURES["two classes"]())
    rows = np.flatnonzero((pixels <= 250).any(axis=1))
    assert not (pixels[rows[0]] > 250).all()


@pytest.fixture
def canvases(monkeypatch):
    """All canvases that are made pictures of."""
    found, finish = [], Canvas.finish

    def finish_and_keep(self, *words):
        found.append(self)
        return finish(self, *words)

    monkeypatch.setattr(Canvas, "finish", finish_and_keep)
    return found


@pytest.mark.parametrize("name", PICTURES)
def test_no_words_lie_on_others(name, canvases):
    PICTURES[name]()
    assert canvases[0].overlaps() == []


def test_words_on_others_would_be_seen(canvases):
    """Planted: importance of columns whose rows are too close."""
    canvas = Canvas()
    canvas.text(0, 0, "one")
    canvas.text(0, 6, "two")
    canvas.finish("", "", "light")
    assert canvases[0].overlaps() == [("one", "two")]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_every_time_small_and_whole_xml(name):
    drawn = PICTURES[name]()
    assert drawn.svg == PICTURES[name]().svg
    assert len(drawn.svg) < 300_000
    root = ElementTree.fromstring(drawn.svg)
    assert root.find("{*}title").text == drawn.title
    assert "prefers-color-scheme:dark" in drawn.svg


def marked(drawn, kind):
    return [node for node in ElementTree.fromstring(drawn.svg).iter() if node.get("data-is") == kind]


def test_a_confusion_matrix_shows_its_counts_and_shares():
    drawn = draw_confusion(np.array([[3, 1], [0, 1200]]), ["cat", "dog"])
    assert drawn.title == "Confusion matrix: 1,203 of 1,204 right (99.9 %)"
    assert [node.text for node in marked(drawn, "recall")] == ["75.0 %", "100 %"]
    assert [node.text for node in marked(drawn, "precision")] == ["100 %", "99.9 %"]
    cells = marked(drawn, "cell")
    assert [float(node.get("fill-opacity", 1)) for node in cells] == [0.75, 0.25, 1.0]
    texts = [node.text for node in ElementTree.fromstring(drawn.svg).findall("{*}text")]
    assert {"3", "1", "1,200"} <= set(texts)


def test_curves_go_through_their_points():
    curve = roc_curve([0, 1, 1, 0], [0.1, 0.4, 0.9, 0.6])
    drawn = draw_curves([curve])
    path = marked(drawn, "curve")[0].get("d")
    numbers = np.array([[float(v) for v in point.split()] for point in path.strip("M").split("L")])
    scale = 400 / 1.02, 400 / 1.03
    np.testing.assert_allclose((numbers[:, 0] - numbers[0, 0]) / scale[0], curve.x, atol=1e-3)
    np.testing.assert_allclose((numbers[0, 1] - numbers[:, 1]) / scale[1], curve.y, atol=1e-3)


def test_a_long_curve_is_thinned_where_nobody_sees_it():
    rng = np.random.default_rng(0)
    hits = rng.random(200_000) < 0.3
    drawn = draw_curves([roc_curve(hits, rng.random(200_000) + 0.2 * hits)])
    assert len(drawn.svg) < 60_000


def test_importance_names_its_columns_the_most_important_first():
    found = Importance(("a", "b", "c"), "accuracy", 0.9, np.array([[0.1, 0.1], [0.3, 0.3], [-0.1, -0.1]]))
    drawn = draw_importance(found)
    assert [node.text for node in marked(drawn, "column")] == ["b", "a", "c"]
    widths = [float(node.get("width")) for node in marked(drawn, "bar")]
    assert widths[0] == pytest.approx(3 * widths[1], abs=0.3)
    assert widths[2] == pytest.approx(widths[1], abs=0.2)
    assert marked(drawn, "bar")[2].get("class") == "f-plain"


def test_another_result_gives_another_picture():
    counts = np.array([[3, 1], [0, 2]]), np.array([[3, 0], [0, 2]])
    assert draw_confusion(counts[0], ["a", "b"]).svg != draw_confusion(counts[1], ["a", "b"]).svg
    both = calibration([0, 1], [0.2, 0.8]), calibration([1, 0], [0.2, 0.8])
    assert draw_calibration(both[0]).svg != draw_calibration(both[1]).svg
