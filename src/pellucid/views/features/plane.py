"""Planes and curves: decision boundaries, surfaces, and the hidden space before and after training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.sheet import BLUE, COLOURS, GREY, INK, RED, as_png, grid, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.look.boundary import Boundary
    from pellucid.look.hidden import HiddenSpace

MOST_POINTS = 1_500
CLASSES = (*COLOURS, "#7b3fb5", "#8f9e1f")  # the ten digits have a colour each


def draw_boundary(found: Boundary) -> bytes:
    """A PNG: the class's colour, paler where it is less certain; or the number as a surface; or a curve."""
    with paper():
        figure = new_figure(6.6, 5.0)
        axes = figure.subplots()
        if found.y is None:
            _curve(axes, found)
        else:
            _plane(axes, found)
            axes.set_ylabel(found.axes[1])
        axes.set_xlabel(found.axes[0])
        what = "decision boundary" if found.classes else "what it says over two features"
        if found.y is None:
            what = f"what it says along {short(found.axes[0], 30)}"
        headline(figure, f"{short(found.network, 30)}: {what}{f' ({found.rest})' if found.rest else ''}")
        return as_png(figure)


def _plane(axes: Any, found: Boundary) -> None:
    assert found.y is not None
    extent = (found.x[0], found.x[-1], found.y[0], found.y[-1])
    if found.classes is None:
        z = found.outputs[..., 0]
        drawn = axes.contourf(found.x, found.y, z, 14, cmap="viridis")
        axes.figure.colorbar(drawn, ax=axes, label="output", shrink=0.9)
        rows = _some(len(found.points))
        points = found.points[rows]
        if found.targets is None:
            axes.scatter(points[:, 0], points[:, 1], 16, color="white", edgecolors=INK, linewidths=0.6)
        else:
            axes.scatter(points[:, 0], points[:, 1], 22, c=found.targets[rows], cmap="viridis", vmin=drawn.zmin,
                         vmax=drawn.zmax, edgecolors="white", linewidths=0.7)  # fmt: skip
        return
    colours = np.array([_rgb(CLASSES[k % len(CLASSES)]) for k in range(len(found.classes))])
    best = found.regions
    top = np.sort(found.outputs, axis=-1)
    sure = np.clip(top[..., -1] - top[..., -2], 0, 1)[..., None]
    axes.imshow(1 - (0.12 + 0.45 * sure) * (1 - colours[best]), extent=extent, origin="lower", aspect="auto",
                interpolation="nearest")  # fmt: skip
    for k in range(len(found.classes)):  # the line between regions
        if 0 < (best == k).sum() < best.size:
            axes.contour(found.x, found.y, (best == k).astype(float), [0.5], colors=[INK], linewidths=0.8)
    _points(axes, found.points, found.targets, found.classes)
    axes.set(xlim=extent[:2], ylim=extent[2:])


def _curve(axes: Any, found: Boundary) -> None:
    rows = _some(len(found.points))
    x = found.points[rows, 0]
    if found.classes is None:
        if found.targets is not None:
            axes.plot(x, found.targets[rows], "o", color=GREY, markersize=4, label="rows")
        several = found.outputs.shape[1] > 1
        for k, line in enumerate(found.outputs.T):
            axes.plot(found.x, line, color=RED if k == 0 else CLASSES[k % len(CLASSES)], linewidth=2,
                      label=f"output {k}" if several else "network")  # fmt: skip
    else:
        for k, name in enumerate(found.classes):
            colour = CLASSES[k % len(CLASSES)]
            axes.plot(found.x, found.outputs[:, k], color=colour, linewidth=2, label=short(name))
            if found.targets is not None:
                own = x[found.targets[rows] == k]
                axes.plot(own, np.full(len(own), -0.03 - 0.02 * (k % 3)), "|", color=colour, markersize=7)
        axes.set_ylabel("what the network says of each class")
    grid(axes)
    if found.classes is not None or found.targets is not None:
        axes.legend(frameon=False, fontsize=9)


def draw_hidden(found: HiddenSpace) -> bytes:
    """A PNG with the space before and after training side by side."""
    with paper():
        figure = new_figure(9.4, 4.7)
        panels = figure.subplots(1, 2)
        sides = (("before training", found.before), ("after training", found.after))
        for k, (axes, (name, points), (first, second)) in enumerate(zip(panels, sides, found.shares, strict=True)):
            mixed = "" if found.apart is None else f": {100 * found.apart[k]:.0f} % of variance between classes"
            axes.set_title(f"{name}{mixed}", fontsize=9.5, fontweight="normal")
            if found.classes is not None:
                _points(axes, points, found.targets, found.classes, legend=k == 1)
            elif found.targets is not None:
                rows = _some(len(points))
                drawn = axes.scatter(points[rows, 0], points[rows, 1], 14, c=found.targets[rows], cmap="viridis")
                if k == 1:
                    figure.colorbar(drawn, ax=axes, label="target", shrink=0.9)
            else:
                rows = _some(len(points))
                axes.plot(points[rows, 0], points[rows, 1], "o", color=BLUE, markersize=3.5)
            grid(axes)
            axes.set(xlabel=f"component 1 ({100 * first:.0f} %)", ylabel=f"component 2 ({100 * second:.0f} %)")
        what = f"rows as {found.layer} sees them ({found.units} activations, PCA)"
        headline(figure, f"{short(found.network, 30)}: {what}")
        return as_png(figure)


def _points(
    axes: Any, points: NDArray[Any], targets: NDArray[Any] | None, classes: tuple[str, ...], legend: bool = True
) -> None:
    rows = _some(len(points))
    points, codes = points[rows], None if targets is None else targets[rows]
    size = 26 if len(rows) < 300 else 12
    if codes is None:
        axes.scatter(points[:, 0], points[:, 1], size, color=INK, edgecolors="white", linewidths=0.6)
        return
    for k, name in enumerate(classes):
        own = points[codes == k]
        marker = "o" if k < len(COLOURS) else "^"
        axes.scatter(own[:, 0], own[:, 1], size, marker=marker, color=CLASSES[k % len(CLASSES)], edgecolors="white",
                     linewidths=0.6, label=short(name) if legend else None)  # fmt: skip
    if legend:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)


def _some(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(MOST_POINTS, count)).round().astype(np.int64))


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
