"""The colours of diagrams, by what they mean, on light and on dark paper.

Worksheets and reports use the same names, so that a colour means the same everywhere.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

# Numbers from the least to the greatest, dark to light: colours of viridis (Smith and van der Walt 2015).
SCALE = {
    "scale0": "#440154", "scale1": "#414487", "scale2": "#2a788e", "scale3": "#22a884", "scale4": "#7ad151",
    "scale5": "#fde725",
}  # fmt: skip
SCALE_HUES = tuple(SCALE)
LIGHT = MappingProxyType(
    {
        "paper": "#ffffff", "panel": "#f4f5f8", "ink": "#1d2330", "muted": "#626b7c", "faint": "#c3c8d2",
        "input": "#1d8a63", "hidden": "#c27c0e", "output": "#7d4fc0", "plain": "#6b7486",
        "positive": "#2467b8", "negative": "#cf4520", "mark": "#1d2330", "grid": "#e6e8ec",
        "hue1": "#0072b2", "hue2": "#d55e00", "hue3": "#008a63", "hue4": "#c05f95", "hue5": "#3a9ad6",
        "hue6": "#c98a00", "hue7": "#1d2330", "hue8": "#7f5539",
        **SCALE,
    }
)  # fmt: skip
DARK = MappingProxyType(
    {
        "paper": "#14171d", "panel": "#20252e", "ink": "#eceff4", "muted": "#a2abba", "faint": "#4a5262",
        "input": "#41c495", "hidden": "#eaa93a", "output": "#b490f0", "plain": "#98a2b4",
        "positive": "#5b9df0", "negative": "#f5764e", "mark": "#f5f7fa", "grid": "#2a303b",
        "hue1": "#4aa8e8", "hue2": "#ff8a3d", "hue3": "#35c99b", "hue4": "#ea9cc6", "hue5": "#8fd0ff",
        "hue6": "#f5c242", "hue7": "#eceff4", "hue8": "#c99a76",
        **SCALE,
    }
)  # fmt: skip

# Eight colours for the lines of a chart, that people who see few colours can tell apart (after Okabe and Ito 2008).
HUES = tuple(name for name in LIGHT if name.startswith("hue"))

# Pictures of numbers: white is 0, blue is positive, red is negative, as the lines are.
ZERO, POSITIVE, NEGATIVE = (np.array(c, float) for c in ((250, 250, 252), (24, 78, 150), (190, 52, 18)))

# The colours of classes: those of lines and, for more than eight, two more.
CLASS_HUES = (*HUES, "output", "plain")


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


def sample_colours(x: NDArray[np.floating], low: float = 0.0, high: float = 1.0) -> NDArray[np.uint8]:
    """A sample (H, W) or (H, W, C) as it looks: ``low`` is black, ``high`` white; of other than 3 channels the first.

    >>> sample_colours(np.array([[0.0, 0.5, 3.0]])).tolist()
    [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
    """
    shown = x.reshape(*x.shape[:2], -1).astype(float)
    if shown.shape[2] != 3:
        shown = np.repeat(shown[..., :1], 3, axis=2)
    colours: NDArray[np.uint8] = np.rint(255 * np.clip((shown - low) / ((high - low) or 1.0), 0, 1)).astype(np.uint8)
    return colours


def scale_colours(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Numbers (…) as colours (…, 3) of the scale, dark at ``low`` and light at ``high``.

    >>> scale_colours(np.array([0.0, 5.0]), 0.0, 5.0).tolist()
    [[68, 1, 84], [253, 231, 37]]
    """
    share = np.clip((values.astype(float) - low) / ((high - low) or 1.0), 0, 1) * (len(SCALE) - 1)
    known = [rgb(name) for name in SCALE_HUES]
    parts = [np.interp(share, range(len(known)), [colour[k] for colour in known]) for k in range(3)]
    colours: NDArray[np.uint8] = np.rint(np.stack(parts, axis=-1)).astype(np.uint8)
    return colours


def tinted(colour: str, opacity: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A colour of the palette (H, W, 4), as opaque as (H, W) says: paper of either theme shines through.

    >>> tinted("ink", np.array([[0.5]])).tolist()
    [[[29, 35, 48, 128]]]
    """
    pixels = np.empty((*opacity.shape, 4), np.uint8)
    pixels[..., :3] = rgb(colour)
    pixels[..., 3] = np.rint(255 * np.clip(opacity, 0, 1))
    return pixels


def rgb(colour: str) -> tuple[int, int, int]:
    """A colour of the light palette as numbers.

    >>> rgb("paper")
    (255, 255, 255)
    """
    value = LIGHT[colour]
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
