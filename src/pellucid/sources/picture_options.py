"""How pictures in files are to be read: as was said, and as a network was trained on them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.data.picture_form import PictureForm
    from pellucid.network import Network


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
