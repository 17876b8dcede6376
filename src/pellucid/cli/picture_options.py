"""Options that say how pictures are read: --size, --channels, --fit, --broken, --stream."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from pellucid.cli.values import listed

FITS = ("crop", "pad", "stretch")  # as of PictureForm, which imports NumPy
BROKEN = ("skip", "stop")


def parse_size(given: str) -> tuple[int, int]:
    """Height and width from text.

    >>> parse_size("64"), parse_size("64x48"), parse_size("64×48")
    ((64, 64), (64, 48), (64, 48))
    """
    found = re.fullmatch(r"\s*(\d{1,5})(?:\s*[x×X]\s*(\d{1,5}))?\s*", given)
    size = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if 0 in size:
        raise typer.BadParameter(f'expected pixels, as in 64, or heightxwidth, as in 64x48; got "{given}".')
    return size


def _size(given: str | None) -> str | None:
    if given is not None:
        parse_size(given)
    return given


def _channels(given: int | None) -> int | None:
    if given not in (None, 1, 3):
        raise typer.BadParameter(f"expected 1 for grey or 3 for colour, got {given}.")
    return given


Size = Annotated[
    str | None,
    typer.Option(
        "--size", callback=_size, metavar="PIXELS",
        help="Pictures: what they are brought to, one side of a square or HEIGHTxWIDTH, as in 64 or 64x48. "
        "[default: their own where all have one size, else a square of at most 64]",
    ),
]  # fmt: skip
Channels = Annotated[
    int | None,
    typer.Option("--channels", callback=_channels, help="Pictures: 1 for grey, 3 for colour. [default: as they are]"),
]
Fit = Annotated[
    str | None,
    typer.Option(
        "--fit",
        help="Pictures of another shape: crop what stands over, pad with black, or stretch. [default: crop]",
        **listed("fit", FITS),
    ),
]
Broken = Annotated[
    str | None,
    typer.Option(
        "--broken",
        help="Pictures that cannot be read: skip them and tell how many, or stop at the first. [default: skip]",
        **listed("way with broken pictures", BROKEN),
    ),
]
Stream = Annotated[
    bool | None,
    typer.Option(
        "--stream/--no-stream",
        help="Read pictures, or a table, from disk whenever they are needed, or hold all in memory. "
        "[default: from disk where they would take more than a quarter of the memory]",
    ),
]
