"""Things that are chosen by name: activations, losses, optimizers, schedules, initializers, layers.

Each is a small frozen dataclass, so that it can be compared, printed and written to a file as plain data. A
:class:`Table` finds one by name, by its plain-data form, or takes an instance as it is.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from pellucid.errors import DescriptionError, nearest, unknown

ELSEWHERE = {"lr": "rate", "learning_rate": "rate"}  # what other libraries call an option


class Kind:
    """Base of the frozen dataclasses that a :class:`Table` holds."""

    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form: the kind and its fields, fit for JSON; nested kinds become nested dicts."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # type: ignore[arg-type]
        return {"kind": self.kind} | {k: v.to_dict() if isinstance(v, Kind) else v for k, v in fields.items()}


def in_words(kind: Kind) -> str:
    """A kind, its rate, and those of its options that are not the default.

    >>> from pellucid.optimizers.table import Adam
    >>> in_words(Adam()), in_words(Adam(rate=0.01, average=0.99))
    ('adam(rate=0.001)', 'adam(rate=0.01, average=0.99)')
    """
    options = []
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        value = getattr(kind, field.name)
        made = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value is not None and (value != made or field.name == "rate"):
            options.append(f"{field.name}={in_words(value) if isinstance(value, Kind) else value}")
    return f"{kind.kind}({', '.join(options)})" if options else kind.kind


class Named(Kind):
    """A kind whose instances are called by its name. (Layers are not: a layer's name is the user's own.)"""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        if "name" in cls.__dict__:
            cls.kind = cls.name


T = TypeVar("T", bound=Kind)


class Places(Mapping[str, type[T]]):
    """A package's kinds by name, each imported when it is asked for; the names alone import nothing.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    places : dict of str to str
        Names of kinds, and for each its module within the package and its class.

    Examples
    --------
    >>> metrics = Places("pellucid.metrics", {"roc_auc": "ranking.RocAuc"})
    >>> list(metrics), metrics["roc_auc"], metrics.modules
    (['roc_auc'], <class 'pellucid.metrics.ranking.RocAuc'>, {'RocAuc': 'ranking'})
    """

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        self.package, self.places = package, places

    def __getitem__(self, name: str) -> type[T]:
        module, _, called = self.places[name].rpartition(".")
        found: type[T] = getattr(importlib.import_module(f"{self.package}.{module}"), called)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __contains__(self, name: object) -> bool:
        return name in self.places

    @property
    def modules(self) -> dict[str, str]:
        """The classes, and the module that each is in: what :func:`pellucid.lazy.lazy` asks for."""
        return {called: module for module, _, called in (place.rpartition(".") for place in self.places.values())}


class Table(Generic[T]):
    """An explicit list of kinds, found by name.

    Parameters
    ----------
    what : str
        What the kinds are, for the error text ("activation").
    kinds : iterable of type, or Places
        Frozen dataclasses derived from :class:`Kind`; or where they are, so that to need one imports one.
    """

    def __init__(self, what: str, kinds: Iterable[type[T]] | Places[T]) -> None:
        self.what = what
        self.kinds: Mapping[str, type[T]] = kinds if isinstance(kinds, Places) else {kind.kind: kind for kind in kinds}
        self._small = {name.lower(): name for name in self.kinds}

    @property
    def names(self) -> list[str]:
        """The kinds' names, in the order of the list."""
        return list(self.kinds)

    def __iter__(self) -> Iterator[type[T]]:
        return iter(self.kinds.values())

    def get(self, given: str | Mapping[str, Any] | T | type[T]) -> T:
        """Return the instance meant by ``given``: a name, a plain-data form, an instance, or a class.

        Raises
        ------
        DescriptionError
            The name is unknown (the nearest known one is suggested), or a field is.
        """
        if isinstance(given, Kind):
            if not self._has(type(given)):
                raise DescriptionError(f"{given!r} is not a kind of {self.what}. Known: {', '.join(self.names)}.")
            return given
        if isinstance(given, type) and self._has(given):
            return self.make(given.kind, {})
        if isinstance(given, Mapping):
            return self.make(given.get("kind"), {k: v for k, v in given.items() if k != "kind"})
        return self.make(given, {})

    def make(self, name: object, fields: Mapping[str, Any]) -> T:
        """Make the kind called ``name`` with ``fields``."""
        kind = self._called(name.lower()) if isinstance(name, str) else None
        if kind is None:
            raise unknown(self.what, name, self.names, [*self._small, *self._by_alias])
        known = [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]
        for field in fields:
            if field not in known:
                has = f"It has: {', '.join(known)}." if known else "It has no options."
                meant = nearest(ELSEWHERE.get(field, field), known)
                raise DescriptionError(f'{self.what.capitalize()} "{kind.kind}" has no option "{field}".{meant} {has}')
        try:
            return kind(**fields)
        except TypeError as error:
            raise DescriptionError(f'{self.what.capitalize()} "{kind.kind}": {error}.') from error

    def _has(self, kind: type) -> bool:
        return issubclass(kind, Kind) and self.kinds.get(getattr(kind, "kind", "")) is kind

    def _called(self, name: str) -> type[T] | None:
        """The kind of that name, in small letters, or of that alias."""
        return self.kinds[self._small[name]] if name in self._small else self._by_alias.get(name)

    @cached_property
    def _by_alias(self) -> dict[str, type[T]]:
        """All kinds by their aliases. They stand in the kinds alone, so this imports them all."""
        return {alias.lower(): kind for kind in self for alias in kind.aliases}
