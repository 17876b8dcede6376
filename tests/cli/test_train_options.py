"""pellucid train: its options, and what they leave in the run folder."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from pellucid.record.run import read_run


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
