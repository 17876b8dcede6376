"""pellucid train: every source without options, what is printed and what comes of it."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from left_behind import FILES, names

from pellucid.record.run import read_run


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_digits_without_options_pass_97_percent_on_held_out_rows(run, here, seed):
    done = run("train", "digits", "--seed", seed)
    assert done.exit_code == 0, done.stderr
    (folder,) = (here / "runs").iterdir()
    assert re.fullmatch(r"digits-\d{4}-\d\d-\d\d-\d{6}", folder.name)
    assert names(folder) == FILES
    result = json.loads((folder / "result.json").read_text())
    assert result["rows"] == "held-out rows"
    assert result["samples"] == 359
    assert result["figures"]["accuracy"] >= 0.97
    matrix = np.array(result["confusion_matrix"])
    assert matrix.shape == (10, 10)
    assert matrix.sum() == 359
    assert matrix.trace() / 359 == pytest.approx(result["figures"]["accuracy"])
    for words in (
        "Data      digits: 1,797 rows of 8×8 = 64 inputs, 10 classes (0, 1, 2, 3, 4, 5,\n          6, 7, 8, 9)\n",
        "Held out  359 rows (20 %, at random, every class alike)",
        "│ dense_1 (Dense, relu)",
        "Epoch 30/30  loss ",
        "Result on 359 held-out rows: loss ",
        "true \\ predicted   0   1   2",
        f"  pellucid predict runs/{folder.name}/model.pellucid digits --limit 5\n",
        f"  pellucid evaluate runs/{folder.name}\n",
        f"  pellucid summary runs/{folder.name}\n",
    ):
        assert words in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if not line.startswith(("Epoch", "30 epochs")))
    assert read_run(folder).network().predict_classes(np.zeros((1, 8, 8))).shape == (1,)


def test_pictures_are_all_read_right_and_the_result_says_that_they_were_trained_on(run):
    done = run("train", "pictures-4x3", "--output", "pictures")
    assert done.exit_code == 0, done.stderr
    found = read_run("pictures")
    assert found.result["confusion_matrix"] == [[32, 0], [0, 32]]
    assert found.config["network"]["layers"][-2]["units"] == 3
    assert "Held out  nothing: trained on all 64 rows and judged by the same\n" in done.stdout
    assert "Result on 64 pictures that it was trained on: loss " in done.stdout


def test_mnist_is_judged_by_its_test_pictures(run, mnist):
    done = run("train", "mnist", "--data", mnist, "--epochs", 1, "--layers", 32, "--output", "m")
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert found.result["rows"] == "test pictures"
    assert found.result["samples"] == 10_000
    assert found.result["figures"]["accuracy"] > 0.9
    assert "val_loss" not in found.history.history
    again = run("evaluate", "m", "--json")
    assert json.loads(again.stdout) == found.result


def test_mnist_sets_pictures_aside_only_when_asked(run, mnist):
    done = run("train", "mnist", "--data", mnist, "--epochs", 1, "--layers", 8, "--validation", 0.5, "--output", "m")
    assert done.exit_code == 0, done.stderr
    found = read_run("m")
    assert found.history.params["validation_samples"] == 30_000
    assert found.result["samples"] == 10_000
    assert "Watched   50 % of the 60,000 rows for training are set aside to watch the loss\n" in done.stdout


def test_a_csv_file_of_classes(run, flowers):
    done = run("train", "flowers.csv", "--output", "f", "--target", "kind")
    assert done.exit_code == 0, done.stderr
    assert 'Target    "kind", learned as classes: its values are text\n' in done.stdout
    found = read_run("f")
    assert found.result["classes"] == ["lily", "rose", "tulip"]
    assert found.result["figures"]["accuracy"] == 1.0
    assert found.network().feature_names == ("width", "height")


def test_a_csv_file_of_numbers_beside_the_mean(run, prices):
    done = run("train", "prices.csv", "--output", "p")
    assert done.exit_code == 0, done.stderr
    assert 'Target    "price", learned as numbers: its values are not whole numbers\n' in done.stdout
    found = read_run("p")
    figures, baseline = found.result["figures"], found.result["baseline"]
    assert figures["r2"] > 0.98
    assert baseline["r2"] <= 0
    assert figures["mae"] < 0.2 * baseline["mae"]
    assert figures["rmse"] < 0.2 * baseline["rmse"]
    assert f"network  always {baseline['says']:.4g}\n" in done.stdout


def test_whole_numbers_are_classes_or_numbers_as_told(run, here):
    rows = "\n".join(f"{k % 3},{k},{3 + k % 3}" for k in range(60))
    (here / "w.csv").write_text(f"a,b,score\n{rows}\n")
    assert run("train", "w.csv", "--epochs", 2, "--output", "c").exit_code == 0
    assert read_run("c").result["classes"] == ["3", "4", "5"]
    assert run("train", "w.csv", "--epochs", 2, "--task", "numbers", "--output", "n").exit_code == 0
    assert "rmse" in read_run("n").result["figures"]


def test_columns_of_very_different_scales_are_brought_to_one_and_constant_ones_left_out(run, here):
    rows = "\n".join(f"{k % 7},{1000 * (k % 11)},5,{'ab'[k % 2]}" for k in range(40))
    (here / "s.csv").write_text(f"small,large,same,kind\n{rows}\n")
    done = run("train", "s.csv", "--epochs", 1, "--validation", 0)
    assert (
        "column  kind      missing  becomes\n"
        "small   number          0  (x − 3) / 2.40919, squashed\n"
        "large   number          0  (x − 4500) / 3706.45, squashed\n"
        'same    constant        0  left out: "5" in every row\n'
        "kind    target          0  what is learned\n"
    ) in done.stdout


def test_columns_of_very_different_scales_in_arrays_are_told_about(run, here):
    rows = np.arange(40)
    X = np.column_stack([rows % 7, 1000 * (rows % 11), np.full(40, 5)]).astype(np.float32)
    np.savez(here / "s.npz", X=X, y=np.array(["a", "b"])[rows % 2])
    words = " ".join(run("train", "s.npz", "--epochs", 1).stdout.split())
    assert 'Note: the column "column 3" has the same value in every row, so nothing can be learned from it.' in words
    assert 'the standard deviation of "column 2" is' in words
    assert "They are used as they are." in words
