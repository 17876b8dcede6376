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
from pellucid.evaluation.evaluation import Confusion, Evaluation
from pellucid.evaluation.importance import Importance, shuffled
from pellucid.evaluation.verdict import Verdict, figures, network_verdict, verdict
from pellucid.tables import TablePreparation


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


@pytest.mark.parametrize(
    ("loss", "activation", "middle", "y"),
    [("binary_crossentropy", "sigmoid", 0.5, [0, 1, 0, 0]), ("hinge", "identity", 0.0, [-1, 1, -1, -1])],
)
def test_an_answer_in_the_middle_is_one_class_everywhere(loss, activation, middle, y):
    """A network of zeros says the middle of every row; that is not more than the middle, so it is the first class."""
    net = Network([Input(2), Dense(1, activation=activation)])
    net.compile(loss, "sgd", [{"kind": "accuracy", "threshold": middle}])
    net.set_weights({name: np.zeros_like(w) for name, w in net.weights.items()})
    X, y = np.eye(4, 2), np.array(y)
    assert net.predict(X).ravel().tolist() == [middle] * 4
    assert net.predict_classes(X).tolist() == [0, 0, 0, 0]
    assert net.evaluate(X, y)["accuracy"] == 0.75
    assert evaluate_all(net, X, y, importance=False).figures["accuracy"] == 0.75


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
    with pytest.raises(DataError) as nothing:
        calibration([], [])
    assert str(nothing.value) == "Calibration takes a hit and a probability a sample, got shapes (0,) and (0,)."
    with pytest.raises(DataError) as gap:
        calibration([0, 1], [0.5, np.nan])
    assert str(gap.value) == "Calibration needs a probability for each sample, but one is not a finite number."
    with pytest.raises(DescriptionError) as bins:
        calibration([0, 1], [0.5, 0.6], bins=0)
    assert str(bins.value) == "bins must be a whole number of at least 1, got 0."


def test_fewer_targets_than_rows_are_refused_and_lists_are_taken(rng):
    X = rng.normal(size=(40, 2))
    model = LinearRegression().fit(X, X[:, 0])
    with pytest.raises(DataError) as short:
        evaluate_all(model, X, X[:-1, 0])
    assert str(short.value) == "X has 40 rows, but y has 39. Give one target for each row."
    lists = permutation_importance(model, X.tolist(), X[:, 0].tolist())
    np.testing.assert_array_equal(lists.values, permutation_importance(model, X, X[:, 0]).values)


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
    moved = shuffled(X, np.array([1]), order)
    assert list(moved["kind"]) == ["c", "a", "b"]
    assert list(moved["size"]) == [1.0, 2.0, 3.0]
    assert list(X["kind"]) == ["a", "b", "c"]


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame])
def test_importance_of_raw_rows_is_that_of_shuffled_raw_rows(table, rng, monkeypatch):
    """The table is prepared once: a column's inputs move together, in place of its cells."""
    n = 60
    raw = {"size": rng.normal(size=n), "unused": [f"id {k}" for k in range(n)],
           "kind": rng.choice(["a", "b", "c"], n).tolist(), "age": [None if k % 7 == 0 else float(k) for k in range(n)],
           }  # fmt: skip
    X, y = table(raw), np.array(["no", "yes"])[(np.array(raw["kind"]) == "a").astype(int)]
    preparation = TablePreparation.fit(X)
    assert [column.kind for column in preparation.columns] == ["number", "dropped", "category", "number"]
    net = network(1, "sigmoid", "binary_crossentropy", len(preparation.input_names), ("no", "yes"))
    net.preparation = preparation.to_dict()
    net.fit(X, y, epochs=20, verbose=0)
    seen = []
    transform = TablePreparation.transform
    monkeypatch.setattr(TablePreparation, "transform", lambda self, *rows: seen.append(1) or transform(self, *rows))
    found = permutation_importance(net, X, y, repeats=3, figure="log_loss")
    assert seen == [1]
    assert found.names == ("size", "unused", "kind", "age")
    for k in range(4):
        for repeat in range(3):
            order = np.random.default_rng((0, k, repeat)).permutation(n)
            worse = figures(verdict(net, shuffled(X, np.array([k]), order), y))["log_loss"]
            assert found.values[k, repeat] == worse - found.baseline
    assert not found.values[1].any()
    assert found.order()[0] == 2


