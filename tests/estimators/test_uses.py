"""The estimators where people use them: pipelines, searches, calibration, several outputs, parts, pickles."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from pellucid import Dense, Dropout, Input, Network, PellucidClassifier, PellucidRegressor, load
from pellucid.errors import DataError, DescriptionError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


def quick(**parameters):
    return PellucidClassifier(
        **({"hidden_layer_sizes": (8,), "learning_rate_init": 0.02, "max_iter": 40, "random_state": 0} | parameters)
    )


def test_iris_with_names(iris):
    X, y = iris
    model = quick().fit(X, y)
    assert model.score(X, y) > 0.93
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert model.feature_names_in_.tolist() == list(X.columns)
    assert model.network_.feature_names == tuple(X.columns)
    assert model.network_.class_names == ("setosa", "versicolor", "virginica")
    assert [c.shape for c in model.coefs_] == [(4, 8), (8, 3)]
    assert [b.shape for b in model.intercepts_] == [(8,), (3,)]
    assert (model.n_layers_, model.n_outputs_, model.out_activation_, model.n_iter_) == (3, 3, "softmax", 40)
    assert len(model.loss_curve_) == 40
    assert model.loss_ == model.loss_curve_[-1]
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.validation_curve_ is None
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), model.network_.predict_classes(X))


def test_the_network_goes_into_a_model_file(iris, tmp_path):
    X, y = iris
    model = quick().fit(X, y)
    model.network_.save(tmp_path / "iris.pellucid")
    np.testing.assert_array_equal(load(tmp_path / "iris.pellucid").predict(X), model.predict_proba(X))


def test_pipeline_search_cross_validation_and_calibration(iris):
    X, y = iris
    pipeline = make_pipeline(MinMaxScaler(), quick(max_iter=15))
    search = GridSearchCV(pipeline, {"pellucidclassifier__hidden_layer_sizes": [(2,), (8,)]}, cv=3).fit(X, y)
    assert len(search.cv_results_["mean_test_score"]) == 2
    assert search.best_score_ > 0.8
    assert (cross_val_score(quick(), X, y, cv=3) > 0.85).all()
    calibrated = CalibratedClassifierCV(quick(max_iter=15), cv=3).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    assert calibrated.score(X, y) > 0.85


def test_processes_of_joblib_give_the_same_bits(iris):
    X, y = iris
    one = cross_val_score(quick(max_iter=5), X, y, cv=2, scoring="neg_log_loss")
    two = cross_val_score(quick(max_iter=5), X, y, cv=2, scoring="neg_log_loss", n_jobs=2)
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_and_pickles_predict_the_same_bits_and_go_on_alike(iris, again):
    X, y = iris
    model = quick(warm_start=True, max_iter=5).fit(X, y)
    other = again(model)
    np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
    model.fit(X, y), other.fit(X, y)
    np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
    assert other.n_iter_ == 10


def test_a_pickled_network_that_was_never_trained_still_takes_the_seed_of_fit():
    def made():
        net = Network([Input(2), Dense(3), Dense(1)])
        net.compile("mse", "sgd")
        return net

    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20.0)
    one, two = made(), pickle.loads(pickle.dumps(made()))
    for net in (one, two):
        net.fit(X, y, epochs=2, seed=7, verbose=0)
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert b"engine" not in pickle.dumps(one)


def test_partial_fit_learns_from_parts_of_one_class_each(iris):
    X, y = iris
    model = quick(learning_rate_init=0.01)
    order = np.argsort(y, kind="stable").reshape(-1, 10)  # each part is of one class
    for _ in range(30):
        for rows in order[np.random.default_rng(0).permutation(len(order))]:
            model.partial_fit(X.to_numpy()[rows], y[rows], classes=np.unique(y))
    assert model.n_iter_ == 30 * 15
    assert model.score(X.to_numpy(), y) > 0.8
    with pytest.raises(DataError) as caught:
        quick().partial_fit(X, y)
    assert str(caught.value) == "classes: expected all classes that will come, on the first call of partial_fit."
    with pytest.raises(DescriptionError) as refused:
        quick(early_stopping=True).partial_fit(X, y, classes=np.unique(y))
    assert str(refused.value) == "partial_fit goes through its data once, so early_stopping must be False."
    with pytest.raises(DataError) as unknown:
        model.partial_fit(X.to_numpy()[:2], ["setosa", "rose"])
    assert str(unknown.value) == (
        'y, row 1: class "rose" is not one of the first call. Known: setosa, versicolor, virginica.'
    )
    with pytest.raises(DataError) as others:
        model.partial_fit(X.to_numpy()[:2], y[:2], classes=["setosa", "rose"])
    assert str(others.value) == (
        "classes: expected those of the first call, setosa, versicolor, virginica, got setosa, rose."
    )


def test_partial_fit_of_numbers():
    X = np.random.default_rng(0).normal(size=(400, 2))
    y = 1000 + 100 * X[:, 0]
    model = PellucidRegressor((16,), learning_rate_init=0.01, random_state=0)
    for k in range(0, 400, 40):
        for _ in range(10):
            model.partial_fit(X[k : k + 40], y[k : k + 40])
    assert model.score(X, y) > 0.9


def test_several_labels():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    Y = (X > 0).astype(int)
    model = quick(max_iter=60).fit(X, Y)
    assert (model.n_outputs_, model.out_activation_) == (3, "sigmoid")
    assert model.network_.loss.name == "binary_crossentropy"
    assert model.predict(X).shape == (300, 3)
    assert (model.predict(X) == Y).mean() > 0.95
    np.testing.assert_array_equal(model.predict(X), (model.predict_proba(X) > 0.5).astype(int))
    assert not np.allclose(model.predict_proba(X).sum(axis=1), 1)


def test_several_numbers():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    Y = np.stack([1e5 * X[:, 0], X[:, 1] * 1e-3], axis=1)
    model = PellucidRegressor((16,), learning_rate_init=0.02, random_state=0).fit(X, Y)
    assert model.predict(X).shape == (200, 2)
    assert model.score(X, Y) > 0.98
    np.testing.assert_array_equal(model.network_.predict(X), model.predict(X))


def test_targets_and_columns_of_any_scale_are_learned_where_those_of_scikit_learn_are_not():
    X = np.random.default_rng(0).normal(size=(200, 3)) * [1, 1000, 1e-3] + [0, 5e4, 0]
    y = 1e4 + 10 * X[:, 0] + X[:, 1] / 100 + 1e4 * X[:, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = MLPRegressor(random_state=0).fit(X, y).score(X, y)
    ours = PellucidRegressor(random_state=0).fit(X, y).score(X, y)
    assert theirs < 0.5
    assert ours > 0.95


def test_the_loss_is_that_of_scikit_learn_with_the_same_weights_and_order():
    """One epoch over all samples at once, from the same weights: the same loss, and the same weights after it."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    shared = {
        "alpha": 0.5,
        "solver": "sgd",
        "learning_rate_init": 0.1,
        "shuffle": False,
        "max_iter": 1,
        "momentum": 0.5,
    }
    theirs = MLPClassifier((5,), random_state=0, **shared).fit(X, y)
    ours = PellucidClassifier((5,), random_state=0, standardize=False, warm_start=True, **shared).fit(X, y)
    start = MLPClassifier((5,), random_state=0, **(shared | {"learning_rate_init": 1e-12})).fit(X, y)
    names = ["dense_1.weights", "dense_1.bias", "out.weights", "out.bias"]
    arrays = [start.coefs_[0], start.intercepts_[0], start.coefs_[1], start.intercepts_[1]]
    ours.network_.set_weights(dict(zip(names, arrays, strict=True)))
    ours.network_.keep_memories(None)
    ours.network_.compile(**ours.network_.compile_settings())
    ours.fit(X, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-9)
    for mine, their in zip([*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-7, atol=1e-10)


def test_sparse_columns_give_what_dense_ones_give():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 6)) * (rng.random((120, 6)) < 0.3)
    y = (X[:, 0] > 0).astype(int)
    dense, sparse = quick(max_iter=8).fit(X, y), quick(max_iter=8).fit(csr_array(X), y)
    np.testing.assert_allclose(sparse.predict_proba(csr_array(X)), dense.predict_proba(X), rtol=1e-9)


