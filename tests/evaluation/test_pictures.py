"""The pictures of results: drawn for few and many classes, the same bytes every time, nothing cut off."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pellucid.evaluation import Importance, Residuals, calibration, precision_recall_curve, roc_curve
from pellucid.views.calibration_picture import draw_calibration
from pellucid.views.confusion_picture import draw_confusion
from pellucid.views.curve_picture import draw_curves
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


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_keeps_within_its_paper(name):
    picture = Image.open(io.BytesIO(PICTURES[name]())).convert("L")
    pixels = np.asarray(picture)
    assert 300 < picture.width < 2400
    assert 200 < picture.height < 4200
    assert (pixels < 128).sum() > 500
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert all((edge > 250).all() for edge in edges), "something is cut off"


def test_a_cut_picture_would_be_seen():
    """Planted: one strip less at each side."""
    pixels = np.asarray(Image.open(io.BytesIO(PICTURES["two classes"]())).convert("L"))
    rows = np.flatnonzero((pixels <= 250).any(axis=1))
    assert not (pixels[rows[0]] > 250).all()


@pytest.mark.parametrize("name", ["two classes", "one roc", "calibration"])
def test_a_picture_has_the_same_bytes_every_time(name):
    assert PICTURES[name]() == PICTURES[name]()


def test_another_result_gives_another_picture():
    assert draw_confusion(np.array([[3, 1], [0, 2]]), ["a", "b"]) != draw_confusion(
        np.array([[3, 0], [0, 2]]), ["a", "b"]
    )
    assert draw_calibration(calibration([0, 1], [0.2, 0.8])) != draw_calibration(calibration([1, 0], [0.2, 0.8]))
