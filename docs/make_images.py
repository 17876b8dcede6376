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


DRAWN = {"training": training, "activations": activations, "diagrams": diagrams}

if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or DRAWN:
        DRAWN[name]()
