"""The colours of diagrams, by what they mean, on light and on dark paper.

Worksheets and reports use the same names, so that a colour means the same everywhere.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

LIGHT = MappingProxyType(
    {
        "paper": "#ffffff", "panel": "#f4f5f8", "ink": "#1d2330", "muted": "#626b7c", "faint": "#c3c8d2",
        "input": "#1d8a63", "hidden": "#c27c0e", "output": "#7d4fc0", "plain": "#6b7486",
        "positive": "#2467b8", "negative": "#cf4520", "mark": "#1d2330", "grid": "#e6e8ec",
        "hue1": "#0072b2", "hue2": "#d55e00", "hue3": "#008a63", "hue4": "#c05f95", "hue5": "#3a9ad6",
        "hue6": "#c98a00", "hue7": "#1d2330", "hue8": "#7f5539",
    }
)  # fmt: skip
DARK = MappingProxyType(
    {
        "paper": "#14171d", "panel": "#20252e", "ink": "#eceff4", "muted": "#a2abba", "faint": "#4a5262",
        "input": "#41c495", "hidden": "#eaa93a", "output": "#b490f0", "plain": "#98a2b4",
        "positive": "#5b9df0", "negative": "#f5764e", "mark": "#f5f7fa", "grid": "#2a303b",
        "hue1": "#4aa8e8", "hue2": "#ff8a3d", "hue3": "#35c99b", "hue4": "#ea9cc6", "hue5": "#8fd0ff",
        "hue6": "#f5c242", "hue7": "#eceff4", "hue8": "#c99a76",
    }
)  # fmt: skip

# Eight colours for the lines of a chart, that people who see few colours can tell apart (after Okabe and Ito 2008).
HUES = tuple(name for name in LIGHT if name.startswith("hue"))

# Pictures of numbers: white is 0, blue is positive, red is negative, as the lines are.
ZERO, POSITIVE, NEGATIVE = (np.array(c, float) for c in ((250, 250, 252), (24, 78, 150), (190, 52, 18)))


def sign_of(value: float) -> str:
    """The colour's name for a number's sign.

    >>> sign_of(0.5), sign_of(-0.5)
    ('positive', 'negative')
    """
    return "negative" if value < 0 else "positive"


def signed_colours(values: NDArray[np.floating], most: float) -> NDArray[np.uint8]:
    """Numbers (H, W) as colours (H, W, 3): white at 0, blue at ``most``, red at −``most``."""
    share = np.clip(np.abs(values.astype(float)) / (most or 1.0), 0, 1)[..., np.newaxis]
    end = np.where(values[..., np.newaxis] < 0, NEGATIVE, POSITIVE)
    colours: NDArray[np.uint8] = np.rint(ZERO + share * (end - ZERO)).astype(np.uint8)
    return colours
