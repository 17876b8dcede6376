"""What could make a training come out otherwise when it is done again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What could make a repeated training come out otherwise, in words.

    >>> differences({"data": {"sha256": "1"}, "versions": {"numpy": "1.26"}, "options": {"chosen": {"epochs": 3}}},
    ...             {"data": {"sha256": "2"}, "versions": {"numpy": "2.0"}, "options": {"chosen": {"epochs": 5}}})
    ['the data have changed', 'epochs was 3, is 5', 'numpy was 1.26, is 2.0']
    """
    found = [] if before["data"]["sha256"] == now["data"]["sha256"] else ["the data have changed"]
    parts = ((c["options"]["chosen"] | c.get("versions", {})) for c in (before, now))
    old, new = (_plain(part) for part in parts)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            found.append(f"{name} was {_shown(old.get(name))}, is {_shown(new.get(name))}")
    made = before.get("made_with", {}), now.get("made_with", {})
    words = {"kernels": "Pellucid's kernels are others", "machine": "the processor or the compiler is another"}
    return found + [text for name, text in words.items() if made[0].get(name) != made[1].get(name)]


def _plain(value: Any) -> Any:
    """Lists for tuples, as JSON has them."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
