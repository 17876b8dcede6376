"""Distillation on MNIST after Hinton, Vinyals and Dean 2015: errors among the 10,000 test pictures.

    python examples/distillation.py --data FOLDER            teacher, students alone and taught, seeds 0, 1, 2
    python examples/distillation.py --teacher teacher.pellucid --seeds 0

FOLDER holds MNIST's four files. The teacher, 784-1200-1200-10 with dropout, sees pictures moved by up to two pixels.
The student, 784-800-800-10, sees the plain ones with their labels; or it is taught, without any label, what the teacher
says at temperature 20 of the pictures and of moved copies of them (``--copies``; with 0 what is shown to both is as in
the publication). At the end a student is taught without any picture of one digit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Augment, Dense, Dropout, Flatten, Input, Network, distill, load
from pellucid.data import load_mnist
from pellucid.optimizers import Optimizer
from pellucid.optimizers.table import Adam, Nesterov
from pellucid.schedules import OneCycle

TEMPERATURE = 20
LEFT_OUT = 3


def teacher_of(X: Any, y: Any, epochs: int) -> Network:
    """The large network, with dropout and moved pictures."""
    layers = [
        Input((28, 28, 1)), Augment(shift=2), Flatten(), Dropout(0.1),
        Dense(1200, activation="relu"), Dropout(0.25), Dense(1200, activation="relu"), Dropout(0.25),
        Dense(10, activation="softmax"),
    ]  # fmt: skip
    net = Network(layers, name="teacher", seed=0)
    net.compile("categorical_crossentropy", Nesterov(rate=OneCycle(rate=0.1)))
    net.fit(X, y, epochs=epochs, batch_size=128)
    return net


def student_of(seed: int, optimizer: Optimizer) -> Network:
    """The small network, without dropout or moved pictures."""
    layers = [Input((28, 28, 1)), Flatten(), Dense(800, "relu"), Dense(800, "relu"), Dense(10, activation="softmax")]
    net = Network(layers, name="student", seed=seed)
    net.compile("categorical_crossentropy", optimizer)
    return net


def taught_by(teacher: Network, X: Any, seed: int, copies: int, epochs: int) -> Network:
    """A student that saw no labels: only what the teacher says of the pictures, and of moved copies of them."""
    student = student_of(seed, Nesterov(rate=OneCycle(rate=20.0)))  # ∂C/∂z is a twentieth of what it is at T = 1
    moved = {"augment": Augment(shift=2), "copies": copies} if copies else {}
    distill(teacher, student, X, temperature=TEMPERATURE, epochs=epochs, batch_size=128, **moved)
    return student


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("PELLUCID_DATA", "../shared/data") + "/mnist")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--teacher", type=Path, help="a saved teacher, or where to save one")
    parser.add_argument("--teacher-epochs", type=int, default=60)
    parser.add_argument("--copies", type=int, default=7, help="moved copies of each picture, for taught students")
    parser.add_argument("--epochs", type=int, default=6, help="of a taught student, each of all copies")
    parser.add_argument("--alone-epochs", type=int, default=12)
    options = parser.parse_args()
    data = load_mnist(options.data)
    assert data.test is not None
    X, y, X_test, y_test = data.X[..., None], data.y, data.test.X[..., None], data.test.y

    def errors(net: Network) -> Any:
        return net.predict_classes(X_test) != y_test

    def tell(name: str, began: float, wrong: Any) -> int:
        print(f"{name}: {int(wrong.sum())} errors, {time.perf_counter() - began:.0f} s", flush=True)
        return int(wrong.sum())

    began = time.perf_counter()
    if options.teacher and options.teacher.exists():
        teacher = load(options.teacher)
    else:
        teacher = teacher_of(X, y, options.teacher_epochs)
        if options.teacher:
            teacher.save(options.teacher)
    tell("teacher, 1200-1200 with dropout and moved pictures", began, errors(teacher))
    alone, taught = [], []
    for seed in options.seeds:
        began, student = time.perf_counter(), student_of(seed, Adam(rate=OneCycle(rate=0.002)))
        student.fit(X, y, epochs=options.alone_epochs, batch_size=128)
        alone.append(tell(f"student alone, seed {seed}", began, errors(student)))
        began = time.perf_counter()
        student = taught_by(teacher, X, seed, options.copies, options.epochs)
        taught.append(tell(f"student taught, seed {seed}", began, errors(student)))
    if options.seeds:
        print(f"mean: alone {statistics.mean(alone):.1f} errors, taught {statistics.mean(taught):.1f}")
    began = time.perf_counter()
    student = taught_by(teacher, X[y != LEFT_OUT], 0, options.copies, options.epochs)
    wrong = errors(student)
    tell(f"student that never saw a {LEFT_OUT}", began, wrong)
    of_it = y_test == LEFT_OUT
    # Its bias was learned where the digit never came; raised until the digit comes as often as the teacher says it.
    weights, outputs = student.weights, student.predict(X)
    z, wanted = np.log(np.maximum(outputs, 1e-30)), int((teacher.predict_classes(X) == LEFT_OUT).sum())
    others = np.delete(z, LEFT_OUT, axis=1).max(axis=1)
    weights["dense_3.bias"][LEFT_OUT] += np.sort(others - z[:, LEFT_OUT])[wanted]
    student.set_weights({"dense_3.bias": weights["dense_3.bias"]})
    raised = errors(student)
    print(f"  of {of_it.sum()} test pictures of it {int((wrong & of_it).sum())} are wrong")
    print(f"  with its bias raised: {int(raised.sum())} errors, {int((raised & of_it).sum())} of that digit")


if __name__ == "__main__":
    main()
