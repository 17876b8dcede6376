"""What every picture of a set is turned into: size, channels, and how it is made to fit."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

from pellucid.errors import DataError, nearest

FITS = ("crop", "pad", "stretch")
LARGEST_SIDE = 16384  # pixels


@dataclass(frozen=True)
class PictureForm:
    """A picture's wanted shape.

    Attributes
    ----------
    size : (height, width)
        In pixels.
    channels : int
        1 or 3.
    fit : str
        "crop", "pad" or "stretch".
    background : int
        A grey level, 0 to 255.
    """

    size: tuple[int, int]
    channels: int
    fit: str
    background: int

    @classmethod
    def of(cls, size: int | tuple[int, int], channels: int, fit: str, background: int) -> PictureForm:
        """Check what a user gives; one number is a square's side.

        Raises
        ------
        DataError

        Examples
        --------
        >>> PictureForm.of(64, 3, "crop", 0).shape
        (64, 64, 3)
        >>> PictureForm.of(64, 3, "corp", 0)
        Traceback (most recent call last):
            ...
        pellucid.errors.DataError: Pictures: expected fit "crop", "pad" or "stretch", got "corp". Did you mean "crop"?
        """
        sides = (size, size) if isinstance(size, numbers.Integral) else size
        if not (
            isinstance(sides, (tuple, list)) and len(sides) == 2 and all(_whole(s, 1, LARGEST_SIDE) for s in sides)
        ):
            raise DataError(
                f"Pictures: expected size=(height, width) of whole numbers from 1 to {LARGEST_SIDE}, or one number for "
                f"a square, got {size!r}. A usual choice is size=64."
            )
        if not _whole(channels, 1, 3) or channels == 2:
            raise DataError(f"Pictures: expected channels=1 for grey or channels=3 for colour, got {channels!r}.")
        if fit not in FITS:
            raise DataError(f'Pictures: expected fit "crop", "pad" or "stretch", got "{fit}".{nearest(fit, FITS)}')
        if not _whole(background, 0, 255):
            raise DataError(f"Pictures: expected a background from 0 (black) to 255 (white), got {background!r}.")
        return cls((int(sides[0]), int(sides[1])), int(channels), fit, int(background))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return (*self.size, self.channels)

    @property
    def bytes(self) -> int:
        """How many bytes a picture takes, one for each value."""
        return self.size[0] * self.size[1] * self.channels


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and least <= int(value) <= most
