"""The confusion matrix as a picture: rows are the true classes, columns the predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.sheet import INK, as_png, headline, new_figure, paper, short

MOST_WRITTEN = 25  # classes up to which counts are written into the cells
MOST_NAMED = 60  # classes up to which every one is named


def draw_confusion(counts: NDArray[Any], names: Sequence[str]) -> bytes:
    """A PNG of the matrix; the darker a cell, the larger its share of the true class.

    At the right stands each class's recall (how many of its samples were found), below its precision (how many of
    those taken for it are of it).

    Parameters
    ----------
    counts : array of int (C, C)
    names : sequence of str (C,)
    """
    from matplotlib.colors import LinearSegmentedColormap

    size = len(names)
    cell = 0.62 if size <= 12 else 0.42 if size <= MOST_WRITTEN else max(0.06, 11 / size)
    font = 10 if size <= 12 else 8 if size <= MOST_WRITTEN else 6.5
    every = max(1, -(-size // MOST_NAMED))
    shown = [short(name) for name in names]
    longest = max(map(len, shown))
    slanted = longest > 3 and longest * font * 0.0085 > cell
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    share = counts / np.maximum(rows, 1)[:, None]
    right, whole = int(counts.trace()), int(counts.sum())
    with paper():
        margin = 0.9 + 0.085 * longest
        below = margin if slanted else 1.0
        figure = new_figure(max(5.0, size * cell + margin + 1.2), max(3.8, size * cell + below + 1))
        axes = figure.subplots()
        ink = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#8fb6dd", "#123c6e"])
        axes.imshow(share, cmap=ink, vmin=0, vmax=1, aspect="equal")
        if size <= MOST_WRITTEN:
            fit = min(font, 60 * cell / max(3, len(f"{int(counts.max()):,}")))
            for i, j in np.argwhere(counts > 0):
                colour = "white" if share[i, j] > 0.55 else INK
                axes.text(j, i, f"{int(counts[i, j]):,}", ha="center", va="center", fontsize=fit, color=colour)
        places = np.arange(0, size, every)
        labels = [shown[k] for k in places]
        axes.set_xticks(places, labels, fontsize=font, rotation=45 if slanted else 0,
                        ha="right" if slanted else "center", rotation_mode="anchor" if slanted else None)  # fmt: skip
        axes.set_yticks(places, labels, fontsize=font)
        axes.set(xlabel="predicted", ylabel="true")
        headline(figure, f"Confusion matrix: {right:,} of {whole:,} right ({_percent(right, whole)})")
        axes.set_xticks(np.arange(-0.5, size), minor=True)
        axes.set_yticks(np.arange(-0.5, size), minor=True)
        if size <= MOST_WRITTEN:
            axes.grid(which="minor", color="#e6e8eb", linewidth=0.8)
            _margins(axes, counts, rows, columns, font)
        axes.tick_params(which="both", length=0)
        return as_png(figure)


def _margins(axes: Any, counts: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any], font: float) -> None:
    """Recall at the right, precision above the columns."""
    size = len(counts)
    side = axes.secondary_yaxis("right")
    side.set_yticks(range(size), [_percent(int(counts[k, k]), int(rows[k])) for k in range(size)], fontsize=font - 1)
    side.set_ylabel("recall", fontsize=font)
    top = axes.secondary_xaxis("top")
    shares = [_percent(int(counts[k, k]), int(columns[k])) for k in range(size)]
    slanted = size > 5
    top.set_xticks(range(size), shares, fontsize=font - 1, rotation=90 if slanted else 0)
    top.set_xlabel("precision", fontsize=font)
    for axis in (side, top):
        axis.tick_params(length=0)
        for spine in axis.spines.values():
            spine.set_visible(False)


def _percent(part: int, whole: int) -> str:
    """
    >>> _percent(1, 3), _percent(2, 2), _percent(0, 0)
    ('33.3 %', '100 %', '–')
    """
    if whole == 0:
        return "–"
    return "100 %" if part == whole else f"{min(99.9, 100 * part / whole):.1f} %"
