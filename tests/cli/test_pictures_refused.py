"""Pictures that cannot be trained on: broken ones are left out and named, and what makes no sense is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from made_pictures import QUICK, broken, picture, pictures

from pellucid.record.run import read_run

pytestmark = pytest.mark.usefixtures("picture_cache")


def test_broken_pictures_are_skipped_and_named_at_the_end(run, here):
    pictures(here / "set")
    said = broken(here / "set" / "dark")
    picture(here / "set" / "dark" / "zero.png", 9)
    (here / "set" / "dark" / "zero.png").write_bytes(b"\x00" * 16)
    done = run("train", "set", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    at = lines.index("6 of 26 pictures could not be read and were left out:")
    for line, (name, reason) in zip(lines[at + 1 :], said.items(), strict=False):
        assert line.startswith(f"  set/dark/{name}: {reason}")
    assert lines[at + 6] == "  … and 1 more"
    found = read_run("m")
    assert list(found.config["data"]["broken"]) == [f"set/dark/{name}" for name in (*said, "zero.png")]
    again = run("evaluate", "m")
    assert "6 of 26 pictures could not be read and were left out:\n" in again.stdout
    assert json.loads(run("evaluate", "m", "--json").stdout) == found.result


def test_broken_pictures_stop_the_run_on_request(run, here):
    pictures(here / "set")
    said = broken(here / "broken")
    for name, reason in said.items():
        shutil.copy(here / "broken" / name, here / "set" / "dark" / name)
        done = run("train", "set", "--broken", "stop", "--size", 8, "--quiet", *QUICK)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"Error: set/dark/{name}: {reason}")
        assert len(done.stderr.splitlines()) == 1
        (here / "set" / "dark" / name).unlink()
    assert not (here / "runs").exists()


FAILURES = [
    (
        ["one"],
        'one: found one class only, "dark", so there is nothing to tell apart. Add pictures of another class.',
    ),
    (["gap"], 'gap: no pictures in the class "none". Put pictures there, or remove the folder.'),
    (
        ["loose"],
        "loose: expected one folder of pictures for each class, found 1 picture and no folders. Put the pictures into "
        'folders that are named like their classes, for instance "loose/cats".',
    ),
    (
        ["lost"],
        'lost: no picture of the class "bad" can be read. The first: bad/bomb.png: the picture has more than 80 '
        "megapixels. Make it smaller.",
    ),
    (["loose/a.png"], "loose/a.png is one picture. Give a folder with one folder of pictures for each class."),
    (["set", "--target", "x"], "--target is for tables; set has its own."),
    (["set", "--task", "numbers"], "--task is for tables; set has classes."),
    (["set", "--data", "."], "--data says where the files of mnist are; set does not need it."),
    (
        ["three.csv"],
        "three.csv: expected two columns, path and label, found 3 columns. Write one picture on each line, for "
        "instance: cats/1.jpg,cat",
    ),
]


@pytest.mark.parametrize(("words", "error"), FAILURES, ids=[" ".join(words) for words, _ in FAILURES])
def test_failures_say_one_line_and_leave_nothing(run, here, words, error):
    pictures(here / "set", 2)
    pictures(here / "one", 3, classes=("dark",))
    pictures(here / "gap", 2)
    (here / "gap" / "none").mkdir()
    picture(here / "loose" / "a.png", 60)
    pictures(here / "lost", 2)
    broken(here / "lost" / "bad")
    (here / "three.csv").write_text("set/dark/00.png,dark,1\nset/light/00.png,light,2\n")
    done = run("train", *words)
    assert (done.exit_code, done.stderr) == (1, f"Error: {error}\n")
    assert not (here / "runs").exists()


def test_arrays_that_do_not_fit(run, here):
    X, y = np.zeros((6, 4, 4), np.uint8), np.arange(6) % 2
    for name, arrays, error in (
        ("one", {"X": X, "y": 0 * y}, 'found one class only, "0", so there is nothing to tell apart.'),
        (
            "other",
            {"x_train": X, "y_train": y, "x_test": X, "y_test": y + 1},
            'the class "2" of the test set is not among those for training.',
        ),
        (
            "shape",
            {"x_train": X, "y_train": y, "x_test": X[:, :3], "y_test": y},
            "the samples for testing have the shape (3, 4), those for training (4, 4).",
        ),
        (
            "columns",
            {"X": X, "y": np.eye(6)},
            "expected one target for each sample, found targets of shape (6, 6).",
        ),
    ):
        np.savez(here / f"{name}.npz", **arrays)
        done = run("train", f"{name}.npz", *QUICK)
        assert (done.exit_code, done.stderr.replace(f"{name}.npz: the target", f"{name}.npz")) == (
            1, f"Error: {name}.npz: {error}\n",
        )  # fmt: skip
