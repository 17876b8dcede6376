"""Planes and curves: decision boundaries, surfaces, and the hidden space before and after training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.chart.levels import draw_zero_lines
from pellucid.views.chart.plot import Plot, dot_legend, headline, legend, plot_in, scale_bar, span
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import CLASS_HUES, SCALE_HUES, rgb, scale_colours
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import shortened

if TYPE_CHECKING:
    from pellucid.look.boundary import Boundary
    from pellucid.look.hidden import HiddenSpace

MOST_POINTS = 1_500
MOST_NAMED = 18  # of the curves of classes
WIDE, HIGH = 440.0, 380.0
ACROSS = 76.0  # between two plots
NAME = 250.0  # room for a network's name


def draw_boundary(found: Boundary, theme: str = "auto") -> Diagram:
    """The class's colour, paler where it is less certain; or the number as a surface; or a curve."""
    c = Canvas()
    across = shortened(found.axes[0], WIDE, 11)
    if found.y is None:
        _curve(c, found, across)
        what = f"what it says along {shortened(found.axes[0], 200, 11)}"
    else:
        _plane(c, found, across)
        what = "decision boundary" if found.classes else "what it says over two features"
    title = f"{shortened(found.network, NAME, 13)}: {what}{f' ({found.rest})' if found.rest else ''}"
    headline(c, title)
    return finished(c, title, found.text(), theme)


def _plane(c: Canvas, found: Boundary, across: str) -> None:
    assert found.y is not None
    x, y = found.x, found.y
    half = (
        (x[-1] - x[0]) / (len(x) - 1) / 2,
        (y[-1] - y[0]) / (len(y) - 1) / 2,
    )  # a pixel's middle is where it was asked
    plot = plot_in(c, Box(0, 0, WIDE, HIGH), (x[0] - half[0], x[-1] + half[0]), (y[0] - half[1], y[-1] + half[1]))
    plot.frame(across, shortened(found.axes[1], HIGH, 11))
    classes, rows = found.classes, _some(len(found.points))
    points = found.points[rows]
    targets = None if found.targets is None else found.targets[rows]
    size = 6.5 if len(rows) < 300 else 4.5
    if classes is None:
        z = found.outputs[..., 0]
        low, high = float(z.min()), float(z.max())
        _picture(c, scale_colours(z, low, high))
        scale_bar(c, Box(WIDE + 24, 20, WIDE + 40, HIGH - 20), low, high, "output")
        if targets is None:
            plot.dots([(*points.T, "ink")], size)
        else:
            _numbers(plot, points, targets.astype(float), (low, high), size)
    else:
        _picture(c, _class_colours(found))
        for k in range(len(classes)):  # where a class and the next best of the others are equal
            others = np.delete(found.outputs, k, axis=-1).max(axis=-1)
            draw_zero_lines(plot, x, y, found.outputs[..., k] - others, "ink", 1.1)
        _points(plot, points, targets, classes, size)
        dot_legend(c, WIDE + 24, 10, _entries(classes))


def _picture(c: Canvas, colours: NDArray[np.uint8]) -> None:
    """Pixels of the whole plane, their first row at the bottom."""
    c.picture(WIDE / 2, HIGH / 2, WIDE, HIGH, colours[::-1], smooth=True, frame="", kind="plane")


def _class_colours(found: Boundary) -> NDArray[np.uint8]:
    """Each place in the colour of its class, the more opaque the farther the class is ahead of the next best."""
    assert found.classes is not None
    colours = np.array([rgb(_hue(k)) for k in range(len(found.classes))], np.uint8)
    top = np.sort(found.outputs, axis=-1)
    sure = np.clip(top[..., -1] - top[..., -2], 0, 1)
    pixels: NDArray[np.uint8] = np.concatenate(
        [colours[found.regions], np.rint(255 * (0.12 + 0.45 * sure)).astype(np.uint8)[..., None]], axis=-1
    )
    return pixels


def _numbers(
    plot: Plot, points: NDArray[Any], targets: NDArray[np.float64], ends: tuple[float, float], size: float
) -> None:
    """Points with the colour of their target, on the scale of the surface."""
    share = np.clip((targets - ends[0]) / ((ends[1] - ends[0]) or 1.0), 0, 1)
    step = np.rint(share * (len(SCALE_HUES) - 1)).astype(int)
    plot.dots([(*points[step == k].T, hue) for k, hue in enumerate(SCALE_HUES)], size)


