"""A table that need not fit in memory: read from disk in parts, prepared once, and trained on from disk.

The file is gone through twice. The first time counts rows, collects the classes, and draws a sample of the rows for
training, from which the preparation is fitted. The second time prepares part by part and writes the inputs, float32,
into a temporary file, a row of fixed length each. So any row can be read at any time, and the shuffle is a whole one:
every epoch takes all rows in a new random order, as in memory. In memory are the targets, the order, and two stretches
of inputs at a time; about 40 bytes a row, whatever the number of columns.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.data.csv_text import CODECS, as_csv_text, find_encoding
from pellucid.errors import DataError, nearest
from pellucid.tables.preparation import TablePreparation
from pellucid.tables.raw import RawTable
from pellucid.tables.read import PARQUET, csv_table
from pellucid.tables.targets import MOST_CLASSES, class_name, number_name, raw_column, take_targets

if TYPE_CHECKING:
    import polars as pl

PART_CHARACTERS = 4_000_000  # of a CSV file that are read at a time
PART_ROWS = 50_000  # of a Parquet file
SAMPLE = 100_000  # rows that the preparation is fitted on
NEAR = 4096  # bytes between two rows up to which they are read at once
BLOCK = 1 << 20  # bytes that are read at once at most

Parts = Callable[[], Iterator[RawTable]]


class TableStream:
    """Rows of a table on disk, prepared; memory hardly grows with their number. Made by :func:`open_table`.

    ``net.fit`` takes it in place of X and y. Close it when it is no longer used, or use it in a ``with`` statement.

    Attributes
    ----------
    name : str
    shape : tuple of int
        (rows, inputs).
    y : ndarray (rows,)
        Labels from 0, or numbers.
    class_names : tuple of str
        The classes that labels stand for; none where the target is numbers.
    preparation : TablePreparation
        Fitted on a sample of the rows for training.
    why : str
        How it was found whether the target is classes or numbers.
    held_out : TableStream or None
        The rows that were held out.
    path : Path or None
        The file; None of rows that were held out.
    """

    def __init__(
        self, name: str, store: _Store, rows: NDArray[np.int64], y: NDArray[Any], class_names: tuple[str, ...],
        preparation: TablePreparation, why: str,
    ) -> None:  # fmt: skip
        self.name, self.class_names, self.preparation, self.why = name, class_names, preparation, why
        self.y, self.shape = y[rows], (len(rows), store.inputs)
        self.held_out: TableStream | None = None
        self.path: Path | None = None
        self._store, self._rows = store, rows

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, indices: ArrayLike) -> NDArray[np.float32]:
        """The inputs of these rows, in this order, (k, inputs).

        Raises
        ------
        DataError
            A row that the stream does not have, or a closed stream.
        """
        chosen = np.asarray(indices, np.int64)
        outside = (chosen < 0) | (chosen >= len(self))
        if outside.any():
            raise DataError(f"take: expected indexes from 0 to {len(self) - 1}, got {int(chosen[outside][0])}.")
        return self._store.read(self._rows[chosen], self.name)

    def close(self) -> None:
        """Let go of the temporary file."""
        self._store.file.close()

    def __enter__(self) -> TableStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = f"{len(self.class_names)} classes" if self.class_names else "numbers"
        return f'<TableStream "{self.name}": {len(self):,} rows of {self.shape[1]} inputs, {kind}>'


class _Store:
    """Rows of float32 in a temporary file."""

    def __init__(self, inputs: int, folder: Path | None) -> None:
        self.inputs, self.row_bytes = inputs, 4 * inputs
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the stream closes it
        self._one_at_a_time = threading.Lock()

    def read(self, rows: NDArray[np.int64], name: str) -> NDArray[np.float32]:
        """The rows in the order given: neighbours are read at once."""
        if self.file.closed:
            raise DataError(f'The table "{name}" is closed. Open it again with open_table.')
        out = np.empty((len(rows), self.inputs), np.float32)
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        near, most = max(1, NEAR // self.row_bytes), max(1, BLOCK // self.row_bytes)
        at = 0
        while at < len(rows):
            reach = int(np.searchsorted(ascending, ascending[at] + most, "left"))
            far = np.flatnonzero(np.diff(ascending[at:reach]) > near)
            end = at + int(far[0]) + 1 if len(far) else reach
            first, count = int(ascending[at]), int(ascending[end - 1] - ascending[at]) + 1
            with self._one_at_a_time:
                self.file.seek(first * self.row_bytes)
                data = self.file.read(count * self.row_bytes)
            block = np.frombuffer(data, np.float32).reshape(count, self.inputs)
            out[order[at:end]] = block[ascending[at:end] - first]
            at = end
        return out


def open_table(
    path: str | PathLike[str],
    target: str | int | None = None,
    *,
    held_out: float = 0.0,
    task: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Mapping[Any, Any] | None = None,
    header: bool | None = None,
    seed: int = 0,
    folder: str | PathLike[str] | None = None,
) -> TableStream:
    """Open a CSV or Parquet file of any size to train on.

    Parameters
    ----------
    path : path
    target : str or int, optional
        The target's name, or its number from 1; the last column if not given.
    held_out : float
        The share of rows that is set aside, each row by chance; see ``TableStream.held_out``. Nothing is fitted on
        them.
    task : {"classes", "numbers"}, optional
    kinds, missing : dicts, optional
        As of :meth:`TablePreparation.fit`.
    header : bool, optional
        As of :func:`read_table`.
    seed : int
        Of the sample and of the rows that are held out.
    folder : path, optional
        Where the temporary file of inputs lies, 4 bytes an input and row; the system's folder for such if not given.

    Raises
    ------
    DataError
        As of ``read_table`` and ``TablePreparation.fit``; or a file of another kind.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pellucid.tables import open_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     _ = file.write_text("x,y,side\\n" + "\\n".join(f"{k},{-k},{'ab'[k > 9]}" for k in range(20)))
    ...     with open_table(file) as stream:
    ...         print(stream, stream.take([0, 19]).shape)
    <TableStream "points": 20 rows of 2 inputs, 2 classes> (2, 2)
    """
    file = Path(path)
    if not 0.0 <= held_out < 1.0:
        raise DataError(f"open_table: held_out must be a share of at least 0 and below 1, got {held_out!r}.")
    parts = _parts(file, header)
    sample, count, names = _first_pass(parts, target, held_out, seed)
    found = take_targets(sample, target, task)
    class_names: tuple[str, ...] = ()
    if found.task == "classes":
        class_names = _classes(names, sample.place, found.name)
    preparation = TablePreparation.fit(sample, found.name, kinds=kinds, missing=missing)
    store = _Store(len(preparation.input_names), None if folder is None else Path(folder))
    try:
        y = _second_pass(parts, preparation, class_names, store, count)
    except BaseException:
        store.file.close()
        raise
    aside = _aside(count, held_out, seed)
    common = y, class_names, preparation, found.why
    stream = TableStream(file.stem, store, np.flatnonzero(~aside), *common)
    stream.path = file
    if held_out:
        stream.held_out = TableStream(f"{file.stem}, held out", store, np.flatnonzero(aside), *common)
    return stream


def _aside(count: int, share: float, seed: int) -> NDArray[np.bool_]:
    """Which rows are held out."""
    return np.random.default_rng([seed, 1]).random(count) < share


def _first_pass(
    parts: Parts, target: str | int | None, held_out: float, seed: int
) -> tuple[RawTable, int, set[str] | None]:
    """A sample of the rows for training, the number of all rows, and the target's values (None: too many)."""
    import polars as pl

    aside, draws = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    count, values, first = 0, set[str](), None
    many = False
    kept: list[pl.DataFrame] = []
    keys = np.zeros(0)
    places = np.zeros(0, np.int64)
    for part in parts():
        first = part if first is None else first
        name = first.find(target)
        if not many:
            values.update(part.texts(name).drop_nulls().unique().to_list())
            many = len(values) > MOST_CLASSES
        train = ~(aside.random(len(part)) < held_out)
        keys = np.concatenate([keys, draws.random(len(part))[train]])
        places = np.concatenate([places, count + np.flatnonzero(train)])
        kept.append(part.frame.filter(pl.Series(train)))
        if len(keys) > 2 * SAMPLE:
            kept, keys, places = _smallest(kept, keys, places)
        count += len(part)
    assert first is not None
    kept, keys, places = _smallest(kept, keys, places)
    frame = pl.concat(kept, rechunk=True)
    if frame.is_empty():
        raise DataError(f"{first.place}: all rows are held out. Hold out a smaller share.")
    sample = replace(first, frame=frame, rows=places, locate=lambda row: _place(parts, row))
    return sample, count, None if many else values


