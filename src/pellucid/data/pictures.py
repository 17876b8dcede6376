"""The 64 pictures of a handwritten 0 or 1 on a grid of four rows and three columns.

The pixels are numbered 1 to 12, row by row:

     1  2  3
     4  5  6
     7  8  9
    10 11 12

What tells the digits apart stands in the two middle rows. A 0 has its sides: pattern A (pixels 4, 7) on the left and
pattern C (pixels 6, 9) on the right, with nothing between. A 1 has the stroke between: pattern B (pixels 5, 8), with
nothing at the sides. The top row and the bottom row are written in the same four ways for both digits, so that they
tell nothing:

    ███  ·█·  ██·  ·██

Each digit has 16 whole pictures, every top with every bottom, and 16 with a slip of the pen: for four pairs of top
and bottom each of the side pixels 4, 6, 7, 9 in turn is missing from a 0, or is inked beside a 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.data.dataset import Dataset
from pellucid.errors import DataError

STROKES = ((1, 1, 1), (0, 1, 0), (1, 1, 0), (0, 1, 1))  # a top or a bottom row
SLIP_ROWS = ((0, 0), (1, 1), (2, 3), (3, 2))  # the pairs of top and bottom, as places in STROKES, of the slips
SIDES = ((1, 0), (1, 2), (2, 0), (2, 2))  # row and column of the pixels 4, 6, 7, 9
MIDDLE = {0: (1, 0, 1), 1: (0, 1, 0)}  # one of the two middle rows, by digit


def load_pictures_4x3() -> Dataset:
    """Return the 64 pictures, 32 of a 0 and then 32 of a 1, all different.

    Returns
    -------
    Dataset
        ``X`` float32 (64, 4, 3) of 0 (paper) and 1 (ink), ``y`` int64 (64,) of 0 and 1.

    Examples
    --------
    >>> data = load_pictures_4x3()
    >>> print(draw_text(data.X[0]))
    ███
    █·█
    █·█
    ███
    >>> print(draw_text(data.X[32 + 9]))
    ██·
    ·█·
    ·█·
    ·█·
    """
    X = np.concatenate([_digit(0), _digit(1)])
    y = np.repeat(np.array([0, 1], np.int64), 32)
    names = tuple(f"pixel {i}" for i in range(1, 13))
    description = "Handwritten 0 and 1 on a grid of 4 rows and 3 columns: 64 pictures, made by rule."
    return Dataset("pictures-4x3", X, y, names, ("0", "1"), description)


def _digit(digit: int) -> NDArray[np.float32]:
    whole = [_picture(digit, top, bottom) for top in STROKES for bottom in STROKES]
    slips = []
    for top, bottom in SLIP_ROWS:
        for side in SIDES:
            picture = _picture(digit, STROKES[top], STROKES[bottom])
            picture[side] = 1 - picture[side]  # missing from a 0, extra beside a 1
            slips.append(picture)
    return np.stack(whole + slips)


def _picture(digit: int, top: tuple[int, ...], bottom: tuple[int, ...]) -> NDArray[np.float32]:
    return np.array([top, MIDDLE[digit], MIDDLE[digit], bottom], np.float32)


def draw_text(picture: ArrayLike) -> str:
    """Draw a picture as text: █ for a value of 0.5 or more, · for less.

    Parameters
    ----------
    picture : array_like (height, width)

    Raises
    ------
    DataError
        The picture has not two dimensions.

    Examples
    --------
    >>> print(draw_text([[0, 1], [1, 0]]))
    ·█
    █·
    """
    pixels = np.asarray(picture)
    if pixels.ndim != 2:
        raise DataError(f"Picture: expected shape (height, width), got {pixels.shape}. Write picture.reshape(4, 3).")
    return "\n".join("".join("█" if value >= 0.5 else "·" for value in row) for row in pixels)
