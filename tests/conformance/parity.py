"""Train a network of ours and its peer side by side, and compare every step."""

from __future__ import annotations

import numpy as np
from torch_peer import Peer

# Relative to the largest number: float64 differs by rounding alone; in float32, rounding that grows over the steps.
TOLERANCE = {"float64": 1e-12, "float32": 5e-5}


def run_both(torch, net, X, y, *, epochs=8, batch_size=8, weight=None):
    """Return (costs, arrays, outputs) of ours and of the peer.

    A cost for every step; everything that training moves, parameters and statistics, after every epoch; what the
    trained network predicts.
    """
    peer = Peer(torch, net)
    costs, arrays = [], []

    def watch(moment):
        costs.extend(moment.network._engine.costs)
        arrays.append(moment.weights())

    size = None if net.optimizer.full_batch else batch_size
    net.fit(X, y, epochs=epochs, batch_size=size, shuffle=False, sample_weight=weight, callbacks=watch, verbose=0)
    theirs = peer.train(X, y, epochs, len(X) if net.optimizer.full_batch else batch_size, weight)
    return (np.array(costs), np.array(arrays), net.predict(X)), (*theirs, peer.predict(X))


def compare(ours, theirs, dtype, steps=20):
    """Assert that there are enough steps, that something was learned, and that all numbers agree."""
    for what, mine, peers in zip(("costs", "arrays", "outputs"), ours, theirs, strict=True):
        assert mine.shape == peers.shape
        assert np.isfinite(mine).all()
        size = np.abs(peers).max()
        difference = np.abs(mine - peers).max() / (size if size else 1.0)
        assert difference <= TOLERANCE[dtype], f"{what} differ by {difference:.3g}, relative to the largest"
    assert len(ours[0]) >= steps, f"{len(ours[0])} steps are too few"


def check_parity(torch, net, X, y, **how):
    """Both, with the comparison; return what ours gave."""
    before = net.parameters.copy()
    ours, theirs = run_both(torch, net, X, y, **how)
    compare(ours, theirs, net.dtype)
    assert not np.array_equal(before, net.parameters)
    return ours
