"""A sheet of pictures and random versions of them. Drawn from arrays alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError
from pellucid.views.chart.plot import headline
from pellucid.views.diagram.canvas import Canvas
from pellucid.views.diagram.palette import sample_colours
from pellucid.views.diagram.picture import Diagram, finished

CELL = 84.0  # of a picture's longer side
GAP = 7.0  # between pictures
APART = 26.0  # between the originals and their versions


def draw_sheet(originals: ArrayLike, versions: ArrayLike, title: str = "", theme: str = "auto") -> Diagram:
    """Draw originals in the first column and their versions beside them.

    Values are shown from the originals' least to their largest, grey from black to white; what lies beyond is shown as
    the nearest of the two. Pictures of three channels are shown in colour, of other numbers as the mean of them.

    Parameters
    ----------
    originals : array (B, H, W, C) or (B, H, W)
    versions : array (B, count, H, W, C) or (B, count, H, W)
    title : str, optional
        What was done to them.
    theme : {"auto", "light", "dark"}

    Raises
    ------
    DataError
        The arrays are no pictures, or do not fit together.
    """
    first, others = np.asarray(originals, float), np.asarray(versions, float)
    if first.ndim not in (3, 4) or not first.size or others.shape[:1] + others.shape[2:] != first.shape:
        raise DataError(
            f"The sheet takes originals of shape (B, H, W, C) or (B, H, W) and versions with one axis more after B, "
            f"got {first.shape} and {others.shape}."
        )
    every = np.concatenate([first[:, None], others], axis=1)
    H, W = every.shape[2:4]
    tall, wide = CELL * H / max(H, W), CELL * W / max(H, W)
    low, high = float(first.min()), float(first.max())
    c = Canvas()
    c.text(0, 0, "original", size=10, colour="muted")
    c.text(wide + GAP + APART, 0, "versions while training", size=10, colour="muted")
    for row, pictures in enumerate(every):
        for column, picture in enumerate(pictures):
            left = column * (wide + GAP) + (APART if column else 0.0)
            top = 14 + row * (tall + GAP)
            kind = "version" if column else "original"
            c.picture(left + wide / 2, top + tall / 2, wide, tall, sample_colours(picture, low, high), kind=kind)
    if title:
        headline(c, title)
    return finished(c, title or "Augmentation", f"{len(first)} pictures, {others.shape[1]} versions of each.", theme)
