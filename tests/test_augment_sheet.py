"""The sheet of pictures and their random versions, and the command that draws it."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from pellucid.cli.augment import some_pictures
from pellucid.data import Dataset, load_digits
from pellucid.errors import DataError, DescriptionError
from pellucid.views.augment_sheet import draw_sheet


def pixels(path):
    from matplotlib.image import imread

    return (imread(path)[..., :3] * 255).round()


@pytest.fixture
def run(tmp_path, monkeypatch):
    from pellucid.cli.app import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: CliRunner().invoke(app, ["augment", *map(str, words)], prog_name="pellucid")


def test_originals_stand_at_the_left_and_versions_beside_them(tmp_path):
    black, white = np.zeros((2, 4, 4)), np.ones((2, 4, 4))
    originals = np.stack([black[0], white[0]])
    draw_sheet(originals, np.stack([np.stack([black[0], white[0], white[0]])] * 2), tmp_path / "a.png")
    sheet = pixels(tmp_path / "a.png")
    height, width = sheet.shape[:2]
    across = [0.3 + 0.5, 0.3 + 1.08 + 0.3 + 0.5, 0.3 + 2 * 1.08 + 0.3 + 0.5, 0.3 + 3 * 1.08 + 0.3 + 0.5]
    down = [height / 150 - 0.3 - 1.08 - 0.5, height / 150 - 0.3 - 0.5]
    found = [[sheet[int(y * 150), int(x * 150), 0] for x in across] for y in down]
    assert found == [[0, 0, 255, 255], [255, 0, 255, 255]]
    assert width == pytest.approx(150 * (0.6 + 4 + 3 * 0.08 + 0.3), abs=2)


def test_colours_and_values_beyond_the_originals(tmp_path):
    red = np.zeros((1, 2, 3, 3))
    red[..., 0] = 10
    draw_sheet(red, np.stack([red * 3, red - 20], axis=1), tmp_path / "a.png", "red " * 60)
    sheet = pixels(tmp_path / "a.png")
    row = sheet[sheet.shape[0] - int(150 * (0.3 + 0.3))]
    starts = [0.3, 0.3 + 1.08 + 0.3, 0.3 + 2 * 1.08 + 0.3]
    found = [row[int((x + 0.5) * 150)].tolist() for x in starts]
    assert found == [[255, 0, 0], [255, 0, 0], [0, 0, 0]]


def test_svg_is_the_same_every_time(tmp_path):
    X = np.arange(12.0).reshape(1, 3, 4)
    for name in ("a.svg", "b.svg"):
        draw_sheet(X, X[:, None], tmp_path / name, "twice")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert sum(1 for node in ET.parse(tmp_path / "a.svg").iter() if (node.get("id") or "").startswith("axes_")) == 2


def test_what_cannot_be_drawn_is_refused(tmp_path):
    X = np.zeros((2, 3, 3))
    with pytest.raises(DescriptionError) as ending:
        draw_sheet(X, X[:, None], tmp_path / "a.gif")
    assert str(ending.value) == f'{tmp_path / "a.gif"}: expected a file that ends with .svg or .png, not ".gif".'
    with pytest.raises(DataError) as shapes:
        draw_sheet(X, X, tmp_path / "a.png")
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
    image = pytest.importorskip("PIL.Image")
    for kind, level in (("dark", 20), ("light", 230)):
        (tmp_path / "photographs" / kind).mkdir(parents=True)
        for k in range(2):
            image.new("RGB", (12, 12), (level, level // 2, k)).save(tmp_path / "photographs" / kind / f"{k}.png")
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
