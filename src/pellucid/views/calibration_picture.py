"""The calibration curve as a picture: what was said against what was so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.chart.plot import legend, plot_in
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import shortened

if TYPE_CHECKING:
    from pellucid.evaluation.curves import Calibration

SIDE, GAP, LOWER = 400.0, 26.0, 110.0


def draw_calibration(found: Calibration) -> Diagram:
    """Draw each bin's share of hits over its mean probability; below, how many samples it has.

    Whiskers are the standard error √(q (1 − q) / n) of a share q of n samples.
    """
    there = found.counts > 0
    p, q, n = found.predicted[there], found.observed[there], found.counts[there]
    smoothed = (q * n + 1) / (n + 2)  # so that a bin of one sample does not look certain
    error = np.sqrt(smoothed * (1 - smoothed) / n)
    c = Canvas()
    above = plot_in(c, Box(0, 0, SIDE, SIDE), (-0.02, 1.02), (-0.02, 1.04))
    above.frame("", "share that is so", x_numbers=False)
    above.line([0, 1], [0, 1], "plain", 1.2, dashed=True)
    for at, share, half in zip(p.tolist(), q.tolist(), error.tolist(), strict=True):
        above.whisker(at, max(0.0, share - half), min(1.0, share + half), "hue1")
    if len(p):
        above.line(p, q, "hue1", 1.8, kind="curve")
    for at, share, count in zip(p.tolist(), q.tolist(), n.tolist(), strict=True):
        tip = f"{count:,} samples: said {at:.3f}, so {share:.3f}"
        c.circle(float(above.x(at)), float(above.y(share)), 4, "hue1", kind="bin", tip=tip)
    top = SIDE + GAP
    below = plot_in(c, Box(0, top, SIDE, top + LOWER), (-0.02, 1.02), (0, 1.08 * float(max(1, found.counts.max()))))
    below.frame(f"probability of {shortened(found.name, 250, 11)}", "samples", y_ticks=3)
    for low, high, count in zip(found.edges[:-1], found.edges[1:], found.counts.tolist(), strict=True):
        if count:
            room = 0.05 * (high - low)
            below.bar((low + room, high - room), (0, count), "hue1", tip=f"{low:g} to {high:g}: {count:,} samples")
    legend(c, 0, -16, [("perfect", "plain", True)])
    legend(c, 100, -16, [("this model, ± standard error", "hue1", False)])
    title = f"Calibration: error {found.error:.3f}, Brier score {found.brier:.3f}"
    c.text(-52, -46, title, size=13, bold=True)
    return finished(c, title, f"The share that is so over the probability that was said, in {len(p)} bins.")
