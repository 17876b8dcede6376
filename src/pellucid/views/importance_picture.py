"""Permutation importance as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.views.chart.plot import plot_in, span
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import number, shortened, width_of

if TYPE_CHECKING:
    from pellucid.evaluation.importance import FoldImportance, Importance

MOST_DRAWN = 30  # columns
WIDE, ROW, NAME = 430.0, 26.0, 210.0


def draw_importance(found: Importance) -> Diagram:
    """Draw a bar for each column, the most important on top; whiskers are the spread over the repeats."""
    title = f"Permutation importance ({found.figure} {found.baseline:.3f}"
    return _draw(found, found.spread, title, f"mean ± spread of {found.values.shape[1]}")


def draw_fold_importance(found: FoldImportance) -> Diagram:
    """The same for a cross-validation: whiskers are the spread over the seeds, of one seed that over the folds."""
    _, seeds, folds = found.values.shape
    of = f"{seeds} seeds" if seeds > 1 else f"{folds} folds"
    spread = found.spread_over_seeds if seeds > 1 else found.spread_over_folds
    title = f"Permutation importance ({folds} folds × {seeds} {'seed' if seeds == 1 else 'seeds'}"
    return _draw(found, spread, title, f"mean ± spread of {of}")


def _draw(found: Importance | FoldImportance, spreads: NDArray[Any], title: str, note: str) -> Diagram:
    order = found.order()[:MOST_DRAWN]
    mean, spread = found.mean[order], spreads[order]
    names = [shortened(found.names[k], NAME, 11) for k in order]
    c, high = Canvas(), ROW * len(order)
    low, most = span(mean - spread, mean + spread, [0.0], room=0.03)
    plot = plot_in(c, Box(0, 0, WIDE, high), (low, most), (len(order), 0))
    for tick in plot.x.ticks():
        at = float(plot.x(tick))
        c.line((at, 0), (at, high), "grid", 1)
        c.text(at, high + 13, number(tick), size=10, colour="muted", anchor="middle")
    for k, name in enumerate(names):
        m, s = float(mean[k]), float(spread[k])
        tip = f"{found.names[order[k]]}: {m:.4f} ± {s:.4f}".replace("-", "−")
        plot.bar((0.0, m), (k + 0.82, k + 0.18), "hue1" if m > 0 else "plain", opacity=0.85, tip=tip)
        plot.whisker(k + 0.5, m - s, m + s, "ink", across=True)
        c.text(-9, (k + 0.5) * ROW, name, size=11, anchor="end", kind="column")
    c.line((float(plot.x(0.0)), 0), (float(plot.x(0.0)), high), "ink", 1)
    words = f"{found.figure} lost when the column is shuffled, {note}"
    c.text(WIDE / 2, high + 33, words, size=11, anchor="middle")
    rest = len(found.names) - len(order)
    title = f"{title}{f', {rest} more in importance.csv' if rest else ''})"
    c.text(-9 - max(width_of(name, 11) for name in names), -24, title, size=13, bold=True)
    return finished(c, title, f"{words}: {len(order)} columns, the most important on top.")
