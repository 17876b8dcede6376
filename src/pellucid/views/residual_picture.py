"""Residuals of a regression as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.views.sheet import BLUE, GREY, RED, as_png, grid, new_figure, paper, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pellucid.evaluation.residuals import Residuals

MOST_DRAWN = 5000  # points; of more, every so-manyth
MOST_OUTPUTS = 8


def draw_residuals(parts: Sequence[Residuals]) -> bytes:
    """A PNG with three plots for each output: predicted over true, residual over predicted, residuals by size.

    A good model's points lie along the dashed line; its residuals show no shape over the prediction.
    """
    drawn = parts[:MOST_OUTPUTS]
    with paper():
        figure = new_figure(12.6, 4.1 * len(drawn))
        for row, part in zip(figure.subplots(len(drawn), 3, squeeze=False), drawn, strict=True):
            _draw(row, part)
        if len(parts) > len(drawn):
            figure.supxlabel(f"{len(parts) - len(drawn)} more outputs are in residuals.csv", fontsize=9)
        return as_png(figure)


def _draw(row: Any, part: Residuals) -> None:
    scatter, over, sizes = row
    step = -(-len(part.true) // MOST_DRAWN)
    true, predicted, left = part.true[::step], part.predicted[::step], part.values[::step]
    look: dict[str, Any] = {"s": 14, "color": BLUE, "alpha": 0.75 if len(true) < 300 else 0.35, "linewidths": 0}
    name = short(part.name)
    scatter.scatter(true, predicted, **look)
    low, high = float(min(true.min(), predicted.min())), float(max(true.max(), predicted.max()))
    scatter.plot([low, high], [low, high], color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    scatter.set(xlabel=f"true {name}", ylabel=f"predicted {name}")
    spread = float(((part.true - part.true.mean()) ** 2).sum())
    r2 = 1 - float((part.values**2).sum()) / spread if spread > 0 else float("nan")
    scatter.set_title(f"{name}: R² {r2:.3f}".replace("-", "−"), fontsize=10)
    over.scatter(predicted, left, **look)
    over.axhline(0, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    over.set(xlabel=f"predicted {name}", ylabel="residual, true − predicted")
    over.set_title("Residuals over predictions", fontsize=10)
    sizes.hist(part.values, bins=min(40, max(8, round(np.sqrt(len(part.values))))), color=BLUE, alpha=0.75)
    sizes.axvline(part.mean, color=RED, linewidth=1.6)
    sizes.set(xlabel="residual", ylabel="samples")
    words = f"Mean {part.mean:.3g}, deviation {part.deviation:.3g}".replace("-", "−")
    sizes.set_title(words, fontsize=10)
    for axes in row:
        _ticks(axes)


def _ticks(axes: Axes) -> None:
    """Few ticks, so that large numbers do not run into each other."""
    axes.locator_params(axis="x", nbins=5)
    grid(axes)
