"""A training with everything that has a state, and a way to end it as a kill does: nothing more is written."""

from __future__ import annotations

import numpy as np

from pellucid import Augment, BatchNorm, Conv2D, Dense, Dropout, Flatten, Input, Network
from pellucid.callbacks import EarlyStopping, ReduceLROnPlateau

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


class Killed(BaseException):
    """What stands for SIGKILL inside one process."""


class Task:
    """Pictures, a network and how it is trained."""

    def __init__(self, **options):
        rng = np.random.default_rng(3)
        self.X = rng.random((90, 6, 6, 1), dtype=np.float32)
        self.y = np.where(self.X.mean(axis=(1, 2, 3)) > 0.5, "light", "dark")
        self.optimizer = options.pop("optimizer", {"kind": "adam", "rate": {"kind": "cosine", "rate": 0.01}})
        self.given = options.pop("given", None)
        self.options = {"epochs": 6, "batch_size": 8, "verbose": 0, "validation_split": 0.2} | options

    def network(self):
        layers = [
            Input((6, 6, 1)), Augment(shift=1), Conv2D(4, 3), BatchNorm(), Flatten(), Dropout(0.3),
            Dense(1, activation="sigmoid"),
        ]  # fmt: skip
        net = Network(layers, seed=4)
        net.compile("binary_crossentropy", self.optimizer, metrics=["accuracy"])
        return net

    def callbacks(self):
        return [ReduceLROnPlateau("loss", patience=1, min_delta=10.0, factor=0.5), EarlyStopping(patience=3)]

    def data(self):
        return self.given() if self.given else (self.X, self.y)

    def fit(self, checkpoint=None, net=None):
        net = net or self.network()
        net.fit(*self.data(), callbacks=self.callbacks(), checkpoint=checkpoint, **self.options)
        return net


def same(one, other):
    """Assert that two networks are equal to the bit in all that training leaves behind."""
    assert np.array_equal(one.snapshot(), other.snapshot())
    assert np.array_equal(one.optimizer_memories(), other.optimizer_memories())
    assert one.updates == other.updates
    assert one.history.epoch == other.history.epoch
    assert one.history.params == other.history.params
    for name in FIGURES:
        np.testing.assert_equal(one.history.history.get(name), other.history.history.get(name))
