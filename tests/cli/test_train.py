"""pellucid train: what it prints, what it leaves behind, and how it fails."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.errors import DescriptionError
from pellucid.record.run import read_run

FILES = ["checkpoints", "config.json", "history.csv", "history.json", "model.pellucid", "result.json"]


def names(folder: Path) -> list[str]:
    """All files and folders in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


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


def test_everything_that_can_be_given(run, flowers):
    done = run(
        "train", "flowers.csv", "--target", 3, "--layers", "8,4", "--activation", "tanh", "--output-activation",
        "softmax", "--loss", "cross_entropy", "--optimizer", "momentum", "--rate", 0.05, "--schedule", "cosine",
        "--epochs", 3, "--batch-size", 8, "--validation", 0.25, "--dropout", 0.1, "--l2", 0.001, "--class-weight",
        "balanced", "--early-stopping", 2, "--seed", 7, "--threads", 1, "--dtype", "float64", "--output", "deep/er/f",
        "--verbose", "--model", "plain", "--weight-decay", 0.01, "--average", 0.9, "--label-smoothing", 0.1,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    config = read_run("deep/er/f").config
    assert config["options"]["chosen"] == {
        "layers": [8, 4], "activation": "tanh", "output_activation": "softmax", "output_units": 3,
        "loss": "categorical_crossentropy", "optimizer": "momentum", "rate": 0.05, "schedule": "cosine", "epochs": 3,
        "batch_size": 8, "validation": 0.25, "dropout": 0.1, "l2": 0.001, "class_weight": "balanced",
        "early_stopping": 2, "dtype": "float64", "model": "plain", "augment": None, "standardize": False,
        "weight_decay": 0.01, "average": 0.9, "label_smoothing": 0.1,
    }  # fmt: skip
    assert set(config["options"]["reasons"].values()) == {"given"}
    assert "Chosen    everything as given.\n" in done.stdout
    assert config["command"].startswith("pellucid train flowers.csv --target 3 --model plain --layers 8,4 ")
    assert config["network"]["dtype"] == "float64"
    assert config["seed"] == 7
    assert config["data"]["judged_samples"] == 15


def test_early_stopping_watches_rows_that_the_result_does_not_come_from(run):
    done = run("train", "digits", "--epochs", 60, "--early-stopping", 2, "--output", "d")
    assert done.exit_code == 0, done.stderr
    found = read_run("d")
    assert found.history.params["samples"] + found.history.params["validation_samples"] == 1797 - 359
    assert found.config["ended"].endswith("val_loss has not improved for 2 epochs")
    assert 2 < len(found.history.epoch) < 60


@pytest.mark.parametrize(
    ("options", "units", "activation"),
    [
        (["--loss", "hinge"], 1, "identity"),
        (["--loss", "mse"], 2, "sigmoid"),
        (["--output-activation", "softmax"], 2, "softmax"),
        (["--output-activation", "tanh"], 1, "tanh"),
        (["--loss", "perceptron", "--layers", "0"], 1, "step"),
        (["--optimizer", "gradient_descent"], 1, "sigmoid"),
    ],
)
def test_losses_and_output_layers_are_fitted_to_one_another(run, here, options, units, activation):
    (here / "two.csv").write_text("x,y,kind\n" + "\n".join(f"{k / 40},{-k / 40},{'ab'[k > 20]}" for k in range(40)))
    done = run("train", "two.csv", "--output", "t", "--epochs", 5, *options)
    assert done.exit_code == 0, done.stderr
    last = read_run("t").network().layers[-1][1]
    assert (last.units, last.activation.name) == (units, activation)


def test_the_same_seed_gives_the_same_model(run):
    for name in "ab":
        assert run("train", "digits", "--epochs", 2, "--output", name, "--seed", 5).exit_code == 0
    a, b = (read_run(name).network().parameters for name in "ab")
    assert a.tobytes() == b.tobytes()
    assert read_run("a").result == read_run("b").result


def test_quiet_prints_the_path_only(run, here):
    done = run("train", "pictures-4x3", "--quiet")
    (folder,) = (here / "runs").iterdir()
    assert done.stdout == f"runs/{folder.name}\n"
    assert done.stderr == ""


def test_history_as_csv(run):
    run("train", "digits", "--epochs", 3, "--output", "d")
    with open("d/history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    found = read_run("d").history.history
    assert [float(row["val_accuracy"]) for row in rows] == found["val_accuracy"]
    assert list(rows[0]) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"]


def test_the_configuration_tells_nothing_about_the_machine_but_its_cores(run, here):
    import getpass
    import socket

    run("train", "digits", "--epochs", 1, "--output", "d")
    text = (here / "d" / "config.json").read_text()
    assert str(here) not in text
    assert str(Path.home()) not in text
    for private in (socket.gethostname(), getpass.getuser()):
        assert not re.search(rf"\b{re.escape(private)}\b", text)
    assert json.loads(text)["cores"] >= 1


FAILURES = [
    (
        ["digist"],
        '"digist" is neither a known source nor a file. Did you mean "digits"? Known: digits, mnist, pictures-4x3, or '
        "the path of a folder of pictures, a table (CSV, Parquet, Excel) or an .npz file.",
    ),
    (["none.csv"], "none.csv: there is no such file."),
    (["digits", "--target", "x"], "--target is for tables; digits has its own."),
    (["digits", "--task", "numbers"], "--task is for tables; digits has classes."),
    (["digits", "--data", "."], "--data says where the files of mnist are; digits does not need it."),
    (
        ["mnist", "--data", "."],
        '.: the file train-images-idx3-ubyte is missing, also with .gz at the end or "." for "-idx". Leave out the '
        "folder to download MNIST.",
    ),
    (
        ["digits", "--optimizer", "gradient_descent", "--batch-size", "3"],
        "gradient_descent takes all rows at once: leave out --batch-size, or use sgd.",
    ),
    (
        ["digits", "--early-stopping", "3", "--validation", "0"],
        "--early-stopping needs rows to watch. Give --validation, for instance 0.2.",
    ),
]


@pytest.mark.parametrize(("words", "error"), FAILURES, ids=[" ".join(words) for words, _ in FAILURES])
def test_failures_say_one_line_and_leave_nothing(run, here, words, error):
    done = run("train", *words)
    assert done.stderr == f"Error: {error}\n"
    assert done.exit_code == 1
    assert names(here) == []


def test_a_loss_that_does_not_fit_is_told_in_the_words_of_the_library(run, here):
    net = Network([Input(64), Dense(128), Dense(10, activation="softmax")])
    with pytest.raises(DescriptionError) as caught:
        net.compile("binary_crossentropy")
    done = run("train", "digits", "--loss", "binary_crossentropy", "--output-activation", "softmax")
    assert done.stderr == f"Error: {caught.value}\n"
    assert done.exit_code == 1
    assert names(here) == []


def test_bad_cells_are_named_and_nothing_is_left(run, here):
    (here / "bad.csv").write_text("a,b,kind\n" + "1,2,x\n3,4,y\n" * 5 + "5,oops,x\n")
    done = run("train", "bad.csv", "--validation", 0)
    assert done.stderr == (
        'Error: bad.csv, line 12, column "b": expected a number, got "oops". 1 of 11 cells of the column is not. '
        'Correct such cells, or leave them empty where the value is not known; --column "b=category" takes all as '
        "categories.\n"
    )
    assert done.exit_code == 1
    assert names(here) == ["bad.csv"]


def test_text_cannot_be_learned_as_numbers(run, flowers, here):
    done = run("train", "flowers.csv", "--task", "numbers")
    assert done.stderr == 'Error: flowers.csv: the target "kind" is text, so it cannot be learned as numbers.\n'
    assert names(here) == ["flowers.csv"]


def test_class_weights_are_for_classes(run, prices):
    done = run("train", "prices.csv", "--class-weight", "balanced")
    assert done.stderr == "Error: --class-weight is for classes, but the target is numbers. Leave it out.\n"
    assert done.exit_code == 1


def test_a_diverged_training_leaves_nothing(run, here):
    done = run("train", "digits", "--optimizer", "sgd", "--rate", "1e30", "--output", "no/where")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: Training diverged in epoch 1, step ")
    assert len(done.stderr.splitlines()) == 1
    assert names(here) == []


@pytest.mark.parametrize("content", ["file", "folder"])
def test_nothing_is_overwritten(run, here, content):
    taken = here / "taken"
    if content == "file":
        taken.write_text("mine")
    else:
        taken.mkdir()
        (taken / "note.txt").write_text("mine")
    done = run("train", "digits", "--output", "taken")
    assert done.stderr == "Error: taken exists already, and nothing is overwritten. Choose another folder.\n"
    assert done.exit_code == 1
    assert done.stdout == ""
    assert names(here) == ["taken"]
    assert (taken if content == "file" else taken / "note.txt").read_text() == "mine"


USAGES = [
    ([], "Missing argument 'SOURCE'."),
    (
        ["digits", "--optimizer", "adan"],
        'Invalid value for \'--optimizer\': Unknown optimizer "adan". Did you mean "adam"? Known: ',
    ),
    (
        ["digits", "--layers", "8,x"],
        "Invalid value for '--layers': expected units separated by commas, as in 64,32, or 0 for no hidden layer; got "
        '"8,x".',
    ),
    (
        ["digits", "--rate", "0"],
        "Invalid value for '--rate' / '--learning-rate' / '--lr': expected a number above 0, got 0.",
    ),
    (
        ["digits", "--validation", "1"],
        "Invalid value for '--validation': expected a share of at least 0 and below 1, got 1.",
    ),
    (
        ["digits", "--schedule", "cos"],
        'Invalid value for \'--schedule\': Unknown schedule "cos". Did you mean "cosine"? Known: constant, one_cycle, '
        "cosine, exponential, step.",
    ),
    (["digits", "--epochs", "0"], "Invalid value for '--epochs': expected a whole number of at least 1, got 0."),
    (["digits", "--epoch", "3"], "No such option: --epoch"),
]


@pytest.mark.parametrize(("words", "error"), USAGES, ids=[" ".join(words) for words, _ in USAGES])
def test_a_command_written_wrongly_exits_with_2(run, here, words, error):
    done = run("train", *words)
    assert done.exit_code == 2
    assert f"Error: {error}" in done.stderr
    assert done.stderr.startswith("Usage: pellucid train ")
    assert names(here) == []


def test_debug_shows_where_an_error_arose(process):
    assert "Traceback" not in process("train", "none.csv").stderr
    shown = process("train", "none.csv", "--debug").stderr
    assert "Traceback (most recent call last)" in shown
    assert "pellucid.errors.DataError: none.csv: there is no such file." in shown


def test_a_process_of_its_own_takes_seconds_at_most(process, here):
    process("train", "digits", "--epochs", "1")  # machine code is compiled and kept on this machine
    began = time.perf_counter()
    done = process("train", "digits", "--output", "d")
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - began < 10
    assert read_run(here / "d").result["figures"]["accuracy"] >= 0.97


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_the_weights_so_far(here):
    words = ["train", "digits", "--epochs", "100000", "--output", "d"]
    with subprocess.Popen(
        [sys.executable, "-m", "pellucid", *words], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        while not running.stdout.readline().startswith("Epoch     10/"):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert re.search(r"Stopped by Ctrl-C (in|after) epoch \d+; the weights so far are kept\.", said)
    assert "Traceback" not in errors
    assert names(here) == ["d"]
    found = read_run(here / "d")
    assert re.fullmatch(r"stopped by Ctrl-C after \d+ whole epochs?", found.config["ended"])
    assert found.network().updates > 0


def test_ctrl_c_before_anything_was_trained_exits_with_130(run, here, monkeypatch):
    def stop(*given: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.data.load_digits", stop)
    done = run("train", "digits")
    assert done.exit_code == 130
    assert done.stderr == "Stopped by Ctrl-C; nothing was written.\n"
    assert names(here) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("columns", [50, 120])
def test_in_a_terminal_a_bar_moves(here, columns):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable, ["-m", "pellucid", "train", "digits", "--output", "d"], cwd=str(here), encoding="utf-8",
        dimensions=(40, columns), timeout=120,
    )  # fmt: skip
    child.expect("Epoch 1/30")
    child.expect("Result on 359 held-out")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert read_run(here / "d").result["figures"]["accuracy"] >= 0.97


def test_downloads_are_told_about_once_a_file(capsys):
    from pellucid.cli.sources import _Download

    told = _Download()
    for name in ("a.gz", "b.gz"):
        for done in (10, 20, 30):
            told(name, done, 30)
    assert capsys.readouterr().err == "Downloading a.gz …\nDownloading b.gz …\n"
