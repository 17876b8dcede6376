"""The preparation of a table: what was found in the rows for training, and how any rows become a network's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pellucid.errors import DataError, nearest
from pellucid.tables.columns import Column, Dropped, from_plain
from pellucid.tables.find import check_kinds, check_marks, find_column
from pellucid.tables.raw import RawTable, listed
from pellucid.tables.read import read_table

if TYPE_CHECKING:
    from pellucid.layers import Embedding


@dataclass(frozen=True)
class TablePreparation:
    """How rows of a table become inputs of a network.

    Inputs of numbers, yes/no, categories and dates come first, in the columns' order; codes for an ``Embedding`` last.
    It is plain data (:meth:`to_dict`), lies in ``net.preparation`` and so in the model file.

    Attributes
    ----------
    columns : tuple of Column
        In the table's order, without the target.
    target : str, optional
        The target column's name.
    target_place : int, optional
        Where it stood among the columns, from 0.
    named : bool
        Whether the table had names of columns.
    marks : dict of str to tuple of str
        Values that stand for a missing one, by column: a 0 for a blood pressure that was not taken.

    Examples
    --------
    >>> import polars
    >>> from pellucid.tables import TablePreparation
    >>> flats = polars.DataFrame({"rooms": [1, 2, 3, 4, None], "city": ["Rome", "Paris", "Oslo", "Rome", "Rome"],
    ...                           "price": [1.0, 2.0, 3.0, 4.0, 5.0]})
    >>> preparation = TablePreparation.fit(flats, target="price")
    >>> preparation.input_names
    ('rooms', 'rooms missing', 'city=Oslo', 'city=Paris', 'city=Rome')
    >>> print(preparation)
    column  kind      missing  becomes
    rooms   number          1  (x − 2.5) / 1.11193, squashed, and 1 where missing
    city    category        0  3 categories, an input for each
    price   target          0  what is learned
    >>> preparation.transform(polars.DataFrame({"city": ["Rome", "Bonn"], "rooms": [4, None]})).round(2).tolist()
    [[1.3300000429153442, 0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0, 0.0]]
    """

    columns: tuple[Column, ...]
    target: str | None = None
    target_place: int | None = None
    named: bool = True
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        table: Any,
        target: str | int | None = None,
        *,
        kinds: Mapping[str, str] | None = None,
        missing: Mapping[Any, Any] | None = None,
    ) -> TablePreparation:
        """Find kinds and figures from the rows for training; give it no others.

        Parameters
        ----------
        table : RawTable, path, or table of pandas, polars or Arrow
        target : str or int, optional
            A column that is not an input: its name, or its number from 1.
        kinds : dict of str to str, optional
            The kind of a column where it is known better: "number", "category", "yes/no", "date" or "ignored". A column
            is called by its name, or by its number from 1.
        missing : dict of str or int to value or list of values, optional
            Values that stand for a missing one, by column (its name, its number from 1, or several of them with
            commas between), as in ``{"pressure": 0, "answer": ["99", "refused"]}``. They are gaps here, and in all
            rows later.

        Raises
        ------
        DataError
            A cell that does not fit its column, or no column from which anything can be learned.
        """
        raw = read_table(table)
        name = None if target is None else raw.find(target)
        place = None if name is None else raw.columns.index(name)
        kinds, marks = check_kinds(kinds, raw), check_marks(missing, raw, name)
        raw = raw.blanked(marks)
        columns = tuple(find_column(raw, one, kinds.get(one)) for one in raw.columns if one != name)
        if not columns:
            only = f'found only one, "{raw.columns[0]}"'
            raise DataError(
                f"{raw.place}: expected at least two columns, features and a target, {only}. "
                f"Separate the columns with commas, semicolons or tabs."
            )
        if all(isinstance(column, Dropped) for column in columns):
            reasons = "; ".join(f'"{column.name}" {column.becomes}' for column in columns[:5])
            raise DataError(f"{raw.place}: no column is left to learn from: {reasons}. Add columns that vary.")
        return cls(columns, name, place, raw.named, marks)

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """What each input of the network is; a code has its column's name."""
        plain = (name for column in self.columns if not column.codes for name in column.inputs)
        return (*plain, *(column.name for column in self.columns if column.codes))

    @property
    def input_columns(self) -> tuple[str, ...]:
        """The column that each input comes from."""
        plain = (column.name for column in self.columns if not column.codes for _ in column.inputs)
        return (*plain, *(column.name for column in self.columns if column.codes))

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that are not left out."""
        return tuple(column for column in self.columns if not isinstance(column, Dropped))

    def embedding(self) -> Embedding | None:
        """The layer that takes the codes, or None where there are none. It stands directly after ``Input``."""
        coded = [column for column in self.columns if column.codes]
        if not coded:
            return None
        from pellucid.layers import Embedding

        return Embedding(tuple(c.codes for c in coded), tuple(getattr(c, "units", 0) for c in coded))

    def transform(self, table: Any, dtype: DTypeLike = np.float32, what: str = "X") -> NDArray[Any]:
        """The inputs of any rows, (rows, inputs).

        Columns are found by name; those that are not known are passed over. A table without names is taken in the
        order of the columns for training, with or without the target.

        Raises
        ------
        DataError
            A column is missing (the nearest name is suggested), or a cell does not fit its column.
        """
        raw = self.match(read_table(table, what=what))
        plain = [column.transform(raw) for column in self.used if not column.codes]
        codes = [column.transform(raw) for column in self.used if column.codes]
        return np.ascontiguousarray(np.column_stack([*plain, *codes]), dtype)

    def targets(self, table: Any, what: str = "X") -> NDArray[Any] | None:
        """The target column of any rows: text for classes, else numbers; None where the table has none."""
        from pellucid.tables.targets import raw_column

        raw = self.match(read_table(table, what=what))
        return None if self.target not in raw.columns else raw_column(raw, str(self.target))

    def match(self, raw: RawTable) -> RawTable:
        """The table with the columns' names that training knew, and gaps where a value stands for a missing one.

        Raises
        ------
        DataError
            A column that is used is missing, or a table without names has not as many columns as training had.
        """
        known, have = tuple(column.name for column in self.columns), raw.columns
        if raw.named or not self._nameless(raw):
            missing = [column.name for column in self.used if column.name not in have]
            if missing:
                others = [name for name in have if name not in known and name != self.target]
                hint = nearest(missing[0], others) or _by_case(missing[0], others)
                raise DataError(
                    f'{raw.place}: the column "{missing[0]}", which the network was trained on, is missing.{hint} '
                    f"Columns: {listed(have)}."
                )
            return raw.blanked(self.marks)
        if len(have) == len(known):
            return raw.renamed(known).blanked(self.marks)
        assert self.target is not None
        assert self.target_place is not None
        names = list(known)
        names.insert(self.target_place, self.target)
        return raw.renamed(tuple(names)).blanked(self.marks)

    def _nameless(self, raw: RawTable) -> bool:
        """Whether columns without names can be taken in their order."""
        known = len(self.columns)
        if len(raw.columns) == known or (self.target is not None and len(raw.columns) == known + 1):
            return True
        with_target = f", or {known + 1} with the target" if self.target is not None else ""
        raise DataError(
            f"{raw.place}: expected {known} columns{with_target}, found {len(raw.columns)} without names. Give the "
            f"columns that the network was trained on, or a first line with their names."
        )

    def remarks(self, table: Any, what: str = "X") -> tuple[str, ...]:
        """What a user should know about rows that are predicted: columns passed over, categories that are new, gaps
        where training had none."""
        return self.strange(table, what).remarks()

    def strange(self, table: Any, what: str = "X") -> Strange:
        """What :meth:`remarks` says, in numbers; those of a table's parts add up to those of the whole."""
        raw = self.match(read_table(table, what=what))
        known = {column.name for column in self.columns} | {self.target}
        return Strange(
            tuple(name for name in raw.columns if name not in known),
            {column.name: column.unseen(raw) for column in self.used},
            {column.name: 0 if column.gaps else int(raw.missing(column.name).sum()) for column in self.used},
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data, fit for JSON: ``{"kind": "table", "columns": [{"kind": "number", "median": …}, …], …}``."""
        return {
            "kind": "table",
            "columns": [column.to_dict() for column in self.columns],
            "target": self.target,
            "target_place": self.target_place,
            "named": self.named,
            "missing": {name: list(values) for name, values in self.marks.items()},
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> TablePreparation:
        """What :meth:`to_dict` described.

        Raises
        ------
        DataError
            It is not a table's preparation, or damaged.
        """
        try:
            if plain["kind"] != "table":
                raise KeyError("kind")
            columns = tuple(from_plain(dict(column)) for column in plain["columns"])
            marks = {str(name): tuple(map(str, values)) for name, values in plain.get("missing", {}).items()}
            return cls(columns, plain["target"], plain["target_place"], bool(plain["named"]), marks)
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"The description of the table's preparation is damaged ({error!r}).") from error

    def rows(self) -> list[tuple[str, str, str, str]]:
        """(column, kind, missing, what becomes of it) of every column, in the table's order."""
        said = [(c.name, c.title, f"{c.gaps:,}", c.becomes + self._marked(c.name)) for c in self.columns]
        if self.target is not None:
            said.insert(self.target_place or 0, (self.target, "target", "0", "what is learned"))
        return said

    def _marked(self, column: str) -> str:
        values = self.marks.get(column, ())
        return f"; {' and '.join(values)} {'is' if len(values) == 1 else 'are'} missing" if values else ""

    def __str__(self) -> str:
        rows = [("column", "kind", "missing", "becomes"), *((_short(row[0]), *row[1:]) for row in self.rows())]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        return "\n".join(
            f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}" for row in rows
        )


