"""Where the engine is told that arrays lie, and that it trains alike wherever they do."""

import warnings

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.engines.cpu.engine import address


def read_only():
    array = np.arange(6.0)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("array", [
    np.arange(12.0).reshape(3, 4), np.arange(12.0)[5:], np.zeros((0, 3)), read_only(),
    np.broadcast_arrays(np.zeros(1), np.zeros((1, 1)))[0],  # one that NumPy warns of where it is written to
], ids=["whole", "part", "empty", "read-only", "broadcast"])  # fmt: skip
def test_where_an_array_lies(array):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert address(array) == array.ctypes.data


def test_an_array_with_gaps_is_refused():
    with pytest.raises(AssertionError):
        address(np.zeros((4, 4))[:, :2])


def test_read_only_arrays_are_trained_on_alike(rng):
    X, y = rng.random((40, 3)).astype(np.float32), rng.random((40, 1)).astype(np.float32)
    trained = []
    for writeable in (True, False):
        X.flags.writeable = y.flags.writeable = writeable
        net = Network([Input(3), Dense(5, activation="tanh"), Dense(1)], seed=1)
        net.compile("mse", "adam", metrics=["mae"])
        net.fit(X, y, epochs=3, batch_size=8, validation_split=0.2, verbose=0)
        figures = {name: values for name, values in net.history.history.items() if name != "seconds"}
        trained.append((net.parameters.tobytes(), figures))
    assert trained[0] == trained[1]
