"""The sheet of activations, and the confusion matrix as text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pellucid.activations import ACTIVATIONS
from pellucid.errors import DescriptionError, ModelFileError
from pellucid.views.activation_sheet import AT, _broken, activation_text, curves, draw_activation_sheet, value_range
from pellucid.views.confusion import confusion_text

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ACTIVATIONS.names)
def test_listed_values_are_those_of_the_formulas(name):
    activation = ACTIVATIONS.get(name)
    a, slope = curves(activation, np.array(AT))
    lines = [line.replace("−", "-").split() for line in activation_text().splitlines()]
    found = [[float(cell) for cell in line[1:]] for line in lines if line[:1] == [name] and len(line) == 6]
    np.testing.assert_allclose(found, [a, slope], atol=5e-5)
    if name not in ("step", "relu", "leaky_relu", "elu", "selu", "softsign", "hard_sigmoid"):  # those with corners
        z, h = np.array(AT), 1e-6
        central = (curves(activation, z + h)[0] - curves(activation, z - h)[0]) / (2 * h)
        np.testing.assert_allclose(slope, central, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity", "−∞ … ∞"), ("step", "0 … 1"), ("tanh", "−1 … 1"), ("leaky_relu", "−∞ … ∞"), ("elu", "−1 … ∞"),
        ("gelu", "−0.17 … ∞"), ("silu", "−0.278 … ∞"), ("softplus", "0 … ∞"), ("softsign", "−1 … 1"),
        ("softmax", "0 … 1"),
    ],
)  # fmt: skip
def test_ranges(name, expected):
    assert value_range(ACTIVATIONS.get(name)) == expected


def test_the_sheet_has_a_plot_for_every_activation_and_is_the_same_every_time():
    drawn, again = draw_activation_sheet(), draw_activation_sheet()
    assert drawn.svg == again.svg
    root = ET.fromstring(drawn.svg)
    for kind in ("activation", "derivative"):
        assert sum(node.get("data-is") == kind for node in root.iter()) == len(ACTIVATIONS.names)
    words = {node.text for node in root.iter(f"{SVG}text")}
    for name in ACTIVATIONS.names:
        assert {name, ACTIVATIONS.get(name).formula} <= words


def test_curves_end_where_they_leave_their_plot_or_jump():
    values = np.array([0.0, 0.0, 1.0, 1.05, 2.3, 0.5])
    np.testing.assert_array_equal(_broken(values), [0.0, np.nan, 1.0, np.nan, np.nan, 0.5])


def test_nothing_is_drawn_where_it_cannot_be(tmp_path):
    with pytest.raises(DescriptionError) as caught:
        draw_activation_sheet().save(tmp_path / "sheet")
    assert str(caught.value) == f'{tmp_path / "sheet"}: expected a file that ends with .svg or .png, not "".'
    with pytest.raises(ModelFileError) as missing:
        draw_activation_sheet().save(tmp_path / "none" / "sheet.png")
    assert str(missing.value).startswith(f"{tmp_path / 'none' / 'sheet.png'}: cannot be written")
    assert list(tmp_path.iterdir()) == []


COUNTS = np.array([[18, 2, 0], [0, 9, 1], [0, 0, 0]])


def test_a_confusion_matrix_as_a_table():
    assert confusion_text(COUNTS, ["ash", "birch", "cedar"]) == (
        "true \\ predicted  ash  birch  cedar  recall\n"
        "ash                18      2      ·  90.0 %\n"
        "birch               ·      9      1  90.0 %\n"
        "cedar               ·      ·      ·       –"
    )


def test_a_narrow_confusion_matrix_has_numbers_above_its_columns():
    assert confusion_text(COUNTS, ["ash", "birch", "cedar"], width=40) == (
        "true \\ predicted   1  2  3  recall\n"
        "1 ash             18  2  ·  90.0 %\n"
        "2 birch            ·  9  1  90.0 %\n"
        "3 cedar            ·  ·  ·       –"
    )


def test_many_classes_become_a_list_of_what_they_are_taken_for():
    n = 40
    counts = 20 * np.eye(n, dtype=int)
    counts[0, 5:10] = [1, 4, 2, 1, 3]
    names = [f"a class with a very long name, number {k}" for k in range(n)]
    lines = confusion_text(counts, names, width=80).splitlines()
    assert len(lines) == n + 1
    assert lines[1].startswith(
        "a class with a very long …    31  64.5 %  a class with a very long name, number 6 (4), "
    )
    assert lines[1].endswith(", 2 more")
    assert lines[2] == "a class with a very long …    20   100 %"


def test_a_recall_is_100_percent_only_without_a_mistake():
    assert "99.9 %" in confusion_text(np.array([[99_999, 1], [0, 1]]), ["a", "b"])
