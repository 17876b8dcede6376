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
        "positive": "#2467b8", "negative": "#cf4520", "mark": "#1d2330",
    }
)  # fmt: skip
DARK = MappingProxyType(
    {
        "paper": "#14171d", "panel": "#20252e", "ink": "#eceff4", "muted": "#a2abba", "faint": "#4a5262",
        "input": "#41c495", "hidden": "#eaa93a", "output": "#b490f0", "plain": "#98a2b4",
        "positive": "#5b9df0", "negative": "#f5764e", "mark": "#f5f7fa",
    }
)  # fmt: skip

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
