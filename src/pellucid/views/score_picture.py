"""A score as a picture: from the usual row's score to this row's, a step for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.chart.plot import plot_in, span
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import sign_of
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import number, shortened, width_of

if TYPE_CHECKING:
    from pellucid.look.score import Score

MOST_DRAWN = 15  # columns; the others are one step together
WIDE, ROW, NAME, CELL = 400.0, 28.0, 170.0, 110.0


def draw_score(score: Score, theme: str = "auto") -> Diagram:
    """Draw a bar for each column, the largest part on top, each from where the one above it ended.

    A whisker at a bar's end is the spread of that part between the members; the last row is the score and its spread.
    """
    rows = score.rows()
    drawn = rows if len(rows) <= MOST_DRAWN + 1 else rows[:MOST_DRAWN]
    names = [shortened(f"{name} = {cell}", NAME, 11) for name, cell, *_ in drawn]
    usual = [f"usual {shortened(cell, CELL, 10)}" for _, _, cell, *_ in drawn]
    parts, spreads = [row[3] for row in drawn], [row[4] for row in drawn]
    if len(rows) > len(drawn):
        rest = score.parts[score.order()[MOST_DRAWN:]].sum(axis=0)
        names, usual = [*names, f"{len(rows) - MOST_DRAWN} other columns"], [*usual, ""]
        parts.append(float(rest.mean()))
        spreads.append(float(rest.std(ddof=1)) if len(rest) > 1 else float("nan"))
    ends = score.usual_value + np.cumsum([0.0, *parts])
    known = np.nan_to_num(np.array([*spreads, score.spread]))
    reach = np.array([*ends[1:], score.value])
    c, high = Canvas(), ROW * (len(parts) + 2)
    plot = plot_in(c, Box(0, 0, WIDE, high), span(ends, reach - known, reach + known, room=0.05), (len(parts) + 2, 0))
    for tick in plot.x.ticks():
        at = float(plot.x(tick))
        c.line((at, 0), (at, high), "grid", 1)
        c.text(at, high + 13, number(tick), size=10, colour="muted", anchor="middle")

    def line(row: float, value: float, words: str) -> None:
        c.text(-9, (row + 0.5) * ROW, words, size=11, anchor="end", bold=True)
        at = float(plot.x(value))
        c.line((at, (row + 0.15) * ROW), (at, (row + 0.85) * ROW), "ink", 3, kind="total")

    line(0, score.usual_value, "a usual row")
    c.text(WIDE + 12, 0.5 * ROW, score.shown(score.usual_value), size=11)
    for k, (name, part, spread) in enumerate(zip(names, parts, spreads, strict=True), 1):
        tip = f"{name}: {part:+.4g}".replace("-", "−")
        plot.bar((ends[k - 1], ends[k]), (k + 0.82, k + 0.18), sign_of(part), tip=tip)
        c.line((float(plot.x(ends[k])), (k + 0.82) * ROW), (float(plot.x(ends[k])), (k + 1.18) * ROW), "faint", 1)
        if not np.isnan(spread):
            plot.whisker(k + 0.5, ends[k] - spread, ends[k] + spread, "ink", across=True)
        c.text(-9, (k + 0.5) * ROW - (5 if usual[k - 1] else 0), name, size=11, anchor="end", kind="column")
        c.text(-9, (k + 0.5) * ROW + 8, usual[k - 1], size=9, colour="muted", anchor="end")
        c.text(WIDE + 12, (k + 0.5) * ROW, _with_spread(score, part, spread, signed=True), size=11)
    last = len(parts) + 1
    line(last, score.value, "this row")
    if not np.isnan(score.spread):
        plot.whisker(last + 0.5, score.value - score.spread, score.value + score.spread, "ink", across=True)
    c.text(WIDE + 12, (last + 0.5) * ROW, _with_spread(score, score.value, score.spread), size=11, bold=True)
    members = len(score.members)
    words = f"{score.output}, column by column" + (f"; ± is the spread of {members} members" if members > 1 else "")
    c.text(WIDE / 2, high + 33, words, size=11, anchor="middle")
    title = f"{score.output} = {_with_spread(score, score.value, score.spread)}"
    title += "" if score.true is None else f", true: {score.true}"
    c.text(-9 - max(width_of(name, 11) for name in (*names, "a usual row")), -24, title, size=13, bold=True)
    return finished(
        c, title, f"From {score.shown(score.usual_value)} of a usual row to {score.shown(score.value)}.", theme
    )


def _with_spread(score: Score, value: float, spread: float, signed: bool = False) -> str:
    shown = f"{'+' if signed and value > 0 else ''}{score.shown(value)}"
    return (shown if np.isnan(spread) else f"{shown} ± {score.shown(spread)}").replace("-", "−")
