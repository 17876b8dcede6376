"""Targets of training and of validation may come in two forms; the engine refuses arrays that its kernels would leave.

Whole numbers are read by one kernel, rows of numbers by another: what came in the other form was once read past its
end.
"""

import numpy as np
import pytest

from pellucid import DataError, Dense, Input, Network
from pellucid.engines import Data, make_engine

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
LABELS = np.arange(40) % 3
NAMES = np.array(["ant", "bee", "cat"])
FORMS = {"labels": LABELS, "one-hot": np.eye(3)[LABELS], "names": NAMES[LABELS]}


def network(loss="categorical_crossentropy", activation="softmax"):
    net = Network([Input(4), Dense(5, activation="tanh"), Dense(3, activation=activation)], seed=1)
    net.compile(loss, "adam", ["accuracy"])
    return net


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "hinge"])
@pytest.mark.parametrize(("of_training", "of_validation"), [
    ("labels", "one-hot"), ("one-hot", "labels"), ("names", "one-hot"), ("names", "names"),
])  # fmt: skip
def test_validation_targets_in_the_other_form(of_training, of_validation, loss):
    activation = "softmax" if loss == "categorical_crossentropy" else "tanh"
    found = []
    for y, t in ((LABELS, LABELS), (FORMS[of_training], FORMS[of_validation])):
        net = network(loss, activation)
        history = net.fit(X, y, 3, validation_data=(X[5:], t[5:]), verbose=0).history
        found.append((history["val_loss"], history["val_accuracy"], net.parameters.tolist()))
    assert found[0] == found[1]


def test_shares_as_validation_of_labels_are_refused():
    shares = np.full((40, 3), 1 / 3)
    shares[0] = 1, 0, 0
    with pytest.raises(DataError) as error:
        network().fit(X, LABELS, validation_data=(X, shares), verbose=0)
    assert str(error.value) == (
        "validation y, row 1: expected one class, as y has, got 3 columns of numbers that are not one 1 and else 0. "
        "Give labels or one-hot rows, or give y in 3 columns too."
    )


def test_shares_as_validation_of_shares_are_taken():
    shares = np.full((40, 3), 1 / 3)
    shares[0] = 1, 0, 0
    net = network()
    history = net.fit(X, FORMS["one-hot"], validation_data=(X, shares), verbose=0).history
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, shares)["loss"], rel=1e-6)


def test_names_where_training_has_none():
    with pytest.raises(DataError) as error:
        network().fit(X, LABELS, validation_data=(X, FORMS["names"]), verbose=0)
    assert str(error.value) == (
        "validation y has class names, but y has none, so which class is which is not known. Give both alike."
    )


ROWS = FORMS["one-hot"].astype(np.float32)


@pytest.mark.parametrize(("labels", "targets", "words"), [
    (True, ROWS, "The plan takes targets (40,) of int64, got (40, 3) of float32."),
    (True, LABELS.astype(np.int32), "The plan takes targets (40,) of int64, got (40,) of int32."),
    (True, LABELS[:39], "The plan takes targets (40,) of int64, got (39,) of int64."),
    (False, LABELS, "The plan takes targets (40, 3) of float32, got (40,) of int64."),
    (False, ROWS.astype(float), "The plan takes targets (40, 3) of float32, got (40, 3) of float64."),
    (False, None, "The plan takes targets (40, 3) of float32, got none."),
])  # fmt: skip
def test_the_engine_refuses_targets_that_its_plan_does_not_take(labels, targets, words):
    engine = make_engine(network().plan(labels=labels), threads=1)
    with pytest.raises(ValueError) as error:
        next(engine.steps("evaluate", Data(X, targets), batch_size=16))
    assert str(error.value) == words


@pytest.mark.parametrize(("data", "words"), [
    (Data(X[:, :3].copy(), LABELS), "The plan takes 160 numbers of float32 as features, got 120 of float32."),
    (Data(X.astype(float), LABELS), "The plan takes 160 numbers of float32 as features, got 160 of float64."),
    (Data(X, LABELS, np.ones(39, np.float32)), "The plan takes 40 numbers of float32 as weights, got 39 of float32."),
    (Data(X, LABELS, np.ones(40)), "The plan takes 40 numbers of float32 as weights, got 40 of float64."),
])  # fmt: skip
def test_the_engine_refuses_features_and_weights_that_its_plan_does_not_take(data, words):
    engine = make_engine(network().plan(labels=True), threads=1)
    with pytest.raises(ValueError) as error:
        next(engine.steps("evaluate", data, batch_size=16))
    assert str(error.value) == words


def test_the_engine_refuses_too_few_numbers_for_its_steps():
    data = Data(X, ROWS)
    engine = make_engine(network().plan(labels=False, mixup=True), threads=1)
    with pytest.raises(ValueError) as error:
        next(engine.steps("train", data, batch_size=16, step_numbers=np.zeros((3, 3)), mix=np.zeros(2)))
    assert str(error.value) == "The plan mixes samples, so it takes a share for each of 3 steps."
    for few in ({"step_numbers": np.zeros((2, 3))}, {}, {"step_numbers": np.zeros((3, 3)), "costs": np.zeros(2)}):
        with pytest.raises(ValueError) as error:
            next(engine.steps("train", data, batch_size=16, mix=np.zeros(3), **few))
        assert str(error.value) == "A cost and three numbers are taken for each of 3 steps."


@pytest.mark.parametrize(("label", "came"), [
    (1e300, "1e+300"), (np.uint64(2**63), "9223372036854775808"), (np.uint64(2**64 - 3), "18446744073709551613"),
])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_labels_that_are_no_int64_are_not_made_to_be_some(label, came):
    y = LABELS.astype(np.asarray(label).dtype)
    y[7] = label
    with pytest.raises(DataError) as error:
        network().fit(X, y, verbose=0)
    assert str(error.value) == (
        f"y, row 7: expected a label from 0 to 2, one for each of the 3 outputs, got {came}. 1 row has such a label. "
        f"Number the classes from 0."
    )
