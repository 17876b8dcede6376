"""An attribution as a picture: a heat map over the picture, or bars for named inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.views.diagram.palette import LIGHT, signed_colours
from pellucid.views.diagram.text import number
from pellucid.views.sheet import INK, as_png, grid, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.look.attribution import Attribution

MOST_BARS = 24


def draw_attribution(found: Attribution) -> bytes:
    """A PNG; blue speaks for the output, red against it."""
    shape = found.parts.shape
    title = f"{short(found.output, 40)} = {number(found.value)}: parts by {found.method.replace('_', ' ')}"
    sums = f"sum {number(found.total)}, expected {number(found.expected)} ({found.exact})"
    with paper():
        if len(shape) in (2, 3) and min(shape[:2]) > 1:
            figure = new_figure(6.8, 3.9)
            left, right = figure.subplots(1, 2)
            _sample(left, found)
            parts = found.parts.reshape(*shape[:2], -1).sum(axis=2)
            most = float(np.abs(parts).max())
            right.imshow(signed_colours(parts, most), interpolation="nearest")
            right.set_title(f"parts, up to ±{number(most)}", fontsize=9, fontweight="normal")
            for axes in (left, right):
                axes.set(xticks=[], yticks=[])
            right.set_xlabel("blue: for, red: against", fontsize=8.5)
            figure.text(0.02, 0.01, sums, fontsize=8.5, color=INK)
            figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))  # type: ignore[union-attr, call-arg]
        else:
            rows = found.rows()[:MOST_BARS]
            figure = new_figure(7.2, 1.5 + 0.3 * len(rows))
            axes = figure.subplots()
            places = np.arange(len(rows))
            parts = np.array([part for _, _, part in rows])
            colours = [LIGHT["positive" if part >= 0 else "negative"] for part in parts]
            axes.barh(places, parts, 0.7, color=colours)
            axes.axvline(0, color=INK, linewidth=0.8)
            axes.set_yticks(places, [f"{short(name, 30)} = {number(value)}" for name, value, _ in rows], fontsize=9)
            axes.invert_yaxis()
            axes.tick_params(axis="y", length=0)
            grid(axes)
            axes.grid(visible=False, axis="y")
            axes.set_xlabel(sums, fontsize=8.5)
        headline(figure, title)
        return as_png(figure)


def _sample(axes: Any, found: Attribution) -> None:
    x = found.sample.reshape(*found.sample.shape[:2], -1)
    if x.shape[2] == 3:
        low, high = min(0.0, float(x.min())), max(1.0, float(x.max()))
        axes.imshow((x - low) / (high - low), interpolation="nearest")
    else:
        axes.imshow(x[..., 0], cmap="gray", interpolation="nearest")
    axes.set_title("the sample", fontsize=9, fontweight="normal")
