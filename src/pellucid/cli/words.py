"""How the words of a command line become values: text, numbers and paths.

Typer's own way from words to values is made of pydantic, whose import takes longer than most trainings here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import typer

EXPECTED = {int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Reader:
    """Makes values of one kind from an option's words.

    Attributes
    ----------
    kind : type
        str, int, float, Path or bool.
    several : bool
        Whether the option gives a list.
    low, high : float, optional
        The least and the greatest number that is taken.
    """

    kind: type
    several: bool = False
    low: float | None = None
    high: float | None = None

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value; where the option was not given, None, or () for a list. Typer calls this."""
        if value is None:
            return () if self.several else None
        if self.several:
            return [self._one(each, param, ctx) for each in value]
        return self._one(value, param, ctx)

    def _one(self, word: Any, param: Any, ctx: Any) -> Any:
        if self.kind not in EXPECTED:
            return word if isinstance(word, self.kind) else self.kind(word)
        try:
            found = self.kind(word)
        except ValueError:
            found = None
        low, high = (-inf if self.low is None else self.low), (inf if self.high is None else self.high)
        if found is None or found < low or found > high:  # what is no number (nan) is for the option's own check
            raise typer.BadParameter(f"expected {self._expected()}, got {word}.", ctx=ctx, param=param)
        return found

    def _expected(self) -> str:
        """
        >>> Reader(int, low=1)._expected(), Reader(int, low=1, high=9)._expected(), Reader(float)._expected()
        ('a whole number of at least 1', 'a whole number from 1 to 9', 'a number')
        """
        kind = EXPECTED[self.kind]
        if self.low is not None and self.high is not None:
            return f"{kind} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{kind} of at least {self.low:g}"
        return kind if self.high is None else f"{kind} of at most {self.high:g}"


KINDS = {str: (str, False), int: (int, False), float: (float, False), Path: (Path, False), bool: (bool, False),
         list[str]: (str, True)}  # fmt: skip


def read_plainly(parameters: Iterable[Any]) -> None:
    """Let parameters of a Typer command be read by a :class:`Reader`, where their types allow it.

    Releases of Typer that have no such place, or describe parameters in another way, keep their own way to values.
    """
    for parameter in parameters:
        described = getattr(parameter, "type_descriptor", None)
        about, kind = getattr(described, "parameter_info", None), getattr(described, "annotation", None)
        if about is None or kind not in KINDS or not hasattr(parameter, "get_runtime_param"):
            continue
        reader = Reader(*KINDS[kind], low=getattr(about, "min", None), high=getattr(about, "max", None))
        parameter.get_runtime_param = lambda reader=reader: reader
