"""The tour: ``python -m pellucid.classic``."""

from __future__ import annotations

import numpy as np

from pellucid.classic import descend, learn_gate, least_squares, solve_xor, tell_apart


def tour() -> None:
    """Print every classic in turn."""
    _title(
        "The perceptron",
        "One threshold unit: a = 1 where z = b + w1 x1 + w2 x2 ≥ 0, otherwise 0.",
        "Its rule after every sample: w ← w + η (t − a) x and b ← b + η (t − a), here with η = 1, from weights of 0.",
    )
    for gate in ("and", "or", "nand", "xor"):
        lesson = learn_gate(gate)
        print(f"\n{lesson.table()}\n{lesson.verdict()}")

    _title(
        "XOR by two layers",
        "x1 XOR x2 = (x1 OR x2) AND (x1 NAND x2), from the gates that were learned above; and,",
        "in the last column, four tanh units and a sigmoid unit that learned it by backpropagation.",
    )
    print(f"\n{solve_xor().table()}")

    _title(
        "Gradient descent on one weight",
        "Cost (w − 1)², from w = 5 with the learning rate 0.01: w ← w − 0.01 · 2 (w − 1).",
    )
    descent = descend(start=5, rate=0.01, epochs=40)
    print(f"\n{descent.table()}\nAfter 40 steps w = {descent.w:.6f}; each step takes off 2 % of the distance to 1.")

    _title("Least squares by a linear unit", "y = 3 x1 − 2 x2 + 5 with some noise, 50 samples.")
    random = np.random.default_rng(0)
    X = random.normal((10.0, -3.0), (4.0, 0.5), (50, 2))
    y = X @ (3.0, -2.0) + 5.0 + random.normal(0.0, 0.5, 50)
    result = least_squares(X, y)
    print(f"\n{result.table()}\nThe descent came to rest after {result.epochs} epochs.")

    _title("Two classes by a sigmoid unit", "Two overlapping clouds of points in the plane, 200 samples.")
    classes = tell_apart()
    print(f"\n{classes.table()}\n{classes.accuracy:.1%} are on the right side of {classes.boundary()}")


def _title(title: str, *lines: str) -> None:
    print("\n".join(["", title, "═" * len(title), *lines]))


if __name__ == "__main__":
    tour()
