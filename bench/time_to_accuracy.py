"""Seconds to 99 % on MNIST, beside PyTorch with the same network and recipe: python -m bench.time_to_accuracy FOLDER

One epoch of tuomaso/train_mnist_fast's network (215,194 parameters): Adam β (0.7, 0.9), one cycle to 0.01, batches of
256, pixels standardised, everything in memory. FOLDER holds MNIST's four files. Each takes its turn, three times.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

Split = tuple[NDArray[np.float32], NDArray[Any], NDArray[np.float32], NDArray[Any]]
BATCH, RATE = 256, 0.01


def pellucid(data: Split, seed: int) -> tuple[float, float]:
    """(seconds of training, accuracy on the test set)."""
    from pellucid import Activation, Conv2D, Dense, Flatten, Input, MaxPool2D, Network
    from pellucid.optimizers.table import Adam
    from pellucid.schedules import OneCycle

    X, y, X_test, y_test = data
    layers = [
        Input((28, 28, 1)), Conv2D(24, 5), MaxPool2D(2), Activation("relu"),
        Conv2D(32, 3), MaxPool2D(2), Activation("relu"),
        Flatten(), Dense(256, activation="relu"), Dense(10, activation="softmax"),
    ]  # fmt: skip
    began = time.perf_counter()
    net = Network(layers, seed=seed)
    net.compile("categorical_crossentropy", Adam(rate=OneCycle(rate=RATE), beta_1=0.7, beta_2=0.9))
    net.fit(X[..., None], y, epochs=1, batch_size=BATCH, verbose=0)
    seconds = time.perf_counter() - began
    return seconds, float((net.predict_classes(X_test[..., None]) == y_test).mean())


def pytorch(data: Split, seed: int) -> tuple[float, float]:
    """The same in PyTorch, eager, channels last."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    X, y, X_test, y_test = (torch.from_numpy(array) for array in data)
    X, X_test = (x[:, None].contiguous(memory_format=torch.channels_last) for x in (X, X_test))
    began = time.perf_counter()
    net = nn.Sequential(
        nn.Conv2d(1, 24, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(24, 32, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(800, 256), nn.ReLU(), nn.Linear(256, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), betas=(0.7, 0.9))
    steps = -(-len(X) // BATCH)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, cycle_momentum=False)
    loss = nn.CrossEntropyLoss()
    for rows in torch.randperm(len(X)).split(BATCH):
        optimizer.zero_grad(set_to_none=True)
        loss(net(X[rows]), y[rows]).backward()
        optimizer.step()
        cycle.step()
    seconds = time.perf_counter() - began
    with torch.inference_mode():
        return seconds, float((net(X_test).argmax(1) == y_test).float().mean())


def main() -> None:
    from pellucid.data import load_mnist

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    mnist = load_mnist(options.folder)
    assert mnist.test is not None
    X, X_test = ((x - np.float32(0.1307)) / np.float32(0.3081) for x in (mnist.X, mnist.test.X))
    data = (X, mnist.y, X_test, mnist.test.y)
    pellucid((X[:512], mnist.y[:512], X_test[:16], mnist.test.y[:16]), 0)  # the compiler's time is not counted
    found: dict[str, list[tuple[float, float]]] = {"Pellucid": [], "PyTorch": []}
    for seed in range(options.rounds):
        for name, train in (("Pellucid", pellucid), ("PyTorch", pytorch)):
            found[name].append(train(data, seed))
    for name, results in found.items():
        seconds, accuracy = (statistics.median(values) for values in zip(*results, strict=True))
        print(f"{name:9} {seconds:6.1f} s for one epoch, {100 * accuracy:.2f} % on the test set (medians)")


if __name__ == "__main__":
    main()
