"""A small training, as a program: prints its weights' hash and whether Numba was imported.

Its arguments are modules that it must do without.
"""

import hashlib
import sys


def main():
    for blocked in sys.argv[1:]:
        sys.modules[blocked] = None
    import numpy as np

    from pellucid import Dense, Input, Network

    net = Network([Input(2), Dense(3, activation="sigmoid"), Dense(1)], seed=1)
    net.compile("mse", "sgd")
    net.fit(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]), 10, verbose=0)
    print(hashlib.sha256(net.parameters.tobytes()).hexdigest(), sys.modules.get("numba") is not None)


if __name__ == "__main__":
    main()
