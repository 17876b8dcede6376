"""The calibration curve as a picture: what was said against what was so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.sheet import BLUE, GREY, as_png, grid, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.evaluation.curves import Calibration


def draw_calibration(found: Calibration) -> bytes:
    """A PNG: above, each bin's share of hits over its mean probability; below, how many samples it has.

    Bars are the standard error √(q (1 − q) / n) of a share q of n samples.
    """
    there = found.counts > 0
    p, q, n = found.predicted[there], found.observed[there], found.counts[there]
    smoothed = (q * n + 1) / (n + 2)  # so that a bin of one sample does not look certain
    error = np.sqrt(smoothed * (1 - smoothed) / n)
    with paper():
        figure = new_figure(5.4, 6.2)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.4, 1))
        above.plot([0, 1], [0, 1], color=GREY, linewidth=1.2, linestyle=(0, (4, 3)), label="perfect")
        low, high = np.minimum(error, q), np.minimum(error, 1 - q)
        above.errorbar(p, q, yerr=[low, high], color=BLUE, ecolor=BLUE, elinewidth=1, capsize=2, marker="o",
                       markersize=5, linewidth=1.6, label="this model, ± standard error")  # fmt: skip
        grid(above)
        above.set(ylim=(-0.02, 1.04), xlim=(-0.02, 1.02), ylabel="share that is so")
        headline(figure, f"Calibration: error {found.error:.3f}, Brier score {found.brier:.3f}")
        above.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, frameon=False, fontsize=9)
        width = found.edges[1] - found.edges[0]
        below.bar(found.edges[:-1] + width / 2, found.counts, width=0.9 * width, color=BLUE, alpha=0.75)
        grid(below)
        below.set(xlabel=f"probability of {short(found.name)}", ylabel="samples")
        return as_png(figure)
