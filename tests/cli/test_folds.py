"""pellucid train --folds: figures of rows that were not trained on, beside the baseline."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from left_behind import flat

from pellucid.record.run import read_run
from pellucid.tables import TablePreparation


def test_cross_validation_is_printed_and_kept(run, patients):
    done = run("train", "patients.csv", "--folds", 4, "--seeds", 2, "--epochs", 30, "--output", "f")
    assert done.exit_code == 0, done.stderr
    found = read_run("f")
    kept = found.result["cross_validation"]
    values = np.array(kept["figures"]["accuracy"]["values"])
    assert values.shape == (2, 4)
    assert found.result["rows"] == "4 folds × 2 seeds"
    assert found.result["figures"]["accuracy"] == pytest.approx(values.mean())
    assert values.mean() > 0.7
    said = flat(done.stdout)
    spread, seeds = values.std(axis=1, ddof=1).mean(), values.mean(axis=1).std(ddof=1)
    assert (
        f"Cross-validation: accuracy {values.mean():.4f} ± {spread:.4f} between the folds, ± {seeds:.4f} between the "
        f"seeds, on rows that were not trained on; the baseline, always saying the usual class, has "
        f"{found.result['baseline']['accuracy']:.4f}."
    ) in said
    assert "Held out each row once, in one of 4 folds; the network that is saved sees them all" in said
    assert "The network that is saved was trained on all 120 rows." in said
    assert found.config["data"]["held_out_share"] == 0
    folder = found.path / "evaluation"
    rows = list(csv.DictReader((folder / "cross_validation.csv").open()))
    assert [float(row["accuracy"]) for row in rows] == values.ravel().tolist()
    assert (folder / "importance.svg").read_text().startswith("<svg ")
    weights = {row["column"]: float(row["mean"]) for row in csv.DictReader((folder / "importance.csv").open())}
    assert set(weights) == {"column 1", "column 2", "column 3"}
    assert max(weights, key=weights.get) == "column 1"
    assert "on 120 rows that it was trained on" in flat(run("evaluate", "f").stdout)


def test_what_is_fitted_in_a_fold_has_not_seen_the_fold(run, patients, monkeypatch):
    """A plan that looked at the held-out rows would be caught: here every preparation's rows are counted."""
    seen, fit = [], TablePreparation.fit.__func__

    def count(cls, table, *given, **how):
        seen.append(len(table))
        return fit(cls, table, *given, **how)

    monkeypatch.setattr(TablePreparation, "fit", classmethod(count))
    assert run("train", "patients.csv", "--folds", 4, "--epochs", 1, "--output", "f").exit_code == 0
    assert sorted(seen) == [90, 90, 90, 90, 120]


def test_cross_validation_of_numbers(run, prices):
    done = run("train", "prices.csv", "--folds", 3, "--layers", 8, "--epochs", 60, "--output", "f")
    assert done.exit_code == 0, done.stderr
    result = read_run("f").result
    assert result["figures"]["r2"] > 0.8
    assert result["baseline"]["r2"] < 0.01
    assert result["baseline"]["says"] == pytest.approx(
        np.mean([float(line.split(",")[-1]) for line in prices.read_text().split()[1:]])
    )
