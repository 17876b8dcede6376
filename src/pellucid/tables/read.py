"""Tables from where people have them: CSV, Parquet and Excel files; tables of pandas, polars and Arrow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data.csv_text import CsvText, is_number, read_csv_text
from pellucid.errors import DataError, nearest
from pellucid.tables.number_cells import NumberCells, read_numbers
from pellucid.tables.raw import COMMA_NUMBER, MISSING, RawTable, is_text

if TYPE_CHECKING:
    import polars as pl

PARQUET = (".parquet", ".pq")
SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
# Of a CSV file: names, cells, each row's record, whether the first line holds the names, the sign before decimals.
_Read = tuple[tuple[str, ...], "pl.DataFrame | NumberCells", NDArray[np.int64], bool, str]
SEPARATOR_NAMES = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}


def read_table(source: Any, header: bool | None = None, what: str = "X") -> RawTable:
    r"""Read a table.

    Parameters
    ----------
    source : path, pandas.DataFrame, polars.DataFrame, pyarrow.Table or RawTable
        A file of CSV (separated by commas, semicolons, tabs or vertical bars; decimal points or commas; UTF-8, UTF-16
        or Latin-1), Parquet (.parquet, .pq) or Excel (.xlsx, .xls, .ods: the first sheet). A pandas index is left out.
    header : bool, optional
        Of CSV files, whether the first line holds the columns' names. If not given, it does when none of its cells is
        a number, or when it has a name above a column of numbers.
    what : str
        What a table from Python is called in an error.

    Raises
    ------
    DataError
        No such file, an empty one, names that occur twice, cells that do not fit the first line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     _ = file.write_text("height;city\n1,5;Rome\n2,5;Paris\n")
    ...     table = read_table(file)
    >>> table.columns, table.numbers("height").tolist(), table.notes
    (('height', 'city'), [1.5, 2.5], ('separated by semicolons', 'decimals with a comma'))
    """
    if isinstance(source, RawTable):
        return source
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        ending = path.suffix.lower()
        if ending in PARQUET:
            return typed_table(path.name, _file(path, "Parquet"))
        if ending in SHEETS:
            return _sheet(path)
        return csv_table(read_csv_text(path), header)
    return typed_table(what, as_polars(source, what))


def is_frame(data: Any) -> bool:
    """Whether data are a table with names of columns, of pandas, polars, Arrow or Pellucid, and no NumPy array.

    >>> import polars
    >>> is_frame(polars.DataFrame({"a": [1]})), is_frame(np.zeros((2, 2)))
    (True, False)
    """
    if isinstance(data, RawTable):
        return True
    arrow = hasattr(data, "column_names") and hasattr(data, "schema")
    return arrow or (hasattr(data, "columns") and hasattr(data, "to_numpy") and hasattr(data, "dtypes"))


def as_polars(data: Any, what: str) -> pl.DataFrame:
    """A polars table of a table of pandas, polars or Arrow."""
    import polars as pl

    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if not is_frame(data):
        raise DataError(
            f"{what}: expected a table of pandas, polars or Arrow, or a file's path, got {type(data).__name__}. "
            f"Write polars.DataFrame({what})."
        )
    names = [str(name) for name in (data.columns if hasattr(data, "dtypes") else data.column_names)]
    refuse_twice(what, names)
    try:
        if hasattr(data, "dtypes"):  # pandas; a column at a time, so that pyarrow is needed for none
            return pl.DataFrame([_from_pandas(name, data.iloc[:, k]) for k, name in enumerate(names)])
        found = pl.from_arrow(data)
        assert isinstance(found, pl.DataFrame)
        return found
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{what}: cannot be read as a table: {error}") from error


def _from_pandas(name: str, column: Any) -> pl.Series:
    """A pandas column; one of objects keeps numbers as numbers where all are, and is text else."""
    import polars as pl

    kind = getattr(column.dtype, "kind", "O")
    if kind in "biuf" and isinstance(column.dtype, np.dtype):
        return pl.Series(name, column.to_numpy())
    if kind == "M" and isinstance(column.dtype, np.dtype):
        return pl.Series(name, column.to_numpy().astype("datetime64[us]"))
    values = [None if gap else value for value, gap in zip(column.tolist(), column.isna().tolist(), strict=True)]
    try:
        return pl.Series(name, values)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series(name, [None if value is None else str(value) for value in values])


def _file(path: Path, what: str) -> pl.DataFrame:
    import polars as pl

    if not path.exists():
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, names)}")
    try:
        if what == "Parquet":
            return pl.read_parquet(path)
        return pl.read_excel(path, infer_schema_length=None)
    except ImportError as error:
        raise DataError(
            f"{path.name}: reading Excel files needs the package fastexcel: pip install 'pellucid[excel]'. "
            f"Or save the sheet as CSV."
        ) from error
    except (OSError, ValueError, RuntimeError, pl.exceptions.PolarsError) as error:
        brief = str(error).partition("\n")[0].rstrip(".")
        if isinstance(error, pl.exceptions.NoDataError):
            raise DataError(f"{path.name}: the file is empty. Expected one line for each sample.") from error
        raise DataError(f"{path.name}: cannot be read as {what}: {brief}.") from error
    except Exception as error:  # the readers' own errors have no public type
        if "fastexcel" not in type(error).__module__:
            raise
        raise DataError(f"{path.name}: cannot be read as {what}: {str(error).partition(chr(10))[0]}.") from error


def _sheet(path: Path) -> RawTable:
    found = _file(path, "Excel")
    for name in found.columns:  # polars numbers names that occur twice
        twice = re.fullmatch(r"(.+)_(\d+)", name)
        if twice and twice[1] in found.columns and _excel_names(path).count(twice[1]) > 1:
            refuse_twice(path.name, _excel_names(path))
    return typed_table(path.name, found, first_row=2)


def _excel_names(path: Path) -> list[str]:
    import polars as pl

    first = pl.read_excel(path, has_header=False, infer_schema_length=0)
    return [str(cell) for cell in first.row(0)]


def typed_table(place: str, frame: pl.DataFrame, first_row: int = 0, begin: int = 0) -> RawTable:
    """A table whose columns have types; ``first_row`` is what its first row is called: 2 in a sheet with names. It is
    a part of a longer table from that one's row ``begin`` on."""
    import polars as pl

    if not frame.width or not frame.height:
        missing = "columns" if not frame.width else "rows"
        raise DataError(f"{place}: the table is empty: it has no {missing}. Expected one row for each sample.")
    texts = [name for name in frame.columns if frame[name].dtype == pl.String]
    frame = frame.with_columns(pl.col(texts).str.strip_chars()) if texts else frame
    rows = np.arange(begin, begin + frame.height, dtype=np.int64)
    return RawTable(place, frame, True, rows, _decimal(frame), (), lambda row: f"row {row + first_row}")