@dataclass(frozen=True)
class Strange:
    """What rows have that the rows for training had not.

    Attributes
    ----------
    others : tuple of str
        Columns that are passed over.
    unseen, gaps : dict of str to int
        By column: cells with a value that training did not see; gaps, where training had none.
    """

    others: tuple[str, ...] = ()
    unseen: Mapping[str, int] = field(default_factory=dict)
    gaps: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, more: Strange) -> Strange:
        others = tuple(dict.fromkeys([*self.others, *more.others]))
        unseen, gaps = (
            {
                name: one.get(name, 0) + other.get(name, 0)
                for name in (*one, *(name for name in other if name not in one))
            }
            for one, other in ((self.unseen, more.unseen), (self.gaps, more.gaps))
        )
        return Strange(others, unseen, gaps)

    def remarks(self) -> tuple[str, ...]:
        """The same in words; nothing where nothing is strange."""
        said = [f"Passed over, because training did not have them: {listed(self.others)}."] if self.others else []
        for name, new in self.unseen.items():
            gaps = self.gaps[name]
            if new:
                cells = "1 cell holds a value" if new == 1 else f"{new:,} cells hold values"
                said.append(f'Column "{name}": {cells} that training did not see.')
            if gaps:
                cells = "1 cell is missing" if gaps == 1 else f"{gaps:,} cells are missing"
                said.append(f'Column "{name}": {cells}; training had no gaps there.')
        return tuple(said)


def preparation_of(plain: Mapping[str, Any] | None) -> TablePreparation | None:
    """The table's preparation in ``net.preparation``, or None where that is of something else."""
    return TablePreparation.from_dict(plain) if plain is not None and plain.get("kind") == "table" else None


def _short(name: str) -> str:
    return name if len(name) <= 30 else name[:29] + "…"


def _by_case(name: str, others: list[str]) -> str:
    """A suggestion where a name differs in capitals alone."""
    found = [other for other in others if other.lower() == name.lower()]
    return f' Did you mean "{found[0]}"?' if found else ""