def test_a_validation_set_of_ones_own(iris):
    X, y = iris
    train, val = np.arange(0, 150, 2), np.arange(1, 150, 2)
    watched = quick().fit(X.iloc[train], y[train], X_val=X.iloc[val], y_val=y[val])
    plain = quick().fit(X.iloc[train], y[train])
    assert len(watched.validation_curve_) == 40
    np.testing.assert_array_equal(watched.predict_proba(X), plain.predict_proba(X))  # it is only looked at
    early = quick(early_stopping=True, max_iter=400, learning_rate_init=0.1).fit(
        X.iloc[train], y[train], X_val=X.iloc[val], y_val=y[val]
    )
    assert early.n_iter_ < 400
    assert early.best_loss_ == min(early.validation_curve_)
    found = early.network_.evaluate(X.iloc[val], y[val])["loss"]
    assert found == pytest.approx(early.best_loss_, rel=1e-6)  # the best epoch's weights are back
    with pytest.raises(DataError) as caught:
        quick().fit(X, y, X_val=X)
    assert str(caught.value) == "X_val and y_val belong together: give both, or none."


def test_early_stopping_fits_nothing_on_the_rows_that_are_set_aside():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 2)), rng.normal(size=50)
    model = PellucidRegressor((3,), max_iter=2, early_stopping=True, validation_fraction=0.2, random_state=0).fit(X, y)
    layer = dict(model.network_.layers)["standardize"]
    from pellucid.data.split import stratified_split

    rows, kept = stratified_split(y, 0.2, model._seed, False)
    assert len(kept) == 10
    np.testing.assert_allclose(layer.mean, X[rows].mean(axis=0))
    np.testing.assert_allclose(layer.deviation, X[rows].std(axis=0))


