"""Permutation importance as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.sheet import BLUE, GREY, INK, as_png, grid, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.evaluation.importance import FoldImportance, Importance

MOST_DRAWN = 30  # columns


def draw_importance(found: Importance) -> bytes:
    """A PNG with a bar for each column, the most important on top; whiskers are the spread over the repeats."""
    title = f"Permutation importance ({found.figure} {found.baseline:.3f}"
    return _draw(found, found.spread, title, f"mean ± spread of {found.values.shape[1]}")


def draw_fold_importance(found: FoldImportance) -> bytes:
    """The same for a cross-validation: whiskers are the spread over the seeds, of one seed that over the folds."""
    _, seeds, folds = found.values.shape
    of = f"{seeds} seeds" if seeds > 1 else f"{folds} folds"
    spread = found.spread_over_seeds if seeds > 1 else found.spread_over_folds
    title = f"Permutation importance ({folds} folds × {seeds} {'seed' if seeds == 1 else 'seeds'}"
    return _draw(found, spread, title, f"mean ± spread of {of}")


def _draw(found: Importance | FoldImportance, spreads: NDArray[Any], title: str, note: str) -> bytes:
    order = found.order()[:MOST_DRAWN]
    mean, spread = found.mean[order], spreads[order]
    names = [short(found.names[k], 32) for k in order]
    with paper():
        figure = new_figure(7.2, 1.4 + 0.32 * len(order))
        axes = figure.subplots()
        places = np.arange(len(order))
        bars = [BLUE if m > 0 else GREY for m in mean]
        axes.barh(places, mean, 0.7, xerr=spread, color=bars, ecolor=INK, error_kw={"elinewidth": 1, "capsize": 2})
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(places, names, fontsize=9)
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        grid(axes)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"{found.figure} lost when the column is shuffled, {note}")
        rest = len(found.names) - len(order)
        more = f", {rest} more in importance.csv" if rest else ""
        headline(figure, f"{title}{more})")
        return as_png(figure)
