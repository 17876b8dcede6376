"""Snapshots: bounded in number and memory, evenly spread, with the first and the last; they go on after a stop."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.callbacks import Snapshots
from pellucid.errors import DescriptionError

X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def made() -> Network:
    net = Network([Input(2), Dense(3, activation="tanh"), Dense(1, activation="sigmoid")], seed=1)
    net.compile("binary_crossentropy", "adam")
    return net


@pytest.mark.parametrize("most", [2, 3, 5, 24])
@pytest.mark.parametrize("epochs", [1, 2, 7, 40])
def test_they_are_bounded_and_evenly_spread(most, epochs):
    net, snapshots = made(), Snapshots(most=most)
    net.fit(X, y, epochs=epochs, callbacks=snapshots, verbose=0)
    kept = [one.epoch for one in snapshots.kept]
    assert len(kept) <= most
    assert kept[0] == 0
    assert kept[-1] == epochs
    steps = np.diff(kept[:-1])
    assert len(set(steps.tolist())) <= 1
    np.testing.assert_array_equal(snapshots.kept[-1].numbers, net.snapshot())


def test_they_are_the_weights_of_their_epochs():
    net, snapshots = made(), Snapshots()
    net.fit(X, y, epochs=6, callbacks=snapshots, verbose=0)
    for one in snapshots.kept:
        again = made()
        if one.epoch:
            again.fit(X, y, epochs=one.epoch, verbose=0)
        np.testing.assert_array_equal(one.numbers, again.snapshot())


def test_memory_is_bounded():
    net = Network([Input(2), Dense(1000), Dense(1)])
    net.compile("mse", "sgd")
    snapshots = Snapshots(most=24, megabytes=0.05)
    net.fit(X, y, epochs=9, callbacks=snapshots, verbose=0)
    assert sum(one.numbers.nbytes for one in snapshots.kept) <= 0.05 * 2**20
    assert len(snapshots.kept) == 3


def test_a_second_fit_goes_on():
    net, snapshots = made(), Snapshots()
    net.fit(X, y, epochs=2, callbacks=snapshots, verbose=0)
    net.fit(X, y, epochs=2, callbacks=snapshots, verbose=0)
    assert [one.epoch for one in snapshots.kept] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("stop", [1, 4, 7])
def test_state_gives_back_what_was_kept(stop):
    whole, parts, others = Snapshots(most=5), Snapshots(most=5), Snapshots(most=5)
    made().fit(X, y, epochs=12, callbacks=whole, verbose=0)
    net = made()
    net.fit(X, y, epochs=stop, callbacks=parts, verbose=0)
    others.set_state(parts.state())
    net.fit(X, y, epochs=12 - stop, callbacks=others, verbose=0)
    assert [one.epoch for one in others.kept] == [one.epoch for one in whole.kept]
    for a, b in zip(others.kept, whole.kept, strict=True):
        np.testing.assert_array_equal(a.numbers, b.numbers)


def test_errors():
    with pytest.raises(DescriptionError) as caught:
        Snapshots(most=1)
    assert str(caught.value) == "Snapshots: most must be a whole number of at least 2, got 1."
