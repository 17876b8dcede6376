"""Draw the pictures of the documentation from what the program really gives: python docs/make_images.py [NAME …]"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
WIDTH = 92


def training() -> None:
    """The first command of the README, with the middle epochs left out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pellucid", "train", "digits"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": str(WIDTH)}
        )
    lines = done.stdout.splitlines()
    epochs = [k for k, line in enumerate(lines) if line.startswith("Epoch")]
    kept = [*lines[: epochs[3]], "  …", *lines[epochs[-2] :]]
    console = Console(record=True, width=WIDTH, file=StringIO())
    console.print(Text("$ pellucid train digits", style="bold"))
    for line in kept:
        console.print(Text(line), soft_wrap=True)
    console.save_svg(str(IMAGES / "train-digits.svg"), title="pellucid train digits")


def activations() -> None:
    """The cheat sheet."""
    sheet = str(IMAGES / "activations.svg")
    command = [sys.executable, "-m", "pellucid", "activations", "--output", sheet]
    subprocess.run(command, check=True, capture_output=True)


def augmentation() -> None:
    """Some digits, moved and turned."""
    sheet = str(IMAGES / "augment.svg")
    change = ["--shift", "1", "--rotate", "10", "--pictures", "4", "--count", "6"]
    subprocess.run([sys.executable, "-m", "pellucid", "augment", "digits", *change, "--output", sheet], check=True)


def diagrams() -> None:
    """A trained XOR network with one sample's numbers, one of its neurons, and a convolutional network."""
    from pellucid import Conv2D, Dense, Flatten, Input, MaxPool2D, Network
    from pellucid.data import load_digits

    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    net = Network([Input(2), Dense(3, activation="tanh"), Dense(1, activation="sigmoid")], seed=1, name="XOR")
    net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.1})
    net.fit(X, y, epochs=150, batch_size=4, verbose=0)
    net.diagram(X[1], y[1], delta=True).save(IMAGES / "xor.svg")
    net.diagram(X[1], unit=("dense_1", 0)).save(IMAGES / "neuron.svg")
    data = load_digits()
    layers = [Conv2D(6, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(10, activation="softmax")]
    net = Network([Input((8, 8, 1)), *layers], name="digits")
    net.class_names = data.class_names
    net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.01})
    net.fit(data.X, data.y, epochs=10, verbose=0)
    net.diagram(data.X[3]).save(IMAGES / "convolution.svg")


def looks() -> None:
    """What the page "look inside" shows: units, a boundary, hidden spaces, a training and its weights."""
    from sklearn.datasets import load_iris

    from pellucid import Dense, Flatten, Input, Network
    from pellucid.callbacks import Recorder
    from pellucid.data import load_digits, load_pictures_4x3

    data = load_pictures_4x3()
    net = Network([Input((4, 3)), Flatten(), Dense(3, "sigmoid"), Dense(2, "sigmoid")], name="12-3-2", seed=1,
                  dtype="float64")  # fmt: skip
    net.compile("squared_error", {"kind": "sgd", "rate": 3.0}, ["accuracy"])
    net.class_names = data.class_names
    net.fit(data.X, data.y, epochs=100, batch_size=8, verbose=0)
    net.features(data.X, data.y).save(IMAGES / "units.svg")

    X, y = load_iris(return_X_y=True)
    net = Network([Input(4), Dense(8, "tanh"), Dense(3, "softmax")], name="iris")
    net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.01})
    net.feature_names = ("sepal length", "sepal width", "petal length", "petal width")
    net.class_names = ("setosa", "versicolor", "virginica")
    net.fit(X, y, epochs=150, verbose=0)
    net.boundary(X, y, features=("petal length", "petal width")).save(IMAGES / "boundary.svg")

    digits = load_digits()
    net = Network([Input((8, 8)), Flatten(), Dense(32, "relu"), Dense(10, "softmax")], name="digits")
    net.class_names = digits.class_names
    net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.003}, ["accuracy"])
    recorder = Recorder(digits.X[:64], digits.y[:64], share=float("inf"))
    net.fit(digits.X, digits.y, epochs=30, validation_split=0.2, verbose=0, callbacks=recorder)
    net.hidden_space(digits.X[:600], digits.y[:600]).save(IMAGES / "hidden-space.svg")
    net.history.plot(IMAGES / "learning.svg", "digits")
    recorder.save(IMAGES / "weights-over-time.svg")


DRAWN = {
    "training": training,
    "activations": activations,
    "augmentation": augmentation,
    "diagrams": diagrams,
    "looks": looks,
}

if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or DRAWN:
        DRAWN[name]()