def csv_table(text: CsvText, header: bool | None = None, names: tuple[str, ...] | None = None) -> RawTable:
    """The cells of a CSV file; ``names`` are those of a file of which this is a later part."""
    found = _only_numbers(text, header) if names is None else None
    names, cells, rows, named, decimal = found or _any_cells(text, header, names)
    notes = [text.encoding] if text.encoding != "UTF-8" else []
    notes += [f"separated by {SEPARATOR_NAMES[text.separator]}"] if text.separator != "," else []
    notes += ["decimals with a comma"] if decimal == "," else []
    notes += [] if named else ["no names of columns"]

    def locate(record: int) -> str:
        text.check_width(record, len(names))
        return f"line {text.line(record)}"

    return RawTable(text.file, cells, named, rows, decimal, tuple(notes), locate)


def _only_numbers(text: CsvText, header: bool | None) -> _Read | None:
    """A file of numbers; None where it is another one, or its first line is not what ``header`` says."""
    found = read_numbers(text.text, text.separator)
    if found is None or header not in (None, found[0] is not None):
        return None
    first, cells = found
    if first is not None:
        cells = cells.rename(dict(zip(cells.columns, _as_names(text, first), strict=True)))
    begin, names = 0 if first is None else 1, tuple(cells.columns)
    return names, cells, np.arange(begin, begin + cells.height, dtype=np.int64), first is not None, "."


def _any_cells(text: CsvText, header: bool | None, names: tuple[str, ...] | None) -> _Read:
    """Any file."""
    cells, named = text.cells, True
    first, rest = list(cells.row(0)[1:]), cells[1:]
    if names is not None:
        rest = cells
    elif is_header(first, rest) if header is None else header:
        names = _as_names(text, first)
        if rest.is_empty():
            raise DataError(f"{text.file}: expected samples below the column names, found none.")
    else:
        names, rest, named = tuple(f"column {k}" for k in range(1, len(first) + 1)), cells, False
    rows = rest["record"].to_numpy().astype(np.int64)
    frame = rest.drop("record")
    if frame.width != len(names):
        text.check_width(int(rows[0]), len(names))
    return names, frame.rename(dict(zip(frame.columns, names, strict=True))), rows, named, _decimal(frame)


def _as_names(text: CsvText, first: Sequence[str | None]) -> tuple[str, ...]:
    """The first line's cells as names of columns."""
    names = tuple(name or f"column {k}" for k, name in enumerate(first, 1))
    refuse_twice(text.file, names)
    return names


def refuse_twice(place: str, names: Any) -> None:
    """Refuse names of columns that occur twice."""
    names = list(names)
    for k, name in enumerate(names):
        if name in names[:k]:
            raise DataError(
                f'{place}: the column name "{name}" occurs twice, in columns {names.index(name) + 1} and {k + 1}. '
                f"Give every column a name of its own."
            )


def is_header(first: list[str | None], rest: pl.DataFrame) -> bool:
    """Whether a first line holds names: none of its cells is a number, or one stands above a column of numbers."""
    if not any(_numeric(cell) for cell in first):
        return True
    named = [c for c, cell in zip(rest.columns[1:], first, strict=True) if not _numeric(cell) and cell not in MISSING]
    if not named or rest.is_empty():
        return False
    return all(cell is None or cell in MISSING or _numeric(cell) for c in named for cell in rest[c])


def _numeric(cell: str | None) -> bool:
    return is_number(cell) or (cell is not None and re.match(COMMA_NUMBER, cell) is not None)


def _decimal(frame: pl.DataFrame) -> str:
    """The sign before the decimals: a comma where more cells are written so than with a point."""
    import polars as pl

    texts = [pl.nth(k).cast(pl.String).str for k, cells in enumerate(frame.iter_columns()) if is_text(cells)]
    if not texts:
        return "."
    counts = [
        pl.sum_horizontal(cells.contains(pattern).sum() for cells in texts).alias(sign)
        for sign, pattern in (("commas", COMMA_NUMBER), ("points", r"^[+-]?\d*\.\d+([eE][+-]?\d+)?$"))
    ]
    commas, points = frame.select(counts).row(0)
    return "," if commas > points else "."
