"""A small training, as a program: prints its weights' hash and which of the given modules were imported."""

import hashlib
import sys

for blocked in sys.argv[1:]:
    sys.modules[blocked] = None

import numpy as np  # noqa: E402

from pellucid import Dense, Input, Network  # noqa: E402

net = Network([Input(2), Dense(3, activation="sigmoid"), Dense(1)], seed=1)
net.compile("mse", "sgd")
net.fit(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]), 10, verbose=0)
print(hashlib.sha256(net.parameters.tobytes()).hexdigest(), "numba" in sys.modules)
