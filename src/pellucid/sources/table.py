"""A table as a source: raw rows in memory, or prepared ones on disk where it is too large."""

from __future__ import annotations

import atexit
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pellucid.errors import DataError, DescriptionError

if TYPE_CHECKING:
    from pellucid.data import Dataset
    from pellucid.network import Network
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source
    from pellucid.tables import TablePreparation

GROWTH = (4, 16)  # bytes of memory that a byte of a CSV file, and of a Parquet file, may come to


def load(
    given: str, target: str | None, task: str | None, columns: Mapping[str, str] | None,
    missing: Mapping[Any, Any] | None = None, stream: bool | None = None, aside: tuple[float, int] = (0.0, 0),
) -> Source:  # fmt: skip
    """A table as a source: its rows raw, or on disk where it is too large, its target as classes or as numbers.

    Parameters
    ----------
    stream : bool, optional
        Whether it is read from disk; found from its size unless given.
    aside : (share, seed)
        Of a table on disk: the rows that are held out.
    """
    if too_large(Path(given)) if stream is None else stream:
        return _load_stream(given, target, task, columns, missing, aside)
    from pellucid.data import Dataset
    from pellucid.sources.source import Source
    from pellucid.tables import read_table, take_targets
    from pellucid.tables.find import check_kinds, check_marks
    from pellucid.tables.raw import cut

    table = read_table(given)
    if table.shape[1] < 2:
        raise DataError(
            f"{table.place}: expected at least two columns, features and a target, found only one, "
            f'"{cut(table.columns[0])}". Separate the columns with commas, semicolons or tabs.'
        )
    found = take_targets(table, target, task)
    kinds = check_kinds(columns, table)
    if found.name in kinds:
        raise DescriptionError(f'--column: "{found.name}" is the target, not an input. Say --task for it.')
    inputs: Any = table.without(found.name)
    about = f'{len(table)} samples of {inputs.shape[1]} columns from {table.place}; the target is "{found.name}".'
    data = Dataset(Path(given).stem, inputs, found.y, inputs.columns, found.class_names, about)
    place = table.columns.index(found.name)
    return Source(
        given, "table", data, found.task, found.name, found.why, read_as=table.notes, columns=kinds,
        missing=check_marks(missing, table, found.name), target_place=place,
    )  # fmt: skip


def too_large(path: Path) -> bool:
    """Whether a file's rows would take more than a quarter of the memory."""
    from pellucid.sources.picture_files import SHARE, memory
    from pellucid.tables.read import PARQUET, SHEETS

    ending = path.suffix.lower()
    if ending in SHEETS or not path.is_file():
        return False
    return GROWTH[ending in PARQUET] * path.stat().st_size > SHARE * memory()


def _load_stream(
    given: str, target: str | None, task: str | None, columns: Mapping[str, str] | None,
    missing: Mapping[Any, Any] | None, aside: tuple[float, int],
) -> Source:  # fmt: skip
    """A table that is read from disk: prepared at once, from a sample of the rows for training."""
    from pellucid.data import Dataset
    from pellucid.sources.source import Source
    from pellucid.tables import TableStream, open_table

    stream = open_table(
        given, target, held_out=aside[0], task=task, kinds=columns, missing=dict(missing or {}), seed=aside[1]
    )
    atexit.register(stream.close)
    preparation = stream.preparation
    names = stream.class_names or None

    def data(part: TableStream) -> Dataset:
        X: Any = part
        return Dataset(part.name, X, part.y, preparation.input_names, names, f"Rows of {given}, read from disk.")

    return Source(
        given, "table", data(stream), "numbers" if names is None else "classes", preparation.target, stream.why,
        streamed=True, columns=columns or {}, missing=dict(missing or {}), target_place=preparation.target_place,
        aside=None if stream.held_out is None else data(stream.held_out),
    )  # fmt: skip


def load_like(given: str, net: Network, target: str | None) -> Source:
    """A table that is read from disk to judge a network by: prepared as the network says."""
    from pellucid.data import Dataset
    from pellucid.evaluation.progress import progress_of_share
    from pellucid.sources.source import Source
    from pellucid.tables import open_table

    with progress_of_share("Reading") as progress:
        stream = open_table(given, target, like=net, progress=progress)
    atexit.register(stream.close)
    names, X = stream.class_names or None, cast(Any, stream)
    data = Dataset(stream.name, X, stream.y, stream.preparation.input_names, names, f"Rows of {given}, from disk.")
    return Source(
        given, "table", data, "numbers" if names is None else "classes", target or stream.preparation.target,
        stream.why, streamed=True,
    )  # fmt: skip


def prepare(source: Source, rows: Rows) -> TablePreparation | None:
    """How rows become inputs, found from the rows for training; None where the source is no table.

    Raises
    ------
    DataError
        A cell does not fit its column, or no column is left to learn from. Rows that are held out are tried too, so
        that their errors do not come after the training.
    """
    from pellucid.tables import TablePreparation

    if source.kind != "table":
        return None
    if source.streamed:
        prepared: TablePreparation = rows.train.X.preparation  # type: ignore[attr-defined]
        return prepared
    found = TablePreparation.fit(rows.train.X, kinds=source.columns, missing=source.missing)
    found = dataclasses.replace(found, target=source.target, target_place=source.target_place)
    for others in [rows.watch, rows.judge if rows.held_out else None]:
        if others is not None:
            found.transform(others.X)
    return found


def in_deviations(source: Source, rows: Rows) -> tuple[Rows, tuple[float, float] | None]:
    """The rows with standardised targets where a table's target is numbers, and mean and deviation of the rows for
    training; else the rows as they are, and None."""
    from pellucid.tables.targets import standard

    if source.kind != "table" or source.task != "numbers":
        return rows, None
    mean, deviation = standard(rows.train.y)

    def change(data: Dataset) -> Dataset:
        return dataclasses.replace(data, y=(data.y - mean) / deviation)

    train = change(rows.train)
    judge = change(rows.judge) if rows.held_out else train
    watch = None if rows.watch is None else change(rows.watch)
    return dataclasses.replace(rows, train=train, judge=judge, watch=watch), (mean, deviation)
