"""The text of a CSV file as cells: its encoding, separator, blank lines, and the line that each row stands on."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    import polars as pl

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SEPARATORS = ("\t", ";", "|", ",")  # in this order: a comma may also be the decimal sign of a file with ; or tab
SNIFFED_LINES = 20
BLOCK = 1 << 22  # bytes that are read at once to find the encoding
CODECS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "Latin-1": "cp1252"}


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
    encoding : str
        What the bytes were read as: "UTF-8", "UTF-16" or "Latin-1".
    """

    file: str
    text: str
    blank_lines: int
    separator: str
    encoding: str = "UTF-8"

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
        for _ in itertools.islice(reader, record + 1):
            pass
        return self.blank_lines + int(reader.line_num)

    def check_width(self, record: int, width: int) -> None:
        """Refuse a record that has not as many cells as the others."""
        found = next(itertools.islice(self._reader(), record, None), None)
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
        mend = f"Put a cell that contains the separator {separator} in quotes."
        if found < width:
            mend = f"Add the cells that are missing; where a value is not known, the separator {separator} alone."
        return f"{self.file}, line {line}: expected {width} cells as in the first line, found {found}. {mend}"


def read_csv_text(path: Path) -> CsvText:
    r"""Read a file of text and find its encoding and its separator.

    The encoding is UTF-16 where the file begins with its mark, else UTF-8 where the bytes are that, else Latin-1 with
    the quotes and dashes of Windows-1252.

    Raises
    ------
    DataError
        No such file (the nearest name in its folder is suggested), an empty file, or one that holds no text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     _ = file.write_text("1;2,5\n3;4,5\n")
    ...     read_csv_text(file).separator
    ';'
    """
    encoding = find_encoding(path)
    text = path.read_text(CODECS[encoding], errors="replace")
    return as_csv_text(path.name, text, encoding)


def as_csv_text(file: str, text: str, encoding: str = "UTF-8", separator: str | None = None, line: int = 0) -> CsvText:
    """The text of a file, or of a part of it that begins on a new line; ``line`` lines stand before it."""
    if "\0" in text:
        raise DataError(f"{file}: expected a table in text, found a binary file.")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = re.match(r"([ \t]*\n)*", text)
    blank = start.group() if start else ""
    text = text[len(blank) :]
    if not text.strip():
        raise DataError(f"{file}: the file is empty. Expected one line for each sample.")
    return CsvText(file, text, line + blank.count("\n"), separator or find_separator(text), encoding)


def find_encoding(path: Path) -> str:
    """The name of a file's encoding in CODECS: UTF-16 by the mark at its start, else UTF-8 where all of it is that."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "UTF-16"
            file.seek(0)
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "Latin-1"
    except FileNotFoundError as error:
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, names)}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    return "UTF-8"


def find_separator(text: str) -> str:
    """The first separator that cuts the first lines into equally many cells, more than one."""
    lines = [line for line in itertools.islice(io.StringIO(text, newline="\n"), SNIFFED_LINES) if line.strip()]
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
