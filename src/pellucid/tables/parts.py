"""A table read in parts: runs of rows in their order, so that memory does not grow with the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path

from pellucid.data.csv_text import CODECS, as_csv_text, find_encoding
from pellucid.errors import DataError, nearest
from pellucid.tables.raw import RawTable
from pellucid.tables.read import PARQUET, SHEETS, csv_table, read_table, typed_table

PART_CHARACTERS = 4_000_000  # of a CSV file that are read at a time
LONGEST_PARTS = 4  # parts after which a line that has not ended is taken for one with a quote too many
PART_ROWS, PART_CELLS = 50_000, 2_000_000  # of a Parquet file, whichever is less

Progress = Callable[[int, int], None]
Parts = Callable[[], Iterator[RawTable]]


def read_parts(
    path: str | PathLike[str], header: bool | None = None, progress: Progress | None = None
) -> Iterator[RawTable]:
    r"""Read a table in parts, one after another; a small table is one part.

    A CSV file is cut where a line ends, a Parquet file after so many rows; an Excel sheet, which has at most a million
    rows, comes whole. A part is a table like any other: ``net.predict(part)``.

    Parameters
    ----------
    path : path
    header : bool, optional
        As of :func:`~pellucid.tables.read_table`; found from the first part unless given.
    progress : callable, optional
        Called with (bytes or rows gone through, all of them) as each part is asked for after the one before it, and
        at the end.

    Raises
    ------
    DataError
        As of ``read_table``; what is wrong with a row is said when its part is reached.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pellucid.tables import read_parts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     _ = file.write_text("x,y\n" + "1,2\n" * 1_000_000)
    ...     [len(part) for part in read_parts(file)]
    [999999, 1]
    """
    return parts_of(Path(path), header, progress)()


def parts_of(path: Path, header: bool | None = None, progress: Progress | None = None) -> Parts:
    """What reads a table in parts, as often as it is called."""
    told = progress or (lambda done, total: None)
    if not path.exists():
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, names)}")
    ending = path.suffix.lower()
    if ending in PARQUET:
        return lambda: _parquet_parts(path, told)
    if ending in SHEETS:
        return lambda: iter([read_table(path)])
    encoding = find_encoding(path)
    return lambda: _csv_parts(path, header, encoding, told)


def _parquet_parts(path: Path, progress: Progress) -> Iterator[RawTable]:
    import polars as pl

    try:
        scan = pl.scan_parquet(path)
        count, width = int(scan.select(pl.len()).collect().item()), len(scan.collect_schema())
        if not count:
            raise DataError(f"{path.name}: the table is empty: it has no rows. Expected one row for each sample.")
        size = max(1, min(PART_ROWS, PART_CELLS // max(1, width)))
        for first in range(0, count, size):
            yield typed_table(path.name, scan.slice(first, size).collect(), begin=first)
            progress(min(first + size, count), count)
    except (OSError, pl.exceptions.PolarsError) as error:
        brief = str(error).partition("\n")[0].rstrip(".")
        raise DataError(f"{path.name}: cannot be read as Parquet: {brief}.") from error


def _csv_parts(path: Path, header: bool | None, encoding: str, progress: Progress) -> Iterator[RawTable]:
    """Runs of whole lines; a line break within quotes does not end one."""
    size, first = path.stat().st_size, None
    separator, decimal, line, rest, ended = None, ".", 0, "", False
    with path.open(encoding=CODECS[encoding], errors="replace") as file:
        while not ended:
            block = file.read(PART_CHARACTERS)
            ended = len(block) < PART_CHARACTERS
            piece, rest = _whole_lines(rest + block, ended)
            if piece.strip():
                text = as_csv_text(path.name, piece, encoding, separator, line)
                separator = text.separator
                if first is None:
                    part = first = csv_table(text, header)
                else:
                    part = replace(csv_table(text, names=first.columns), named=first.named, notes=first.notes)
                # Whole numbers do not tell: a comma is the sign of decimals from the first part on that has some.
                decimal = part.decimal if decimal == "." else decimal
                yield replace(part, decimal=decimal)
                progress(os.lseek(file.fileno(), 0, os.SEEK_CUR), size)
            line += piece.count("\n")
            if len(rest) > LONGEST_PARTS * PART_CHARACTERS and "\n" in rest:  # else it is one line, however long
                raise DataError(
                    f"{path.name}, line {line + 1}: a quote is opened and not closed. Close it; within a cell that "
                    f"stands in quotes, write two."
                )
    if first is None:
        raise DataError(f"{path.name}: the file is empty. Expected one line for each sample.")


def _whole_lines(text: str, ended: bool) -> tuple[str, str]:
    """Text up to the last line break that is not within quotes, and what stands after it."""
    if ended:
        return text, ""
    cut = text.rfind("\n") + 1
    quotes = text.count('"', 0, cut)
    while cut and quotes % 2:
        before = text.rfind("\n", 0, cut - 1) + 1
        quotes -= text.count('"', before, cut)
        cut = before
    return text[:cut], text[cut:]
