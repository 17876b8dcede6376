"""Parameters that would do nothing, and samples that nothing can be judged by, are refused; warm starts take others."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning

from pellucid import PellucidClassifier, PellucidRegressor
from pellucid.errors import DataError, DescriptionError

X = np.random.default_rng(0).normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)


def fitted(model, *given, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*given, **named)


def test_a_warm_start_takes_a_new_rate():
    model = fitted(PellucidClassifier((4,), warm_start=True, max_iter=2, random_state=0), X, Y)
    before = model.coefs_[0]
    fitted(model.set_params(learning_rate_init=0.25), X, Y)
    assert model.network_.optimizer.rate == 0.25
    assert model.n_iter_ == 4
    assert model.loss_curve_[2] < model.loss_curve_[0]  # it went on, not anew
    assert not np.array_equal(before, model.coefs_[0])


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [("hidden_layer_sizes", "(4,)", (9,)), ("alpha", "0.0001", 1.0), ("activation", "'relu'", "tanh")],
)
def test_what_a_network_was_built_from_cannot_change_while_it_goes_on(name, was, becomes):
    model = fitted(PellucidClassifier([4], warm_start=True, max_iter=1, random_state=0), X, Y)
    with pytest.raises(DescriptionError) as error:
        fitted(model.set_params(**{name: becomes}), X, Y)
    assert str(error.value) == (
        f"{name} was {was} when the network was built, and cannot become {becomes!r} while it goes on. Set it back, or "
        f"begin anew: warm_start=False."
    )
    fitted(model.set_params(warm_start=False), X, Y)


@pytest.mark.parametrize("name", ["learning_rate_init", "learning_rate"])
def test_a_solver_with_a_rate_of_its_own_lets_no_other_stand_beside_it(name):
    beside = {"learning_rate_init": 0.5, "learning_rate": "cosine"}[name]
    with pytest.raises(DescriptionError) as error:
        PellucidClassifier(solver={"kind": "adam", "rate": 0.1}, **{name: beside}).fit(X, Y)
    assert str(error.value) == (
        f"{name} does nothing where solver is an optimizer with a rate of its own. Leave one of them out."
    )
    model = PellucidClassifier((2,), solver={"kind": "adam", "beta_1": 0.5}, max_iter=1, **{name: beside})
    assert fitted(model, X, Y).network_.optimizer.beta_1 == 0.5


def test_things_of_another_kind():
    for given, words in (
        ({"solver": {"rate": 0.1}}, 'Unknown optimizer "None".'),
        ({"hidden_layer_sizes": None}, "hidden_layer_sizes: expected whole numbers such as (100,), got None."),
        ({"layers": 5}, "layers: expected a list of layers such as [Dense(32)], got 5."),
    ):
        with pytest.raises(DescriptionError) as error:
            PellucidClassifier(**given).fit(X, Y)
        assert str(error.value).startswith(words)


def test_a_validation_part_that_weighs_nothing_is_refused():
    weights = (np.arange(60) < 3).astype(float)
    with pytest.raises(DataError) as error:
        PellucidRegressor((4,), early_stopping=True, random_state=0).fit(X, X[:, 0], weights)
    assert str(error.value) == (
        "sample_weight: all 6 samples that early_stopping set aside have weight 0, so there is nothing to judge by. "
        "Leave samples of weight 0 out, or give X_val and y_val."
    )


def test_labels_may_be_sparse():
    labels = np.column_stack([Y, 1 - Y])
    one, other = (
        fitted(PellucidClassifier((4,), max_iter=2, random_state=0), X, y) for y in (labels, csr_array(labels))
    )
    assert np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_the_penalty_of_a_solver_that_takes_all_samples_at_once():
    many = np.random.default_rng(1).normal(size=(400, 2))
    model = PellucidClassifier((3,), solver="gradient_descent", alpha=2.0, max_iter=1)
    fitted(model, many, (many[:, 0] > 0).astype(int))
    assert dict(model.network_.layers)["out"].regularizer.l2 == 2.0 / (2 * 400)
