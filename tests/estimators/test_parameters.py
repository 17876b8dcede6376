"""Every parameter does something: a table with one entry for each, and a test that none is missing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from pellucid import Dense, PellucidClassifier, PellucidRegressor
from pellucid.callbacks import Callback
from pellucid.errors import DescriptionError
from pellucid.optimizers.table import SGD
from pellucid.schedules import Cosine

BASE = {"hidden_layer_sizes": (6,), "max_iter": 6, "random_state": 0, "batch_size": 16}

# Parameter → what it is changed to, and what must stand beside it for it to matter.
EFFECTS = {
    "hidden_layer_sizes": ((7,), {}),
    "activation": ("tanh", {}),
    "solver": ("sgd", {}),
    "alpha": (5.0, {}),
    "batch_size": (8, {}),
    "learning_rate": ("cosine", {}),
    "learning_rate_init": (0.01, {}),
    "max_iter": (3, {}),
    "shuffle": (False, {}),
    "random_state": (1, {}),
    "momentum": (0.5, {"solver": "sgd"}),
    "nesterovs_momentum": (False, {"solver": "sgd"}),
    "early_stopping": (True, {}),
    "validation_fraction": (0.4, {"early_stopping": True}),
    "beta_1": (0.5, {}),
    "beta_2": (0.5, {}),
    "epsilon": (0.1, {}),
    "tol": (10.0, {"n_iter_no_change": 1}),
    "n_iter_no_change": (1, {"tol": 10.0}),
    "class_weight": ("balanced", {}),
    "layers": ([Dense(6, activation="elu")], {"hidden_layer_sizes": (100,)}),
    "dropout": (0.5, {}),
    "standardize": (False, {}),
    "dtype": ("float32", {}),
}
TRIED_BELOW = {"verbose", "warm_start", "callbacks", "threads", "loss"}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = 3 + 2 * rng.normal(size=(60, 4))
    return X, (X[:, 0] + X[:, 1] > 7).astype(int), 100 * X[:, 0] - X[:, 2] ** 2


def fitted(kind, data, **parameters):
    X, labels, numbers = data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return kind(**(BASE | parameters)).fit(X, labels if kind is PellucidClassifier else numbers)


def outputs(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.parametrize("kind", [PellucidClassifier, PellucidRegressor])
def test_the_table_has_every_parameter(kind):
    assert set(kind().get_params()) - set(EFFECTS) - TRIED_BELOW == set()


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("kind", [PellucidClassifier, PellucidRegressor])
def test_a_parameter_has_an_effect(kind, name, data):
    if name not in kind().get_params():
        assert (kind, name) == (PellucidRegressor, "class_weight")
        return
    value, beside = EFFECTS[name]
    before = fitted(kind, data, **beside)
    same = fitted(kind, data, **beside)
    np.testing.assert_array_equal(outputs(before, data[0]), outputs(same, data[0]))
    after = fitted(kind, data, **(beside | {name: value}))
    assert np.abs(outputs(before, data[0]) - outputs(after, data[0])).max() > 0


def test_max_iter_tol_and_patience_count_epochs(data):
    assert fitted(PellucidClassifier, data, max_iter=3).n_iter_ == 3
    # Nothing falls by 10, so the first epoch is the best one, and two more are borne.
    assert fitted(PellucidClassifier, data, max_iter=50, tol=10.0, n_iter_no_change=2).n_iter_ == 4


def test_loss(data):
    assert fitted(PellucidClassifier, data).network_.loss.name == "binary_crossentropy"
    smoothed = fitted(PellucidClassifier, data, loss={"kind": "binary_crossentropy", "label_smoothing": 0.2})
    assert smoothed.network_.loss.smoothing == 0.2
    softmax = fitted(PellucidClassifier, data, loss="categorical_crossentropy")
    assert (softmax.out_activation_, softmax.n_outputs_) == ("softmax", 2)
    assert fitted(PellucidRegressor, data, loss="huber").network_.loss.name == "huber"
    with pytest.raises(DescriptionError) as caught:
        fitted(PellucidRegressor, data, loss="binary_crossentropy")
    assert str(caught.value) == (
        'loss "binary_crossentropy" is for classes. Use PellucidClassifier, or a loss for numbers such as "huber".'
    )


def test_verbose(data, capsys):
    fitted(PellucidClassifier, data, max_iter=2, verbose=2)
    assert "Epoch 2/2  loss " in capsys.readouterr().out
    fitted(PellucidClassifier, data, max_iter=2)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", [PellucidClassifier, PellucidRegressor])
def test_warm_start_goes_on(kind, data):
    X, labels, numbers = data
    y = labels if kind is PellucidClassifier else numbers
    once = fitted(kind, data, max_iter=6)
    twice = fitted(kind, data, max_iter=3, warm_start=True)
    with pytest.warns(ConvergenceWarning):
        twice.fit(X, y)
    assert twice.n_iter_ == 6
    np.testing.assert_allclose(twice.loss_curve_, once.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(outputs(twice, X), outputs(once, X), rtol=1e-6)
    afresh = fitted(kind, data, max_iter=3)
    with pytest.warns(ConvergenceWarning) as told:
        afresh.fit(X, y)
    assert str(told[0].message) == (
        f"{kind.__name__}: 3 epochs are over before loss settled. Increase max_iter, or tol."
    )
    assert afresh.n_iter_ == 3


def test_callbacks(data):
    class Count(Callback):
        epochs = 0

        def on_epoch_end(self, moment):
            self.epochs += 1

    count, losses = Count(), []
    fitted(PellucidClassifier, data, callbacks=[count, lambda moment: losses.append(moment.logs["loss"])])
    assert count.epochs == 6
    assert len(losses) == 6


def test_threads_bound_the_workers_and_change_nothing(data, monkeypatch):
    from pellucid.network import Network

    asked = []
    whole = Network.predict

    def predict(self, X, *, threads=None):
        asked.append(threads)
        return whole(self, X, threads=threads)

    monkeypatch.setattr(Network, "predict", predict)
    one, two = (outputs(fitted(PellucidClassifier, data, threads=n), data[0]) for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    assert asked == [1, 2]


def test_learning_rate_adaptive_divides_by_five(data):
    model = fitted(
        PellucidClassifier, data, max_iter=30, learning_rate="adaptive", learning_rate_init=0.001, tol=10.0,
        n_iter_no_change=1,
    )  # fmt: skip
    factors = model.network_.history.history["learning_rate"]
    assert factors[0] == pytest.approx(0.001)
    assert min(factors) == pytest.approx(0.001 / 5**4)
    assert model.n_iter_ < 30  # 1e-3 / 5⁵ would be below 1e-6


def test_solvers(data):
    for solver in ("adam", "adamw", "rmsprop", "gradient_descent"):
        assert fitted(PellucidClassifier, data, solver=solver).network_.optimizer.name == solver
    assert fitted(PellucidClassifier, data, solver="sgd").network_.optimizer.name == "nesterov"
    assert fitted(PellucidClassifier, data, solver="sgd", momentum=0).network_.optimizer.name == "sgd"
    own = fitted(PellucidClassifier, data, solver=SGD(rate=0.5))
    assert own.network_.optimizer == SGD(rate=0.5)
    decay = fitted(PellucidClassifier, data, solver={"kind": "adamw", "weight_decay": 0.2}).network_.optimizer
    assert (decay.weight_decay, decay.rate) == (0.2, 0.001)
    assert fitted(PellucidClassifier, data, learning_rate=Cosine(0.1)).network_.optimizer.rate == Cosine(0.1)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"layers": [Dense(3)]}, "hidden_layer_sizes does nothing where layers are given. Leave one of the two out."),
        (
            {"layers": [Dense(3)], "hidden_layer_sizes": (100,), "dropout": 0.1},
            "dropout does nothing where layers are given. Leave one of the two out.",
        ),
        (
            {"layers": "abc", "hidden_layer_sizes": (100,)},
            "layers: expected a list of layers such as [Dense(32)], got 'abc'.",
        ),
        (
            {"solver": SGD(rate=0.5), "learning_rate_init": 0.2},
            "learning_rate_init does nothing where solver is an optimizer with a rate of its own. Leave one of them "
            "out.",
        ),
        (
            {"learning_rate": Cosine(0.1), "learning_rate_init": 0.2},
            "learning_rate_init does nothing where learning_rate is a schedule with a rate of its own.",
        ),
        (
            {"learning_rate": "cosin"},
            "learning_rate: expected one of constant, adaptive, step, exponential, cosine, one_cycle, or a schedule "
            "such as Cosine(0.01), got 'cosin'. Did you mean \"cosine\"?",
        ),
        (
            {"solver": "adm"},
            'Unknown optimizer "adm". Did you mean "adam"? Known: gradient_descent, sgd, momentum, nesterov, rmsprop, '
            "adagrad, adam, adamw.",
        ),
        ({"batch_size": "all"}, 'batch_size must be a whole number or "auto", got "all".'),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0."),
        ({"max_iter": 0}, "max_iter must be a whole number of at least 1, got 0."),
        ({"alpha": -1}, "alpha must be 0 or a positive number, got -1."),
        ({"tol": float("nan")}, "tol must be 0 or a positive number, got nan."),
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes, entry 1, must be a whole number of at least 1, got 0."),
        ({"dropout": 1.0}, "Dropout: rate must be at least 0 and below 1, got 1.0."),
        ({"dtype": "float16"}, 'dtype must be "auto", "float32" or "float64", got \'float16\'.'),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_parameters_that_cannot_be(parameters, words, data):
    with pytest.raises(DescriptionError) as caught:
        fitted(PellucidClassifier, data, **parameters)
    assert str(caught.value) == words
