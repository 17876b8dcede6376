"""How pictures are to be read: the options --size, --channels, --fit, --broken, --stream, and a network's own way."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli.values import listed
from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.data.picture_form import PictureForm
    from pellucid.network import Network

FITS = ("crop", "pad", "stretch")  # as of PictureForm, which imports NumPy
BROKEN = ("skip", "stop")


@dataclass(frozen=True)
class PictureOptions:
    """What was said about pictures; None for what was not.

    Attributes
    ----------
    size : (height, width), optional
    channels : int, optional
        1 or 3.
    fit : str, optional
    broken : str, optional
        "skip" or "stop".
    stream : bool, optional
        Whether pictures are read from disk while the network trains.
    background : int
        A grey level, 0 to 255.
    """

    size: tuple[int, int] | None = None
    channels: int | None = None
    fit: str | None = None
    broken: str | None = None
    stream: bool | None = None
    background: int = 0

    def given(self) -> dict[str, Any]:
        """The options that were given."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    def refuse(self, source: str) -> None:
        """Refuse all that were given, because ``source`` holds no picture files.

        Raises
        ------
        DataError
        """
        for name, value in self.given().items():
            option = f"no-{name}" if value is False else name
            raise DataError(f"--{option} is for pictures in files; {source} has none.")


def network_form(net: Network) -> PictureForm | None:
    """How pictures become inputs of a network, or None where it was not trained on pictures.

    Raises
    ------
    DataError
        What the model file says about it does not fit the network.
    """
    from pellucid.data.picture_form import PictureForm

    if net.preparation is None or net.preparation.get("kind", "pictures") != "pictures":
        return None
    try:
        size, channels = net.preparation["size"], net.preparation["channels"]
        form = PictureForm.of(tuple(size), channels, net.preparation["fit"], net.preparation.get("background", 0))
    except (KeyError, TypeError) as error:
        raise DataError(f"The model file does not tell how its pictures are read ({error!r}).") from error
    if form.shape != (*net.input_shape, 1)[:3]:
        came, wanted = ("×".join(map(str, shape)) for shape in (form.shape, net.input_shape))
        raise DataError(f"The model file says that pictures are read as {came}, but the network takes {wanted}.")
    return form


def preparation(form: PictureForm) -> dict[str, Any]:
    """A form as plain data, for the model file."""
    return {"size": list(form.size), "channels": form.channels, "fit": form.fit, "background": form.background}


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
        help="Read pictures, or a table, from disk while the network trains, or hold all in memory. "
        "[default: from disk where they would take more than a quarter of the memory]",
    ),
]
