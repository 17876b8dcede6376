"""Folds that are kept: what was finished before a kill is not done again, and the figures are the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pellucid.evaluation import CrossValidation, Importance, KeptFolds, cross_validate
from pellucid.evaluation.kept import kept_folds


class Killed(BaseException):
    """What stands for SIGKILL."""


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    return X, np.where(X[:, 0] + 0.5 * rng.normal(size=60) > 0, "yes", "no")


@pytest.fixture
def trained():
    """A list of the fits that are done; ``trained.most`` kills after so many."""
    return Fits()


class Fits(list):
    most = 99

    def __call__(self, X, y, seed):
        from pellucid import Dense, Input, Network

        if len(self) == self.most:
            raise Killed
        self.append(len(X))
        net = Network([Input(3), Dense(1, activation="sigmoid")], seed=seed)
        net.class_names = ("no", "yes")
        net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.05})
        net.fit(X, y, epochs=5, seed=seed, verbose=0)
        return net


def validate(trained, data, folder=None, of="this", **changed) -> CrossValidation:
    kept = None if folder is None else KeptFolds(folder, {"of": of})
    how = {"folds": 3, "seeds": (0, 1), "importance": 2, "threads": 1, "verbose": 0}
    return cross_validate(trained, *data, kept=kept, **how | changed)


def test_a_killed_cross_validation_goes_on_with_what_is_missing(tmp_path, trained, data):
    alone = validate(trained, data)
    assert len(trained) == 6
    trained.clear()
    trained.most = 4
    with pytest.raises(Killed):
        validate(trained, data, tmp_path / "c")
    assert kept_folds(tmp_path / "c") == 4
    trained.clear()
    trained.most = 99
    found = validate(trained, data, tmp_path / "c", threads=2)
    assert len(trained) == 2
    assert found.to_dict() == alone.to_dict()
    np.testing.assert_array_equal(found.importance.values, alone.importance.values)


@pytest.mark.parametrize(
    "changed", [{"of": "that"}, {"folds": 4}, {"importance": 3}, {"importance": 0}],
    ids=["another training", "other folds", "more shuffles", "no shuffles"],
)  # fmt: skip
def test_folds_of_something_else_are_done_anew(tmp_path, trained, data, changed):
    validate(trained, data, tmp_path)
    trained.clear()
    found = validate(trained, data, tmp_path, **changed)
    assert len(trained) == 2 * changed.get("folds", 3)
    assert found.to_dict() == validate(trained, data, **changed).to_dict()


def test_a_network_fitted_in_another_way_is_judged_anew(tmp_path, data):
    """How a described network is fitted is an option of cross_validate, so it knows that by itself."""
    from pellucid import Dense, Input, Network

    def describe(seed):
        net = Network([Input(3), Dense(1, activation="sigmoid")], seed=seed)
        net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.05})
        return net

    for epochs in (1, 20):
        found = validate(describe, data, tmp_path, fit={"epochs": epochs})
        assert found.to_dict() == validate(describe, data, fit={"epochs": epochs}).to_dict()


@pytest.mark.parametrize("damage", [b"", b"[1]", b'{"key": 1}', b"\xff"])
def test_a_damaged_fold_is_done_anew(tmp_path, trained, data, damage):
    validate(trained, data, tmp_path)
    (tmp_path / "seed-1-fold-2.json").write_bytes(damage)
    trained.clear()
    validate(trained, data, tmp_path)
    assert len(trained) == 1
    assert json.loads((tmp_path / "seed-1-fold-2.json").read_text())["figures"]["accuracy"] > 0


def test_every_figure_comes_back_to_the_bit(tmp_path):
    """A fold in which a class is missing has figures that are not defined."""
    kept, rows = KeptFolds(tmp_path, {}), np.arange(3)
    figures = {"accuracy": 1 / 3, "roc_auc": float("nan"), "log_loss": float("inf")}
    weighed = Importance(("a", "b"), "accuracy", 0.1 + 0.2, np.random.default_rng(0).normal(size=(2, 3)))
    kept.keep(7, 0, rows, (figures, weighed))
    found, importance = kept.take_up(7, 0, rows)
    np.testing.assert_equal(found, figures)
    assert (importance.names, importance.figure, importance.baseline) == (("a", "b"), "accuracy", 0.1 + 0.2)
    assert importance.values.tobytes() == weighed.values.tobytes()
