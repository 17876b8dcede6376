"""Packages whose public names are imported when they are first asked for, so that to need one loads one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package (PEP 562).

    Parameters
    ----------
    package : str
        Its ``__name__``.
    places : dict of str to str
        Public names, and the module within the package that each is in.

    Examples
    --------
    >>> find, names = lazy("pellucid.data", {"stratified_split": "split"})
    >>> find("stratified_split").__module__, "stratified_split" in names()
    ('pellucid.data.split', True)
    """

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(importlib.import_module(f"{package}.{places[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *places})

    return find, names
