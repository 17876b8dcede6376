"""Cross-validation: the same bits as by hand, nothing of the held-out fold in the training, and honest spreads."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import Dense, Input, Network, PellucidClassifier, cross_validate
from pellucid.errors import DataError, DescriptionError
from pellucid.evaluation import CrossValidation
from pellucid.evaluation.cross_validation import split_folds

FIT = {"epochs": 5, "batch_size": 16}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


def flowers(seed):
    net = Network([Input(4), Dense(6, activation="relu"), Dense(3, activation="softmax")], seed=seed)
    net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.02})
    return net


def test_the_figures_are_those_of_each_fit_by_hand(iris):
    X, y = iris
    found = cross_validate(flowers, X, y, folds=3, seeds=(0, 4), prepare=StandardScaler(), fit=FIT, verbose=0)
    for row, seed in enumerate((0, 4)):
        for fold, (train, held_out) in enumerate(split_folds(y, 3, seed, True)):
            scaler, net = StandardScaler().fit(X[train]), flowers(seed)
            net.fit(scaler.transform(X[train]), y[train], **FIT, verbose=0)
            right = net.predict_classes(scaler.transform(X[held_out])) == y[held_out]
            assert found.figures["accuracy"][row, fold] == right.mean()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", ["network", "estimator"])
def test_side_by_side_gives_the_bits_of_one_after_another(iris, model):
    X, y = iris
    made = flowers if model == "network" else PellucidClassifier((6,), max_iter=5)
    fit = FIT if model == "network" else None
    one, four = (cross_validate(made, X, y, folds=4, seeds=(0, 1), fit=fit, threads=n, verbose=0) for n in (1, 4))
    assert list(one.figures) == ["accuracy", "balanced_accuracy", "f1", "log_loss", "roc_auc"]
    for name in one.figures:
        np.testing.assert_array_equal(one.figures[name], four.figures[name])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_estimators_get_the_seed_and_one_thread():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), np.arange(40) % 2
    seen = []

    class Spy(PellucidClassifier):
        def fit(self, X, y, **others):
            seen.append((self.random_state, self.threads))
            return super().fit(X, y, **others)

    pipeline = make_pipeline(StandardScaler(), Spy((2,), max_iter=1))
    cross_validate(pipeline, X, y, folds=2, seeds=(3, 5), verbose=0)
    assert sorted(seen) == [(3, 1), (3, 1), (5, 1), (5, 1)]


def test_the_preparation_sees_the_training_samples_alone(iris):
    X, y = iris
    fitted, shapes = [], []

    def prepare(A, b):
        fitted.append(len(A))
        mean = A.mean(axis=0)

        def transform(B):
            shapes.append(len(B))
            return B - mean

        return transform

    cross_validate(flowers, X, y, folds=3, seeds=(0,), prepare=prepare, fit=FIT, threads=1, verbose=0)
    assert fitted == [100, 100, 100]
    assert shapes == [100, 50] * 3


def test_a_preparation_that_sees_the_truth_of_the_held_out_fold_would_be_seen(iris):
    """Planted: targets are put among the inputs, of all samples; the figures jump, so the check can fail."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 4)), iris[1][rng.permutation(150)[:90]]
    honest = cross_validate(LogisticRegression(), X, y, folds=3, seeds=(0,), verbose=0)
    leak = np.column_stack([X, np.unique(y, return_inverse=True)[1]])
    leaking = cross_validate(LogisticRegression(), leak, y, folds=3, seeds=(0,), verbose=0)
    assert honest.mean() < 0.6
    assert leaking.mean() > 0.8


def test_folds_keep_the_mix_of_classes_and_cover_every_sample_once(iris):
    y = iris[1]
    for seed in (0, 1):
        splits = split_folds(y, 10, seed, True)
        assert sorted(np.concatenate([held_out for _, held_out in splits])) == list(range(150))
        for train, held_out in splits:
            assert not set(train) & set(held_out)
            assert np.unique(y[held_out], return_counts=True)[1].tolist() == [5, 5, 5]
    first, second = (split_folds(y, 10, seed, True)[0][1].tolist() for seed in (0, 1))
    assert first != second


