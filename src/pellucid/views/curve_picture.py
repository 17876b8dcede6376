"""ROC and precision-recall curves as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.chart.plot import legend, legend_size, plot_in
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import HUES
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import shortened

if TYPE_CHECKING:
    from pellucid.evaluation.curves import Curve

WORST = 3  # classes that are named where there are too many to name all
TITLES = {"roc": "ROC curve", "precision_recall": "Precision-recall curve"}
AXES = {"roc": ("false positive rate", "true positive rate (recall)"), "precision_recall": ("recall", "precision")}
AREA = {"roc": "AUC", "precision_recall": "AP"}
SIDE, NAME = 400.0, 190.0


def draw_curves(curves: Sequence[Curve]) -> Diagram:
    """Draw curves, all of one kind; of more than eight, the three worst are named and the others grey."""
    kind, mean, several = curves[0].kind, float(np.mean([curve.area for curve in curves])), len(curves) > 1
    steps = kind == "precision_recall"  # precision holds until the next recall, ROC points are joined by lines
    c = Canvas()
    plot = plot_in(c, Box(0, 0, SIDE, SIDE), (-0.01, 1.01), (-0.01, 1.02))
    plot.frame(*AXES[kind])
    named, entries = list(curves), list[tuple[str, str, bool]]()
    if len(curves) > len(HUES):
        named = sorted(curves, key=lambda curve: curve.area)[:WORST]
        for curve in curves:
            plot.line(curve.x, curve.y, "faint", 0.8, steps=steps)
    if kind == "roc":
        plot.line([0, 1], [0, 1], "plain", 1.2, dashed=True)
        entries.append(("guessing, 0.500", "plain", True))
    elif not several:
        plot.line([0, 1], [curves[0].positive] * 2, "plain", 1.2, dashed=True)
        entries.append((f"guessing, {curves[0].positive:.3f}", "plain", True))
    for curve, colour in zip(named, HUES, strict=False):
        words = f"{shortened(curve.name, NAME, 10)}, {curve.area:.3f}"
        plot.line(curve.x, curve.y, colour, 2.0, steps=steps, kind="curve", tip=words)
        entries.append((words, colour, False))
    whose = "class" if len(named) == len(curves) else f"the {len(named)} worst of {len(curves)}"
    about = f"{whose}, {AREA[kind]}"
    wide, high = legend_size(entries, about)
    if several:
        legend(c, SIDE + 26, 8, entries, about)
    else:
        left = SIDE - wide - 16 if kind == "roc" else 16.0
        c.rect(Box(left - 8, SIDE - high - 22, left + wide + 8, SIDE - 10), "paper", opacity=0.85, radius=4)
        legend(c, left, SIDE - high - 10, entries, about)
    title = f"{TITLES[kind]}s: mean {AREA[kind]}" if several else f"{TITLES[kind]}: {AREA[kind]}"
    title = f"{title} {mean:.3f}"
    c.text(-52, -28, title, size=13, bold=True)
    return finished(c, title, f"{AXES[kind][1]} over {AXES[kind][0]}, {len(curves)} drawn.")
