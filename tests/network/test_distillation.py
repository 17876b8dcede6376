"""Distillation: the student learns the softened answers of the teacher."""

from __future__ import annotations

import numpy as np
import pytest

import pellucid
from pellucid import Augment, DataError, Dense, DescriptionError, Flatten, Input, Network, distill
from pellucid.distillation import soften
from pellucid.layers.augment.examples import augmented


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def network(units, outputs=3, activation="softmax", loss="categorical_crossentropy", seed=0):
    net = Network([Input(4), Dense(units, "tanh"), Dense(outputs, activation)], seed=seed)
    net.compile(loss, {"kind": "adam", "rate": 0.02}, ["accuracy"])
    return net


@pytest.fixture
def three(rng):
    X = rng.normal(size=(300, 4))
    return X, X[:, :3].argmax(axis=1)


def test_softened_probabilities_are_those_of_the_weighted_inputs(rng):
    z = rng.normal(size=(50, 5)) * 4
    np.testing.assert_allclose(soften(softmax(z), 7.0), softmax(z / 7.0), rtol=1e-9)
    np.testing.assert_allclose(soften(1 / (1 + np.exp(-z[:, :1])), 3.0), 1 / (1 + np.exp(-z[:, :1] / 3)), rtol=1e-9)
    with pytest.raises(AssertionError):  # the check sees another temperature
        np.testing.assert_allclose(soften(softmax(z), 6.0), softmax(z / 7.0), rtol=1e-9)


def test_a_certain_teacher_can_be_softened():
    assert np.isfinite(soften(np.array([[1.0, 0.0, 0.0]]), 20.0)).all()


def test_the_student_agrees_with_the_teacher_without_labels(three):
    X, y = three
    teacher, student = network(32), network(6, seed=1)
    teacher.fit(X, y, epochs=60, verbose=0)
    before = teacher.parameters.copy()
    history = distill(teacher, student, X, temperature=4, epochs=60, verbose=0)
    assert (teacher.parameters == before).all()
    agree = student.predict_classes(X) == teacher.predict_classes(X)
    assert agree.mean() > 0.95
    # The student's answers at the temperature are the teacher's, softened alike: that is what it was to learn.
    gap = np.abs(soften(student.predict(X), 4.0) - soften(teacher.predict(X), 4.0)).mean()
    assert gap < 0.03
    assert len(history.epoch) == 60


def test_one_step_is_the_step_by_hand(three):
    """∂C/∂z = (softmax(z / T) − softened) / (T B), and gradient descent follows it."""
    X, y = three
    teacher, student = network(8), Network([Input(4), Dense(3, "softmax")], seed=2)
    teacher.fit(X, y, epochs=5, verbose=0)
    student.compile("categorical_crossentropy", {"kind": "sgd", "rate": 2.0})
    w, T = student.weights["dense_1.weights"].astype(float), 5.0
    delta = (softmax(X @ w / T) - soften(teacher.predict(X), T)) / (T * len(X))
    distill(teacher, student, X, temperature=T, epochs=1, batch_size=300, verbose=0)
    np.testing.assert_allclose(student.weights["dense_1.weights"], w - 2.0 * X.T @ delta, rtol=1e-4, atol=1e-6)
    assert np.abs(student.weights["dense_1.weights"] - w).max() > 0.01
    assert (student.updates, len(student.history.epoch)) == (1, 1)


def test_a_second_time_goes_on(three):
    """Updates, the optimizer's memory and the history are the student's own."""
    X, y = three
    teacher, student = network(8), network(5, seed=2)
    teacher.fit(X, y, epochs=5, verbose=0)
    for epochs in (2, 3):
        distill(teacher, student, X, temperature=5, epochs=epochs, batch_size=100, verbose=0)
    assert (student.updates, student.history.epoch) == (15, [0, 1, 2, 3, 4])
    assert student.optimizer_memories().any()


def test_hard_targets_are_mixed_in(three):
    X, y = three
    teacher, student, other = network(8), network(5, seed=2), network(5, seed=2)
    wrong = (y + 1) % 3
    distill(teacher, student, X, wrong, temperature=1, hard=1.0, epochs=3, verbose=0)
    other.fit(X, np.eye(3)[wrong], epochs=3, verbose=0)
    np.testing.assert_allclose(student.parameters, other.parameters, rtol=1e-6)


def test_two_classes_and_an_ensemble_as_the_teacher(rng):
    X = rng.normal(size=(200, 4))
    y = (X.sum(axis=1) > 0).astype(int)
    members = [network(8, 1, "sigmoid", "binary_crossentropy", seed) for seed in (1, 2)]
    for net in members:
        net.fit(X, y, epochs=40, verbose=0)
    student = network(3, 1, "sigmoid", "binary_crossentropy", 5)
    distill(pellucid.ensemble(members), student, X, temperature=2, epochs=60, verbose=0)
    assert student.evaluate(X, y)["accuracy"] > 0.95