def _curve(c: Canvas, found: Boundary, across: str) -> None:
    rows = _some(len(found.points))
    x = found.points[rows, 0]
    targets = None if found.targets is None else found.targets[rows]
    box = Box(0, 0, WIDE + 40, HIGH - 60)
    ends = (float(found.x[0]), float(found.x[-1]))
    if found.classes is None:
        both = [found.outputs] if targets is None else [found.outputs, targets]
        plot = plot_in(c, box, ends, span(*both))
        plot.frame(across, "")
        entries = []
        if targets is not None:
            plot.points(x, targets, "plain", 5.0, 0.55)
            dot_legend(c, box.right + 30, 10, [("rows", "plain")])
        for k, line in enumerate(found.outputs.T):
            name = f"output {k}" if found.outputs.shape[1] > 1 else "network"
            plot.line(found.x, line, _hue(k + 1), 2.2, kind="curve", tip=name)
            entries.append((name, _hue(k + 1), False))
    else:
        strip = min(len(found.classes), 8)  # lines below the curves, in which the rows of a class stand
        plot = plot_in(c, box, ends, (-0.03 - 0.03 * strip * (targets is not None), 1.03))
        plot.frame(across, "what the network says of each class")
        for k, name in enumerate(found.classes):
            plot.line(found.x, found.outputs[:, k], _hue(k), 2.2, kind="curve", tip=name)
            if targets is not None:
                at = float(plot.y(-0.035 - 0.03 * (k % strip)))
                path = "".join(f"M{place:.1f} {at:.1f}v6" for place in plot.x(x[targets == k]).tolist())
                if path:
                    c.curve(path, box, _hue(k), 1.2, kind="rows")
        entries = [(name, colour, False) for name, colour in _entries(found.classes)]
    if len(entries) > 1 or targets is not None:
        top = 27.0 if found.classes is None and targets is not None else 10.0
        names = [(shortened(name, 190, 10), hue, dashed) for name, hue, dashed in entries[:MOST_NAMED]]
        key = legend(c, box.right + 24, top, names)
        if len(entries) > MOST_NAMED:
            words = f"and {len(entries) - MOST_NAMED:,} more"
            c.text(box.right + 51, key.bottom + 9, words, size=10, colour="muted")


def draw_hidden(found: HiddenSpace, theme: str = "auto") -> Diagram:
    """The space before and after training side by side."""
    c = Canvas()
    sides = (("Before training", found.before), ("After training", found.after))
    side = 340.0
    for k, ((name, points), (first, second)) in enumerate(zip(sides, found.shares, strict=True)):
        left = k * (side + ACROSS)
        plot = plot_in(c, Box(left, 0, left + side, side), span(points[:, 0]), span(points[:, 1]))
        plot.frame(f"component 1 ({100 * first:.0f} %)", f"component 2 ({100 * second:.0f} %)")
        plot.title(
            name + ("" if found.apart is None else f": {100 * found.apart[k]:.0f} % of variance between classes")
        )
        rows = _some(len(points))
        targets = None if found.targets is None else found.targets[rows]
        size = 6.5 if len(rows) < 300 else 4.5
        if found.classes is not None or targets is None:
            _points(plot, points[rows], targets, found.classes or (), size)
        else:
            _numbers(plot, points[rows], targets.astype(float), _ends(found.targets), size)
    right = 2 * side + ACROSS + 24
    if found.classes is not None and found.targets is not None:
        dot_legend(c, right, 10, _entries(found.classes))
    elif found.targets is not None:
        scale_bar(c, Box(right, 20, right + 16, side - 20), *_ends(found.targets), "target")
    title = f"{shortened(found.network, NAME, 13)}: rows as {found.layer} sees them ({found.units} activations, PCA)"
    headline(c, title)
    return finished(c, title, found.text(), theme)


def _points(
    plot: Plot, points: NDArray[Any], targets: NDArray[Any] | None, classes: tuple[str, ...], size: float
) -> None:
    if targets is None:
        plot.dots([(*points.T, "ink")], size)
    else:
        plot.dots([(*points[targets == k].T, _hue(k)) for k in range(len(classes))], size)


def _entries(classes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, _hue(k)) for k, name in enumerate(classes)]


def _hue(k: int) -> str:
    return CLASS_HUES[k % len(CLASS_HUES)]


def _ends(values: NDArray[Any] | None) -> tuple[float, float]:
    assert values is not None
    return float(np.nanmin(values)), float(np.nanmax(values))


def _some(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(MOST_POINTS, count)).round().astype(np.int64))