def test_weights_of_samples_and_classes(iris):
    X, y = iris
    rows = np.concatenate([np.arange(50, 100), np.arange(100, 110)])
    A, b = X.iloc[rows], y[rows]
    plain, balanced = quick(max_iter=10).fit(A, b), quick(max_iter=10, class_weight="balanced").fit(A, b)
    assert balanced.predict_proba(A)[:, 1].mean() > plain.predict_proba(A)[:, 1].mean()
    by_hand = quick(max_iter=10).fit(A, b, sample_weight=np.where(b == "virginica", 60 / 20, 60 / 100))
    np.testing.assert_array_equal(by_hand.predict_proba(A), balanced.predict_proba(A))
    twice = quick(max_iter=10, alpha=0).fit(A, b, sample_weight=np.full(60, 2.0))
    once = quick(max_iter=10, alpha=0).fit(A, b)
    np.testing.assert_array_equal(twice.predict_proba(A), once.predict_proba(A))


def test_a_weight_for_a_class_that_is_not_there_is_refused(iris):
    X, y = iris
    weights = {"setosa": 1, "versicolour": 2, "virginica": 1, 4: 1}
    with pytest.raises(DataError) as caught:
        quick(class_weight=weights).fit(X, y)
    assert str(caught.value) == ('class_weight: no classes "versicolour", "4". Known: setosa, versicolor, virginica.')
    part = np.flatnonzero(y != "setosa")  # a batch without one of the classes
    model = quick(class_weight={"setosa": 1, "versicolor": 2, "virginica": 3})
    model.partial_fit(X.iloc[part], y[part], classes=np.unique(y))


def test_targets_far_from_0_keep_their_digits():
    """float32 has steps of 1 near 10,000,000, as far apart as these targets are."""
    X = np.linspace(-1, 1, 200, dtype=np.float32)[:, None]
    y = 1e7 + np.sin(3 * X[:, 0].astype(float))
    model = PellucidRegressor((16,), learning_rate_init=0.02, random_state=0, max_iter=300).fit(X, y)
    assert model.network_.dtype == "float64"
    assert model.score(X, y) > 0.98
    before = model.score(X, y)
    for _ in range(20):  # the mean is taken out of the last layer and put back again
        model.partial_fit(X[::-1], y[::-1])
    assert model.score(X, y) > before - 0.01
    near = PellucidRegressor((2,), max_iter=1).fit(X, y - 1e7 + 500)
    assert near.network_.dtype == "float32"


def test_layers_of_ones_own(iris):
    X, y = iris
    model = PellucidClassifier(
        layers=[Dense(8, activation="gelu"), Dropout(0.1), Dense(4, activation="tanh")], random_state=0, max_iter=5
    ).fit(X, y)
    assert [type(layer).__name__ for _, layer in model.network_.layers] == [
        "Standardize", "Dense", "Dropout", "Dense", "Dense",
    ]  # fmt: skip
    assert all(layer.regularizer is not None for _, layer in model.network_.layers if isinstance(layer, Dense))
    assert model.n_layers_ == 4


def test_what_cannot_be_is_refused(iris):
    X, y = iris
    with pytest.raises(NotFittedError):
        quick().predict(X)
    with pytest.raises(DataError) as caught:
        quick().fit(X[:50], y[:50])
    assert str(caught.value) == 'y: all 50 samples are of class "setosa"; expected at least two classes.'
    with pytest.raises(DataError) as several:
        quick().fit(X, np.stack([y, y], axis=1))
    assert str(several.value).startswith("y: several columns of classes are not supported.")
    with pytest.raises(ValueError, match="Unknown label type"):
        quick().fit(X, np.linspace(0, 1, 150))
    with pytest.raises(ValueError, match=r"weights (are 0|must contain)"):
        quick().fit(X, y, sample_weight=np.zeros(150))


def test_scikit_learn_is_loaded_only_when_an_estimator_is_asked_for():
    import subprocess
    import sys

    loaded = "print('sklearn' in sys.modules)"
    code = f"import sys, pellucid as p; {loaded}; p.PellucidRegressor; {loaded}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