ENDS = (
    "must be Dense with softmax and the loss categorical_crossentropy, or with sigmoid and binary_crossentropy, so "
    "that what it says can be softened."
)


@pytest.mark.parametrize(
    ("student", "how", "words"),
    [
        (network(3, 3, "identity", "mean_squared_error"), {}, f'The student\'s last layer "dense_2" {ENDS}'),
        (network(3, 3, "softmax", "mean_squared_error"), {}, f'The student\'s last layer "dense_2" {ENDS}'),
        (network(3, 4), {}, "The teacher has 3 outputs, the student 4. Give both one for each class."),
        (network(3), {"temperature": 0.5}, "temperature must be a number of at least 1, got 0.5."),
        (network(3), {"hard": 2}, "hard must be from 0 to 1, got 2."),
        (network(3), {"hard": 0.5}, "hard targets need the true classes. Give y, or leave hard out."),
    ],
)
def test_errors(student, how, words, three):
    before = student.parameters.copy()
    with pytest.raises(DescriptionError) as caught:
        distill(network(8), student, three[0], **how)
    assert str(caught.value) == words
    assert (student.parameters == before).all()


@pytest.mark.parametrize("names", [None, np.array(["off", "on"])])
def test_true_classes_as_validation(names):
    """They are labels or names, while the student trains on shares: once the engine read past their end."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    labels = (X.sum(axis=1) > 0).astype(int)
    y = labels if names is None else names[labels]
    nets = [Network([Input(2), Dense(n, "tanh"), Dense(2, "softmax")], seed=n) for n in (8, 3)]
    for net in nets:
        net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.03}, ["accuracy"])
    teacher, student = nets
    teacher.fit(X, y, 20, verbose=0)
    history = distill(teacher, student, X, temperature=3, epochs=40, validation_data=(X, y), verbose=0)
    assert history.history["val_accuracy"][-1] == student.evaluate(X, y)["accuracy"] > 0.9
    with pytest.raises(DescriptionError) as error:
        distill(teacher, student, X, checkpoint="anywhere")
    assert str(error.value) == (
        "distill writes no checkpoints: a training that goes on from one would leave the student at the temperature. "
        "Leave checkpoint out."
    )


@pytest.fixture
def pictures(rng):
    X = rng.normal(size=(40, 6, 6, 1)).astype(np.float32)
    return X, (X[:, :3].sum(axis=(1, 2, 3)) > X[:, 3:].sum(axis=(1, 2, 3))).astype(int)


def reader(units, seed):
    net = Network([Input((6, 6, 1)), Flatten(), Dense(units, "tanh"), Dense(2, "softmax")], seed=seed)
    net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.02}, ["accuracy"])
    return net


def test_the_teacher_is_asked_about_every_changed_copy(pictures):
    X, y = pictures
    teacher, student, by_hand, plain = reader(8, 0), reader(3, 1), reader(3, 1), reader(3, 1)
    teacher.fit(X, y, epochs=20, verbose=0)
    change, weights = Augment(shift=2), np.linspace(0.5, 1.0, 40)
    how = {"temperature": 3, "hard": 0.2, "epochs": 3, "verbose": 0}
    history = distill(teacher, student, X, y, augment=change, copies=2, sample_weight=weights, **how)
    assert history.params["samples"] == 120
    all_X = np.concatenate([X, augmented(change, X, seed=1, count=2).reshape(-1, 6, 6, 1)])
    all_y, all_weights = (np.concatenate([values, np.repeat(values, 2)]) for values in (y, weights))
    distill(teacher, by_hand, all_X, all_y, sample_weight=all_weights, **how)
    assert (student.parameters == by_hand.parameters).all()
    distill(teacher, plain, X, y, sample_weight=weights, **how)
    assert (student.parameters != plain.parameters).any()  # the check tells copies from none


def test_what_cannot_be_copied_is_refused(pictures, three):
    X, teacher, student = pictures[0], reader(8, 0), reader(3, 1)
    with pytest.raises(DescriptionError) as error:
        distill(teacher, student, X, augment="shift")
    assert str(error.value) == "augment must be a layer, such as Augment(shift=2), got 'shift'."
    with pytest.raises(DescriptionError) as error:
        distill(teacher, student, X, augment=Augment(shift=1), copies=0)
    assert str(error.value) == "copies must be a whole number of at least 1, got 0."
    with pytest.raises(DescriptionError) as error:
        distill(teacher, student, X, augment=Augment(shift=1), validation_split=0.2)
    assert str(error.value) == (
        "validation_split would hold out copies of pictures that are learned from. Give validation_data."
    )
    with pytest.raises(DataError) as error:
        distill(network(8), network(4), three[0], augment=Augment(shift=1))
    assert str(error.value) == "augment changes pictures, but the student's inputs are no pictures. Leave it out."
