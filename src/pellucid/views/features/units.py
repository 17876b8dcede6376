"""What units look for, as a sheet: a row of pictures for each unit, then maps, then the table of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.chart.heat import heat_table
from pellucid.views.chart.plot import headline
from pellucid.views.diagram.canvas import Canvas
from pellucid.views.diagram.palette import sample_colours, signed_colours
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import number, shortened, width_of

if TYPE_CHECKING:
    from pellucid.look.features import Features, Speaks

MOST_UNITS = 16  # rows of pictures, and columns of a table
MOST_INPUTS = 40  # rows of a table
MOST_SEEN = 5  # of the most exciting rows
MOST_MAPS = 24
MAPS_ACROSS = 8
CELL, PICTURE = 116.0, 88.0  # the place of a picture, and its longer side

Cell = tuple[NDArray[np.uint8], str]  # a picture and the words above it


def draw_features(found: Features, theme: str = "auto") -> Diagram:
    """Everything that was found."""
    units = min(MOST_UNITS, len(found.units))
    c = Canvas()
    if found.picture is not None:
        _board(c, found, units)
    elif found.weights is not None:
        _weights(c, found.weights[:units].T, found, f"Weights of {found.layer}")
    elif found.ascended is not None and found.speaks is None:
        _weights(c, found.ascended[:units].reshape(units, -1).T, found, "Inputs found by ascent")
    if found.speaks is not None:
        _speaks(c, found.speaks)
    if not c.labels:
        c.text(0, 0, "Nothing to draw: no row, and no picture of its weights.", size=11, colour="muted")
    more = f" ({units} of {found.count:,} units)" if units < found.count else ""
    title = f"{shortened(found.network, 250, 13)}: what the units of {found.layer} look for{more}"
    headline(c, title)
    return finished(c, title, found.text(), theme)


def _board(c: Canvas, found: Features, units: int) -> None:
    """A row of pictures for each unit; below them maps."""
    assert found.picture is not None
    seen = 0 if found.samples is None else min(MOST_SEEN, found.samples.shape[1])
    rows = [(f"{found.layer}[{found.units[k]}]", _unit_cells(found, k, seen)) for k in range(units)]
    maps = [_map_cell(found, k) for k in range(0 if found.maps is None else min(MOST_MAPS, len(found.maps)))]
    for first in range(0, len(maps), MAPS_ACROSS):
        rows.append(("" if first else "maps, first row", maps[first : first + MAPS_ACROSS]))
    top = 0.0
    for name, cells in rows:
        tallest = max(PICTURE * shown.shape[0] / max(shown.shape[:2]) for shown, _ in cells) if cells else 0.0
        tallest = max(tallest, width_of(name, 9.5))
        c.text(-14, top + 16 + tallest / 2, name, size=9.5, anchor="middle", turned=True, kind="unit")
        for k, (shown, words) in enumerate(cells):
            size = PICTURE / max(shown.shape[:2])
            wide, high = shown.shape[1] * size, shown.shape[0] * size
            c.text(k * CELL, top + 4, shortened(words, CELL - 4, 9), size=9, colour="muted")
            c.picture(k * CELL + wide / 2, top + 16 + tallest / 2, wide, high, shown, kind="look")
        top += tallest + 38
    words = "Weights and maps: blue is above 0, red below. "
    low, high = _range(found)
    words += f"Pixels: black is {number(low)}, white is {number(high)}." if found.picture[2] != 3 else ""
    c.text(0, top - 6, words, size=9.5, colour="muted")


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


def _seen(x: NDArray[Any], found: Features) -> NDArray[np.uint8]:
    """An input as it looks, on the scale of the rows."""
    assert found.picture is not None
    return sample_colours(x.reshape(found.picture), *_range(found))


def _range(found: Features) -> tuple[float, float]:
    """The numbers that are black and white: 0 and 1, or what the rows have beyond."""
    if found.samples is None:
        return 0.0, 1.0
    return min(0.0, float(found.samples.min())), max(1.0, float(found.samples.max()))


def _weights(c: Canvas, values: NDArray[Any], found: Features, title: str) -> None:
    """Of rows of a table: inputs down, units across; of very many inputs those with the largest numbers."""
    order = np.arange(len(values))
    if len(values) > MOST_INPUTS:
        order = np.sort(np.argsort(-np.abs(values).max(axis=1), kind="stable")[:MOST_INPUTS])
        title = f"{title}, the {MOST_INPUTS} of {len(values):,} inputs with the largest numbers"
    c.text(0, 0, title, size=11, bold=True)
    names = [shortened(found.inputs.long(int(k)), 190, 9.5) for k in order]
    heat_table(c, 0, 14, values[order], names, [f"[{unit}]" for unit in found.units[: values.shape[1]]])


def _speaks(c: Canvas, speaks: Speaks) -> None:
    """The units of the last hidden layer and what they add to each output; of many those that say most."""
    parts = speaks.parts
    order = np.argsort(-np.abs(parts).max(axis=1), kind="stable")[:MOST_MAPS]
    order = np.sort(order) if len(order) == len(parts) else order
    names = [f"{shortened(speaks.units.long(int(k)), 150, 9.5)}, mean a {number(float(speaks.mean[k]))}" for k in order]
    title = "For which output the last hidden layer speaks: weight × mean a"
    if len(order) < len(parts):
        title += f", the {len(order)} of {len(parts)} units that say most"
    box = c.box
    top = box.bottom + 30 if box.bottom else 0.0
    c.text(box.left, top, title, size=11, bold=True)
    columns = [shortened(name, 120, 9.5) for name in speaks.classes]
    heat_table(c, box.left, top + 14, parts[order], names, columns)
