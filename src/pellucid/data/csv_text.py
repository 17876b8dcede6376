"""The text of a CSV file as cells: its separator, its blank lines, and the line that each row stands on."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    import polars as pl

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SEPARATORS = ("\t", ";", ",")  # in this order, because a comma may also be the decimal sign of a file with ; or tab
SNIFFED_LINES = 20


@dataclass(frozen=True, eq=False)
class CsvText:
    """A CSV file's cells, all still text.

    Attributes
    ----------
    file : str
        The file's name, for errors.
    text : str
        Its text from the first line that is not blank.
    blank_lines : int
        How many blank lines stand before that.
    separator : str
    """

    file: str
    text: str
    blank_lines: int
    separator: str

    @cached_property
    def cells(self) -> pl.DataFrame:
        """All rows that are not blank, with the column "record": the row's number in the text, from 0."""
        import polars as pl

        try:
            frame = pl.read_csv(
                self.text.encode(), has_header=False, infer_schema=False, separator=self.separator, quote_char='"'
            )
        except pl.exceptions.PolarsError as error:
            raise self._uneven(str(error)) from error
        frame = frame.with_columns(pl.all().str.strip_chars()).with_row_index("record")
        return frame.filter(~pl.all_horizontal(pl.exclude("record").is_null()))

    def line(self, record: int) -> int:
        """The line of the file, from 1, on which a record ends."""
        reader = self._reader()
        for _ in islice(reader, record + 1):
            pass
        return self.blank_lines + int(reader.line_num)

    def check_width(self, record: int, width: int) -> None:
        """Refuse a record that has not as many cells as the others."""
        found = next(islice(self._reader(), record, None), None)
        if found is not None and len(found) != width:
            raise DataError(self._width_text(self.line(record), len(found), width))

    def _reader(self) -> Any:  # the reader's own type has no public name
        return csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)

    def _uneven(self, reason: str) -> DataError:
        reader = self._reader()
        try:
            width = len(next(reader))
            for cells in reader:
                if len(cells) > width:
                    return DataError(self._width_text(self.blank_lines + reader.line_num, len(cells), width))
        except csv.Error as error:
            reason = str(error)
        brief = reason.partition("\n")[0].rstrip(".")
        return DataError(f"{self.file}: cannot be read as a table: {brief}. Look for a quote that is not closed.")

    def _width_text(self, line: int, found: int, width: int) -> str:
        separator = "(a tab)" if self.separator == "\t" else f'"{self.separator}"'
        return (
            f"{self.file}, line {line}: expected {width} cells as in the first line, found {found}. "
            f"Put a cell that contains the separator {separator} in quotes."
        )


def read_csv_text(path: Path) -> CsvText:
    r"""Read a file of UTF-8 text (a byte-order mark is dropped) and find its separator.

    Raises
    ------
    DataError
        No such file (the nearest name in its folder is suggested), an empty file, or one that is not UTF-8 text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     _ = file.write_text("1;2,5\n3;4,5\n")
    ...     read_csv_text(file).separator
    ';'
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, names)}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path.name}, line {line}: expected UTF-8 text, found the byte {data[error.start]:#04x}. "
            f'Save the file again as "CSV UTF-8".'
        ) from error
    if "\0" in text:
        raise DataError(f"{path.name}: expected a table in text, found a binary file.")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = re.match(r"([ \t]*\n)*", text)
    blank = start.group() if start else ""
    text = text[len(blank) :]
    if not text.strip():
        raise DataError(f"{path.name}: the file is empty. Expected one line for each sample.")
    return CsvText(path.name, text, blank.count("\n"), _separator(text))


def _separator(text: str) -> str:
    """The first separator that cuts the first lines into equally many cells, more than one."""
    lines = [line for line in islice(io.StringIO(text, newline="\n"), SNIFFED_LINES) if line.strip()]
    for separator in SEPARATORS:
        try:
            counts = {len(cells) for cells in csv.reader(lines, delimiter=separator)}
        except csv.Error:  # a cell of more than 131,072 characters
            continue
        if len(counts) == 1 and counts != {1}:
            return separator
    return max(reversed(SEPARATORS), key=lines[0].count)  # an uneven file: its error comes later, with the line


def is_number(cell: str | None) -> bool:
    """Whether a cell is written as a number.

    >>> is_number("-1.5e3"), is_number("1,5"), is_number("nan"), is_number(None)
    (True, False, False, False)
    """
    return cell is not None and NUMBER.fullmatch(cell) is not None
