"""The bench of tables: that no figure sees its training rows, and its sums. No accuracy is asserted of real data."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # the bench is run from the project's root and is not installed

from bench import tables


def test_every_row_is_predicted_once_a_seed_by_who_did_not_see_it(monkeypatch):
    X, y = np.arange(40.0)[:, None], np.arange(40.0)
    seen = []

    def fit(train, targets, test, seed):
        assert not set(train[:, 0]) & set(test[:, 0])
        seen.append((seed, test[:, 0]))
        return test[:, 0] + seed

    notes = {"chosen": "linear", "tried": []}
    monkeypatch.setattr(tables, "programs", lambda c, t, kept, *which: (kept.append(notes), {"shift": fit})[1])
    result = tables.measure(tables.Table(X, y, False), seeds=2)
    for seed in (0, 1):
        assert sorted(np.concatenate([rows for s, rows in seen if s == seed])) == list(range(40))
    assert tables.summary(result)["shift"]["rmse"] == pytest.approx((0.5, np.sqrt(0.5)))
    assert result["chosen"] == {"linear": 20}
    assert "rmse 0.500 ± 0.707" in tables.report("forty", result)


def test_figures_by_hand():
    assert tables.figures(np.array([1, 2, 2, 0]), np.array([1, 2, 0, 0]), True) == {"accuracy": 75.0}
    found = tables.figures(np.array([1.0, 3.0]), np.array([1.0, 5.0]), False)
    assert found == {"rmse": pytest.approx(2**0.5), "r2": pytest.approx(0.5)}


def test_files_are_read_and_missing_ones_named(tmp_path):
    (tmp_path / "iris.csv").write_text("a,b,kind\n5.1,3.5,setosa\n-4,0,other\n", encoding="utf-8")
    table = tables.SETS["iris"](tmp_path)
    assert table.X.tolist() == [[5.1, 3.5], [-4.0, 0.0]]
    assert table.y.tolist() == ["setosa", "other"]
    with pytest.raises(SystemExit, match="there is no such file"):
        tables.SETS["pima"](tmp_path)
