"""Residuals of a regression as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.chart.plot import plot_in, span
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import number, shortened

if TYPE_CHECKING:
    from pellucid.evaluation.residuals import Residuals

MOST_DRAWN = 5000  # points; of more, every so-manyth
MOST_OUTPUTS = 8
WIDE, HIGH, ACROSS, DOWN = 270.0, 250.0, 92.0, 100.0  # a plot, and the room between two


def draw_residuals(parts: Sequence[Residuals]) -> Diagram:
    """Draw three plots for each output: predicted over true, residual over predicted, residuals by size.

    A good model's points lie along the dashed line; its residuals show no shape over the prediction.
    """
    drawn = parts[:MOST_OUTPUTS]
    c = Canvas()
    for row, part in enumerate(drawn):
        _draw(c, row * (HIGH + DOWN), part)
    rest = len(parts) - len(drawn)
    if rest:
        words = f"{rest} more {'output is' if rest == 1 else 'outputs are'} in residuals.csv"
        c.text(0, len(drawn) * (HIGH + DOWN) - 34, words, size=10, colour="muted")
    names = ", ".join(part.name for part in drawn)
    return finished(c, f"Residuals of {names}", "Predicted over true, residual over predicted, residuals by size.")


def _draw(c: Canvas, top: float, part: Residuals) -> None:
    step = max(1, -(-len(part.true) // MOST_DRAWN))
    true, predicted, left = part.true[::step], part.predicted[::step], part.values[::step]
    size, opacity = (4.5, 0.7) if len(true) < 300 else (3.5, 0.35)
    name = shortened(part.name, 150, 11)
    boxes = [Box(k * (WIDE + ACROSS), top, k * (WIDE + ACROSS) + WIDE, top + HIGH) for k in range(3)]

    both = span(true, predicted)
    plot = plot_in(c, boxes[0], both, both)
    plot.frame(f"true {name}", f"predicted {name}")
    ends = span(true, predicted, room=0.0)
    plot.line(ends, ends, "plain", 1.2, dashed=True)
    plot.points(true, predicted, "hue1", size, opacity)
    spread = float(((part.true - part.true.mean()) ** 2).sum())
    r2 = 1 - float((part.values**2).sum()) / spread if spread > 0 else float("nan")
    plot.title(f"{name}: R² {r2:.3f}".replace("-", "−"))

    plot = plot_in(c, boxes[1], span(predicted), span(left, [0.0]))
    plot.frame(f"predicted {name}", "residual, true − predicted")
    plot.line(span(predicted), [0, 0], "plain", 1.2, dashed=True)
    plot.points(predicted, left, "hue1", size, opacity)
    plot.title("Residuals over predictions")

    counts, edges = np.histogram(part.values, bins=min(40, max(8, round(np.sqrt(len(part.values))))))
    plot = plot_in(c, boxes[2], span(edges), (0, 1.05 * float(max(1, counts.max()))))
    plot.frame("residual", "samples")
    for k, count in enumerate(counts.tolist()):
        if count:
            plot.bar((float(edges[k]), float(edges[k + 1])), (0, count), "hue1", tip=f"{count:,} samples")
    x = float(plot.x(part.mean))
    c.line((x, boxes[2].top), (x, boxes[2].bottom), "negative", 1.6, kind="mean")
    plot.title(f"Mean {number(part.mean)}, deviation {number(part.deviation)}")
