"""An attribution as a picture: a heat map over the picture, or bars for named inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.views.chart.plot import headline, plot_in, span
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import sample_colours, sign_of, signed_colours
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import number, shortened, width_of

if TYPE_CHECKING:
    from pellucid.look.attribution import Attribution

MOST_BARS = 24
SIDE = 300.0  # the longer side of a picture
WIDE, ROW, NAME = 420.0, 26.0, 220.0


def draw_attribution(found: Attribution, theme: str = "auto") -> Diagram:
    """Blue speaks for the output, red against it."""
    c = Canvas()
    shape = found.parts.shape
    sums = f"sum {number(found.total)}, expected {number(found.expected)} ({found.exact})"
    if len(shape) in (2, 3) and min(shape[:2]) > 1:
        _pictures(c, found, sums)
    else:
        _bars(c, found, sums)
    output = shortened(found.output, 300, 13, bold=True)
    title = f"{output} = {number(found.value)}: parts by {found.method.replace('_', ' ')}"
    headline(c, title)
    return finished(c, title, f"Blue: for, red: against. {sums}", theme)


def _pictures(c: Canvas, found: Attribution, sums: str) -> None:
    H, W = found.parts.shape[:2]
    parts = found.parts.reshape(H, W, -1).sum(axis=2)
    most = float(np.abs(parts).max())
    high, wide = SIDE * H / max(H, W), SIDE * W / max(H, W)
    words = (("the sample", _sample(found)), (f"parts, up to ±{number(most)}", signed_colours(parts, most)))
    left = 0.0
    for title, colours in words:
        c.text(left, -12, title, size=11)
        c.picture(left + wide / 2, high / 2, wide, high, colours)
        left += max(wide, 190.0) + 28
    c.text(0, high + 20, "blue: for, red: against", size=10, colour="muted")
    c.text(0, high + 37, sums, size=10, colour="muted")


def _bars(c: Canvas, found: Attribution, sums: str) -> None:
    rows = found.rows()
    drawn = []
    for name, value, part in rows[:MOST_BARS]:
        end = f" = {number(value)}"
        drawn.append((shortened(name, NAME - width_of(end, 11), 11) + end, part))
    if found.bias:
        drawn.append(("bias", found.bias))
    if len(rows) > MOST_BARS:
        rest = float(sum(part for _, _, part in rows[MOST_BARS:]))
        drawn.append((f"{len(rows) - MOST_BARS:,} others together", rest))
    high = ROW * len(drawn)
    plot = plot_in(c, Box(0, 0, WIDE, high), span([part for _, part in drawn], [0.0]), (len(drawn), 0))
    for tick in plot.x.ticks():
        at = float(plot.x(tick))
        c.line((at, 0), (at, high), "grid", 1)
        c.text(at, high + 13, number(tick), size=10, colour="muted", anchor="middle")
    for k, (name, part) in enumerate(drawn):
        plot.bar((0.0, part), (k + 0.82, k + 0.18), sign_of(part), tip=f"{name}: {number(part)}")
        c.text(-9, (k + 0.5) * ROW, name, size=11, anchor="end", kind="input")
    c.line((float(plot.x(0.0)), 0), (float(plot.x(0.0)), high), "ink", 1)
    c.text(WIDE / 2, high + 33, sums, size=10, colour="muted", anchor="middle")


def _sample(found: Attribution) -> NDArray[np.uint8]:
    x = found.sample
    return sample_colours(x, min(0.0, float(x.min())), max(1.0, float(x.max())))
