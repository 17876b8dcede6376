"""Train multi-layer networks on MNIST by published recipes, and by one of our own; mean over seeds on the test set.

    python examples/mnist_recipes.py                      all recipes, seeds 0, 1, 2
    python examples/mnist_recipes.py nielsen-30 --seeds 0

The figures to compare with are Nielsen's, "Neural Networks and Deep Learning" (2015), chapters 1 and 3: he reports the
best epoch on the test set (or the validation set), here it is the last epoch's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from pellucid import Dense, Dropout, Flatten, Input, Network
from pellucid.data import Dataset, load_mnist
from pellucid.initializers import Normal
from pellucid.optimizers.table import SGD, Adam
from pellucid.regularizers import L2
from pellucid.schedules import Cosine, OneCycle

# How his chapter 1 starts weights; chapter 3 divides by √inputs (LeCun's start). From the wide start some runs of the
# larger network never recover an output unit that has saturated.
WIDE = Normal(stddev=1.0)
NIELSEN_ROWS = 50_000  # he keeps the last 10,000 training pictures for validation


def sigmoid_layers(hidden: int, weights: str | Normal, penalty: L2 | None = None) -> list[Dense]:
    """784-hidden-10, all sigmoid; biases start from a normal distribution of deviation 1."""
    start = {"initializer": weights, "bias_initializer": Normal(stddev=1.0), "regularizer": penalty}
    return [Dense(units, activation="sigmoid", **start) for units in (hidden, 10)]


def nielsen_squared(data: Dataset, hidden: int, seed: int, weights: str | Normal) -> Network:
    """Squared error, gradient descent at rate 3.0, batches of 10, 30 epochs."""
    net = Network([Input((28, 28)), Flatten(), *sigmoid_layers(hidden, weights)], seed=seed)
    net.compile("squared_error", SGD(rate=3.0))
    net.fit(data.X[:NIELSEN_ROWS], data.y[:NIELSEN_ROWS], epochs=30, batch_size=10, verbose=0)
    return net


def nielsen_crossentropy(data: Dataset, hidden: int, seed: int, rate: float | Cosine, epochs: int) -> Network:
    """Cross-entropy with the penalty λ/2n Σw², λ = 5, batches of 10; weights of 1/√inputs.

    His cost is the sum over the ten outputs, ours the mean: a tenth of the penalty and ten times the rate are the same
    training.
    """
    penalty = L2(5.0 / (2 * NIELSEN_ROWS) / 10)
    net = Network([Input((28, 28)), Flatten(), *sigmoid_layers(hidden, "lecun_normal", penalty)], seed=seed)
    net.compile("binary_crossentropy", SGD(rate=rate))
    net.fit(data.X[:NIELSEN_ROWS], data.y[:NIELSEN_ROWS], epochs=epochs, batch_size=10, verbose=0)
    return net


def plain(data: Dataset, seed: int) -> Network:
    """784-512-512-10, ReLU with dropout, softmax; Adam with one cycle of the rate, batches of 128, 20 epochs."""
    layers = [
        Input((28, 28)), Flatten(), Dropout(0.1),
        Dense(512, activation="relu"), Dropout(0.3),
        Dense(512, activation="relu"), Dropout(0.3),
        Dense(10, activation="softmax"),
    ]  # fmt: skip
    net = Network(layers, seed=seed)
    net.compile("categorical_crossentropy", Adam(rate=OneCycle(rate=0.002)))
    net.fit(data.X, data.y, epochs=20, batch_size=128, verbose=0)
    return net


RECIPES: dict[str, tuple[Callable[[Dataset, int], Network], str]] = {
    "nielsen-30": (lambda data, seed: nielsen_squared(data, 30, seed, "lecun_normal"), "95.42 % (best epoch)"),
    "nielsen-100": (lambda data, seed: nielsen_squared(data, 100, seed, "lecun_normal"), "96.59 % (best epoch)"),
    "nielsen-30-wide": (lambda data, seed: nielsen_squared(data, 30, seed, WIDE), "95.42 % (best epoch)"),
    "nielsen-100-wide": (
        lambda data, seed: nielsen_squared(data, 100, seed, WIDE),
        "96.59 % (best epoch, of a good run)",
    ),
    "nielsen-100-l2": (
        lambda data, seed: nielsen_crossentropy(data, 100, seed, rate=5.0, epochs=30),
        "97.92 % (validation)",
    ),
    "nielsen-100-l2-cosine": (
        lambda data, seed: nielsen_crossentropy(data, 100, seed, Cosine(rate=5.0), epochs=30),
        "97.92 % (validation, constant rate)",
    ),
    "nielsen-100-l2-slow": (
        lambda data, seed: nielsen_crossentropy(data, 100, seed, rate=1.0, epochs=60),
        "98.04 % (validation)",
    ),
    "plain": (plain, "98.40 % (Keras mnist_mlp)"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="recipe", help=f"any of {', '.join(RECIPES)}; all unless given")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", default=os.environ.get("PELLUCID_DATA"), help="folder that holds mnist/")
    options = parser.parse_args()
    unknown = set(options.recipes) - set(RECIPES)
    if unknown:
        parser.error(f"unknown recipe {min(unknown)}; known: {', '.join(RECIPES)}")
    data = load_mnist(os.path.join(options.data, "mnist") if options.data else None)
    assert data.test is not None
    for name in options.recipes or RECIPES:
        train, reference = RECIPES[name]
        figures, began = [], time.perf_counter()
        for seed in options.seeds:
            net = train(data, seed)
            figures.append(100 * float((net.predict_classes(data.test.X) == data.test.y).mean()))
        seconds = (time.perf_counter() - began) / len(figures)
        spread = " ".join(f"{figure:.2f}" for figure in figures)
        print(
            f"{name:16} {statistics.mean(figures):.2f} % on the test set (seeds: {spread}), {seconds:.0f} s a run; "
            f"published: {reference}",
            flush=True,
        )


if __name__ == "__main__":
    main()