def test_seeds_may_share_their_folds(iris):
    X, y = iris
    model = LogisticRegression()  # no chance of its own, so equal folds give equal figures
    shared = cross_validate(model, X, y, folds=3, seeds=(0, 1), same_folds=True, verbose=0)
    own = cross_validate(model, X, y, folds=3, seeds=(0, 1), verbose=0)
    np.testing.assert_array_equal(shared.figures["log_loss"][0], shared.figures["log_loss"][1])
    assert (own.figures["log_loss"][0] != own.figures["log_loss"][1]).any()
    assert shared.spread_over_seeds("log_loss") == 0


def test_numbers_of_a_network():
    X, y = load_diabetes(return_X_y=True)

    def line(seed):
        net = Network([Input(10), Dense(1)], seed=seed)
        net.compile("mse", {"kind": "adam", "rate": 0.5})
        return net

    found = cross_validate(line, X, y, folds=3, seeds=(0,), fit={"epochs": 20}, verbose=0)
    assert list(found.figures) == ["mae", "rmse", "r2"]
    assert np.isnan(found.spread_over_seeds("r2"))


def test_mean_and_spreads():
    values = np.array([[0.5, 0.7], [0.8, 1.0]])
    found = CrossValidation(2, (0, 1), 10, {"accuracy": values, "mae": 1 - values})
    assert found.mean() == pytest.approx(0.75)
    assert found.spread_over_folds() == pytest.approx(0.2 / np.sqrt(2))
    assert found.spread_over_seeds() == pytest.approx(0.3 / np.sqrt(2))
    assert str(found) == (
        "2 folds × 2 seeds, 10 samples\n"
        "figure         mean    ± folds    ± seeds  worst fold   best fold\n"
        "accuracy     0.7500     0.1414     0.2121      0.5000      1.0000\n"
        "mae          0.2500     0.1414     0.2121      0.5000      0.0000\n"
        "± folds: standard deviation between folds; ± seeds: between the means of the seeds."
    )
    plain = found.to_dict()["figures"]["accuracy"]
    assert plain["values"] == values.tolist()
    assert plain["spread_over_seeds"] == pytest.approx(0.2121, abs=1e-4)
    with pytest.raises(DescriptionError) as caught:
        found.mean("r2")
    assert str(caught.value) == 'No figure "r2". Known here: accuracy, mae.'


def test_a_figure_that_a_fold_does_not_have_is_left_out_of_means():
    found = CrossValidation(2, (0,), 10, {"roc_auc": np.array([[np.nan, 0.5]])})
    assert found.mean("roc_auc") == 0.5


