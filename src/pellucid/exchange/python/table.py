"""A table's rows in NumPy, written for exported programs: those that a network needs are copied into its file.

A table is ``{"cells": {column: its cells}, "places": where each row stands, "decimal": "." or ","}``. Nothing here may
use what is not Python's or NumPy's.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import pathlib
import re
import sys
from typing import Any

import numpy as np

from pellucid.data.csv_text import find_separator
from pellucid.tables.columns import FAR
from pellucid.tables.raw import COMMA_NUMBER, MISSING

POINT_NUMBER = r"^[+-]?\d*\.\d+([eE][+-]?\d+)?$"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
DATE_SIGNS = {  # of a form, after re.escape, and what may stand there
    "%Y": r"\s*(?P<year>\d{1,4})", "%m": r"\s*(?P<month>\d{1,2})", "%d": r"\s*(?P<day>\d{1,2})",
    "%b": "(?P<month>[A-Za-z]{3})", "%B": "(?P<month>[A-Za-z]+)", "%H": r"\s*(?P<hour>\d{1,2})",
    "%M": r"\s*(?P<minute>\d{1,2})", "%S": r"\s*(?P<second>\d{1,2})", r"%\.f": r"(?P<part>\.\d+)?", r"\ ": r"\s*",
}  # fmt: skip


def squash(z: Any) -> Any:
    """z / √(1 + (z/8)²): nearly z within ±3, never beyond ±8."""
    return z / np.sqrt(1.0 + (z / FAR) ** 2)


def as_number(cell: Any, decimal: str = ".") -> float:
    """A cell's number, NaN where it is none. Text may have a decimal comma, and points between thousands."""
    if isinstance(cell, (int, float, np.number, np.bool_)):
        return float(cell)
    text = cell if isinstance(cell, str) and cell.isascii() and "_" not in cell else ""
    if decimal == "," and re.match(COMMA_NUMBER, text):
        text = text.replace(".", "").replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return float("nan")


def as_text(cell: Any) -> str:
    """A cell as text, "" where it is missing; 3.0 as "3", True as "true", a date as "2025-01-31"."""
    if cell is None or cell != cell or (isinstance(cell, str) and cell in MISSING):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return str(cell).lower()
    if isinstance(cell, (float, np.floating)) and abs(float(cell)) < 2**63 and cell == int(cell):
        return str(int(cell))
    return f"{cell:%Y-%m-%d %H:%M:%S.%f}" if isinstance(cell, datetime.datetime) else str(cell)


def as_days(cell: Any, form: str) -> float:
    """A date as days since 1970-01-01, the time of day as a part of a day; NaN where it is no date of this form."""
    start = datetime.date(1970, 1, 1).toordinal()
    if isinstance(cell, datetime.datetime):
        seconds = 3600 * cell.hour + 60 * cell.minute + cell.second + cell.microsecond * 1e-6
        return cell.toordinal() - start + seconds / 86400
    if isinstance(cell, datetime.date):
        return float(cell.toordinal() - start)
    pattern = re.escape(form)
    for sign, means in DATE_SIGNS.items():
        pattern = pattern.replace(sign, means)
    found = re.fullmatch(pattern, cell, re.ASCII) if isinstance(cell, str) else None
    if found is None:
        return float("nan")
    parts = {name: part for name, part in found.groupdict().items() if part}
    name = parts["month"].capitalize()
    named = [k for k, month in enumerate(MONTHS, 1) if name in (month, month[:3])]
    try:
        month = named[0] if named else int(name)
        day = datetime.date(int(parts["year"]), month, int(parts["day"]))
    except ValueError:
        return float("nan")
    hour, minute, second = (float(parts.get(name, 0)) for name in ("hour", "minute", "second"))
    if hour >= 24 or minute >= 60 or second > 60:
        return float("nan")
    seconds = 3600 * hour + 60 * minute + second + float(parts.get("part", 0))
    return day.toordinal() - start + seconds / 86400


def is_missing(cell: Any, marks: Any, decimal: str) -> bool:
    """Whether a cell is a gap: nothing, NaN, a text that says so, or one of the marks of its column."""
    text = as_text(cell)
    return text == "" or (len(marks) > 0 and (text in marks or as_number(cell, decimal) in marks))


def numbers(table: Any, column: str, marks: Any = ()) -> Any:
    """A column's numbers, NaN where one is missing."""
    found = np.full(len(table["places"]), np.nan)
    for k, cell in enumerate(table["cells"][column]):
        if not is_missing(cell, marks, table["decimal"]):
            found[k] = as_number(cell, table["decimal"])
            if not np.isfinite(found[k]):
                expected = "a finite number" if np.isinf(found[k]) else "a number"
                raise ValueError(f'{table["places"][k]}, column "{column}": expected {expected}, got "{cell}".')
    return found


def days(table: Any, column: str, form: str, marks: Any = ()) -> Any:
    """A column's dates as days since 1970-01-01, NaN where one is missing."""
    found = np.full(len(table["places"]), np.nan)
    for k, cell in enumerate(table["cells"][column]):
        if not is_missing(cell, marks, table["decimal"]):
            found[k] = as_days(cell, form)
            if np.isnan(found[k]):
                place = table["places"][k]
                raise ValueError(f'{place}, column "{column}": expected a date written as {form}, got "{cell}".')
    return found


