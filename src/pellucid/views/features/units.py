"""What units look for, as a sheet: a row of pictures for each unit, then maps, then the table of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.diagram.palette import signed_colours
from pellucid.views.diagram.text import number
from pellucid.views.sheet import GREY, INK, as_png, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.look.features import Features, Speaks

MOST_UNITS = 16  # rows of pictures
MOST_SEEN = 5  # of the most exciting rows
MOST_MAPS = 24
CELL = 0.95  # inches


def draw_features(found: Features) -> bytes:
    """A PNG of everything that was found."""
    units = min(MOST_UNITS, len(found.units))
    with paper():
        if found.picture is None:
            return _table_sheet(found, units)
        return _picture_sheet(found, units)


def _picture_sheet(found: Features, units: int) -> bytes:
    seen = 0 if found.samples is None else min(MOST_SEEN, found.samples.shape[1])
    maps = 0 if found.maps is None else min(MOST_MAPS, len(found.maps))
    rows = [_unit_cells(found, k, seen) for k in range(units)]
    wide = max(5, min(maps, 8), *(len(row) for row in rows))
    names = [f"{found.layer}[{unit}]" for unit in found.units[:units]]
    cells = [_map_cell(found, k) for k in range(maps)]
    for first in range(0, maps, wide):
        rows.append(cells[first : first + wide])
        names.append("maps, first row" if not first else "")
    table = 0.0 if found.speaks is None else _table_height(found.speaks)
    heights = [CELL * 1.22 * len(rows), *([table] if table else [])]
    room = 0.0 if found.speaks is None else 0.078 * max(map(len, _speaking(found.speaks)[1]))  # the table's names
    figure = new_figure(max(6.4, CELL * 1.15 * (wide + 0.8) + room), sum(heights) + 0.7)
    panels = np.atleast_1d(figure.subplots(len(heights), 1, height_ratios=heights))
    _board(panels[0], rows, names, wide)
    if found.speaks is not None:
        _speaks(panels[1], found.speaks)
    more = f" (first {units} of {len(found.units)})" if units < len(found.units) else ""
    headline(figure, f"{short(found.network, 30)}: what the units of {found.layer} look for{more}")
    return as_png(figure)


Cell = tuple[NDArray[np.uint8], str]  # a picture and the words above it


def _unit_cells(found: Features, k: int, seen: int) -> list[Cell]:
    """Weights, ascended input and most exciting rows of a unit, as far as they are there."""
    cells: list[Cell] = []
    if found.weights is not None:
        shown = found.weights[k].mean(axis=-1) if found.weights[k].ndim == 3 else found.weights[k]
        most = float(np.abs(shown).max())
        cells.append((signed_colours(shown, most), f"weights ±{number(most)}"))
    if found.ascended is not None and found.ascended_values is not None:
        cells.append((_seen(found.ascended[k], found), f"ascent, z {number(float(found.ascended_values[k]))}"))
    if found.samples is not None and found.rows is not None and found.row_values is not None:
        for j in range(seen):
            words = f"row {found.rows[k, j] + found.first_row}, z {number(float(found.row_values[k, j]))}"
            cells.append((_seen(found.samples[k, j], found), words))
    return cells


def _map_cell(found: Features, k: int) -> Cell:
    assert found.maps is not None
    most = float(np.abs(found.maps[k]).max())
    return signed_colours(found.maps[k], most), f"map {found.units[k]}, ≤ {number(most)}"


def _board(axes: Any, rows: list[list[Cell]], names: list[str], wide: int) -> None:
    """All pictures on one plane, a cell of 1 × 1 for each: many small axes would take long to lay out."""
    for r, (cells, name) in enumerate(zip(rows, names, strict=True)):
        axes.text(-0.04, r + 0.56, name, rotation=90, ha="right", va="center", fontsize=8)
        for c, (colours, words) in enumerate(cells):
            height, width = colours.shape[:2]
            size = 0.78 / max(height, width)
            w, h = width * size, height * size
            left, top = c + (1 - w) / 2, r + 0.17 + (0.78 - h) / 2
            drawn = axes.imshow(colours, extent=(left, left + w, top + h, top), interpolation="nearest")
            drawn.set_in_layout(False)
            frame = axes.add_patch(_frame(left, top, w, h))
            frame.set_in_layout(False)
            axes.text(c + 0.5, top - 0.03, words, ha="center", va="bottom", fontsize=6.5, in_layout=False)
    axes.set(xlim=(-0.2, wide), ylim=(len(rows), 0), aspect="equal", anchor="N")
    axes.axis("off")


def _frame(left: float, top: float, width: float, height: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((left, top), width, height, fill=False, edgecolor=GREY, linewidth=0.8)


def _seen(x: NDArray[Any], found: Features) -> NDArray[np.uint8]:
    """An input as it looks, on the scale of the rows."""
    assert found.picture is not None
    low, high = 0.0, 1.0
    if found.samples is not None:
        low, high = min(low, float(found.samples.min())), max(high, float(found.samples.max()))
    shown = x.reshape(found.picture)
    shown = np.repeat(shown[..., :1], 3, axis=2) if shown.shape[2] != 3 else shown
    colours: NDArray[np.uint8] = np.rint(255 * np.clip((shown - low) / (high - low), 0, 1)).astype(np.uint8)
    return colours


def _table_sheet(found: Features, units: int) -> bytes:
    """For rows of a table: the weights as a heat map, inputs down and units across; then the table of classes."""
    weights = None if found.weights is None else found.weights[:units].T
    below = 0.0 if found.speaks is None else _table_height(found.speaks)
    above = 0.0 if weights is None else min(9.0, 0.9 + 0.28 * len(weights))
    if not (below or above):
        above, weights = 3.0, np.zeros((1, 1)) if found.ascended is None else found.ascended[:units].T
    heights = [h for h in (above, below) if h]
    figure = new_figure(max(6.4, 2.6 + 0.62 * units), sum(heights) + 0.7)
    panels = list(np.atleast_1d(figure.subplots(len(heights), 1, height_ratios=heights)))
    if weights is not None:
        axes = panels.pop(0)
        names = [short(found.inputs.long(k), 26) if found.weights is not None else str(k) for k in range(len(weights))]
        _heat(axes, weights, names, [f"[{unit}]" for unit in found.units[:units]])
        axes.set_title(f"weights of {found.layer}" if found.weights is not None else "inputs by ascent", fontsize=9.5,
                       fontweight="normal")  # fmt: skip
    if found.speaks is not None:
        _speaks(panels.pop(0), found.speaks)
    headline(figure, f"{short(found.network, 30)}: what the units of {found.layer} look for")
    return as_png(figure)


def _table_height(speaks: Speaks) -> float:
    return 1.2 + 0.26 * min(MOST_MAPS, len(speaks.mean))


def _speaking(speaks: Speaks) -> tuple[NDArray[np.int64], list[str]]:
    """The units that say most and their names; strongest first where not all are shown."""
    parts = speaks.parts
    order = np.argsort(-np.abs(parts).max(axis=1), kind="stable")[:MOST_MAPS]
    order = np.sort(order) if len(order) == len(parts) else order
    return order, [f"{short(speaks.units.long(int(k)), 22)}, mean a {number(float(speaks.mean[k]))}" for k in order]


def _speaks(axes: Any, speaks: Speaks) -> None:
    order, names = _speaking(speaks)
    _heat(axes, speaks.parts[order], names, [short(name, 12) for name in speaks.classes])
    axes.set_title("for which output the last hidden layer speaks: weight × mean a", fontsize=9.5, fontweight="normal")


def _heat(axes: Any, values: NDArray[Any], rows: list[str], columns: list[str]) -> None:
    most = float(np.abs(values).max()) or 1.0
    axes.imshow(signed_colours(values, most), aspect="auto", interpolation="nearest")
    if values.size <= 400:
        for i, j in np.ndindex(values.shape):
            dark = abs(values[i, j]) > 0.6 * most
            axes.text(
                j, i, number(float(values[i, j])), ha="center", va="center", fontsize=7, color="white" if dark else INK
            )
    every = max(1, -(-len(rows) // 40))
    axes.set_yticks(range(0, len(rows), every), rows[::every], fontsize=8)
    axes.set_xticks(range(len(columns)), columns, fontsize=8, rotation=45 if max(map(len, columns)) > 6 else 0,
                    ha="right" if max(map(len, columns)) > 6 else "center")  # fmt: skip
    axes.tick_params(length=0)
