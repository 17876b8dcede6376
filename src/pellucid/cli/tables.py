"""Tables on the command line: read, split, prepared from the rows for training; and rows to predict from."""

from __future__ import annotations

import atexit
import dataclasses
import hashlib
import math
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pellucid.errors import DataError, DescriptionError, nearest

if TYPE_CHECKING:
    from pellucid.cli.rows import Rows
    from pellucid.cli.sources import Source
    from pellucid.data import Dataset
    from pellucid.network import Network
    from pellucid.tables import RawTable, TablePreparation
    from pellucid.tables.parts import Progress
    from pellucid.tables.preparation import Strange

STDIN = "-"
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
    from pellucid.cli.sources import Source
    from pellucid.data import Dataset
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
    from pellucid.cli.picture_files import SHARE, memory
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
    from pellucid.cli.sources import Source
    from pellucid.data import Dataset
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
    from pellucid.cli.sources import Source
    from pellucid.data import Dataset
    from pellucid.evaluation.progress import progress_of_share
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


def cells_hash(source: Source) -> str:
    """What ``data_hash`` gives of the same table in memory, of one that is read from disk."""
    import numpy as np

    from pellucid.tables import read_parts

    digest, head = hashlib.sha256(), True
    for part in read_parts(source.given):
        goal = part.find(source.target)
        digest.update(part.without(goal).frame.write_csv(include_header=head).encode())
        head = False
    y = source.data.y if source.task == "numbers" else np.array(source.class_names)[source.data.y]
    digest.update("\n".join(map(str, y.tolist())).encode())
    return digest.hexdigest()


def prepare(source: Source, rows: Rows) -> TablePreparation | None:
    """How rows become inputs, found from the rows for training; None where the source is no table.

    Raises
    ------
    DataError
        A cell does not fit its column, or no column is left to learn from.
    """
    from pellucid.tables import TablePreparation

    if source.kind != "table":
        return None
    if source.streamed:
        prepared: TablePreparation = rows.train.X.preparation  # type: ignore[attr-defined]
        return prepared
    found = TablePreparation.fit(rows.train.X, kinds=source.columns, missing=source.missing)
    return dataclasses.replace(found, target=source.target, target_place=source.target_place)


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


@dataclass(frozen=True)
class ToPredict:
    """Rows to predict from.

    Attributes
    ----------
    X : RawTable or array (n, inputs)
    true : list of str, optional
        The target column, where the table has it.
    strange : Strange, optional
        What the user should know about the rows.
    """

    X: Any
    true: list[str] | None
    strange: Strange | None = None


def parts_to_predict(
    given: str, net: Network, target: str | None, told: bool, progress: Progress | None = None
) -> Iterator[ToPredict]:
    """Read a table, or standard input for "-", part by part, with or without the target column.

    Parameters
    ----------
    target : str, optional
        The target column's name or number.
    told : bool
        Whether the user named the target, so that it must be there.
    progress : callable, optional
        As of :func:`~pellucid.tables.read_parts`.
    """
    from pellucid.tables import read_parts

    with _file(given) as file:
        for table in read_parts(file, progress=progress):
            yield _to_predict(table, net, target, told)


def rows_to_predict(given: str, net: Network, target: str | None, told: bool) -> ToPredict:
    """The same in one."""
    from pellucid.tables import read_table

    with _file(given) as file:
        return _to_predict(read_table(file), net, target, told)


def _to_predict(table: RawTable, net: Network, target: str | None, told: bool) -> ToPredict:
    from pellucid.tables.preparation import preparation_of

    preparation = preparation_of(net.preparation)
    if preparation is None:
        return _numbers(table, net, target, told)
    if told:
        goal = table.find(target)
        true: list[str] | None = _true(table, goal, net)
        matched = preparation.match(table.without(goal))
    else:
        matched = preparation.match(table)
        known = preparation.target in matched.columns
        true = _true(matched, str(preparation.target), net) if known else None
    return ToPredict(matched, true, preparation.strange(matched))


@contextmanager
def _file(given: str) -> Iterator[Path]:
    """A table's file; what comes by standard input is put into one."""
    if given != STDIN:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "standard input")
        with file.open("wb") as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
        yield file


def numeric_inputs(table: Any, net: Network) -> Any:
    """The inputs of a network without a preparation of its own: numbers as they are."""
    from pellucid.data.tables import numeric_features

    return numeric_features(table, tuple(table.columns[k] for k in pick(net, table.columns, table.place)))


def pick(net: Network, names: Sequence[str], file: str) -> list[int]:
    """The places of the network's inputs among a table's columns.

    By name where the network knows its inputs' names and the table has them; else all columns in their order.

    Raises
    ------
    DataError
        A column is missing, or there are too few or too many.
    """
    wanted = net.feature_names or ()
    if wanted and all(name in names for name in wanted):
        return [list(names).index(name) for name in wanted]
    named = not all(re.fullmatch(r"column \d+", name) for name in (*names, *wanted))
    inputs = math.prod(net.input_shape)
    missing = [name for name in wanted if name not in names]
    if wanted and named and len(missing) < len(wanted):
        raise DataError(
            f'{file}: the column "{missing[0]}", which the network was trained on, is missing.'
            f"{nearest(missing[0], names)} Columns: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}."
        )
    pictured = net.preparation.get("size") if net.preparation else None
    if len(names) != inputs and pictured:
        size = "×".join(map(str, pictured))
        raise DataError(
            f"{file} is a table of {len(names)} columns, but the network takes pictures of {size} pixels. Give "
            f"picture files, or a folder of them."
        )
    if len(names) != inputs:
        raise DataError(
            f"{file}: expected {inputs} columns of inputs, found {len(names)}. Give the columns that the network was "
            f"trained on; --target names a column that is not an input."
        )
    return list(range(inputs))


def _numbers(table: RawTable, net: Network, target: str | None, told: bool) -> ToPredict:
    """Rows for a network that takes numbers as they are."""
    goal = _target_of(table, net, target, told)
    true = None if goal is None else _true(table, goal, net)
    inputs = table if goal is None else table.without(goal)
    return ToPredict(numeric_inputs(inputs, net), true)


def _true(table: RawTable, goal: str, net: Network) -> list[str]:
    """The target column as text: class names, or numbers written in one way whatever the file is."""
    from pellucid.tables.targets import class_name

    if net.class_names is None:
        pairs = zip(table.numbers(goal).tolist(), table.texts(goal).to_list(), strict=True)
        return [cell or "" if math.isnan(value) else f"{value:.15g}" for value, cell in pairs]
    return [class_name(cell or "", net.class_names) for cell in table.texts(goal).to_list()]


def _target_of(table: RawTable, net: Network, target: str | None, told: bool) -> str | None:
    names = table.columns
    if target is not None and (told or target in names):
        return table.find(target)
    # Without names, one column more than the inputs is a table like the one for training: the target is last.
    if not table.named and target is not None:
        place = re.fullmatch(r"column (\d+)", target)
        return names[int(place[1]) - 1] if place and len(names) > math.prod(net.input_shape) else None
    return names[-1] if not table.named and len(names) == math.prod(net.input_shape) + 1 else None
