"""Pictures on the command line: train, evaluate and predict, from folders, tables, .npz and IDX files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Dense, Flatten, Input, Network, load
from pellucid.cli import picture_files, predict_pictures
from pellucid.record.run_folder import read_run

QUICK = ["--model", "plain", "--layers", "4", "--augment", "none", "--epochs", "20", "--average", "0"]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A cache of decoded pictures of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr("pellucid.data.picture_store.cache_folder", lambda: folder)


def picture(path: Path, level: int, size: tuple[int, int] = (8, 8), mode: str = "L") -> None:
    """A picture of one grey level with a little noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name) + level).integers(-20, 21, (size[1], size[0]))
    Image.fromarray(np.clip(level + noise, 0, 255).astype(np.uint8)).convert(mode).save(path)


def pictures(folder: Path, count: int = 10, classes: tuple[str, ...] = ("dark", "light"), **how) -> Path:
    """A folder of dark and light pictures."""
    for k, name in enumerate(classes):
        for i in range(count):
            picture(folder / name / f"{i:02}.png", 60 + 130 * k + i, **how)
    return folder


def broken(folder: Path) -> dict[str, str]:
    """Put one broken picture of each kind into a folder; return what is said about each."""
    folder.mkdir(parents=True, exist_ok=True)

    def png(width: int, height: int) -> bytes:
        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG")
    contents = {
        "bomb.png": (png(60_000, 60_000), "the picture has more than 80 megapixels. Make it smaller"),
        "cut.jpg": (file.getvalue()[:900], "the picture is damaged or cut short (image file is truncated"),
        "empty.jpg": (b"", "the file is empty"),
        "flat.png": (png(0, 8), "the picture has no pixels, its header says 0×8"),
        "text.jpg": (b"This is not\na picture", 'expected a picture, found text that begins "This is not"'),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: said for name, (_, said) in contents.items()}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def model(run, here):
    """A run folder of a network that tells dark pictures from light ones."""
    pictures(here / "set")
    done = run("train", "set", "--output", "m", "--quiet", *QUICK)
    assert done.exit_code == 0, done.stderr
    return "m"


def test_a_folder_with_a_folder_for_each_class(run, here):
    pictures(here / "set")
    done = run("train", "set", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stdout.split())
    for words in (
        "Data set: 20 pictures of 8×8×1 = 64 inputs, 2 classes (dark, light)",
        "Pictures read as 8×8 pixels, grey, by crop Held out 4 pictures (20 %, at random, every class alike); the",
        "Chosen size: their own if all have one size, else a square of the median shorter side, at most 64; ",
        "Result on 4 held-out pictures: loss ",
    ):
        assert words in said
    found = read_run("m")
    assert found.result["figures"]["accuracy"] == 1.0
    assert found.network().preparation == {"size": [8, 8], "channels": 1, "fit": "crop", "background": 0}
    data = found.config["data"]
    assert (data["kind"], data["streamed"], data["broken"]) == ("pictures", False, {})
    assert re.search(r"\n  pellucid predict m/model.pellucid set/(dark|light)/\d\d.png --top 3\n", done.stdout)
    assert "Pictures  read as 8×8 pixels, grey, by crop\n" in run("summary", "m").stdout
    assert json.loads(run("evaluate", "m", "--json").stdout) == found.result


def test_size_channels_and_fit_are_kept_in_the_model(run, here):
    pictures(here / "set", size=(20, 10), mode="RGB")
    words = ["--size", "6x4", "--channels", "3", "--fit", "pad", *QUICK]
    done = run("train", "set", "--output", "m", *words)
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert "Pictures  read as 6 pixels high and 4 wide, in colour, by pad\n" in done.stdout
    assert found.network().preparation == {"size": [6, 4], "channels": 3, "fit": "pad", "background": 0}
    assert found.network().input_shape == (6, 4, 3)
    assert found.config["options"]["given"]["size"] == [6, 4]
    picture(here / "other.png", 60, (300, 100))
    assert [row["predicted"] for row in table(run("predict", "m", "other.png").stdout)] == ["dark"]


