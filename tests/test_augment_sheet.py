"""The sheet of pictures and their random versions, and the command that draws it."""

import base64
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pellucid.cli.augment import some_pictures
from pellucid.data import Dataset, load_digits
from pellucid.errors import DataError, DescriptionError
from pellucid.views.augment_sheet import draw_sheet


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB"), int)


def cells(drawn):
    """The pictures of a sheet by what they are, each as (left, top, pixels)."""
    found = {"original": [], "version": []}
    for node in ET.fromstring(drawn.svg).iter("{http://www.w3.org/2000/svg}image"):
        data = base64.b64decode(node.get("href").partition(",")[2])
        shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int)
        found[node.get("data-is")].append((float(node.get("x")), float(node.get("y")), shown))
    return found


@pytest.fixture
def run(tmp_path, monkeypatch):
    from pellucid.cli.app import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: CliRunner().invoke(app, ["augment", *map(str, words)], prog_name="pellucid")


def test_originals_stand_at_the_left_and_versions_beside_them():
    black, white = np.zeros((4, 4)), np.ones((4, 4))
    found = cells(draw_sheet(np.stack([black, white]), np.stack([np.stack([black, white, white])] * 2)))
    assert [shown.max() for _, _, shown in found["original"]] == [0, 255]
    assert [shown.min() for _, _, shown in found["version"]] == [0, 255, 255, 0, 255, 255]
    (left, first, _), (below, second, _) = found["original"]
    assert left == below == 0
    assert second > first + 80
    assert [(x > left + 80, y) for x, y, _ in found["version"]] == [(True, first)] * 3 + [(True, second)] * 3
    xs = [x for x, _, _ in found["version"][:3]]
    assert xs == sorted(set(xs))


def test_colours_and_values_beyond_the_originals():
    red = np.zeros((1, 2, 3, 3))
    red[..., 0] = 10
    drawn = draw_sheet(red, np.stack([red * 3, red - 20], axis=1), "red " * 60)
    found = cells(drawn)
    every = (*found["original"], *found["version"])
    colours = [np.unique(shown.reshape(-1, 3), axis=0).tolist() for _, _, shown in every]
    assert colours == [[[255, 0, 0]], [[255, 0, 0]], [[0, 0, 0]]]
    lines = [node.text for node in ET.fromstring(drawn.svg).iter() if node.get("data-is") == "headline"]
    assert len(lines) > 1
    assert " ".join(reversed(lines)) == ("red " * 60).strip()


def test_the_sheet_is_the_same_every_time():
    X = np.arange(12.0).reshape(1, 3, 4)
    assert draw_sheet(X, X[:, None], "twice").svg == draw_sheet(X, X[:, None], "twice").svg


def test_what_cannot_be_drawn_is_refused(tmp_path):
    X = np.zeros((2, 3, 3))
    with pytest.raises(DescriptionError) as ending:
        draw_sheet(X, X[:, None]).save(tmp_path / "a.gif")
    assert str(ending.value) == f'{tmp_path / "a.gif"}: expected a file that ends with .svg or .png, not ".gif".'
    with pytest.raises(DataError) as shapes:
        draw_sheet(X, X)
    assert str(shapes.value) == (
        "The sheet takes originals of shape (B, H, W, C) or (B, H, W) and versions with one axis more after B, "
        "got (2, 3, 3) and (2, 3, 3)."
    )
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_all_classes_in_turn():
    X = np.arange(6, dtype=np.float32).reshape(6, 1, 1)
    data = Dataset("six", X, np.array([1, 1, 0, 2, 0, 1]), None, ("a", "b", "c"), "")
    assert some_pictures(data, 5).ravel().tolist() == [2, 0, 3, 4, 1]
    assert len(some_pictures(load_digits(), 100)) == 100


def test_the_command_draws_and_says_so(run, tmp_path):
    done = run("digits", "--shift", "1,0", "--rotate", 15, "--count", 2, "--pictures", 3)
    assert (done.exit_code, done.stdout) == (0, "Drawn: sheet.png (3 pictures, 2 versions of each, seed 0)\n")
    again = run("digits", "--shift", "1,0", "--rotate", 15, "--count", 2, "--pictures", 3, "--output", "b.png")
    other = run(
        "digits", "--shift", "1,0", "--rotate", 15, "--count", 2, "--pictures", 3, "--seed", 1, "--output", "c.png"
    )
    assert again.exit_code == other.exit_code == 0
    assert np.array_equal(pixels(tmp_path / "sheet.png"), pixels(tmp_path / "b.png"))
    assert not np.array_equal(pixels(tmp_path / "sheet.png"), pixels(tmp_path / "c.png"))


def test_the_command_takes_a_folder_of_pictures(run, tmp_path):
    for kind, level in (("dark", 20), ("light", 230)):
        (tmp_path / "photographs" / kind).mkdir(parents=True)
        for k in range(2):
            Image.new("RGB", (12, 12), (level, level // 2, k)).save(tmp_path / "photographs" / kind / f"{k}.png")
    done = run("photographs", "--flip", "both", "--size", 8, "--count", 1, "--output", "a.svg")
    assert (done.exit_code, done.stdout) == (0, "Drawn: a.svg (4 pictures, 1 version of each, seed 0)\n")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["digits"], 1, "Error: Nothing is to be changed. Give at least one change, as in --shift 2 --rotate 10.\n"),
        (["digits", "--rotate", 200], 1,
         "Error: Augment: rotate must be a number of at least 0 and at most 180, got 200.0.\n"),
        (["digits", "--shift", 8], 1,
         'Error: Layer 1 "augment_1" (Augment): a shift of 8 moves the whole picture away, H=8. '
         "Use a shift below 8.\n"),
        (["a.csv", "--rotate", 5], 1,
         "Error: a.csv is a file. Give digits, mnist, pictures-4x3, or a folder of pictures.\n"),
        (["digits", "--rotate", 5, "--size", 9], 1,
         "Error: --size is for folders of pictures; those of digits have their own.\n"),
        (["digits", "--shift", "a"], 2,
         'expected pixels, as in 2 or 1.5, or "down,across" as in 0,3; got "a".\n'),
        (["digits", "--fill", "black"], 2, 'expected a number or edge, got "black".\n'),
    ],
)  # fmt: skip
def test_the_command_fails_in_one_line(run, tmp_path, words, code, text):
    failed = run(*words)
    assert failed.exit_code == code
    assert failed.stderr.endswith(text)
    assert not (tmp_path / "sheet.png").exists()
