"""Figures, curves, calibration, residuals, importance: against scikit-learn and by hand."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from sklearn.inspection import permutation_importance as theirs
from sklearn.linear_model import LinearRegression, LogisticRegression

from pellucid import Dense, Input, Network
from pellucid.errors import DataError, DescriptionError, ModelFileError
from pellucid.evaluation import calibration, evaluate_all, permutation_importance, precision_recall_curve, roc_curve
from pellucid.evaluation.importance import shuffled
from pellucid.evaluation.verdict import figures, network_verdict, verdict


def network(units, activation, loss, inputs=2, names=None):
    net = Network([Input(inputs), Dense(units, activation=activation)], seed=1, dtype="float64")
    net.compile(loss, "sgd")
    net.class_names = names
    return net


@pytest.fixture
def X(rng):
    return rng.normal(size=(80, 2))


def test_several_classes(X, rng):
    net = network(3, "softmax", "categorical_crossentropy", names=("a", "b", "c"))
    y = np.array(["a", "b", "c"])[rng.integers(0, 3, 80)]
    p = net.predict(X)
    found = evaluate_all(net, X, y)
    said = np.array(["a", "b", "c"])[p.argmax(axis=1)]
    assert found.task == "classes"
    np.testing.assert_array_equal(found.confusion.counts, m.confusion_matrix(y, said))
    assert found.figures["accuracy"] == pytest.approx(m.accuracy_score(y, said))
    assert found.figures["balanced_accuracy"] == pytest.approx(m.balanced_accuracy_score(y, said))
    assert found.figures["f1"] == pytest.approx(m.f1_score(y, said, average="macro"))
    assert found.figures["log_loss"] == pytest.approx(m.log_loss(y, p, labels=["a", "b", "c"]))
    assert found.figures["roc_auc"] == pytest.approx(m.roc_auc_score(y, p, multi_class="ovr"))
    assert [curve.name for curve in found.roc] == ["a", "b", "c"]
    np.testing.assert_array_equal(found.roc[1].y, m.roc_curve(y == "b", p[:, 1])[1])
    assert found.precision_recall[2].area == pytest.approx(m.average_precision_score(y == "c", p[:, 2]))
    assert found.calibration.name == "the predicted class"
    assert found.calibration.counts.sum() == 80
    assert found.importance.names == ("column 0", "column 1")


@pytest.mark.parametrize("y", [["no", "yes"] * 40, [0, 1] * 40, [[0], [1]] * 40])
def test_two_classes_of_one_unit(X, y):
    net = network(1, "sigmoid", "binary_crossentropy", names=("no", "yes"))
    p, hits = net.predict(X)[:, 0], np.array([0, 1] * 40)
    found = evaluate_all(net, X, y, importance=False)
    assert [curve.name for curve in found.roc] == ["yes"]
    assert found.figures["roc_auc"] == pytest.approx(m.roc_auc_score(hits, p))
    assert found.figures["log_loss"] == pytest.approx(m.log_loss(hits, p))
    assert found.calibration.brier == pytest.approx(m.brier_score_loss(hits, p))
    assert found.importance is None


def test_signs_have_scores_but_no_probabilities(X):
    net = network(1, "tanh", "hinge")
    y = np.where(X[:, 0] > 0, 1, -1)
    found = evaluate_all(net, X, y)
    assert found.figures["accuracy"] == pytest.approx(((net.predict(X)[:, 0] >= 0) == (y > 0)).mean())
    assert found.calibration is None
    assert "log_loss" not in found.figures
    assert found.roc[0].area == pytest.approx(m.roc_auc_score(y, net.predict(X)[:, 0]))


def test_several_labels(X, rng):
    net = network(3, "sigmoid", "binary_crossentropy")
    Y = rng.integers(0, 2, (80, 3))
    found, p = evaluate_all(net, X, Y), net.predict(X)
    assert found.task == "labels"
    assert found.confusion is None
    assert found.figures["hamming_loss"] == pytest.approx(m.hamming_loss(Y, p > 0.5))
    assert found.figures["roc_auc"] == pytest.approx(m.roc_auc_score(Y, p))
    assert found.figures["log_loss"] == pytest.approx(np.mean([m.log_loss(Y[:, k], p[:, k]) for k in range(3)]))
    assert found.calibration.counts.sum() == 240


def test_numbers(X, rng):
    net = network(2, "identity", "mse")
    Y = rng.normal(size=(80, 2))
    found, a = evaluate_all(net, X, Y), net.predict(X)
    assert found.figures == pytest.approx(
        {"mae": m.mean_absolute_error(Y, a), "rmse": m.root_mean_squared_error(Y, a), "r2": m.r2_score(Y, a)}
    )
    assert [part.name for part in found.residuals] == ["output 0", "output 1"]
    np.testing.assert_array_equal(found.residuals[1].values, Y[:, 1] - a[:, 1])
    one = evaluate_all(network(1, "identity", "mse"), X, Y[:, 0], target="price")
    assert one.residuals[0].name == "price"


def test_models_of_scikit_learn(X):
    y = np.where(X[:, 0] > 0, "up", "down")
    found = evaluate_all(LogisticRegression().fit(X, y), X, y)
    assert found.confusion.names == ("down", "up")
    assert found.figures["accuracy"] > 0.9
    assert evaluate_all(LinearRegression().fit(X, X[:, 1]), X, X[:, 1]).figures["r2"] == pytest.approx(1)


def test_targets_that_do_not_fit_are_refused(X):
    with pytest.raises(DataError) as caught:
        verdict(network(3, "softmax", "cce", names=("ant", "bee", "cat")), X, ["bea"] * 80)
    assert str(caught.value) == (
        'y: the class "bea" is not one that the network knows. Did you mean "bee"? Known: ant, bee, cat.'
    )
    with pytest.raises(DataError) as number:
        verdict(network(3, "softmax", "cce"), X, np.full(80, 3))
    assert str(number.value) == "y: expected class numbers from 0 to 2, got 3 to 3."
    with pytest.raises(DataError) as shape:
        verdict(network(1, "identity", "mse"), X, np.zeros((80, 2)))
    assert str(shape.value) == "y: expected shape (80, 1) as the outputs, got (80, 2)."


def test_calibration_is_that_of_scikit_learn_and_its_error_by_hand(rng):
    p = rng.random(500)
    hits = rng.random(500) < p**2
    found = calibration(hits, p)
    observed, predicted = calibration_curve(hits, p, n_bins=10)
    np.testing.assert_allclose(found.observed, observed)
    np.testing.assert_allclose(found.predicted, predicted)
    assert found.error == pytest.approx((found.counts / 500 * np.abs(observed - predicted)).sum())
    assert found.error > 0.1  # planted: p says more than is so
    assert calibration(rng.random(100_000) < 0.3, np.full(100_000, 0.3)).error < 0.01
    assert calibration([1, 0], [1.0, 0.0]).error == 0


def test_curves_of_one_class_only_are_refused():
    with pytest.raises(DataError) as caught:
        roc_curve([1, 1], [0.1, 0.2])
    assert str(caught.value) == "A curve needs samples of the class and of others, but all 2 are of it."
    with pytest.raises(DataError) as shape:
        precision_recall_curve([0, 1], [0.1])
    assert str(shape.value) == "A curve takes one hit and one score a sample, got shapes (2,) and (1,)."
    with pytest.raises(DataError) as beyond:
        calibration([0, 1], [0.5, 1.5])
    assert str(beyond.value) == "Calibration needs probabilities from 0 to 1, got 0.5 to 1.5."


def test_importance_agrees_with_scikit_learn_and_finds_the_column_that_is_used(rng):
    X = rng.normal(size=(400, 3))
    y = 3 * X[:, 1] + X[:, 2]
    model = LinearRegression().fit(X, y)
    found = permutation_importance(model, X, y, repeats=20, names=["a", "b", "c"])
    other = theirs(model, X, y, n_repeats=20, random_state=0)
    assert found.order().tolist() == [1, 2, 0]
    np.testing.assert_allclose(found.mean, other.importances_mean, rtol=0.1, atol=1e-9)
    np.testing.assert_allclose(found.spread, found.values.std(axis=1, ddof=1))
    again = permutation_importance(model, X, y, repeats=20, names=["a", "b", "c"])
    np.testing.assert_array_equal(again.values, found.values)
    moved = permutation_importance(model, X, y, repeats=20, names=["a", "b", "c"], seed=1)
    assert (moved.values != found.values).any()
    sinking = permutation_importance(model, X, y, figure="mae")
    assert (sinking.mean[1:] > 0).all()
    assert str(found).splitlines()[0] == "column  r2 lost by shuffling it, mean ± spread of 20"
    with pytest.raises(DescriptionError) as caught:
        permutation_importance(model, X, y, figure="mea")
    assert str(caught.value) == 'No figure "mea". Did you mean "mae"? Known here: mae, rmse, r2.'
    with pytest.raises(DataError) as names:
        permutation_importance(model, X, y, names=["a"])
    assert str(names.value) == "names: expected 3, one for each column of X, got 1."


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame])
def test_importance_shuffles_the_columns_of_tables(table):
    X = table({"size": [1.0, 2.0, 3.0], "kind": ["a", "b", "c"]})
    order = np.array([2, 0, 1])
    moved = shuffled(X, 1, order)
    assert list(moved["kind"]) == ["c", "a", "b"]
    assert list(moved["size"]) == [1.0, 2.0, 3.0]
    assert list(X["kind"]) == ["a", "b", "c"]


def test_saving(tmp_path, X):
    net = network(1, "sigmoid", "binary_crossentropy", names=("no", "yes"))
    net.feature_names = ("height", "weight")
    found = evaluate_all(net, X, np.where(X[:, 0] > 0, "yes", "no"))
    folder = found.save(tmp_path / "some" / "where")
    parts = ["calibration", "confusion", "importance", "precision_recall", "roc"]
    names = sorted([*(f"{part}.{ending}" for part in parts for ending in ("csv", "png")), "evaluation.json"])
    assert sorted(path.name for path in folder.iterdir()) == names
    plain = json.loads((folder / "evaluation.json").read_text())
    assert plain["figures"] == dict(found.figures)
    assert plain["confusion_matrix"] == found.confusion.counts.tolist()
    assert sum(each["samples"] for each in plain["calibration"]["bins"]) == 80
    assert {column["name"] for column in plain["importance"]["columns"]} == {"height", "weight"}
    rows = list(csv.DictReader(io.StringIO((folder / "roc.csv").read_text())))
    assert [float(row["true_positive_rate"]) for row in rows] == found.roc[0].y.tolist()
    assert len(list(csv.reader(io.StringIO((folder / "importance.csv").read_text())))) == 3
    with pytest.raises(ModelFileError) as caught:
        found.save(folder)
    assert str(caught.value) == f"{folder} exists already, and nothing is overwritten. Choose another folder."


def test_figures_of_a_perfect_and_of_a_reversed_network():
    net = network(1, "sigmoid", "binary_crossentropy")
    y = np.array([0, 1, 1, 0])
    perfect = figures(network_verdict(net, y[:, None].astype(float), y))
    assert [perfect[name] for name in ("accuracy", "balanced_accuracy", "f1", "roc_auc")] == [1, 1, 1, 1]
    reverse = figures(network_verdict(net, 1 - y[:, None].astype(float), y))
    assert [reverse[name] for name in ("accuracy", "f1", "roc_auc")] == [0, 0, 0]
    assert reverse["log_loss"] > 30
