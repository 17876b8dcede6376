"""The values of options: which are taken, and what their text means."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import typer

from pellucid.errors import PellucidError, unknown

LOGS = ("jsonl", "tensorboard")


def _table(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"pellucid.{module}"), name)


def named(module: str, table: str) -> dict[str, Any]:
    """Check a name against one of the project's tables, and complete it."""

    def check(given: str | None) -> str | None:
        if given is None:
            return None
        try:
            return str(_table(module, table).get(given).kind)
        except PellucidError as error:
            raise typer.BadParameter(str(error)) from error

    def complete(incomplete: str) -> list[str]:
        return [name for name in _table(module, table).names if name.startswith(incomplete)]

    return {"callback": check, "autocompletion": complete}


def listed(what: str, known: tuple[str, ...]) -> dict[str, Any]:
    """Check a name against a few known ones, and complete it."""

    def check(given: str | None) -> str | None:
        if given is not None and given not in known:
            raise typer.BadParameter(str(unknown(what, given, known)))
        return given

    return {"callback": check, "autocompletion": lambda incomplete: [n for n in known if n.startswith(incomplete)]}


def _number(good: Callable[[float], bool], expected: str) -> Callable[[float | None], float | None]:
    def check(given: float | None) -> float | None:
        if given is not None and not good(given):
            raise typer.BadParameter(f"expected {expected}, got {given:g}.")
        return given

    return check


below_1 = _number(lambda v: 0 <= v < 1, "a number of at least 0 and below 1")
positive = _number(lambda v: 0 < v < float("inf"), "a number above 0")
not_negative = _number(lambda v: 0 <= v < float("inf"), "0 or a number above it")
share = _number(lambda v: 0 <= v < 1, "a share of at least 0 and below 1")


def units(given: str | None) -> str | None:
    """Check the units of hidden layers."""
    if given is not None:
        parse_units(given)
    return given


def parse_units(given: str) -> tuple[int, ...]:
    """Units of hidden layers from text.

    >>> parse_units("64,32"), parse_units("0"), parse_units("")
    ((64, 32), (), ())
    """
    if given.strip() in ("", "0", "none"):
        return ()
    parts = [part.strip() for part in given.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise typer.BadParameter(
            f'expected units separated by commas, as in 64,32, or 0 for no hidden layer; got "{given}".'
        )
    return tuple(int(part) for part in parts)


def parse_columns(given: Sequence[str] | None) -> dict[str, str]:
    """Kinds of columns from text.

    >>> parse_columns(["zip=category", "a=b=ignored"])
    {'zip': 'category', 'a=b': 'ignored'}
    """
    found: dict[str, str] = {}
    for part in given or ():
        name, sign, kind = part.rpartition("=")
        if not (sign and name.strip() and kind.strip()):
            raise typer.BadParameter(f'expected NAME=KIND, as in zip=category; got "{part}".', param_hint="'--column'")
        found[name.strip()] = kind.strip()
    return found


def parse_marks(given: Sequence[str] | None) -> dict[str, list[str]]:
    """Values that stand for a missing one, by columns, from text.

    >>> parse_marks(["age=-1", "2,3=0", "age=999"])
    {'age': ['-1', '999'], '2,3': ['0']}
    """
    found: dict[str, list[str]] = {}
    for part in given or ():
        name, sign, value = part.rpartition("=")
        if not (sign and name.strip() and value.strip()):
            raise typer.BadParameter(
                f'expected COLUMN=VALUE, as in pressure=0; got "{part}".', param_hint="'--missing'"
            )
        found.setdefault(name.strip(), []).append(value.strip())
    return found


def fields_of(given: str) -> dict[str, Any]:
    """The fields of Augment from text; none for "none".

    >>> fields_of("shift=2, zoom=0.1, flip=horizontal"), fields_of("shift=0x3"), fields_of("none")
    ({'shift': 2, 'zoom': 0.1, 'flip': 'horizontal'}, {'shift': (0, 3)}, {})
    """
    if given.strip().lower() in ("none", ""):
        return {}
    found: dict[str, Any] = {}
    for part in given.split(","):
        name, sign, value = (word.strip() for word in part.partition("="))
        if not (name and sign and value):
            raise typer.BadParameter(f'expected name=value, as in shift=2,rotate=10, or none; got "{part.strip()}".')
        if name in found:
            raise typer.BadParameter(f'"{name}" stands there twice.')
        pair = value.split("x")
        numbers = [_plain_number(word) for word in pair]
        found[name] = value if None in numbers else numbers[0] if len(pair) == 1 else tuple(numbers)
    return found


def _plain_number(word: str) -> float | None:
    """An int, where it is written as one, or a float."""
    try:
        return int(word) if word.isdigit() else float(word)
    except ValueError:
        return None


def augmentation(given: str | None) -> str | None:
    """Check the fields of Augment."""
    if given is not None:
        from dataclasses import fields

        from pellucid.layers.augment.spec import Augment

        known = [field.name for field in fields(Augment) if field.name != "name"]
        found = fields_of(given)
        for name in found:
            if name not in known:
                raise typer.BadParameter(str(unknown("change", name, known)))
        try:
            Augment(**found)
        except PellucidError as error:
            raise typer.BadParameter(str(error)) from error
    return given


def parse_rhythm(given: str) -> dict[str, Any]:
    """How often checkpoints are written, as fields of CheckpointFolder.

    >>> parse_rhythm("30s")["seconds"], parse_rhythm("500 steps"), parse_rhythm("1epoch")["epochs"]
    (30.0, {'seconds': None, 'steps': 500, 'epochs': None}, 1)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|seconds?|steps?|epochs?)\s*", given)
    number = float(found[1]) if found else 0.0
    unit = {"s": "seconds", "se": "seconds", "st": "steps", "ep": "epochs"}[found[2][:2]] if found else ""
    if not number or (unit != "seconds" and not number.is_integer()):
        raise typer.BadParameter(f'expected a span, as in 30s, 500steps or 2epochs; got "{given}".')
    span = number if unit == "seconds" else int(number)
    return {"seconds": None, "steps": None, "epochs": None, unit: span}


def rhythm(given: str) -> str:
    """Check how often checkpoints are written."""
    parse_rhythm(given)
    return given


def logs(given: list[str] | None) -> list[str]:
    """Check the kinds of logs. A list also where none was given: some releases of Typer ask for its length.

    >>> logs(None), logs(["jsonl"])
    ([], ['jsonl'])
    """
    for kind in given or ():
        if kind not in LOGS:
            raise typer.BadParameter(str(unknown("log", kind, LOGS)))
    return list(given or ())
