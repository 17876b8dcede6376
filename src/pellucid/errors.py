"""Errors that say where, what was expected, what came, and the mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PellucidError(ValueError):
    """Anything that a user of Pellucid can put right. Every other exception is a fault of Pellucid itself."""


class DescriptionError(PellucidError):
    """A network, layer, loss or optimizer is described in a way that cannot work."""


class DataError(PellucidError):
    """The data cannot be trained on or predicted from as they are."""


class ModelFileError(PellucidError):
    """A file is not a Pellucid model, or it is damaged."""


class DivergedError(PellucidError):
    """Training produced a value that is not a finite number and was stopped."""


def nearest(name: object, known: Iterable[str]) -> str:
    """Return ``' Did you mean "relu"?'``, or an empty string where nothing is near.

    >>> nearest("rellu", ["relu", "tanh"])
    ' Did you mean "relu"?'
    """
    found = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.5)
    return f' Did you mean "{found[0]}"?' if found else ""


def unknown(what: str, name: object, known: Iterable[str], also: Iterable[str] = ()) -> DescriptionError:
    """The error for a name that is not in a table, with the nearest known one; ``also`` are names not listed.

    >>> print(unknown("activation", "rellu", ["relu", "tanh"]))
    Unknown activation "rellu". Did you mean "relu"? Known: relu, tanh.
    """
    known = list(known)
    return DescriptionError(f'Unknown {what} "{name}".{nearest(name, [*known, *also])} Known: {", ".join(known)}.')
