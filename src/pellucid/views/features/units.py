"""What units look for, as a sheet: a row of pictures for each unit, then maps, then the table of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.diagram.palette import signed_colours
from pellucid.views.diagram.text import number
from pellucid.views.sheet import INK, as_png, headline, new_figure, paper, short

if TYPE_CHECKING:
    from pellucid.look.features import Features, Speaks

MOST_UNITS = 16  # rows of pictures
MOST_SEEN = 5  # of the most exciting rows
MOST_MAPS = 32
CELL = 0.95  # inches


def draw_features(found: Features) -> bytes:
    """A PNG of everything that was found."""
    units = min(MOST_UNITS, len(found.units))
    with paper():
        if found.picture is None:
            return _table_sheet(found, units)
        return _picture_sheet(found, units)


def _picture_sheet(found: Features, units: int) -> bytes:
    kinds = [kind for kind, there in (("weights", found.weights), ("ascent", found.ascended), ("rows", found.samples))
             if there is not None]  # fmt: skip
    seen = 0 if found.samples is None else min(MOST_SEEN, found.samples.shape[1])
    columns = sum(seen if kind == "rows" else 1 for kind in kinds)
    maps = 0 if found.maps is None else min(MOST_MAPS, len(found.maps))
    wide = max(columns, 5, min(maps, 8))
    map_rows = -(-maps // wide)
    table = 0.0 if found.speaks is None else _table_height(found.speaks)
    heights = [CELL * 1.25] * units + [CELL * 1.25] * map_rows + ([table] if table else [])
    figure = new_figure(max(6.4, CELL * wide * 1.15 + 0.8), sum(heights) + 0.8)
    cells = figure.add_gridspec(len(heights), wide, height_ratios=heights)
    for k in range(units):
        _unit_row(figure, cells, found, k, kinds, seen)
    for k in range(maps):
        assert found.maps is not None
        axes = figure.add_subplot(cells[units + k // wide, k % wide])
        most = float(np.abs(found.maps[k]).max())
        _show(axes, signed_colours(found.maps[k], most), f"map {found.units[k]}, ≤ {number(most)}")
    if found.speaks is not None:
        _speaks(figure.add_subplot(cells[len(heights) - 1, :]), found.speaks)
    more = f" (first {units} of {len(found.units)})" if units < len(found.units) else ""
    headline(figure, f"{short(found.network, 30)}: what the units of {found.layer} look for{more}")
    return as_png(figure)


def _unit_row(figure: Any, cells: Any, found: Features, k: int, kinds: list[str], seen: int) -> None:
    column = 0
    assert found.picture is not None
    name = f"{found.layer}[{found.units[k]}]"
    for kind in kinds:
        if kind == "weights":
            assert found.weights is not None
            axes = figure.add_subplot(cells[k, column])
            weights = found.weights[k]
            shown = weights.mean(axis=-1) if weights.ndim == 3 else weights
            most = float(np.abs(shown).max())
            _show(axes, signed_colours(shown, most), f"weights ±{number(most)}")
            column += 1
        elif kind == "ascent":
            assert found.ascended is not None
            assert found.ascended_values is not None
            axes = figure.add_subplot(cells[k, column])
            _show(axes, _seen(found.ascended[k], found), f"ascent, z {number(found.ascended_values[k])}")
            column += 1
        else:
            assert found.samples is not None
            assert found.rows is not None
            assert found.row_values is not None
            for j in range(seen):
                axes = figure.add_subplot(cells[k, column + j])
                _show(axes, _seen(found.samples[k, j], found),
                      f"row {found.rows[k, j]}, z {number(found.row_values[k, j])}")  # fmt: skip
    figure.axes[-1 - (column + seen - 1 if "rows" in kinds else column - 1)].set_ylabel(name, fontsize=8)


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


def _show(axes: Any, colours: NDArray[np.uint8], title: str) -> None:
    axes.imshow(colours, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=6.5, fontweight="normal", loc="center", pad=2)
    for spine in axes.spines.values():
        spine.set_visible(True)


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


def _speaks(axes: Any, speaks: Speaks) -> None:
    """The units that say most, strongest first where not all are shown."""
    parts = speaks.parts
    order = np.argsort(-np.abs(parts).max(axis=1), kind="stable")[:MOST_MAPS]
    order = np.sort(order) if len(order) == len(parts) else order
    names = [f"{short(speaks.units.long(int(k)), 22)}, mean a {number(speaks.mean[k])}" for k in order]
    _heat(axes, parts[order], names, [short(name, 12) for name in speaks.classes])
    axes.set_title("for which output the last hidden layer speaks: weight × mean a", fontsize=9.5, fontweight="normal")


def _heat(axes: Any, values: NDArray[Any], rows: list[str], columns: list[str]) -> None:
    most = float(np.abs(values).max()) or 1.0
    axes.imshow(signed_colours(values, most), aspect="auto", interpolation="nearest")
    if values.size <= 400:
        for i, j in np.ndindex(values.shape):
            dark = abs(values[i, j]) > 0.6 * most
            axes.text(j, i, number(values[i, j]), ha="center", va="center", fontsize=7, color="white" if dark else INK)
    every = max(1, -(-len(rows) // 40))
    axes.set_yticks(range(0, len(rows), every), rows[::every], fontsize=8)
    axes.set_xticks(range(len(columns)), columns, fontsize=8, rotation=45 if max(map(len, columns)) > 6 else 0,
                    ha="right" if max(map(len, columns)) > 6 else "center")  # fmt: skip
    axes.tick_params(length=0)
