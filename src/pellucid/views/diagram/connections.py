"""What lies between the stages: a line for every weight, and thin lines where values only pass on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.views.diagram.canvas import Canvas
from pellucid.views.diagram.palette import sign_of
from pellucid.views.diagram.place import NUMBERS_REACH, Placed, Turn
from pellucid.views.diagram.text import number

THIN, THICK, CROWDED = 0.4, 5.0, 3.2  # the thickest line of a few, and of more than MANY
MANY = 60
MOST_LINES = 20_000
MOST_NUMBERED = 14  # columns of numbers between two stages


@dataclass(frozen=True)
class Scale:
    """How numbers become the widths of lines: linear in |w|, from THIN at 0 to ``thickest`` at ``most``."""

    most: float
    thickest: float = THICK

    def width(self, w: float) -> float:
        """The width of a weight's line."""
        return THIN + (self.thickest - THIN) * (min(1.0, abs(w) / self.most) if self.most else 0.0)


def draw_connections(
    canvas: Canvas, before: Placed, after: Placed, turn: Turn, scale: Scale, gradient: bool, numbers: bool
) -> None:
    """Draw what leads from one stage to the next."""
    stage = after.stage
    if stage.link == "dense":
        _dense(canvas, before, after, turn, scale, gradient, numbers)
        return
    here = before.across if before.stage.form != "branches" else (0.0,)
    there = after.across if stage.form != "branches" else (0.0,)
    one_to_one = stage.link == "each" and before.stage.shown == stage.shown and len(here) == len(there)
    pairs = zip(here, there, strict=True) if one_to_one else ((v, w) for v in here for w in there)
    arrow = len(here) == len(there) == 1
    for v, w in pairs:
        start, end = turn(before.end + (1 if arrow else 2), v), turn(after.begin - (3 if arrow else 2), w)
        canvas.line(start, end, "muted" if arrow else "faint", 1.4 if arrow else 0.9, kind="passes on")
        if arrow:
            head(canvas, end, turn)


def head(canvas: Canvas, tip: tuple[float, float], turn: Turn) -> None:
    """The head of an arrow along the signal's way."""
    (x, y), s = tip, 4.5
    if turn.right:
        canvas.area(f"M{x + 2:.1f} {y:.1f}L{x - s:.1f} {y - s:.1f}L{x - s:.1f} {y + s:.1f}Z", "muted")
    else:
        canvas.area(f"M{x:.1f} {y - 2:.1f}L{x - s:.1f} {y + s:.1f}L{x + s:.1f} {y + s:.1f}Z", "muted")


def _dense(
    canvas: Canvas, before: Placed, after: Placed, turn: Turn, scale: Scale, gradient: bool, numbers: bool
) -> None:
    stage, inputs, units = after.stage, before.stage.shown, after.stage.shown
    array = stage.gradient if gradient else stage.weights
    assert array is not None
    if len(inputs) * len(units) > MOST_LINES:
        raise DescriptionError(
            f'Diagram: layer "{stage.name}" would have {len(inputs) * len(units):,} lines, and more than '
            f"{MOST_LINES:,} cannot be told apart. Use a smaller fold, for instance fold=30."
        )
    w = array[np.ix_(inputs, units)].astype(float)
    strength = _strength(w, before, scale, 0.35 if numbers else 0.3 if before.stage.a is None else 0.1)
    order = np.argsort(np.abs(w), axis=None, kind="stable")
    symbol = "∂C/∂" if gradient else ""
    for flat in order.tolist():  # the thickest last, on top
        i, o = divmod(flat, len(units))
        start, end = turn(before.end, before.across[i]), turn(after.begin, after.across[o])
        canvas.line(
            start, end, sign_of(w[i, o]), scale.width(w[i, o]), strength[i, o], kind="weight",
            tip=f"{symbol}{stage.name}.weights[{inputs[i]}, {units[o]}] = {w[i, o]!r}".replace("np.float64", ""),
        )  # fmt: skip
    if numbers:
        _numbers(canvas, before, after, w, turn)


def _strength(w: NDArray[np.float64], before: Placed, scale: Scale, floor: float) -> NDArray[np.float64]:
    """How visible each line is, from ``floor`` to 1: by |w|; of a sample by |w a|, what it carries."""
    a = before.stage.a
    carried = w if a is None else w * a.reshape(-1)[list(before.stage.shown)][:, np.newaxis]
    most = scale.most if a is None else float(np.abs(carried).max())
    share = np.abs(carried) / most if most else np.zeros_like(w)
    strength: NDArray[np.float64] = np.clip(floor + (1 - floor) * np.sqrt(share), 0, 1)
    return strength


def _numbers(canvas: Canvas, before: Placed, after: Placed, w: NDArray[np.float64], turn: Turn) -> None:
    """Each weight's number on its line. All of the smaller side's lines carry theirs at one distance, so that those
    of another unit stand in another column, and within a column they are as far apart as the units are."""
    I, O = w.shape
    if min(I, O) > MOST_NUMBERED:
        raise DescriptionError(
            f'Diagram: layer "{after.stage.name}" has {I} × {O} weights on show, too many for their numbers to be '
            f"read. Leave numbers out, or draw one unit with unit=({after.stage.name!r}, 0)."
        )
    most, needed = NUMBERS_REACH[turn.direction]
    reach = max(0.46, min(most, needed * min(I, O) / (after.begin - before.end)))
    for i in range(I):
        for o in range(O):
            # Where the inputs are more, their ends are apart: a column for each unit there; else one for each input.
            t = 0.1 + reach * (o + 0.5) / O if O <= I else 0.9 - reach * (i + 0.5) / I
            u = before.end + t * (after.begin - before.end)
            v = before.across[i] + t * (after.across[o] - before.across[i])
            x, y = turn(u, v)
            canvas.text(x, y, number(w[i, o]), size=10, anchor="middle", halo=True, colour=sign_of(w[i, o]))