def texts(table: Any, column: str, marks: Any = ()) -> Any:
    """A column's texts, "" where one is missing."""
    cells = table["cells"][column]
    return ["" if is_missing(cell, marks, table["decimal"]) else as_text(cell) for cell in cells]


def answers(table: Any, column: str, marks: Any = ()) -> Any:
    """A column's texts in small letters, "" where one is missing; 1.0 is "1"."""
    return [re.sub(r"^(\d+)\.0+$", r"\1", text.lower()) for text in texts(table, column, marks)]


def read_rows(rows: Any, columns: Any) -> Any:
    """The table of rows that are dicts. All need these columns; None and NaN stand for what is not known."""
    rows = list(rows)
    for k, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ValueError(f"rows[{k}]: expected a dict of cells by their columns, got {type(row).__name__}.")
        for column in columns:
            if column not in row:
                raise ValueError(f'rows[{k}]: the column "{column}", which the network was trained on, is missing.')
    rows = [{name: cell.strip() if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows]
    cells = {column: [row[column] for row in rows] for column in columns}
    decimal = decimal_sign([cell for row in rows for cell in row.values()])
    return {"cells": cells, "places": [f"rows[{k}]" for k in range(len(rows))], "decimal": decimal}


def read_file(file: Any, columns: Any, order: Any = None) -> Any:
    """The table of a CSV file, whose first line holds the columns' names; - is standard input.

    Of a file without names, ``order`` is what its columns are called, and which of these is the target, which may be
    left out."""
    file, records, places = read_csv(file)
    if order is None:
        names, records, places = records[0], records[1:], places[1:]
        names = [name or f"column {k}" for k, name in enumerate(names, 1)]
        for column in columns:
            if column not in names:
                had = ", ".join(names[:20])
                words = f'the column "{column}", which the network was trained on, is missing. Columns: {had}.'
                raise ValueError(f"{file}: {words}")
            if names.count(column) > 1:
                raise ValueError(f'{file}: the column name "{column}" occurs twice. Give every column its own name.')
    else:
        names, target = order
        without = [name for name in names if name != target]
        if len(records[0]) not in (len(names), len(without)):
            raise ValueError(f"{file}: expected {len(without)} columns without names, found {len(records[0])}.")
        names = names if len(records[0]) == len(names) else without
    found = {column: names.index(column) for column in columns}
    cells = {column: [row[place] for row in records] for column, place in found.items()}
    return {"cells": cells, "places": places, "decimal": decimal_sign([cell for row in records for cell in row])}


def read_csv(file: Any) -> Any:
    """A CSV file's name, the cells of each line, and where it stands; lines without any cell are left out.

    Separated by commas, semicolons, tabs or bars; UTF-8, UTF-16, or what Windows writes."""
    content = sys.stdin.buffer.read() if file == "-" else pathlib.Path(file).read_bytes()
    file = "standard input" if file == "-" else pathlib.Path(file).name
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip() or "\0" in text:
        raise ValueError(f"{file}: expected a table in text, found {'a binary file' if text.strip() else 'nothing'}.")
    lines = [line for line in text.split("\n") if line.strip()]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=find_separator("\n".join(lines)), strict=True)
    records: list[list[str]] = []
    places = []
    try:
        for cells in reader:
            if any(cells) or cells == [""]:  # "" alone in a line, in quotes, is a gap in a table of one column
                width = len(records[0]) if records else len(cells)
                place = f"{file}, line {reader.line_num}"
                if len(cells) > width:
                    raise ValueError(f"{place}: expected {width} cells as in the first line, found {len(cells)}.")
                records.append([cell.strip() for cell in cells] + [""] * (width - len(cells)))
                places.append(place)
    except csv.Error as error:
        raise ValueError(f"{file}, line {reader.line_num}: {error}. Look for a quote that is not closed.") from None
    return file, records, places


def decimal_sign(cells: Any) -> str:
    """The sign before the decimals: a comma where more cells are written so than with a point."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    commas = sum(re.match(COMMA_NUMBER, text) is not None for text in texts)
    return "," if commas > sum(re.match(POINT_NUMBER, text) is not None for text in texts) else "."


def read_samples(file: Any, shape: Any, names: Any = ()) -> Any:
    """Samples (N, …) of a .npy file, or of a CSV file with the numbers of one sample in each line.

    A first line of words is passed over; where it holds all names of the inputs, these columns are taken."""
    if str(file).endswith(".npy"):
        return np.load(file, allow_pickle=False)
    file, records, places = read_csv(file)
    decimal = decimal_sign([cell for row in records for cell in row])
    chosen = list(range(len(records[0])))
    if any(np.isnan(as_number(cell, decimal)) for cell in records[0]):
        if names and all(name in records[0] for name in names):
            chosen = [records[0].index(name) for name in names]
        records, places = records[1:], places[1:]
    if len(chosen) != int(np.prod(shape)):
        raise ValueError(f"{file}: expected {int(np.prod(shape))} numbers in each line, found {len(chosen)} cells.")
    found = np.array([[as_number(row[k], decimal) for k in chosen] for row in records]).reshape(-1, len(chosen))
    if not np.isfinite(found).all():
        row, k = (int(place[0]) for place in np.nonzero(~np.isfinite(found)))
        raise ValueError(f'{places[row]}, cell {chosen[k] + 1}: expected a number, got "{records[row][chosen[k]]}".')
    return found.reshape(-1, *shape)
