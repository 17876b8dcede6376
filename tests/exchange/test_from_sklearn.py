"""scikit-learn's MLP models as networks."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from pellucid import from_sklearn
from pellucid.errors import DataError


@pytest.fixture
def X(rng):
    return rng.normal(size=(60, 4))


def trained(kind, X, y, **options):
    return kind(max_iter=30, solver="lbfgs", random_state=1, **options).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2], [3, 7], ["no", "yes"], ["a", "b", "c"], [False, True]])
def test_classifiers(activation, classes, X, rng):
    y = np.array(classes)[rng.integers(0, len(classes), 60)]
    mlp = trained(MLPClassifier, X, y, activation=activation, hidden_layer_sizes=(5, 3))
    net = from_sklearn(mlp)
    expected = mlp.predict_proba(X)
    np.testing.assert_allclose(net.predict(X), expected[:, 1:] if len(classes) == 2 else expected, atol=1e-12)
    assert [str(one) for one in net.predict_classes(X)] == [str(one) for one in mlp.predict(X)]
    assert net.dtype == "float64"
    named = y if net.class_names is None else y.astype(str)
    assert net.evaluate(X, named)["accuracy"] == pytest.approx(mlp.score(X, y))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("outputs", [1, 2])
def test_regressors(outputs, X, rng):
    y = rng.normal(size=(60, outputs))[:, : outputs if outputs > 1 else 1]
    mlp = trained(MLPRegressor, X, y.ravel() if outputs == 1 else y, hidden_layer_sizes=(6,))
    for dtype, bound in (("float64", 1e-12), ("float32", 1e-5)):
        net = from_sklearn(mlp, dtype=dtype, name="numbers")
        np.testing.assert_allclose(net.predict(X), mlp.predict(X).reshape(60, -1), rtol=bound, atol=bound)
        assert (net.name, net.dtype, net.class_names) == ("numbers", dtype, None)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("solver", "expected"), [("adam", "adam"), ("sgd", "nesterov"), ("lbfgs", "adam")])
def test_it_can_go_on_training(solver, expected, X, rng):
    y = rng.integers(0, 3, 60)
    mlp = MLPClassifier((5,), max_iter=3, solver=solver, learning_rate_init=0.01, random_state=1).fit(X, y)
    net = from_sklearn(mlp)
    assert net.compile_settings()["optimizer"]["kind"] == expected
    before = net.evaluate(X, y)["loss"]
    net.fit(X, y, epochs=20, verbose=0)
    assert net.evaluate(X, y)["loss"] < before


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_classes_at_once_and_names_of_columns(X, rng):
    import pandas

    table = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    mlp = trained(MLPClassifier, table, rng.integers(0, 2, (60, 3)), hidden_layer_sizes=(4,))
    net = from_sklearn(mlp)
    np.testing.assert_allclose(net.predict(X), mlp.predict_proba(table), atol=1e-12)
    assert (net.class_names, net.feature_names) == (None, ("a", "b", "c", "d"))


def test_others_are_refused():
    with pytest.raises(DataError) as found:
        from_sklearn([1])
    assert str(found.value) == "from_sklearn takes an MLPClassifier or an MLPRegressor, got list."
    with pytest.raises(DataError) as found:
        from_sklearn(MLPClassifier())
    assert str(found.value) == "This MLPClassifier has not been trained. Call its fit(X, y) first."
