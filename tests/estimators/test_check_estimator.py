"""scikit-learn's own checks of an estimator, all of them, with no expected failure; and that they can fail."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from pellucid import PellucidClassifier, PellucidRegressor

BOTH = [PellucidClassifier(), PellucidRegressor()]
# What scikit-learn itself leaves out, for reasons of its own.
LEFT_OUT = {"check_array_api_input", "check_classifiers_multilabel_output_format_decision_function"}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(BOTH)
def test_a_check_of_scikit_learn(estimator, check):
    check(estimator)


def names_of(estimator):
    made = parametrize_with_checks([estimator]).args[1]
    return [check.func.__name__ for _, check in made]


@pytest.mark.parametrize(("estimator", "count"), [(BOTH[0], 60), (BOTH[1], 50)], ids=["classifier", "regressor"])
def test_there_are_many_checks(estimator, count):
    found = names_of(estimator)
    assert len(found) >= count
    for name in ("check_sample_weight_equivalence_on_dense_data", "check_estimators_pickle", "check_fit_idempotent"):
        assert name in found


class Forgetful(PellucidRegressor):
    """Sample weights are forgotten."""

    def fit(self, X, y, sample_weight=None, **others):
        return super().fit(X, y, None, **others)


class Moving(PellucidRegressor):
    """Every fit begins with another seed."""

    count = 0

    def fit(self, X, y, sample_weight=None, **others):
        Moving.count += 1
        kept, self.random_state = self.random_state, Moving.count
        try:
            return super().fit(X, y, sample_weight, **others)
        finally:
            self.random_state = kept


class Writing(PellucidRegressor):
    """A parameter is changed by fit."""

    def fit(self, X, y, sample_weight=None, **others):
        self.tol = 1.0
        return super().fit(X, y, sample_weight, **others)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        (Forgetful(), "check_sample_weight_equivalence_on_dense_data"),
        (Moving(), "check_fit_idempotent"),
        (Writing(), "check_estimators_overwrite_params"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_a_planted_fault_is_caught(estimator, check):
    found = [c for _, c in parametrize_with_checks([estimator]).args[1] if c.func.__name__ == check]
    assert len(found) >= 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with pytest.raises(AssertionError):
            found[0](estimator)


def test_no_failure_is_expected_and_nothing_but_known_checks_is_left_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = check_estimator(PellucidRegressor(max_iter=2), on_skip=None, on_fail=None)
    states = {state: {one["check_name"] for one in done if one["status"] == state} for state in ("skipped", "xfail")}
    assert states["xfail"] == set()
    assert states["skipped"] <= LEFT_OUT
    assert np.sum([one["status"] == "passed" for one in done]) > 40
