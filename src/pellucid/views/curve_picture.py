"""ROC and precision-recall curves as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.views.sheet import COLOURS, GREY, as_png, colours, grid, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.evaluation.curves import Curve

WORST = 3  # classes that are named where there are too many to name all
TITLES = {"roc": "ROC curve", "precision_recall": "Precision-recall curve"}
AXES = {"roc": ("false positive rate", "true positive rate (recall)"), "precision_recall": ("recall", "precision")}
AREA = {"roc": "AUC", "precision_recall": "AP"}


def draw_curves(curves: Sequence[Curve]) -> bytes:
    """A PNG of the curves, all of one kind; of more than eight, the three worst are named and the others grey."""
    kind, mean = curves[0].kind, float(np.mean([curve.area for curve in curves]))
    several = len(curves) > 1
    with paper():
        figure = new_figure(8.0 if several else 5.4, 5.2)
        axes = figure.subplots()
        named = list(curves)
        if len(curves) > len(COLOURS):
            named = sorted(curves, key=lambda curve: curve.area)[:WORST]
            for curve in curves:
                _line(axes, curve, GREY, 0.8, None)
        if kind == "roc":
            axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.2, linestyle=(0, (4, 3)), label="guessing, 0.500")
        for curve, colour in zip(named, colours(len(named)), strict=True):
            if kind == "precision_recall" and not several:
                label = f"guessing, {curve.positive:.3f}"
                axes.axhline(curve.positive, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)), label=label)
            _line(axes, curve, colour, 2.0, f"{short(curve.name)}, {curve.area:.3f}")
        grid(axes)
        x, y = AXES[kind]
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.03), xlabel=x, ylabel=y)
        axes.set_aspect("equal")
        title = f"{TITLES[kind]}s: mean {AREA[kind]}" if several else f"{TITLES[kind]}: {AREA[kind]}"
        headline(figure, f"{title} {mean:.3f}")
        whose = "class" if len(named) == len(curves) else f"the {len(named)} worst of {len(curves)}"
        legend = f"{whose}, {AREA[kind]}"
        if several:
            figure.legend(loc="outside right upper", frameon=False, fontsize=9, title=legend, alignment="left")
        else:
            place: Any = "lower right" if kind == "roc" else "lower left"
            axes.legend(loc=place, frameon=True, edgecolor="white", fontsize=9, title=legend, alignment="left")
        return as_png(figure)


def _line(axes: Any, curve: Curve, colour: str, width: float, label: str | None) -> None:
    """ROC points are joined by lines, precision holds until the next recall."""
    style = "steps-post" if curve.kind == "precision_recall" else "default"
    axes.plot(curve.x, curve.y, color=colour, linewidth=width, label=label, drawstyle=style)
