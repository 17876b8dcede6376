"""A plot: a rectangle of the canvas with two axes, and what is drawn in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.views.chart.axis import Axis
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import scale_colours
from pellucid.views.diagram.text import number, shortened, width_of, wrapped

TITLE, WORDS, SMALL = 13.0, 11.0, 10.0  # sizes of letters
NAME = 190.0  # room for a name in a legend
MOST_POINTS = 1500  # of a line; of more, the first, last, least and greatest of each half pixel are drawn
LAYERS = 6  # of scattered points: where points of several layers meet, it gets darker


@dataclass(frozen=True)
class Plot:
    """A rectangle of a canvas, and how numbers become places in it.

    Attributes
    ----------
    canvas : Canvas
    box : Box
        Where it lies.
    x, y : Axis
        Made by :func:`plot_in`: x from left to right, y from bottom to top.
    """

    canvas: Canvas
    box: Box
    x: Axis
    y: Axis

    def frame(
        self, x_words: str, y_words: str, *, x_ticks: int = 5, y_ticks: int = 5, x_numbers: bool = True,
        whole: bool = False, form: Callable[[float], str] = number,
    ) -> float:  # fmt: skip
        """Thin lines at round numbers, the numbers, and what they are; returns the lowest place that is used.

        With ``whole``, only whole numbers stand at x, as for epochs.
        """
        c, box = self.canvas, self.box
        widest = 0.0
        for tick in self.y.ticks(y_ticks):
            at = float(self.y(tick))
            c.line((box.left, at), (box.right, at), "grid", 1)
            c.text(box.left - 7, at, form(tick), size=SMALL, colour="muted", anchor="end")
            widest = max(widest, width_of(form(tick), SMALL))
        for tick in self.x.ticks(x_ticks):
            if whole and tick != int(tick):
                continue
            at = float(self.x(tick))
            c.line((at, box.top), (at, box.bottom), "grid", 1)
            if x_numbers:
                c.text(at, box.bottom + 12, form(tick), size=SMALL, colour="muted", anchor="middle")
        c.line((box.left, box.bottom), (box.right, box.bottom), "faint", 1)
        c.line((box.left, box.top), (box.left, box.bottom), "faint", 1)
        if y_words:
            c.text(box.left - 7 - widest - 14, (box.top + box.bottom) / 2, y_words, size=WORDS, anchor="middle",
                   turned=True)  # fmt: skip
        if x_words:
            c.text((box.left + box.right) / 2, box.bottom + 31, x_words, size=WORDS, anchor="middle")
        return box.bottom + (38 if x_words else 18 if x_numbers else 0)

    def title(self, words: str) -> None:
        """Words above its left edge."""
        self.canvas.text(self.box.left, self.box.top - 13, words, size=WORDS, bold=True)

    def line(
        self, xs: ArrayLike, ys: ArrayLike, colour: str, width: float = 1.8, *, steps: bool = False,
        dashed: bool = False, tip: str = "", kind: str = "",
    ) -> None:  # fmt: skip
        """A line through points, broken where one is not finite; with ``steps`` each height holds until the next."""
        x, y = np.asarray(xs, float), np.asarray(ys, float)
        there = np.isfinite(y)
        if not there.any():
            return
        path, part = "", np.cumsum(np.diff(there, prepend=False))
        for k in np.unique(part[there]):
            px, py = _thinned(self.x(x[part == k]), self.y(y[part == k]))
            if steps:  # along, then up or down
                px, py = np.repeat(px, 2)[1:], np.repeat(py, 2)[:-1]
            px, py = (px, py) if len(px) > 1 else (np.repeat(px, 2), np.repeat(py, 2))
            path += "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(px.tolist(), py.tolist(), strict=True))
        corners = _around(self.x(x[there]), self.y(y[there]))
        self.canvas.curve(path, corners, colour, width, dashed=dashed, kind=kind, tip=tip)

    def points(self, xs: ArrayLike, ys: ArrayLike, colour: str, size: float, opacity: float) -> None:
        """Points, darker where several lie on one another: dots are lines without length, with round ends."""
        px, py = self.x(np.asarray(xs, float)), self.y(np.asarray(ys, float))
        for k in range(min(LAYERS, len(px))):
            a, b = px[k::LAYERS].tolist(), py[k::LAYERS].tolist()
            path = "".join(f"M{left:.1f} {top:.1f}h0" for left, top in zip(a, b, strict=True))
            self.canvas.curve(path, self.box, colour, size, opacity=opacity, kind="points")

    def dots(self, groups: Sequence[tuple[ArrayLike, ArrayLike, str]], size: float) -> None:
        """Points of several colours, (x, y, colour), with a rim of paper around each, so that all can be told apart.

        They are drawn in layers of every group, so that no group hides another.
        """
        placed = [(self.x(np.asarray(x, float)), self.y(np.asarray(y, float)), colour) for x, y, colour in groups]
        most = max((len(x) for x, _, _ in placed), default=0)
        for k in range(min(LAYERS, most)):
            for px, py, colour in placed:
                path = "".join(
                    f"M{a:.1f} {b:.1f}h0" for a, b in zip(px[k::LAYERS].tolist(), py[k::LAYERS].tolist(), strict=True)
                )
                if path:
                    self.canvas.curve(path, self.box, "paper", size + 1.8)
                    self.canvas.curve(path, self.box, colour, size, kind="points")

    def bar(
        self, x: tuple[float, float], y: tuple[float, float], colour: str, *, opacity: float = 0.8, tip: str = ""
    ) -> None:
        """A filled rectangle between numbers of both axes."""
        left, right = sorted(float(self.x(v)) for v in x)
        top, bottom = sorted(float(self.y(v)) for v in y)
        self.canvas.rect(Box(left, top, right, bottom), colour, radius=0, opacity=opacity, kind="bar", tip=tip)

    def whisker(self, at: float, low: float, high: float, colour: str, *, across: bool = False) -> None:
        """A span from ``low`` to ``high`` with caps: upright at the place x = ``at``, or ``across`` at y = ``at``."""
        c = self.canvas
        if across:
            a, b, k = float(self.x(low)), float(self.x(high)), float(self.y(at))
            ends: Sequence[Any] = [((a, k), (b, k)), ((a, k - 3), (a, k + 3)), ((b, k - 3), (b, k + 3))]
        else:
            a, b, k = float(self.y(low)), float(self.y(high)), float(self.x(at))
            ends = [((k, a), (k, b)), ((k - 3, a), (k + 3, a)), ((k - 3, b), (k + 3, b))]
        for start, end in ends:
            c.line(start, end, colour, 1, kind="whisker")


def plot_in(
    canvas: Canvas, box: Box, x: tuple[float, float], y: tuple[float, float], *, log_x: bool = False,
    log_y: bool = False,
) -> Plot:  # fmt: skip
    """A plot within ``box``, from the first to the second number along each axis."""
    return Plot(canvas, box, Axis(*x, box.left, box.right, log_x), Axis(*y, box.bottom, box.top, log_y))


def headline(canvas: Canvas, words: str, least: float = 320.0) -> None:
    """A title above all that was drawn, from its left edge, on several lines where it is longer."""
    box = canvas.box
    lines = wrapped(words, max(box.right - box.left, least), TITLE, bold=True)
    for k, line in enumerate(reversed(lines)):
        canvas.text(box.left, box.top - 18 - 19 * k, line, size=TITLE, bold=True, kind="headline")


def span(*parts: ArrayLike, room: float = 0.04) -> tuple[float, float]:
    """The least and the greatest finite number of all, with some room around them.

    >>> span([0.0, 10.0], room=0.1), span([2.0, 2.0])
    ((-1.0, 11.0), (1.92, 2.08))
    """
    values = np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    wide = (high - low) or abs(high) or 1.0
    return low - room * wide, high + room * wide


def legend(canvas: Canvas, left: float, top: float, entries: Sequence[tuple[str, str, bool]], title: str = "") -> Box:
    """Lines with their names, below each other: (name, colour, dashed); returns where they lie."""
    at, right = top, left
    if title:
        canvas.text(left, at, title, size=SMALL, colour="muted")
        right, at = left + width_of(title, SMALL), at + 19
    for name, colour, dashed in entries:
        canvas.line((left, at), (left + 20, at), colour, 2.2, dashed=dashed)
        canvas.text(left + 27, at, name, size=SMALL)
        right, at = max(right, left + 27 + width_of(name, SMALL)), at + 17
    return Box(left, top - 8, right, at - 9)


def dot_legend(canvas: Canvas, left: float, top: float, entries: Sequence[tuple[str, str]], most: int = 24) -> None:
    """Dots with their names, below each other: (name, colour); of very many the first, and how many more there are."""
    for k, (name, colour) in enumerate(entries[:most]):
        canvas.circle(left + 4, top + 17 * k, 4, colour)
        canvas.text(left + 15, top + 17 * k, shortened(name, NAME, SMALL), size=SMALL, kind="legend")
    if len(entries) > most:
        canvas.text(left + 15, top + 17 * most, f"and {len(entries) - most:,} more", size=SMALL, colour="muted")


def scale_bar(canvas: Canvas, box: Box, low: float, high: float, words: str) -> None:
    """What the colours of the scale stand for: a strip from the least number, below, to the greatest."""
    colours = scale_colours(np.linspace(high, low, 128)[:, None], low, high)
    middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    canvas.picture(*middle, box.right - box.left, box.bottom - box.top, colours, smooth=True)
    axis = Axis(low, high, box.bottom, box.top)
    ticks = axis.ticks()
    for tick in ticks:
        canvas.text(box.right + 6, float(axis(tick)), number(tick), size=SMALL, colour="muted")
    wide = max(width_of(number(tick), SMALL) for tick in ticks)
    canvas.text(box.right + 6 + wide + 12, middle[1], words, size=WORDS, anchor="middle", turned=True)


def legend_size(entries: Sequence[tuple[str, str, bool]], title: str = "") -> tuple[float, float]:
    """(Width, height) that :func:`legend` needs."""
    wide = max([width_of(title, SMALL), *(27 + width_of(name, SMALL) for name, _, _ in entries)])
    return wide, 17.0 * len(entries) + (19 if title else 0)


def _thinned(px: NDArray[np.float64], py: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of a line with more points than can be seen: the first, last, least and greatest of each half pixel."""
    if len(px) <= MOST_POINTS:
        return px, py
    column = np.rint(2 * px)
    first = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
    last = np.r_[first[1:], len(px)] - 1
    group = np.repeat(np.arange(len(first)), last - first + 1)
    by_height = np.lexsort((py, group))  # within each group from the least to the greatest
    keep = np.unique(np.concatenate([first, last, by_height[first], by_height[last]]))
    return px[keep], py[keep]


def _around(px: NDArray[np.float64], py: NDArray[np.float64]) -> Box:
    return Box(float(px.min()), float(py.min()), float(px.max()), float(py.max()))
