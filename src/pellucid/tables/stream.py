"""A table that need not fit in memory: read from disk in parts, prepared once, and trained on from disk.

The file is gone through twice. The first time counts rows, collects the classes, and draws a sample of the rows for
training, from which the preparation is fitted. The second time prepares part by part and writes the inputs, float32,
into a temporary file, a row of fixed length each. So any row can be read at any time, and the shuffle is a whole one:
every epoch takes all rows in a new random order, as in memory. In memory are the targets, the order, and two stretches
of inputs at a time; about 40 bytes a row, whatever the number of columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.tables.parts import Parts, Progress, parts_of
from pellucid.tables.preparation import TablePreparation, preparation_of
from pellucid.tables.raw import RawTable, listed
from pellucid.tables.read import SHEETS
from pellucid.tables.sample import look_through, rows_aside
from pellucid.tables.store import RowStore
from pellucid.tables.targets import MOST_CLASSES, class_name, number_name, raw_column, take_targets

if TYPE_CHECKING:
    from pellucid.network import Network


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
        self, name: str, store: RowStore, rows: NDArray[np.int64], y: NDArray[Any], class_names: tuple[str, ...],
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
    like: Network | None = None,
    progress: Progress | None = None,
) -> TableStream:
    """Open a CSV or Parquet file of any size to train on; or, for a network that is trained, to judge it by.

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
    like : Network, optional
        A network with a table's preparation. The rows are prepared as it was trained, nothing is fitted, and the file
        is gone through once: ``net.evaluate(stream)``, ``net.predict(stream)``. ``target`` is then the column of the
        true answers, if it is not called as in training; the other options are left out.
    progress : callable, optional
        Called with (bytes or rows gone through, all of them) after each part, in each pass.

    Raises
    ------
    DataError
        As of ``read_table`` and ``TablePreparation.fit``; a file of another kind; with ``like``, no column of true
        answers, or a class that the network does not know.
    DescriptionError
        ``like`` with an option that it decides, or a network without a table's preparation.

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
    if file.suffix.lower() in SHEETS:
        raise DataError(f"{file.name}: an Excel file cannot be read in parts. Save it as CSV, or use read_table.")
    parts = parts_of(file, header, progress)
    if like is not None:
        if held_out or task or kinds or missing:
            raise DescriptionError("open_table: with like=, a network, only target, header and folder can be given.")
        return _like(like, file, parts, target, folder)
    sample, count, names = look_through(parts, target, held_out, seed)
    found = take_targets(sample, target, task)
    class_names: tuple[str, ...] = ()
    if found.task == "classes":
        class_names = _classes(names, sample.place, found.name)
    preparation = TablePreparation.fit(sample, found.name, kinds=kinds, missing=missing)
    store, y = _stored(parts, preparation, class_names, folder)
    aside = rows_aside(count, held_out, seed)
    common = y, class_names, preparation, found.why
    stream = TableStream(file.stem, store, np.flatnonzero(~aside), *common)
    stream.path = file
    if held_out:
        stream.held_out = TableStream(f"{file.stem}, held out", store, np.flatnonzero(aside), *common)
    return stream


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


def _stored(
    parts: Parts, preparation: TablePreparation, class_names: tuple[str, ...],
    folder: str | PathLike[str] | None, target: str | int | None = None,
) -> tuple[RowStore, NDArray[Any]]:  # fmt: skip
    """The inputs of all rows, and their targets; ``target`` is their column where it has another name than usual."""
    store = RowStore(len(preparation.input_names), None if folder is None else Path(folder))
    labels = {name: k for k, name in enumerate(class_names)}
    y: list[NDArray[Any]] = []
    try:
        for part in parts():
            goal = None if target is None else part.find(target)
            raw = preparation.match(part if goal in (None, preparation.target) else part.without(str(goal)))
            store.file.write(preparation.transform(raw, np.float32).data)
            y.append(_targets(raw if goal in (None, preparation.target) else part, goal or preparation.target, labels))
        store.file.flush()
    except BaseException:
        store.file.close()
        raise
    return store, np.concatenate(y)


def _targets(raw: RawTable, name: str | None, labels: Mapping[str, int]) -> NDArray[Any]:
    """The targets of a part: codes of the classes, or numbers."""
    if name not in raw.columns:
        raise DataError(f'{raw.place}: the target "{name}" is not among the columns: {listed(raw.columns)}.')
    found = raw_column(raw, str(name))
    if not labels:
        if found.dtype.kind == "U":
            row = int(np.argmax(np.isnan(raw.numbers(str(name)))))
            raise DataError(f'{raw.where(row, str(name))}: expected a number, got "{found[row]}".')
        return found.astype(float)
    names = tuple(labels)
    different, inverse = np.unique(found.astype(str), return_inverse=True)
    known = [class_name(str(value), names) for value in different]
    for value in known:
        if value not in labels:
            raise DataError(
                f'The class "{value}" is not one that the network knows.{nearest(value, names)} '
                f"Known: {', '.join(names)}."
            )
    return np.array([labels[value] for value in known], np.int64)[inverse]


def _like(
    net: Network, file: Path, parts: Parts, target: str | int | None, folder: str | PathLike[str] | None
) -> TableStream:
    """Rows prepared as a network's were."""
    preparation = preparation_of(net.preparation)
    if preparation is None:
        raise DescriptionError(
            f'open_table: the network "{net.name}" was not trained on a table\'s raw rows, so it holds no preparation. '
            f"Read the table with read_parts and prepare it yourself."
        )
    store, y = _stored(parts, preparation, net.class_names or (), folder, target)
    stream = TableStream(
        file.stem, store, np.arange(len(y), dtype=np.int64), y, net.class_names or (), preparation,
        "as the network was trained",
    )  # fmt: skip
    stream.path = file
    return stream