def _place(parts: Parts, row: int) -> str:
    """What a row of the file is called, found by going through it again."""
    for part in parts():
        if row < len(part):
            return part.locate(int(part.rows[row]))
        row -= len(part)
    raise IndexError(row)


def _smallest(
    kept: list[pl.DataFrame], keys: NDArray[np.float64], places: NDArray[np.int64]
) -> tuple[list[pl.DataFrame], NDArray[np.float64], NDArray[np.int64]]:
    """The rows with the smallest keys, in their order."""
    import polars as pl

    if len(keys) <= SAMPLE:
        return kept, keys, places
    rows = np.sort(np.argpartition(keys, SAMPLE)[:SAMPLE])
    return [pl.concat(kept)[rows]], keys[rows], places[rows]


def _classes(values: set[str] | None, place: str, name: str) -> tuple[str, ...]:
    """The names of all classes of a file."""
    if values is None:
        raise DataError(
            f'{place}: the target "{name}" has more than {MOST_CLASSES:,} different values, too many for classes. '
            f"Choose another target."
        )
    try:
        return tuple(number_name(value) for value in sorted({float(value) for value in values}))
    except ValueError:
        return tuple(sorted(values))


def _second_pass(
    parts: Parts, preparation: TablePreparation, class_names: tuple[str, ...], store: _Store, count: int
) -> NDArray[Any]:
    """Write the inputs of all rows; return the targets."""
    assert preparation.target is not None
    labels = {name: k for k, name in enumerate(class_names)}
    y = np.zeros(count, np.int64 if labels else np.float64)
    at = 0
    for part in parts():
        raw = preparation.match(part)
        store.file.write(preparation.transform(raw, np.float32).data)
        found = raw_column(raw, preparation.target)
        if labels:
            different, inverse = np.unique(found.astype(str), return_inverse=True)
            codes = [labels[class_name(str(value), class_names)] for value in different]
            y[at : at + len(part)] = np.array(codes, np.int64)[inverse]
        elif found.dtype.kind == "U":
            row = int(np.argmax(np.isnan(raw.numbers(preparation.target))))
            raise DataError(f'{raw.where(row, preparation.target)}: expected a number, got "{found[row]}".')
        else:
            y[at : at + len(part)] = found
        at += len(part)
    store.file.flush()
    return y


