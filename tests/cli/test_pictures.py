"""Training on pictures from the command line: from folders, tables, .npz and IDX files."""

from __future__ import annotations

import json
import re
import shutil
import struct

import numpy as np
import pytest
from made_pictures import QUICK, picture, pictures, table
from PIL import Image

from pellucid import load
from pellucid.record.run import read_run
from pellucid.sources import picture_files

pytestmark = pytest.mark.usefixtures("picture_cache")


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


def test_pictures_of_several_sizes_formats_and_colours(run, here):
    pictures(here / "set", 6)
    for k, (ending, mode) in enumerate((("jpg", "RGB"), ("gif", "P"), ("bmp", "L"), ("webp", "RGB"), ("tif", "CMYK"))):
        for name, level in (("dark", 60), ("light", 200)):
            picture(here / "set" / name / f"other.{ending}", level, (9 + k, 30 - k), mode)
    done = run("train", "set", "--output", "m", *QUICK)
    assert done.exit_code == 0, done.stderr
    assert "Data      set: 22 pictures of 8×8×3 = 192 inputs" in done.stdout


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
