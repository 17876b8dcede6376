"""The window that convolutions and poolings slide over a picture: its size, steps and borders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.errors import DescriptionError, unknown
from pellucid.layers.base import check_whole
from pellucid.plan.parts import Shape

Pair = tuple[int, int]


def pair(given: Any, what: str) -> Pair:
    """(down, across) from one number or two."""
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != 2:
            raise DescriptionError(f"{what} must be one whole number or two (down, across), got {given!r}.")
        return check_whole(given[0], what), check_whole(given[1], what)
    return check_whole(given, what), check_whole(given, what)


def check_padding(given: Any, what: str) -> str:
    """ "valid" or "same"."""
    if given not in ("valid", "same"):
        raise unknown(f"{what} padding", given, ["valid", "same"])
    return str(given)


@dataclass(frozen=True)
class Window:
    """A window of ``kernel`` pixels that moves by ``stride`` pixels over a picture.

    ``padding`` "valid" keeps it inside the picture; "same" lets it stand over the border, so that with stride 1 the
    output is as large as the input (the larger part of an odd border lies at the bottom and right, as in Keras).
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: str = "valid"
    dilation: Pair = (1, 1)

    def reach(self, axis: int) -> int:
        """How many pixels it spans."""
        return (self.kernel[axis] - 1) * self.dilation[axis] + 1

    def output(self, shape: Shape) -> Pair:
        """Positions (down, across) on a picture."""
        if self.padding == "same":
            return -(-shape[0] // self.stride[0]), -(-shape[1] // self.stride[1])
        return (
            (shape[0] - self.reach(0)) // self.stride[0] + 1,
            (shape[1] - self.reach(1)) // self.stride[1] + 1,
        )

    def border(self, shape: Shape) -> tuple[Pair, Pair]:
        """((top, bottom), (left, right)): pixels by which it stands over the border."""
        if self.padding == "valid":
            return (0, 0), (0, 0)
        sides = []
        for axis, positions in enumerate(self.output(shape)):
            over = max(0, (positions - 1) * self.stride[axis] + self.reach(axis) - shape[axis])
            sides.append((over // 2, over - over // 2))
        return sides[0], sides[1]

    def check(self, shape: Shape, where: str, kind: str) -> None:
        """Refuse what is no picture, or smaller than the window."""
        if len(shape) != 3:
            size = " × ".join(map(str, shape))
            mend = (
                f"Start with Input(({size.replace(' × ', ', ')}, 1)) for grey pictures."
                if len(shape) == 2
                else "Put it before Flatten, on pictures of shape (height, width, channels)."
            )
            raise DescriptionError(
                f"{where} ({kind}) takes pictures of shape (height, width, channels), but its input has shape {size}. "
                f"{mend}"
            )
        if self.padding == "valid" and (self.reach(0) > shape[0] or self.reach(1) > shape[1]):
            what, size = ("kernel" if kind == "Conv2D" else "size"), f"H={shape[0]}, W={shape[1]}"
            if self.dilation != (1, 1):
                raise DescriptionError(
                    f"{where} ({kind}): {what} {self.kernel} with dilation {self.dilation} spans "
                    f"({self.reach(0)}, {self.reach(1)}) pixels, more than its input, {size}. "
                    f'Use a smaller dilation, or padding="same".'
                )
            raise DescriptionError(
                f"{where} ({kind}): {what} {self.kernel} is larger than its input, {size}. "
                f'Use a {what} of at most {min(shape[:2])}, or padding="same".'
            )
