"""A sheet of pictures and random versions of them, in PNG or SVG. Drawn from arrays alone."""

from __future__ import annotations

import io
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError, DescriptionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".svg", ".png")
CELL = 1.0  # inches of a picture's longer side
GAP = 0.08  # between pictures
APART = 0.3  # between the originals and their versions
MARGIN = 0.3
LETTERS = 9  # of the title in an inch
LINE = 0.2  # inches of a line of the title


def draw_sheet(originals: ArrayLike, versions: ArrayLike, path: str | os.PathLike[str], title: str = "") -> None:
    """Draw originals in the first column and their versions beside them.

    Values are shown from the originals' least to their largest, grey from black to white; what lies beyond is shown as
    the nearest of the two. Pictures of three channels are shown in colour, of other numbers as the mean of them.

    Parameters
    ----------
    originals : array (B, H, W, C) or (B, H, W)
    versions : array (B, count, H, W, C) or (B, count, H, W)
    path : path
        A file that ends with .png or .svg.
    title : str, optional
        What was done to them.

    Raises
    ------
    DataError
        The arrays are no pictures, or do not fit together.
    DescriptionError
        Another ending.
    ModelFileError
        The file cannot be written.
    """
    from pellucid.record.model_file import write_whole

    first, others = np.asarray(originals, float), np.asarray(versions, float)
    if first.ndim not in (3, 4) or not first.size or others.shape[:1] + others.shape[2:] != first.shape:
        raise DataError(
            f"The sheet takes originals of shape (B, H, W, C) or (B, H, W) and versions with one axis more after B, "
            f"got {first.shape} and {others.shape}."
        )
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise DescriptionError(f'{path}: expected a file that ends with .svg or .png, not "{ending}".')
    write_whole(path, _picture(first, others, title, ending[1:]))


def _picture(originals: NDArray[Any], versions: NDArray[Any], title: str, form: str) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    every = np.concatenate([originals[:, None], versions], axis=1)
    rows, columns, H, W = every.shape[:4]
    tall, wide = CELL * H / max(H, W), CELL * W / max(H, W)
    width = max(2 * MARGIN + columns * wide + (columns - 1) * GAP + APART, 4.0)
    title = textwrap.fill(title, int((width - 2 * MARGIN) * LETTERS))
    head = 0.5 + (LINE * (title.count("\n") + 1) if title else 0.0)
    height = MARGIN + rows * tall + (rows - 1) * GAP + head
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "svg.hashsalt": "pellucid", "svg.fonttype": "path"}):
        figure = Figure(figsize=(width, height), facecolor="white")
        low, high = float(originals.min()), float(originals.max())
        for row in range(rows):
            for column in range(columns):
                left = MARGIN + column * (wide + GAP) + (APART if column else 0.0)
                top = head + row * (tall + GAP)
                place = (left / width, 1 - (top + tall) / height, wide / width, tall / height)
                _draw(figure.add_axes(place), every[row, column], low, high)
        words: dict[str, Any] = {"va": "bottom", "fontsize": 9}
        line = 1 - (head - 0.08) / height
        figure.text(MARGIN / width, line, "original", **words)
        figure.text((MARGIN + wide + GAP + APART) / width, line, "versions while training", **words)
        if title:
            figure.text(MARGIN / width, 1 - 0.12 / height, title, va="top", fontsize=11, fontweight="bold")
        picture = io.BytesIO()
        figure.savefig(picture, format=form, dpi=150, metadata={"Date": None} if form == "svg" else {})
    return picture.getvalue()


def _draw(axes: Axes, picture: NDArray[Any], low: float, high: float) -> None:
    if picture.ndim == 3 and picture.shape[-1] != 3:
        picture = picture.mean(axis=-1)
    shown = np.clip((picture - low) / (high - low if high > low else 1.0), 0.0, 1.0)
    axes.imshow(shown, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="auto")
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(color="#b8bcc2", linewidth=0.6)
