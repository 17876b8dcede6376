"""Train convolutional networks on MNIST, and on photographs of cats and dogs; figures on the test sets.

    python examples/pictures.py lenet5 --data FOLDER           mean over seeds 0, 1, 2
    python examples/pictures.py cats-dogs --seeds 0

FOLDER holds ``mnist/`` (its four files) and ``cats-dogs/`` (``train`` and ``test``, one subfolder for each class).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pellucid import (
    Activation,
    Augment,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Input,
    MaxPool2D,
    Network,
    Standardize,
    models,
)  # fmt: skip
from pellucid.data import load_folder, load_mnist
from pellucid.optimizers.table import Adam, AdamW
from pellucid.schedules import OneCycle

Split = tuple[Any, Any, Any, Any]  # X, y for training; X, y for testing


def mnist(folder: Path) -> Split:
    """The published 60,000 and 10,000."""
    data = load_mnist(folder / "mnist")
    assert data.test is not None
    return data.X[..., None], data.y, data.test.X[..., None], data.test.y


def cats_and_dogs(folder: Path) -> Split:
    """2,000 and 2,000 photographs, cut to 64×64 pixels."""
    train, test = (load_folder(folder / "cats-dogs" / part, size=(64, 64)) for part in ("train", "test"))
    return train.X, train.y, test.X, test.y


def lenet5(X: Any, y: Any, seed: int) -> Network:
    """LeNet-5 with shifts, turns and zoom; 20 epochs."""
    plain = models.lenet5()
    changed = [Augment(shift=2.0, rotate=10, zoom=0.1), Standardize.of(X)]
    net = Network([Input((28, 28, 1)), *changed, *(layer for _, layer in plain.layers)], name="lenet5", seed=seed)
    net.compile("categorical_crossentropy", Adam(rate=OneCycle(rate=0.004), average=0.999))
    net.fit(X, y, epochs=20, batch_size=128)
    return net


def one_epoch(X: Any, y: Any, seed: int) -> Network:
    """A small network in a single epoch: the arrangement of tuomaso/train_mnist_fast, with batch normalisation.

    Batch size and rates were chosen on the last 10,000 training pictures.
    """
    layers = [
        Input((28, 28, 1)), Standardize(0.1307, 0.3081),
        Conv2D(24, 5), MaxPool2D(2), BatchNorm(), Activation("relu"),
        Conv2D(32, 3), MaxPool2D(2), BatchNorm(), Activation("relu"),
        Flatten(), Dense(256, activation="relu"), Dense(10, activation="softmax"),
    ]  # fmt: skip
    net = Network(layers, name="one-epoch", seed=seed)
    net.compile("categorical_crossentropy", Adam(rate=OneCycle(rate=0.006), beta_1=0.7, beta_2=0.95))
    net.fit(X, y, epochs=1, batch_size=64)
    return net


def best(X: Any, y: Any, seed: int) -> Network:
    """Five normalised convolutions with augmentation and averaged weights; 14 epochs."""
    changed = [Augment(shift=2.0, rotate=10, zoom=0.1, shear=5.0), Standardize.of(X)]
    own = [layer for _, layer in models.five_conv().layers]
    net = Network([Input((28, 28, 1)), *changed, *own], name="best", seed=seed)
    net.compile("categorical_crossentropy", AdamW(rate=OneCycle(rate=0.006), weight_decay=0.02, average=0.999))
    net.fit(X, y, epochs=14, batch_size=128)
    return net


def photographs(X: Any, y: Any, seed: int) -> Network:
    """Four normalised convolutions, from scratch on 2,000 photographs; 50 epochs."""
    side = X.shape[1]
    change = Augment(
        flip="horizontal", shift=0.08 * side, rotate=12, zoom=0.15, brightness=0.1, contrast=0.2, fill="edge"
    )
    layers = [Input(X.shape[1:]), change, Standardize.of(X)]
    for filters in (32, 64, 128, 128):
        layers += [Conv2D(filters, 3, padding="same", bias=False), MaxPool2D(2), BatchNorm(), Activation("relu")]
    layers += [GlobalAvgPool2D(), Dropout(0.3), Dense(1, activation="sigmoid")]
    net = Network(layers, name="cats-dogs", seed=seed)
    loss = {"kind": "binary_crossentropy", "label_smoothing": 0.1}
    net.compile(loss, AdamW(rate=OneCycle(rate=0.004), weight_decay=0.02, average=0.998))
    net.fit(X, y, epochs=50, batch_size=32)
    return net


RECIPES: dict[str, tuple[Callable[[Path], Split], Callable[[Any, Any, int], Network]]] = {
    "lenet5": (mnist, lenet5),
    "one-epoch": (mnist, one_epoch),
    "best": (mnist, best),
    "cats-dogs": (cats_and_dogs, photographs),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", default=os.environ.get("PELLUCID_DATA", "../shared/data"))
    options = parser.parse_args()
    load, train = RECIPES[options.recipe]
    X, y, X_test, y_test = load(Path(options.data))
    figures = []
    for seed in options.seeds:
        began = time.perf_counter()
        net = train(X, y, seed)
        figures.append(100 * float((net.predict_classes(X_test) == y_test).mean()))
        print(
            f"{options.recipe}, seed {seed}: {figures[-1]:.2f} % on the test set, {time.perf_counter() - began:.0f} s"
        )
    print(f"{options.recipe}: mean {statistics.mean(figures):.2f} %")


if __name__ == "__main__":
    main()
