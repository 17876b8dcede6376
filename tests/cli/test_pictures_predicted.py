"""A network's answers to pictures, from the command line."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from made_pictures import broken, picture, table
from PIL import Image

from pellucid import Dense, Flatten, Input, Network, load
from pellucid.cli import predict_pictures
from pellucid.record.run import read_run

pytestmark = pytest.mark.usefixtures("picture_cache")


def test_predict_files_and_folders(run, here, picture_model):
    picture(here / "new.jpg", 60, (100, 70), "RGB")
    done = run("predict", picture_model, "new.jpg", "set/light", "set/dark/00.png")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = table(done.stdout)
    assert list(rows[0]) == ["path", "predicted", "probability"]
    assert [row["path"] for row in rows] == [
        "new.jpg",
        *[f"set/light/{i:02}.png" for i in range(10)],
        "set/dark/00.png",
    ]
    assert [row["predicted"] for row in rows] == ["dark", *["light"] * 10, "dark"]
    net = read_run(picture_model).network()
    X = np.asarray(Image.open("set/dark/00.png"), np.float32)[np.newaxis] / np.float32(255)
    assert np.float32(rows[-1]["probability"]) == 1 - net.predict(X)[0, 0]


def test_predict_gives_the_next_classes_too(run, here, picture_model):
    rows = table(run("predict", picture_model, "set/dark", "--top", 3).stdout)
    assert list(rows[0]) == ["path", "predicted", "probability", "class 2", "probability 2"]
    assert {row["class 2"] for row in rows} == {"light"}
    assert float(rows[0]["probability"]) + float(rows[0]["probability 2"]) == pytest.approx(1)


def test_predict_writes_a_file_and_keeps_to_a_limit(run, here, picture_model):
    done = run("predict", picture_model, "set", "--limit", 3, "--output", "out.csv")
    assert done.stdout == "3 pictures written to out.csv.\n"
    assert [row["path"] for row in table((here / "out.csv").read_text())] == [f"set/dark/0{i}.png" for i in range(3)]


def test_predict_names_and_skips_broken_pictures(run, here, picture_model):
    said = broken(here / "new")
    picture(here / "new" / "below" / "fine.png", 60)
    done = run("predict", picture_model, "new", "nowhere.png")
    assert done.exit_code == 0
    assert [row["path"] for row in table(done.stdout)] == ["new/below/fine.png"]
    lines = done.stderr.splitlines()
    assert lines[0] == "6 of 7 could not be read and were left out:"
    for line, (name, reason) in zip(lines[1:], said.items(), strict=False):
        assert line.startswith(f"  new/{name}: {reason}")
    assert lines[6] == "  nowhere.png: there is no such file"


def test_predict_fails_where_no_picture_can_be_read(run, here, picture_model):
    (here / "empty.jpg").write_bytes(b"")
    (here / "folder").mkdir()
    done = run("predict", picture_model, "empty.jpg", "folder")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Error: None of 2 could be read:\n  folder: there are no pictures in the folder\n  empty.jpg: the file is "
        "empty\n"
    )
    done = run("predict", picture_model, "empty.jpg")
    assert (done.exit_code, done.stderr) == (1, "Error: empty.jpg: the file is empty.\n")
    done = run("predict", picture_model, "set", "empty.jpg", "--broken", "stop", "--output", "out.csv")
    assert (done.exit_code, done.stderr) == (1, "Error: empty.jpg: the file is empty.\n")
    assert not (here / "out.csv").exists()


PREDICT_FAILURES = [
    (["f", "set"], "set: this network was not trained on pictures, so it cannot be asked about them."),
    (["m", "set", "--target", "x"], "--target is not for pictures in files. Leave it out."),
    (["m", "set", "--data", "."], "--data is not for pictures in files. Leave it out."),
    (
        ["m", "set", "digits"],
        "Several sources can be given where all are pictures or folders of them, and digits is not.",
    ),
    (["f", "flowers.csv", "--top", "2"], "--top is for pictures in files; flowers.csv has none."),
    (["f", "flowers.csv", "--broken", "stop"], "--broken is for pictures in files; flowers.csv has none."),
]


@pytest.mark.parametrize(("words", "error"), PREDICT_FAILURES, ids=[" ".join(words) for words, _ in PREDICT_FAILURES])
def test_predict_fails_with_one_line(run, here, picture_model, flowers, words, error):
    run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", 1)
    done = run("predict", *words)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"Error: {error}\n")


def test_predict_a_file_without_an_ending(run, here, picture_model):
    shutil.copy(here / "set" / "dark" / "00.png", here / "photo")
    assert table(run("predict", picture_model, "photo").stdout)[0]["predicted"] == "dark"


def test_a_terminal_gets_a_table(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    rows = [["path", "predicted", "probability"]]
    rows += [["a.png", "cats", np.float32(0.5)], ["a/rather/long/way/to/b.png", "dogs", np.float32(1)]]
    predict_pictures._show(rows, 3)
    assert capsys.readouterr().out == (
        "path                  predicted  probability\n"
        "a.png                      cats       0.5000\n"
        "…r/long/way/to/b.png       dogs       1.0000\n"
        "3 more pictures; --limit N shows more, --output FILE.csv writes all.\n"
    )


def test_predict_numbers_from_pictures(run, here):
    net = Network([Input((4, 4)), Flatten(), Dense(1)])
    net.preparation = {"size": [4, 4], "channels": 1, "fit": "stretch"}
    net.save(here / "n.pellucid")
    picture(here / "a.png", 60)
    (row,) = table(run("predict", "n.pellucid", "a.png").stdout)
    assert list(row) == ["path", "predicted"]
    assert np.isfinite(float(row["predicted"]))


@pytest.mark.parametrize(
    ("preparation", "error"),
    [
        (
            {"size": [4, 5], "channels": 1, "fit": "crop"},
            "The model file says that pictures are read as 4×5×1, but the network takes 4×4.",
        ),
        ({"size": [4, 4]}, "The model file does not tell how its pictures are read (KeyError('channels'))."),
    ],
)
def test_a_preparation_that_does_not_fit_is_refused(run, here, preparation, error):
    net = Network([Input((4, 4)), Flatten(), Dense(1)])
    net.preparation = preparation
    net.save(here / "n.pellucid")
    assert load("n.pellucid").preparation == preparation
    assert run("predict", "n.pellucid", "a.png").stderr == f"Error: {error}\n"