def _parts(path: Path, header: bool | None) -> Parts:
    ending = path.suffix.lower()
    if not path.exists():
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, names)}")
    if ending in PARQUET:
        return lambda: _parquet_parts(path)
    if ending in (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"):
        raise DataError(f"{path.name}: an Excel file cannot be read in parts. Save it as CSV, or use read_table.")
    encoding = find_encoding(path)
    return lambda: _csv_parts(path, header, encoding)


def _parquet_parts(path: Path) -> Iterator[RawTable]:
    import polars as pl

    try:
        count = int(pl.scan_parquet(path).select(pl.len()).collect().item())
        if not count:
            raise DataError(f"{path.name}: the table is empty: it has no rows. Expected one row for each sample.")
        for first in range(0, count, PART_ROWS):
            frame = pl.scan_parquet(path).slice(first, PART_ROWS).collect()
            yield RawTable(path.name, frame, True, np.arange(first, first + frame.height, dtype=np.int64))
    except (OSError, pl.exceptions.PolarsError) as error:
        brief = str(error).partition("\n")[0].rstrip(".")
        raise DataError(f"{path.name}: cannot be read as Parquet: {brief}.") from error


def _csv_parts(path: Path, header: bool | None, encoding: str) -> Iterator[RawTable]:
    """Runs of whole lines; a line break within quotes does not end one."""
    first: RawTable | None = None
    separator, line, rest, ended = None, 0, "", False
    with path.open(encoding=CODECS[encoding], errors="replace") as file:
        while not ended:
            block = file.read(PART_CHARACTERS)
            ended = not block
            piece, rest = _whole_lines(rest + block, ended)
            if piece.strip():
                text = as_csv_text(path.name, piece, encoding, separator, line)
                separator = text.separator
                if first is None:
                    first = csv_table(text, header)
                    yield first
                else:
                    yield replace(csv_table(text, names=first.columns), named=first.named, decimal=first.decimal)
            line += piece.count("\n")
    if first is None:
        raise DataError(f"{path.name}: the file is empty. Expected one line for each sample.")


def _whole_lines(text: str, ended: bool) -> tuple[str, str]:
    """Text up to the last line break that is not within quotes, and what stands after it."""
    if ended:
        return text, ""
    cut = text.rfind("\n") + 1
    while cut and text.count('"', 0, cut) % 2:
        cut = text.rfind("\n", 0, cut - 1) + 1
    return text[:cut], text[cut:]
