"""What pellucid train and pellucid evaluate leave in an evaluation folder."""

from __future__ import annotations

import csv
import json

import numpy as np

CURVES = ["calibration", "confusion", "importance", "precision_recall", "roc"]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def expected(parts):
    return sorted(["evaluation.json", *(f"{part}.{ending}" for part in parts for ending in ("csv", "svg"))])


def test_train_and_evaluate_leave_the_same_evaluation_of_the_held_out_rows(run, flowers, here):
    done = run("train", "flowers.csv", "--epochs", 3, "--output", "f")
    assert done.exit_code == 0, done.stderr
    assert "Curves and pictures of this result, each with its data: f/evaluation.\n" in done.stdout
    assert files(here / "f" / "evaluation") == expected(CURVES)
    plain = json.loads((here / "f" / "evaluation" / "evaluation.json").read_text())
    result = json.loads((here / "f" / "result.json").read_text())
    assert plain["samples"] == result["samples"] == 12
    assert plain["confusion_matrix"] == result["confusion_matrix"]
    assert plain["figures"]["accuracy"] == result["figures"]["accuracy"]
    assert {column["name"] for column in plain["importance"]["columns"]} == {"width", "height"}

    again = run("evaluate", "f", "--output", "again")
    assert again.exit_code == 0, again.stderr
    assert again.stdout.endswith("Curves and pictures of this result, each with its data: again.\n")
    for name in expected(CURVES):
        assert (here / "again" / name).read_bytes() == (here / "f" / "evaluation" / name).read_bytes()

    other = run("evaluate", "f/model.pellucid", "flowers.csv", "--target", "kind", "--output", "all", "--json")
    assert json.loads(other.stdout)["samples"] == 60
    assert json.loads((here / "all" / "evaluation.json").read_text())["samples"] == 60

    taken = run("evaluate", "f", "--output", "again")
    assert (taken.exit_code, taken.stdout) == (1, "")
    assert taken.stderr == "Error: again exists already, and nothing is overwritten. Choose another folder.\n"


def test_residuals_of_numbers_carry_the_name_and_unit_of_the_target(run, prices, here):
    done = run("train", "prices.csv", "--target", "price", "--task", "numbers", "--epochs", 3, "--output", "p")
    assert done.exit_code == 0, done.stderr
    assert files(here / "p" / "evaluation") == expected(["importance", "residuals"])
    rows = list(csv.DictReader((here / "p" / "evaluation" / "residuals.csv").open()))
    assert {row["output"] for row in rows} == {"price"}
    true = np.array([float(row["true"]) for row in rows])
    assert len(rows) == 14
    assert (true > 90).all()


def test_the_evaluation_can_be_left_out(run, flowers, here):
    done = run("train", "flowers.csv", "--epochs", 1, "--output", "f", "--no-evaluation")
    assert "Curves and pictures" not in done.stdout
    assert not (here / "f" / "evaluation").exists()
    assert (here / "f" / "result.json").exists()


def test_ctrl_c_while_it_is_made_keeps_the_run(run, flowers, here, monkeypatch):
    from pellucid.evaluation import Evaluation

    def stop(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Evaluation, "files", stop)
    done = run("train", "flowers.csv", "--epochs", 1, "--output", "f")
    assert done.exit_code == 0
    assert "Stopped by Ctrl-C; the run is saved, without its evaluation.\n" in done.stdout
    assert (here / "f" / "model.pellucid").exists()
    assert not (here / "f" / "evaluation").exists()
