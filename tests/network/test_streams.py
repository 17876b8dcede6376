"""Features that are read from disk while the network trains give the same bits as features in memory."""

import numpy as np
import pytest

from pellucid import Conv2D, DataError, Dense, Dropout, Flatten, Input, Network
from pellucid.training import batches


class Reader:
    """A stream over an array that counts what is asked of it at once."""

    def __init__(self, X, y):
        self.X, self.labels, self.shape = X, y, X.shape
        self.class_names = tuple(sorted(set(y)))
        self.most = 0

    def __len__(self):
        return len(self.X)

    @property
    def y(self):
        return self.labels

    def take(self, indices):
        self.most = max(self.most, len(indices))
        return self.X[indices]


@pytest.fixture
def pictures(rng):
    X = rng.random((90, 6, 6, 1), dtype=np.float32)
    return X, np.where(X.mean(axis=(1, 2, 3)) > 0.5, "light", "dark")


def network():
    layers = [
        Input((6, 6, 1)),
        Conv2D(4, 3, activation="relu"),
        Flatten(),
        Dropout(0.3),
        Dense(1, activation="sigmoid"),
    ]
    net = Network(layers, seed=4)
    net.compile("binary_crossentropy", "adam", metrics=["accuracy"])
    return net


@pytest.mark.parametrize("stretch", [1, 20 * 36, 10**9])
def test_the_same_bits_as_in_memory(pictures, monkeypatch, stretch):
    monkeypatch.setattr(batches, "STRETCH", stretch)
    X, y = pictures
    plain, streamed, reader = network(), network(), Reader(X, y)
    how = {"epochs": 2, "batch_size": 8, "validation_split": 0.2, "class_weight": "balanced", "verbose": 0}
    first, second = plain.fit(X, y, **how), streamed.fit(reader, **how)
    assert np.array_equal(plain.parameters, streamed.parameters)
    for figure in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert first.history[figure] == second.history[figure]
    assert np.array_equal(plain.predict(X), streamed.predict(reader))
    assert plain.evaluate(X, y) == streamed.evaluate(reader)


def test_no_more_than_a_stretch_is_read_at_once(pictures, monkeypatch):
    monkeypatch.setattr(batches, "STRETCH", 20 * 36)
    reader = Reader(*pictures)
    network().fit(reader, batch_size=8, verbose=0)
    assert reader.most == 16


def test_other_pictures_give_other_bits(pictures):
    X, y = pictures
    plain, streamed = network(), network()
    plain.fit(X, y, batch_size=8, verbose=0)
    streamed.fit(Reader(X[::-1].copy(), y), batch_size=8, verbose=0)
    assert not np.array_equal(plain.parameters, streamed.parameters)


def test_a_stream_of_another_size_is_refused(pictures):
    X, y = pictures
    with pytest.raises(DataError) as error:
        network().fit(Reader(X[:, :5], y), verbose=0)
    assert str(error.value) == "X: expected samples of shape 6 × 6 × 1, got 5 × 6 × 1. Open the pictures in that size."


def test_an_array_needs_targets(pictures):
    with pytest.raises(DataError) as error:
        network().fit(pictures[0], verbose=0)
    assert str(error.value) == "y: no targets were given. Give one for each row of X."
