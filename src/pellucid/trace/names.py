"""What the numbers of a layer are called: features, pixels, units and classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.errors import DescriptionError, nearest
from pellucid.plan.parts import Shape

PLACE = re.compile(r"^(?P<name>[^\[\]]+)\[(?P<place>[-\d, ]+)\]$")


@dataclass(frozen=True)
class Names:
    """Names of a sample's numbers, in the order in which they lie (the last axis running fastest).

    Attributes
    ----------
    of : str
        The layer that computed them, or "input".
    shape : tuple of int
        The shape in which they are seen here.
    made : tuple of int
        The shape in which they were computed: Flatten and Reshape change what is seen, not what a number is called.
    given : tuple of str, optional
        Names of features or classes, where there are any.

    Examples
    --------
    >>> Names("input", (2,), (2,), ("height", "weight")).long(1)
    'weight'
    >>> picture = Names("input", (4, 3, 1), (4, 3, 1))
    >>> picture.long(4), picture.seen((12,)).long(4)
    ('pixel (1, 1)', 'pixel (1, 1)')
    >>> Names("dense_1", (3,), (3,)).long(2)
    'dense_1[2]'
    """

    of: str
    shape: Shape
    made: Shape
    given: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def seen(self, shape: Shape) -> Names:
        """The same numbers, seen in another shape."""
        return replace(self, shape=shape)

    def short(self, flat: int) -> str:
        """A number's name within its own layer: a class, a feature, or its place."""
        if self.given is not None:
            return self.given[flat]
        return self.long(flat) if self.of == "input" else _place(self.made, flat)

    def long(self, flat: int) -> str:
        """A number's name anywhere: ``dense_1[2]``, ``pixel (3, 4)``, ``x[0]``, or the feature's own."""
        if self.of == "input" and self.given is not None:
            return self.given[flat]
        place = _place(self.made, flat)
        if self.of != "input":
            return f"{self.of}[{place.strip('()')}]"
        return f"pixel {place}" if len(self.made) > 1 else f"x[{place}]"

    def index(self, key: Any, what: str) -> int:
        """The flat place that a number, several numbers or a name stands for.

        Raises
        ------
        DescriptionError
            There is no such place: what there is, and for a name the nearest.
        """
        if isinstance(key, str):
            if self.given is not None and key in self.given:
                return self.given.index(key)
            if not (key.lstrip("-").isdigit() and len(self.shape) == 1):
                known = list(self.given or ())
                listed = f" Known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}." if known else ""
                raise DescriptionError(f'{what} has no unit "{key}".{nearest(key, known)}{listed} {self.exist()}')
            key = int(key)
        given = tuple(key) if isinstance(key, (Sequence, np.ndarray)) else (key,)
        try:
            place = tuple(int(k) for k in given)
            whole = all(k == p for k, p in zip(given, place, strict=True))
        except (TypeError, ValueError):
            place, whole = (), False
        if len(place) == 1 and len(self.shape) > 1 and int(np.prod(self.shape)) == self.shape[-1]:
            place = (*[0] * (len(self.shape) - 1), *place)
        if len(place) == 2 and len(self.shape) == 3 and self.shape[2] == 1:
            place = (*place, 0)  # the one channel need not be named
        fits = (
            whole and len(place) == len(self.shape) and all(0 <= k < n for k, n in zip(place, self.shape, strict=True))
        )
        if not fits:
            raise DescriptionError(f"{what} has no unit {key!r}. {self.exist()}")
        return int(np.ravel_multi_index(place, self.shape))

    def exist(self) -> str:
        """Which places there are."""
        if len(self.shape) == 1:
            n = self.shape[0]
            return "Its one unit is 0." if n == 1 else f"Its units are 0 to {n - 1}."
        ends = ", ".join(f"0…{n - 1}" for n in self.shape)
        axes = " (row, column, channel)" if len(self.shape) == 3 else ""
        return f"Its units are places ({ends}){axes}."


def parse_place(text: str) -> tuple[str, tuple[int, ...] | None]:
    """A name and the place in brackets behind it.

    >>> parse_place("dense_1[2]"), parse_place("conv2d_1.weights[0, 1, 0, 3]"), parse_place("dense_1")
    (('dense_1', (2,)), ('conv2d_1.weights', (0, 1, 0, 3)), ('dense_1', None))
    """
    found = PLACE.match(text.strip())
    if found is None:
        return text, None
    return found["name"], tuple(int(k) for k in found["place"].split(",") if k.strip())


def _place(shape: Shape, flat: int) -> str:
    if len(shape) == 1:
        return str(flat)
    place = [int(k) for k in np.unravel_index(flat, shape)]
    if len(shape) == 3 and shape[2] == 1:
        place = place[:2]
    return f"({', '.join(map(str, place))})"
