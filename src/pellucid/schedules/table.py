"""The list of schedules, and the short ways to name one."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from pellucid.errors import DescriptionError
from pellucid.named import Places, Table
from pellucid.schedules.base import Schedule
from pellucid.schedules.constant import Constant

KINDS: Places[Schedule] = Places(
    "pellucid.schedules",
    {
        "constant": "constant.Constant",
        "step": "decay.Step",
        "exponential": "decay.Exponential",
        "cosine": "cosine.Cosine",
        "warm_up": "warm_up.WarmUp",
        "one_cycle": "one_cycle.OneCycle",
    },
)
SCHEDULES: Table[Schedule] = Table("schedule", KINDS)


def as_schedule(given: float | Mapping[str, Any] | Schedule) -> Schedule:
    """Return the schedule meant by ``given``: a number is a constant rate; else a plain-data form or an instance.

    Raises
    ------
    DescriptionError
        ``given`` is a bare name (a schedule needs its rate), an unknown kind, or something else.

    Examples
    --------
    >>> as_schedule(0.01)
    Constant(rate=0.01)
    >>> as_schedule({"kind": "cosine", "rate": 0.1})
    Cosine(rate=0.1, final=0.0, steps=None)
    """
    if isinstance(given, Schedule | Mapping):
        return SCHEDULES.get(given)
    if isinstance(given, Real) and not isinstance(given, bool):
        return Constant(float(given))
    if isinstance(given, str):
        raise DescriptionError(
            f'A schedule needs its numbers, and "{given}" is a name alone. Give a rate, as in 0.01, or the numbers '
            f'with the name, as in {{"kind": "cosine", "rate": 0.01}}. Known: {", ".join(SCHEDULES.names)}.'
        )
    raise DescriptionError(
        f"A schedule is a rate such as 0.01, a dict, or one of {', '.join(kind.__name__ for kind in SCHEDULES)}, "
        f"not {given!r}."
    )
