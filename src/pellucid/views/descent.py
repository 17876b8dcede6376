"""The picture of a gradient descent on one weight: the cost's curve with the steps on it."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

CURVE, PATH = "#8a9aa8", "#c8452d"


def plot_descent(
    points: Sequence[tuple[float, float]], last_w: float, rate: float, path: str | os.PathLike[str]
) -> None:
    """Draw C(w) = (w − 1)² with the steps ``points`` (w, cost) and the last weight; SVG, PNG or PDF by the ending."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    w = np.array([*(w for w, _ in points), last_w])
    cost = np.array([*(cost for _, cost in points), (last_w - 1.0) ** 2])
    reach = 1.12 * max(float(np.abs(w - 1.0).max()), 0.5)
    curve = np.linspace(1.0 - reach, 1.0 + reach, 400)

    with rc_context({"svg.fonttype": "none"}):  # text stays text
        figure = Figure(figsize=(7.0, 4.4), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(curve, (curve - 1.0) ** 2, color=CURVE, linewidth=1.6, label="cost C = (w − 1)²")
        axes.plot(w, cost, color=PATH, linewidth=0.8, alpha=0.6)
        axes.plot(w, cost, "o", color=PATH, markersize=4.0, label=f"{len(points)} steps, learning rate {rate:g}")
        for name, place in (("start", 0), ("end", -1)):
            right = w[place] >= 1.0  # the words stand outside the parabola, where no step can be
            axes.annotate(
                f"{name}: w = {w[place]:.4g}", (w[place], cost[place]), xytext=(9 if right else -9, -9),
                textcoords="offset points", ha="left" if right else "right", va="center",
            )  # fmt: skip
        axes.set_xlabel("weight w")
        axes.set_ylabel("cost C")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(1.0 - 1.35 * reach, 1.0 + 1.35 * reach)
        axes.set_ylim(bottom=-0.09 * reach**2)
        axes.legend(frameon=False, loc="upper center")
        figure.savefig(path, dpi=130)