def test_saving(tmp_path, X):
    net = network(1, "sigmoid", "binary_crossentropy", names=("no", "yes"))
    net.feature_names = ("height", "weight")
    found = evaluate_all(net, X, np.where(X[:, 0] > 0, "yes", "no"))
    folder = found.save(tmp_path / "some" / "where")
    parts = ["calibration", "confusion", "importance", "precision_recall", "roc"]
    names = sorted([*(f"{part}.{ending}" for part in parts for ending in ("csv", "svg")), "evaluation.json"])
    assert sorted(path.name for path in folder.iterdir()) == names
    plain = json.loads((folder / "evaluation.json").read_text())
    assert plain["figures"] == dict(found.figures)
    assert plain["confusion_matrix"] == found.confusion.counts.tolist()
    assert sum(each["samples"] for each in plain["calibration"]["bins"]) == 80
    assert {column["name"] for column in plain["importance"]["columns"]} == {"height", "weight"}
    rows = list(csv.DictReader(io.StringIO((folder / "roc.csv").read_text())))
    assert [float(row["true_positive_rate"]) for row in rows] == found.roc[0].y.tolist()
    assert len(list(csv.reader(io.StringIO((folder / "importance.csv").read_text())))) == 3
    assert (folder / "roc.svg").read_text() == found.pictures()["roc"].svg
    with pytest.raises(ModelFileError) as caught:
        found.save(folder)
    assert str(caught.value) == f"{folder} exists already, and nothing is overwritten. Choose another folder."
    asked = found.save(tmp_path / "png", pictures="png")
    assert (asked / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert not list(asked.glob("*.svg"))
    with pytest.raises(DescriptionError) as unknown:
        found.files("jpg")
    assert str(unknown.value) == 'pictures: expected "svg" or "png", got \'jpg\'.'


def test_as_text():
    confusion = Confusion(("no", "yes"), np.array([[700, 20], [100, 380]]))
    importance = Importance(("height", "age"), "accuracy", 0.9, np.array([[0.1, 0.2], [-0.01, 0.01]]))
    found = Evaluation("classes", 1200, {"accuracy": 0.9, "roc_auc": 0.98765}, confusion, importance=importance)
    assert repr(found) == "<Evaluation of 1,200 samples: accuracy 0.9, roc_auc 0.9877>"
    assert str(found) == (
        "1,200 samples\n\n"
        "accuracy  0.9\n"
        "roc auc   0.9877\n\n"
        "true \\ predicted   no  yes  recall\n"
        "no                700   20  97.2 %\n"
        "yes               100  380  79.2 %\n\n"
        "column  accuracy lost by shuffling it, mean ± spread of 2\n"
        "height     0.1500 ± 0.0707\n"
        "age        0.0000 ± 0.0141"
    )
    assert str(Evaluation("numbers", 1, {})) == "1 sample"


def scored(samples, kinds, rng):
    """Hits and scores of one class: all different, many the same, perfect, reversed."""
    hits = np.arange(samples) % 3 == 0
    if kinds == "ties":
        return hits, np.round(rng.random(samples), 1)
    if kinds in ("perfect", "reversed"):
        return hits, hits + 0.0 if kinds == "perfect" else 1.0 - hits
    return hits, rng.random(samples) + 0.3 * hits


@pytest.mark.parametrize("kinds", ["different", "ties", "perfect", "reversed"])
@pytest.mark.parametrize("samples", [2, 5, 300])
def test_curves_are_those_of_scikit_learn(samples, kinds, rng):
    hits, scores = scored(samples, kinds, rng)
    found, (x, y, thresholds) = roc_curve(hits, scores), m.roc_curve(hits, scores)
    for ours, theirs_ in ((found.x, x), (found.y, y), (found.thresholds, thresholds)):
        np.testing.assert_allclose(ours, theirs_, rtol=0, atol=1e-12)
    assert found.area == pytest.approx(m.roc_auc_score(hits, scores), abs=1e-12)
    found, (precision, recall, thresholds) = (
        precision_recall_curve(hits, scores),
        m.precision_recall_curve(hits, scores),
    )
    for ours, theirs_ in ((found.x, recall), (found.y, precision), (found.thresholds[:-1], thresholds)):
        np.testing.assert_allclose(ours, theirs_, rtol=0, atol=1e-12)
    assert found.area == pytest.approx(m.average_precision_score(hits, scores), abs=1e-12)
    assert found.thresholds[-1] == np.inf


def exactly(expected):
    return pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("classes", [2, 3, 12])
def test_figures_of_classes_are_those_of_scikit_learn(classes, rng):
    """Of twelve classes some are not there, and some are predicted only."""
    true, predicted = rng.integers(0, min(classes, 9), 60), rng.integers(0, classes, 60)
    p = rng.dirichlet(np.ones(classes), 60)
    names = tuple(f"c{k}" for k in range(classes))
    found = figures(Verdict("classes", names, true, p, predicted, True))
    assert found["accuracy"] == exactly(m.accuracy_score(true, predicted))
    assert found["f1"] == exactly(m.f1_score(true, predicted, average="macro", zero_division=0))
    assert found["log_loss"] == exactly(m.log_loss(true, p, labels=np.arange(classes)))
    assert ("roc_auc" in found) == (classes < 12)
    if classes == 2:
        assert found["roc_auc"] == exactly(m.roc_auc_score(true, p[:, 1]))
    elif classes == 3:
        assert found["roc_auc"] == exactly(m.roc_auc_score(true, p, multi_class="ovr"))


def test_figures_of_labels_are_those_of_scikit_learn(rng):
    true, p = rng.integers(0, 2, (70, 4)), rng.random((70, 4))
    predicted = (p > 0.5).astype(int)
    predicted[:, 3] = 0  # a label that is never predicted
    found = figures(Verdict("labels", ("a", "b", "c", "d"), true, p, predicted, True))
    assert found["accuracy"] == exactly(m.accuracy_score(true, predicted))
    assert found["hamming_loss"] == exactly(m.hamming_loss(true, predicted))
    assert found["f1"] == exactly(m.f1_score(true, predicted, average="macro", zero_division=0))
    assert found["roc_auc"] == exactly(m.roc_auc_score(true, p))


@pytest.mark.parametrize("outputs", [1, 3])
def test_figures_of_numbers_are_those_of_scikit_learn(outputs, rng):
    true, said = 1e3 * rng.normal(size=(50, outputs)), 1e3 * rng.normal(size=(50, outputs))
    true[:, 0] = 0.5  # always the same
    found = figures(Verdict("numbers", tuple("abc"[:outputs]), true, None, said, False))
    assert found["mae"] == exactly(m.mean_absolute_error(true, said))
    assert found["rmse"] == exactly(m.root_mean_squared_error(true, said))
    assert found["r2"] == exactly(m.r2_score(true, said))


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(DataError) as caught:
        roc_curve([0, 1, 1], [0.1, np.nan, 0.2])
    assert str(caught.value) == (
        "A curve needs a score for each sample, but that of sample 1 is not a number. Leave such samples out."
    )


def test_figures_of_a_perfect_and_of_a_reversed_network():
    net = network(1, "sigmoid", "binary_crossentropy")
    y = np.array([0, 1, 1, 0])
    perfect = figures(network_verdict(net, y[:, None].astype(float), y))
    assert [perfect[name] for name in ("accuracy", "balanced_accuracy", "f1", "roc_auc")] == [1, 1, 1, 1]
    reverse = figures(network_verdict(net, 1 - y[:, None].astype(float), y))
    assert [reverse[name] for name in ("accuracy", "f1", "roc_auc")] == [0, 0, 0]
    assert reverse["log_loss"] > 30
