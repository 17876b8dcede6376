"""Learning as pictures: curves of the figures, histograms over time, and the cost along one weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DataError
from pellucid.views.diagram.text import number
from pellucid.views.sheet import BLUE, COLOURS, GREY, INK, RED, as_png, grid, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.look.cost import CostCurve
    from pellucid.training.history import History
    from pellucid.training.recorder import Record, Spread

LEVELS = 80  # of a heat map of histograms
MOST_ARRAYS = 12
WIDE = 30  # largest beside smallest value from which an axis is logarithmic


def draw_history(history: History, title: str = "Learning") -> bytes:
    """A PNG with a panel for the cost and each metric: training and validation over the epochs, and the rate.

    Raises
    ------
    DataError
        There is no epoch yet.
    """
    if not history.epoch:
        raise DataError("There is no epoch yet, so no curve. First call net.fit.")
    from matplotlib.ticker import MaxNLocator

    figures = history.history
    names = history.curves()
    rates = figures.get("learning_rate", [])
    names += ["learning_rate"] if len(set(rates)) > 1 else []
    epochs = np.arange(1, len(history.epoch) + 1)
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    with paper():
        figure = new_figure(4.3 * columns + 0.4, 3.2 * rows + 0.5)
        panels = np.atleast_1d(figure.subplots(rows, columns)).ravel()
        for axes, name in zip(panels, names, strict=False):
            keys = (("training", name), ("validation", f"val_{name}"))
            both = [(label, np.array(figures[key], float)) for label, key in keys if key in figures]
            for (label, values), colour in zip(both, (BLUE, RED), strict=False):
                marker = "o" if len(epochs) < 25 else None
                axes.plot(epochs, values, color=colour, linewidth=1.8, marker=marker, markersize=3, label=label)
            _maybe_logarithmic(axes, np.concatenate([values for _, values in both]))
            if len(both) > 1:
                held = both[1][1]
                if name == "loss" and np.isfinite(held).any():
                    best = int(np.nanargmin(held))
                    axes.axvline(best + 1, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
                    late = best > 0.7 * len(epochs)  # the words stand within the panel
                    axes.annotate(f"best: {best + 1}", (best + 1, 1), xycoords=("data", "axes fraction"),
                                  xytext=(-3 if late else 3, -9), ha="right" if late else "left",
                                  textcoords="offset points", fontsize=8, color=INK)  # fmt: skip
                axes.legend(frameon=False, fontsize=8.5)
            grid(axes)
            axes.set_title(name.replace("_", " "), fontsize=10)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        for axes in panels[len(names) :]:
            axes.set_visible(False)
        headline(figure, title)
        return as_png(figure)


def draw_records(records: Sequence[Record]) -> bytes:
    """A PNG: for each array of weights its histogram over the epochs, beside it that of its gradients; and units.

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
    layers = [layer for layer in records[-1].dead]
    columns, rows = 2 if gradients else 1, len(names) + bool(layers)
    with paper():
        figure = new_figure(4.6 * columns + 0.6, 2.1 * rows + 0.7)
        cells = figure.add_gridspec(rows, columns)
        for k, name in enumerate(names):
            _heat(figure, figure.add_subplot(cells[k, 0]), name, [(r.epoch, r.weights.get(name)) for r in records])
            if gradients:
                axes = figure.add_subplot(cells[k, 1])
                _heat(figure, axes, f"∂C/∂{name}", [(r.epoch, r.gradients.get(name)) for r in records])
        if layers:
            epochs = [record.epoch for record in records]
            for j, (what, words) in enumerate((("dead", "units that are dead"), ("saturated", "slopes below 1 %"))):
                axes = figure.add_subplot(cells[rows - 1, min(j, columns - 1)]) if j < columns else figure.axes[-1]
                for k, layer in enumerate(layers):
                    values = [100 * getattr(record, what).get(layer, np.nan) for record in records]
                    axes.plot(epochs, values, color=COLOURS[k % len(COLOURS)], linewidth=1.8, label=f"{short(layer)}",
                              linestyle="-" if columns > 1 or j == 0 else "--")  # fmt: skip
                grid(axes)
                axes.set(ylim=(-3, 103), xlabel="epoch", ylabel="%")
                axes.set_title(words if columns > 1 else "dead units (—), slopes below 1 % (--)", fontsize=9.5)
                if j == 0:
                    axes.legend(frameon=False, fontsize=8)
        headline(figure, f"Weights{', gradients' if gradients else ''} over {records[-1].epoch} epochs")
        return as_png(figure)


def _heat(figure: Any, axes: Any, name: str, found: list[tuple[int, Spread | None]]) -> None:
    """Histograms side by side: the darker, the more numbers; lines are the quartiles."""
    there = [(epoch, spread) for epoch, spread in found if spread is not None]
    low, high = min(s.low for _, s in there), max(s.high for _, s in there)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, LEVELS + 1)
    shares = np.stack([np.diff(np.append(s.below(edges)[:-1], 1.0)) for _, s in there], axis=1)
    epochs = np.array([epoch for epoch, _ in there], float)
    bounds = np.concatenate([epochs[:1] - 0.5, (epochs[1:] + epochs[:-1]) / 2, epochs[-1:] + 0.5])
    axes.pcolormesh(bounds, edges, np.sqrt(shares), cmap="Blues", shading="flat", rasterized=True)
    middles = (edges[1:] + edges[:-1]) / 2
    for part, width in ((0.25, 0.8), (0.5, 1.4), (0.75, 0.8)):
        line = [middles[np.argmax(np.cumsum(column) >= part)] for column in shares.T]
        axes.plot(epochs, line, color=INK, linewidth=width)
    axes.set_title(short(name, 36), fontsize=9.5)
    axes.set_xlabel("epoch", fontsize=8.5)


def draw_cost(found: CostCurve) -> bytes:
    """A PNG of the cost along the weight, with the steps of the descent."""
    with paper():
        figure = new_figure(7.0, 4.4)
        axes = figure.subplots()
        axes.plot(found.w, found.cost, color=GREY, linewidth=2, label="cost C(w), all other weights held")
        axes.plot(found.path, found.path_cost, color=RED, linewidth=0.9, alpha=0.7)
        axes.plot(found.path, found.path_cost, "o", color=RED, markersize=4,
                  label=f"{len(found.slopes)} steps, learning rate {found.rate:g}")  # fmt: skip
        for words, k in (("start", 0), ("end", -1)):
            axes.annotate(f"{words}: {found.path[k]:.4g}", (found.path[k], found.path_cost[k]), xytext=(7, 7),
                          textcoords="offset points", fontsize=9, color=INK)  # fmt: skip
        grid(axes)
        axes.set(xlabel=found.weight, ylabel="cost C")
        axes.legend(frameon=False, fontsize=9)
        headline(figure, f"{short(found.network, 30)}: the cost along one weight")
        return as_png(figure)


def _maybe_logarithmic(axes: Any, values: Any) -> None:
    finite = values[np.isfinite(values)]
    if len(finite) and finite.min() > 0 and finite.max() / finite.min() > WIDE:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
        axes.yaxis.set_minor_formatter(lambda value, _: "")