def test_train_and_test_folders(run, here):
    pictures(here / "set" / "train")
    pictures(here / "set" / "test", 3)
    pictures(here / "set" / "val", 2)
    done = run("train", "set", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert (found.result["rows"], found.result["samples"]) == ("test pictures", 6)
    assert 'Held out  6 pictures in the folder "test"\n' in done.stdout
    assert 'Note: beside the pictures for training and testing, "val" is not used.\n' in done.stdout
    assert json.loads(run("evaluate", "m", "--json").stdout) == found.result
    assert json.loads(run("evaluate", "m/model.pellucid", "set", "--json").stdout)["samples"] == 6
    shutil.rmtree(here / "set" / "test")
    assert run("train", "set", "--output", "v", *QUICK).exit_code == 0
    assert read_run("v").result["samples"] == 4


def test_classes_of_the_test_folder_that_are_not_trained_on(run, here):
    pictures(here / "set" / "train")
    pictures(here / "set" / "test", classes=("dark", "lihgt"))
    done = run("train", "set", *QUICK)
    assert done.stderr == (
        'Error: set/test: the class "lihgt" is not among those for training. Did you mean "light"? Known: dark, '
        "light.\n"
    )


def test_a_table_of_paths_and_labels(run, here):
    pictures(here / "set")
    lines = [f"set/{name}/{i:02}.png,{name.upper()}" for name in ("dark", "light") for i in range(10)]
    (here / "set.csv").write_text("file,kind\n" + "\n".join(lines))
    done = run("train", "set.csv", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert found.result["classes"] == ["DARK", "LIGHT"]
    assert found.config["data"]["kind"] == "pictures"
    rows = table(run("predict", "m", "set.csv").stdout)
    assert len(rows) == 20
    assert rows[0]["path"] == "set/dark/00.png"


@pytest.mark.parametrize("labels", [np.arange(40) % 2, np.array(["no", "yes"])[np.arange(40) % 2]])
def test_an_npz_file_of_pictures(run, here, labels):
    X = np.random.default_rng(0).integers(0, 100, (40, 6, 6), np.uint8)
    X[1::2] += 120
    np.savez(here / "p.npz", x_train=X[:30], y_train=labels[:30], x_test=X[30:], y_test=labels[30:])
    done = run("train", "p.npz", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert (found.result["rows"], found.result["samples"]) == ("test pictures", 10)
    assert found.result["classes"] == (["no", "yes"] if labels.dtype.kind == "U" else ["0", "1"])
    assert found.result["figures"]["accuracy"] == 1.0
    assert json.loads(run("evaluate", "m", "--json").stdout) == found.result
    rows = table(run("predict", "m", "p.npz").stdout)
    assert [row["true"] for row in rows] == [row["predicted"] for row in rows]
    Image.fromarray(X[1]).save(here / "one.png")
    assert table(run("predict", "m", "one.png").stdout)[0]["predicted"] == found.result["classes"][1]


def test_an_npz_file_of_numbers(run, here):
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    np.savez(here / "t.npz", X=X, y=X @ [1.0, -2.0, 0.5])
    done = run("train", "t.npz", "--output", "m", "--epochs", 60)
    assert done.exit_code == 0, done.stderr
    assert read_run("m").result["figures"]["r2"] > 0.9
    assert "Target    the targets are learned as numbers: its values are not whole numbers\n" in done.stdout


def test_a_folder_of_idx_files(run, here):
    X = np.random.default_rng(0).integers(0, 100, (40, 6, 6), np.uint8)
    X[1::2] += 120
    (here / "digits2").mkdir()
    head = bytes([0, 0, 8])
    for part, some in (("train", slice(30)), ("t10k", slice(30, 40))):
        y = (np.arange(40) % 2 + 5).astype(np.uint8)[some]
        sizes = struct.pack(">III", len(y), 6, 6)
        (here / "digits2" / f"{part}-images-idx3-ubyte").write_bytes(head + b"\x03" + sizes + X[some].tobytes())
        (here / "digits2" / f"{part}-labels-idx1-ubyte").write_bytes(head + b"\x01" + sizes[:4] + y.tobytes())
    done = run("train", "digits2", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert (found.result["classes"], found.result["samples"]) == (["5", "6"], 10)
    assert run("predict", "m", "digits2", "--limit", 1).exit_code == 0


def test_pictures_from_disk_give_the_same_bits(run, here):
    pictures(here / "set" / "train")
    pictures(here / "set" / "test", 3)
    for name, option in (("memory", "--no-stream"), ("disk", "--stream")):
        done = run("train", "set", option, "--output", name, *QUICK)
        assert done.exit_code == 0, done.stderr
        assert (", read from disk" in done.stdout) == (name == "disk")
    memory, disk = read_run("memory"), read_run("disk")
    assert memory.network().parameters.tobytes() == disk.network().parameters.tobytes()
    assert memory.result == disk.result
    assert memory.config["data"]["sha256"] == disk.config["data"]["sha256"]
    assert disk.config["command"].startswith("pellucid train set --stream ")
    assert memory.config["command"].startswith("pellucid train set --no-stream ")
    assert disk.config["data"]["streamed"]
    assert json.loads(run("evaluate", "disk", "--stream", "--json").stdout) == disk.result


def test_a_part_of_pictures_on_disk_is_held_out(run, here):
    pictures(here / "set")
    for name, option in (("memory", "--no-stream"), ("disk", "--stream")):
        assert run("train", "set", option, "--output", name, *QUICK).exit_code == 0
    assert read_run("memory").result == read_run("disk").result
    assert read_run("disk").history.history["val_loss"]


def test_pictures_stay_on_disk_where_the_memory_is_small(run, here, monkeypatch):
    monkeypatch.setattr(picture_files, "memory", lambda: 4 * 4 * 20 * 64 - 1)
    pictures(here / "set")
    done = run("train", "set", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    assert read_run("m").config["data"]["streamed"]
    reasons = read_run("m").config["options"]["reasons"]
    assert reasons["stream"] == "5.1e-06 GB would be more than a quarter of the memory"
    monkeypatch.setattr(picture_files, "memory", lambda: 4 * 4 * 20 * 64)
    run("train", "set", "--output", "n", *QUICK)
    assert not read_run("n").config["data"]["streamed"]


def test_the_machine_tells_its_memory():
    assert picture_files.memory() > 1 << 28


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


def test_pictures_of_several_sizes_formats_and_colours(run, here):
    pictures(here / "set", 6)
    for k, (ending, mode) in enumerate((("jpg", "RGB"), ("gif", "P"), ("bmp", "L"), ("webp", "RGB"), ("tif", "CMYK"))):
        for name, level in (("dark", 60), ("light", 200)):
            picture(here / "set" / name / f"other.{ending}", level, (9 + k, 30 - k), mode)
    done = run("train", "set", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    assert "Data      set: 22 pictures of 8×8×3 = 192 inputs" in done.stdout


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


def test_layers_alone_mean_a_plain_network(run, here):
    pictures(here / "set", 5)
    assert run("train", "set", "--layers", 3, "--epochs", 1, "--output", "m").exit_code == 0
    config = read_run("m").config
    assert config["options"]["chosen"]["model"] == "plain"
    assert config["options"]["reasons"]["model"] == "the one with --layers"


def test_changes_while_training_are_kept_in_the_model(run, here):
    pictures(here / "set", 5)
    done = run("train", "set", "--layers", 3, "--epochs", 1, "--augment", "shift=1,fill=edge", "--output", "m")
    assert done.exit_code == 0, done.stderr
    assert "Augment   shift 1, fill edge: drawn anew for every picture in every epoch\n" in done.stdout
    net = load("m/model.pellucid")
    assert [layer.kind for _, layer in net.layers] == ["Augment", "Standardize", "Flatten", "Dense", "Dropout", "Dense"]
    assert (net.layers[0][1].shift, net.layers[0][1].fill) == (1, "edge")


# --- evaluate --------------------------------------------------------------------------------------------------------


def test_evaluate_on_another_folder_names_the_most_certain_mistakes(run, here, model):
    pictures(here / "other", 7, size=(30, 20))
    for i in range(7):
        os.rename(here / "other" / "dark" / f"0{i}.png", here / "other" / "light" / f"moved{i}.png")
    picture(here / "other" / "dark" / "a.png", 60)
    done = run("evaluate", model, "other")
    assert "Result on 15 pictures: loss " in " ".join(done.stdout.split())
    lines = done.stdout.splitlines()
    at = lines.index("The mistakes that it was most certain of:")
    assert len(lines) == at + 6
    assert re.fullmatch(r"  other/light/moved\d.png: dark \d\d.\d\d %, but it is light", lines[at + 1])
    mistakes = json.loads(run("evaluate", model, "other", "--json").stdout)["most_certain_mistakes"]
    certain = [mistake["probability"] for mistake in mistakes]
    assert certain == sorted(certain, reverse=True)
    assert {mistake["true"] for mistake in mistakes} == {"light"}


def test_evaluate_refuses_classes_that_the_network_does_not_know(run, here, model):
    pictures(here / "other", 2, classes=("dark", "lihgt"))
    done = run("evaluate", model, "other")
    assert done.exit_code == 1
    assert done.stderr == (
        'Error: The class "lihgt" is not one that the network knows. Did you mean "light"? Known: dark, light.\n'
    )


def test_evaluate_refuses_pictures_that_have_changed(run, here, model):
    picture(here / "set" / "dark" / "more.png", 60)
    assert run("evaluate", model).stderr == (
        "Error: set has changed since the training, so the held-out rows cannot be told apart. Name the source to "
        "evaluate on all its pictures.\n"
    )


def test_evaluate_refuses_pictures_for_a_network_of_tables(run, here, flowers):
    run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", 1)
    pictures(here / "set", 2)
    done = run("evaluate", "f", "set")
    assert done.stderr == "Error: set holds pictures, and this network was not trained on pictures.\n"


# --- predict ---------------------------------------------------------------------------------------------------------


def test_predict_files_and_folders(run, here, model):
    picture(here / "new.jpg", 60, (100, 70), "RGB")
    done = run("predict", model, "new.jpg", "set/light", "set/dark/00.png")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = table(done.stdout)
    assert list(rows[0]) == ["path", "predicted", "probability"]
    assert [row["path"] for row in rows] == [
        "new.jpg",
        *[f"set/light/{i:02}.png" for i in range(10)],
        "set/dark/00.png",
    ]
    assert [row["predicted"] for row in rows] == ["dark", *["light"] * 10, "dark"]
    net = read_run(model).network()
    X = np.asarray(Image.open("set/dark/00.png"), np.float32)[np.newaxis] / np.float32(255)
    assert np.float32(rows[-1]["probability"]) == 1 - net.predict(X)[0, 0]


def test_predict_gives_the_next_classes_too(run, here, model):
    rows = table(run("predict", model, "set/dark", "--top", 3).stdout)
    assert list(rows[0]) == ["path", "predicted", "probability", "class 2", "probability 2"]
    assert {row["class 2"] for row in rows} == {"light"}
    assert float(rows[0]["probability"]) + float(rows[0]["probability 2"]) == pytest.approx(1)


def test_predict_writes_a_file_and_keeps_to_a_limit(run, here, model):
    done = run("predict", model, "set", "--limit", 3, "--output", "out.csv")
    assert done.stdout == "3 pictures written to out.csv.\n"
    assert [row["path"] for row in table((here / "out.csv").read_text())] == [f"set/dark/0{i}.png" for i in range(3)]


def test_predict_names_and_skips_broken_pictures(run, here, model):
    said = broken(here / "new")
    picture(here / "new" / "below" / "fine.png", 60)
    done = run("predict", model, "new", "nowhere.png")
    assert done.exit_code == 0
    assert [row["path"] for row in table(done.stdout)] == ["new/below/fine.png"]
    lines = done.stderr.splitlines()
    assert lines[0] == "6 of 7 could not be read and were left out:"
    for line, (name, reason) in zip(lines[1:], said.items(), strict=False):
        assert line.startswith(f"  new/{name}: {reason}")
    assert lines[6] == "  nowhere.png: there is no such file"


def test_predict_fails_where_no_picture_can_be_read(run, here, model):
    (here / "empty.jpg").write_bytes(b"")
    (here / "folder").mkdir()
    done = run("predict", model, "empty.jpg", "folder")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Error: None of 2 could be read:\n  folder: there are no pictures in the folder\n  empty.jpg: the file is "
        "empty\n"
    )
    done = run("predict", model, "empty.jpg")
    assert (done.exit_code, done.stderr) == (1, "Error: empty.jpg: the file is empty.\n")
    done = run("predict", model, "set", "empty.jpg", "--broken", "stop", "--output", "out.csv")
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
def test_predict_fails_with_one_line(run, here, model, flowers, words, error):
    run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", 1)
    done = run("predict", *words)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"Error: {error}\n")


def test_predict_a_file_without_an_ending(run, here, model):
    shutil.copy(here / "set" / "dark" / "00.png", here / "photo")
    assert table(run("predict", model, "photo").stdout)[0]["predicted"] == "dark"


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


# --- from end to end -------------------------------------------------------------------------------------------------


def test_cats_and_dogs(run, here, mnist):
    """40 photographs at 16×16 for one epoch, with all that is chosen for them."""
    source = mnist.parent / "cats-dogs"
    for part, count in (("train", 14), ("test", 6)):
        for name in ("cats", "dogs"):
            (here / "pets" / part / name).mkdir(parents=True)
            for file in sorted((source / part / name).iterdir())[:count]:
                shutil.copy(file, here / "pets" / part / name)
    done = run("train", "pets", "--size", 16, "--epochs", 1, "--output", "m")
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    chosen = found.config["options"]["chosen"]
    assert (chosen["model"], chosen["optimizer"], chosen["average"]) == ("small_cnn", "adamw", 0.999)
    assert found.config["options"]["reasons"]["model"] == "photographs of 16 pixels"
    kinds = [layer["kind"] for layer in found.config["network"]["layers"]]
    assert kinds[:4] == ["Input", "Augment", "Standardize", "Conv2D"]
    assert found.result["samples"] == 12
    rows = table(run("predict", "m", "pets/test", "--top", 2).stdout)
    matrix = np.array(found.result["confusion_matrix"])
    right = sum(f"/{row['predicted']}/" in row["path"] for row in rows)
    assert (len(rows), right) == (12, matrix.trace())


@pytest.mark.parametrize("model", ["lenet1", "lenet5", "small_cnn", "small_resnet", "small_vgg", "plain"])
def test_every_model_is_trained_and_read_back(run, here, model):
    X = np.random.default_rng(0).integers(0, 256, (24, 16, 16), np.uint8)
    np.savez(here / "p.npz", X=X, y=np.arange(24) % 3)
    done = run("train", "p.npz", "--model", model, "--epochs", 1, "--output", "m", "--quiet")
    assert done.exit_code == 0, done.stderr
    assert json.loads(run("evaluate", "m", "--json").stdout) == read_run("m").result
