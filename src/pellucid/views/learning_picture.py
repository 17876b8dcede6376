"""Learning as pictures: curves of the figures, histograms over time, and the cost along one weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DataError
from pellucid.views.chart.plot import Plot, headline, legend, plot_in, span
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import HUES, tinted
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import shortened

if TYPE_CHECKING:
    from pellucid.look.cost import CostCurve
    from pellucid.training.history import History
    from pellucid.training.rate_finder import RateSweep
    from pellucid.training.recorder import Record, Spread

PANEL, HIGH = 280.0, 180.0
ACROSS, DOWN = 84.0, 88.0  # between panels
LEVELS, MOMENTS = 120, 280  # of a heat map of histograms: pixels up and across
TAIL = 0.002  # of an array's numbers that may lie beyond each end of its heat map
MOST_ARRAYS = 12
WIDE = 30  # largest beside smallest value from which an axis is logarithmic

HUE = {"training": "hue1", "validation": "hue2"}

Line = tuple[str, str, Any]  # name, colour, values


def draw_history(history: History, title: str = "Learning", theme: str = "auto") -> Diagram:
    """A panel for the cost and each metric: training and validation over the epochs, and the rate.

    Raises
    ------
    DataError
        There is no epoch yet.
    """
    if not history.epoch:
        raise DataError("There is no epoch yet, so no curve. First call net.fit.")
    figures = history.history
    names = history.curves()
    rates = figures.get("learning_rate", [])
    names += ["learning_rate"] if len(set(rates)) > 1 else []
    epochs = np.arange(1, len(history.epoch) + 1)
    columns = min(3, len(names))
    c = Canvas()
    for k, name in enumerate(names):
        own = "validation" if name.startswith("val_") else "training"  # one of validation alone keeps its colour
        found = ((own, name), ("validation", f"val_{name}"))
        lines = [(label, HUE[label], np.array(figures[key], float)) for label, key in found if key in figures]
        plot = _curves(c, k % columns * (PANEL + ACROSS), k // columns * (HIGH + DOWN), epochs, lines)
        plot.title(name.removeprefix("val_").replace("_", " "))
        if name == "loss" and len(lines) > 1 and np.isfinite(lines[1][2]).any():
            best = int(np.nanargmin(lines[1][2])) + 1
            at = float(plot.x(best))
            c.line((at, plot.box.top), (at, plot.box.bottom), "muted", 1, dashed=True, kind="best")
            c.text(max(at, plot.box.left + 70), plot.box.top - 8, f"best: {best}", size=9.5, colour="muted",
                   anchor="middle")  # fmt: skip
    if any(name.startswith("val_") for name in figures):
        legend(c, columns * (PANEL + ACROSS) - ACROSS + 22, 8, [(name, hue, False) for name, hue in HUE.items()])
    headline(c, title)
    return finished(c, title, f"{', '.join(names)} over {len(epochs)} epochs.", theme)


def _curves(c: Canvas, left: float, top: float, epochs: Any, lines: Sequence[Line]) -> Plot:
    """A panel with some lines over the epochs."""
    values = np.concatenate([line for _, _, line in lines])
    values = values[np.isfinite(values)]
    log = len(values) > 0 and values.min() > 0 and values.max() / WIDE > values.min()
    ends = (float(values.min()) * 0.9, float(values.max()) * 1.1) if log else span(values)
    across = (float(epochs[0]), float(epochs[-1])) if len(epochs) > 1 else span(epochs.astype(float))
    plot = plot_in(c, Box(left, top, left + PANEL, top + HIGH), across, ends, log_y=bool(log))
    plot.frame("epoch", "", whole=True)
    for name, hue, line in lines:
        plot.line(epochs, line, hue, 1.8, kind="curve", tip=name)
        if len(epochs) < 25:
            there = np.isfinite(line)
            plot.points(epochs[there], line[there], hue, 4.5, 1.0)
    return plot


def draw_records(records: Sequence[Record], theme: str = "auto") -> Diagram:
    """For each array of weights its histogram over the epochs, beside it that of its gradients; and units.

    Raises
    ------
    DataError
        Nothing was recorded.
    """
    if not records:
        raise DataError("Nothing was recorded yet. Give the recorder to a training: net.fit(…, callbacks=recorder).")
    names = [name for name in records[0].weights if name.endswith(".weights")] or list(records[0].weights)
    names = names[:MOST_ARRAYS]
    gradients = any(record.gradients for record in records)
    c = Canvas()
    for k, name in enumerate(names):
        top = k * (HIGH + DOWN)
        _heat(c, 0.0, top, name, [(r.epoch, r.weights.get(name)) for r in records])
        if gradients:
            _heat(c, PANEL + ACROSS, top, f"∂C/∂{name}", [(r.epoch, r.gradients.get(name)) for r in records])
    layers = list(records[-1].dead)
    epochs = np.array([record.epoch for record in records], float)
    if layers:
        top = len(names) * (HIGH + DOWN)
        shares = {"dead": "Dead units, in %", "saturated": "Slopes below 1 % of the largest, in %"}
        for j, (what, words) in enumerate(shares.items()):
            left = j * (PANEL + ACROSS)
            across = (epochs[0], epochs[-1]) if len(epochs) > 1 else span(epochs)
            plot = plot_in(c, Box(left, top, left + PANEL, top + HIGH), across, (-3, 103))
            plot.frame("epoch", "", whole=True)
            plot.title(words)
            for k, layer in enumerate(layers):
                values = [100 * getattr(record, what).get(layer, np.nan) for record in records]
                plot.line(epochs, values, HUES[k % len(HUES)], 1.8, kind="curve", tip=layer)
        entries = [(shortened(layer, 150, 10), HUES[k % len(HUES)], False) for k, layer in enumerate(layers)]
        legend(c, 2 * PANEL + ACROSS + 20, top + 10, entries)
    title = f"Weights{', gradients' if gradients else ''} over {records[-1].epoch} epochs"
    headline(c, title)
    words = f"The darker, the more numbers; lines are the quartiles; up to {100 * TAIL:g} % lie beyond each end."
    c.text(c.box.left, c.box.bottom + 16, words, size=10, colour="muted")
    return finished(c, title, words, theme)


def _heat(c: Canvas, left: float, top: float, name: str, found: list[tuple[int, Spread | None]]) -> None:
    """Histograms side by side: the darker, the more numbers; lines are the quartiles."""
    there = [(epoch, spread) for epoch, spread in found if spread is not None]
    epochs = np.array([epoch for epoch, _ in there], float)
    fine = np.linspace(min(s.low for _, s in there), max(s.high for _, s in there), 4 * LEVELS + 1)
    below = np.stack([s.below(fine) for _, s in there], axis=1)  # (values, epochs), rising from 0 to 1
    first = int(np.argmax((below > TAIL).any(axis=1)))
    last = len(fine) - 1 - int(np.argmax((below[::-1] < 1 - TAIL).any(axis=1)))
    low, high = fine[max(0, first - 1)], fine[min(len(fine) - 1, last + 1)]
    if high <= low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, LEVELS + 1)
    shares = np.stack([np.diff(np.append(s.below(edges)[:-1], 1.0)) for _, s in there], axis=1)
    across = (float(epochs[0]), float(epochs[-1])) if len(epochs) > 1 else span(epochs)
    box = Box(left, top, left + PANEL, top + HIGH)
    plot = plot_in(c, box, across, (float(low), float(high)))
    plot.frame("epoch", "", whole=True)
    plot.title(shortened(name, PANEL, 11, bold=True))
    nearest = np.abs(np.linspace(*across, MOMENTS)[:, None] - epochs).argmin(axis=1)  # a recorded epoch for each pixel
    dark = np.sqrt(shares / (shares.max() or 1.0))[::-1, nearest]
    c.picture((box.left + box.right) / 2, (box.top + box.bottom) / 2, PANEL, HIGH, tinted("positive", dark), frame="",
              smooth=True, kind="histograms")  # fmt: skip
    middles = (edges[1:] + edges[:-1]) / 2
    for part, width in ((0.25, 0.8), (0.5, 1.4), (0.75, 0.8)):
        plot.line(epochs, [middles[np.argmax(np.cumsum(s) >= part)] for s in shares.T], "ink", width, kind="quartile")


def draw_cost(found: CostCurve, theme: str = "auto") -> Diagram:
    """The cost along the weight, with the steps of the descent."""
    c = Canvas()
    title = f"{shortened(found.network, 250, 13)}: the cost along one weight"
    words = f"{len(found.slopes)} steps, learning rate {found.rate:g}"
    _descent(c, found.w, found.cost, found.path, found.path_cost, found.weight, "cost C, other weights held", words)
    headline(c, title)
    return finished(c, title, f"{found!r}: {words}.", theme)


def draw_sweep(found: RateSweep, theme: str = "auto") -> Diagram:
    """The cost of each batch over the rates of a trial, smoothed too, and the rate that is suggested."""
    c = Canvas()
    lowest, first = float(found.costs.min()), float(found.smooth[0])
    ends = (lowest - 0.1 * (first - lowest) - 1e-9, first + 0.5 * (first - lowest) + 1e-9)
    across = (float(found.rates[0]), float(found.rates[-1]) if len(found.rates) > 1 else 10 * float(found.rates[0]))
    plot = plot_in(c, Box(0, 0, 470, 290), across, ends, log_x=True)
    plot.frame("learning rate", "cost", x_ticks=7)
    for values, hue, wide, words in (
        (found.costs, "faint", 1.0, "each batch"),
        (found.smooth, "hue1", 2.2, "smoothed"),
    ):
        plot.line(found.rates, np.where(values > ends[1], np.nan, values), hue, wide, kind="curve", tip=words)
    at = float(plot.x(found.suggestion))
    c.line((at, 0), (at, 290), "hue2", 1.6, dashed=True, kind="suggestion")
    entries = [("each batch", "faint", False), ("smoothed", "hue1", False)]
    legend(c, 494, 10, [*entries, (f"suggested: {found.suggestion:.2g}", "hue2", True)])
    title = "Cost while the learning rate rises"
    headline(c, title)
    return finished(c, title, f"Suggested: {found.suggestion:.2g}.", theme)


def draw_parabola(path: Any, rate: float, theme: str = "auto") -> Diagram:
    """C(w) = (w − 1)² with the steps of a descent: the weight before each and after the last."""
    w = np.asarray(path, float)
    reach = 1.3 * max(float(np.abs(w - 1.0).max()), 0.5)
    curve = np.linspace(1.0 - reach, 1.0 + reach, 241)
    c = Canvas()
    words = f"{len(w) - 1} steps, learning rate {rate:g}"
    _descent(c, curve, (curve - 1.0) ** 2, w, (w - 1.0) ** 2, "weight w", "cost C = (w − 1)²", words)
    title = "Gradient descent on one weight"
    headline(c, title)
    return finished(c, title, f"{words}: from w = {w[0]:.4g} to {w[-1]:.4g}.", theme)


def _descent(c: Canvas, w: Any, cost: Any, path: Any, path_cost: Any, x_words: str, y_words: str, words: str) -> None:
    """A cost as a curve, and the steps on it."""
    there = np.isfinite(path) & np.isfinite(path_cost)
    plot = plot_in(c, Box(0, 0, 470, 300), span(w, path, room=0.16), span(cost, path_cost, room=0.06))
    plot.frame(x_words, "cost C")
    plot.line(w, cost, "faint", 2.2, kind="curve")
    plot.line(path, path_cost, "negative", 0.9)
    plot.points(path[there], path_cost[there], "negative", 6, 0.75)
    ends = [(float(plot.x(path[k])), float(plot.y(path_cost[k]))) for k in (0, -1)]
    apart = max(abs(ends[0][0] - ends[1][0]) / 110, abs(ends[0][1] - ends[1][1]) / 18) if there[[0, -1]].all() else 0
    if apart < 1:  # one line of words where two would lie on one another
        labels = [(ends[1], 0, f"w = {path[0]:.4g} → {path[-1]:.4g}")]
    else:
        labels = [(ends[0], -4, f"start: w = {path[0]:.4g}"), (ends[1], 10, f"end: w = {path[-1]:.4g}")]
    lowest = float(plot.x(w[np.nanargmin(cost)]))
    for (x, y), down, label in labels:  # on the side of the curve where no step goes
        left = x < lowest
        c.text(x + (-10 if left else 10), y + down, label.replace("-", "−"), size=10, anchor="end" if left else "start")
    c.line((0, -16), (20, -16), "faint", 2.2)
    c.text(27, -16, y_words, size=10)
    c.circle(250, -16, 3, "negative")
    c.text(260, -16, words, size=10)
