"""The data sets that need no file of the user's: digits, 4×3 pictures, gates; and what importing them costs."""

import re
import subprocess
import sys

import numpy as np
import pytest

from pellucid.data import digits, draw_text, load_digits, load_gate, load_pictures_4x3
from pellucid.errors import DataError


def test_digits_are_scikit_learns():
    from sklearn import datasets

    X, y = datasets.load_digits(return_X_y=True)
    data = load_digits()
    assert data.X.dtype == np.float32
    assert data.y.dtype == np.int64
    assert np.array_equal(data.X, (X / 16).reshape(-1, 8, 8).astype(np.float32))
    assert np.array_equal(data.y, y)


def test_digits_where_the_csv_file_is_not_found(monkeypatch):
    expected = load_digits()
    monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name: None)
    assert np.array_equal(load_digits().X, expected.X)
    assert np.array_equal(load_digits().y, expected.y)


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(DataError, match=r"^The digits come with scikit-learn\. Run: pip install scikit-learn$"):
        load_digits()


def test_heavy_packages_load_when_first_used():
    code = (
        "import sys, pellucid.data as d; d.load_digits(); d.load_gate('or');"
        "print([m for m in ('sklearn', 'polars', 'scipy', 'numba', 'platformdirs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_64_pictures():
    data = load_pictures_4x3()
    assert data.X.shape == (64, 4, 3)
    assert data.X.dtype == np.float32
    assert set(np.unique(data.X)) == {0, 1}
    assert data.y.dtype == np.int64
    assert np.bincount(data.y).tolist() == [32, 32]
    assert len({picture.tobytes() for picture in data.X}) == 64
    assert data.feature_names == tuple(f"pixel {i}" for i in range(1, 13))
    assert data.class_names == ("0", "1")


def test_what_the_pictures_are_made_of():
    """A 0 has all or three of the pixels 4, 7, 6, 9 and none of 5, 8; a 1 has 5 and 8 and at most one of the others."""
    data = load_pictures_4x3()
    pixels = data.X.reshape(64, 12)
    sides, middle = pixels[:, [3, 6, 5, 8]].sum(axis=1), pixels[:, [4, 7]].sum(axis=1)
    assert set(zip(data.y.tolist(), middle.tolist(), strict=True)) == {(0, 0), (1, 2)}
    assert np.bincount(sides[data.y == 0].astype(int)).tolist() == [0, 0, 0, 16, 16]
    assert np.bincount(sides[data.y == 1].astype(int)).tolist() == [16, 16]


def test_top_and_bottom_rows_tell_nothing():
    data = load_pictures_4x3()
    rows = [sorted(data.X[data.y == digit][:, [0, 3]].reshape(32, 6).tolist()) for digit in (0, 1)]
    assert rows[0] == rows[1]


def test_draw_text():
    assert draw_text([[0.4, 0.5], [1, 0]]) == "·█\n█·"
    text = "Picture: expected shape (height, width), got (12,). Write picture.reshape(4, 3)."
    with pytest.raises(DataError, match=f"^{re.escape(text)}$"):
        draw_text(np.zeros(12))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("and", lambda a, b: a and b),
        ("or", lambda a, b: a or b),
        ("nand", lambda a, b: not (a and b)),
        ("xor", lambda a, b: a != b),
    ],
)
def test_gates(name, rule):
    gate = load_gate(name)
    assert gate.feature_names == ("x1", "x2")
    assert [(int(a), int(b)) for a, b in gate.X] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert gate.y.tolist() == [int(rule(int(a), int(b))) for a, b in gate.X]


def test_unknown_gate():
    with pytest.raises(DataError, match=r'^Unknown gate "nan"\. Did you mean "nand"\? Known: and, or, nand, xor\.$'):
        load_gate("nan")