def test_lines_and_silence(iris, capsys):
    X, y = iris
    cross_validate(LogisticRegression(), X, y, folds=2, seeds=(0,), verbose=2)
    assert capsys.readouterr().out == "Fit 1/2\nFit 2/2\n"
    cross_validate(LogisticRegression(), X, y, folds=2, seeds=(0,), verbose=0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"folds": 1}, DescriptionError, "folds must be a whole number of at least 2, got 1."),
        ({"seeds": ()}, DescriptionError, "seeds: expected at least one, for instance (0, 1, 2)."),
        ({"folds": 200}, DataError, "200 folds need at least 200 samples, got 150. Use fewer folds."),
        (
            {"folds": 60}, DataError,
            "60 folds need a class with at least 60 samples, but the largest has 50. Use fewer folds.",
        ),
        (
            {"model": PellucidClassifier()}, DescriptionError,
            "fit is for networks. Give an estimator its parameters when it is made.",
        ),
        (
            {"model": lambda: 3}, DescriptionError,
            "model: expected a function that gives a compiled Network, it gave 3.",
        ),
        (
            {"prepare": lambda X, y: X}, DescriptionError,
            "prepare: expected a transformer, or a function of (X, y) that returns a function of X; it returned "
            "ndarray.",
        ),
        ({"y": [0, 1]}, DataError, "X has 150 rows, but y has 2. Give one target for each row."),
        ({"seeds": 3}, DescriptionError, "seeds: expected a list of seeds such as (0, 1, 2), got 3."),
        ({"model": LogisticRegression, "fit": None}, DescriptionError,
         "model: expected an estimator, got its class. Write LogisticRegression()."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(iris, change, error, words):
    given = {"model": flowers, "X": iris[0], "y": iris[1], "folds": 3, "seeds": (0,), "fit": FIT, "verbose": 0} | change
    with pytest.raises(error) as caught:
        cross_validate(given.pop("model"), given.pop("X"), given.pop("y"), **given)
    assert str(caught.value) == words


def test_lists_are_taken_as_arrays_are(iris):
    X, y = iris
    how = {"folds": 3, "seeds": (0,), "fit": FIT, "verbose": 0}
    found = cross_validate(flowers, np.asarray(X).tolist(), np.asarray(y).tolist(), **how)
    np.testing.assert_equal(found.to_dict(), cross_validate(flowers, np.asarray(X), y, **how).to_dict())


def test_a_class_of_one_sample_is_named(iris):
    X, y = iris
    y = y.copy()
    y[0] = "rarest"
    with pytest.raises(DataError) as caught:
        cross_validate(flowers, X, y, folds=3, seeds=(0,), fit=FIT, verbose=0)
    assert str(caught.value) == (
        "Class rarest has 1 sample, which cannot be trained on and judged by. Drop it, or join it with another class."
    )


def test_a_function_that_trains_is_given_the_training_samples_alone():
    X, y = np.arange(40.0)[:, None], np.array(["a", "b"] * 20)
    given = []

    def train(A, b, seed):
        given.append((set(A[:, 0]), seed))
        net = Network([Input(1), Dense(1, activation="sigmoid")], seed=seed)
        net.compile("binary_crossentropy")
        net.fit(A / 40, b, verbose=0)
        return net

    found = cross_validate(train, X, y, folds=4, seeds=(0, 7), threads=1, verbose=0)
    assert [(len(rows), seed) for rows, seed in given] == [(30, 0)] * 4 + [(30, 7)] * 4
    for k in (0, 4):
        assert sorted(x for rows, _ in given[k : k + 4] for x in set(X[:, 0]) - rows) == X[:, 0].tolist()
    assert found.figures["accuracy"].shape == (2, 4)
    assert found.importance is None


def test_importance_over_folds_and_seeds():
    from sklearn.linear_model import LinearRegression

    X = np.random.default_rng(0).normal(size=(60, 2))
    found = cross_validate(LinearRegression(), X, 3 * X[:, 1], folds=3, seeds=(0, 1), importance=2, verbose=0)
    weighed = found.importance
    assert weighed.values.shape == (2, 2, 3)
    assert (weighed.figure, weighed.order().tolist()) == ("r2", [1, 0])
    np.testing.assert_allclose(weighed.values[0], 0, atol=1e-9)
    np.testing.assert_allclose(weighed.mean[1], weighed.values[1].mean())
    np.testing.assert_allclose(weighed.spread_over_seeds[1], np.std(weighed.values[1].mean(axis=1), ddof=1))
    np.testing.assert_allclose(weighed.spread_over_folds[1], weighed.values[1].std(axis=1, ddof=1).mean())
    assert found.to_dict()["importance"]["columns"][0]["mean"] == weighed.mean[1]
    one = cross_validate(LinearRegression(), X, X[:, 0], folds=3, seeds=(0,), importance=1, verbose=0).importance
    assert np.isnan(one.spread_over_seeds).all()
    assert str(one).endswith("–")
