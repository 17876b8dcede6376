"""What kind of column each is, found from the rows for training."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.tables.columns import (
    PARTS,
    Category,
    Column,
    Date,
    Dropped,
    Number,
    YesNo,
    checked_numbers,
    days_of,
    plain_texts,
)
from pellucid.tables.raw import RawTable, cut

if TYPE_CHECKING:
    import polars as pl

Marks = tuple[str, ...]
KINDS = ("number", "category", "yes/no", "date", "ignored")  # that a user can ask for
ONE_HOT = 10  # categories up to which each has an input of its own
MOST_CATEGORIES = 100_000  # different values of a column that are told apart
LONG = 1_000_000  # rows from which different values are first estimated, in memory that does not grow
NORMAL = 1.349  # the distance of a normal distribution's quartiles, in deviations
FEW = 20  # rows up to which values that are all different say nothing
MOSTLY = 0.8  # a share of numbers from which the other cells are taken for errors
ID_NAME = re.compile(r"(^|[ _.-])(id|ids|idx|index|key|uuid|guid|row|record|nr|no|number|rownames)$|Id$|ID$|^Unnamed")
PAIRS = (("no", "yes"), ("false", "true"), ("n", "y"), ("f", "t"), ("off", "on"), ("0", "1"), ("nein", "ja"),
         ("non", "oui"), ("negative", "positive"))  # fmt: skip
DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y",
              "%b %d, %Y", "%B %d, %Y")  # fmt: skip
TIME_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ",
              "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M",
              "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")  # fmt: skip


def find_column(table: RawTable, name: str, kind: str | None = None) -> Column:
    """A column's kind and figures, from these rows.

    Parameters
    ----------
    table : RawTable
        The rows for training, and no others.
    name : str
        The column.
    kind : str, optional
        One of KINDS, where it is known better than it can be found.

    Raises
    ------
    DataError
        A column of numbers in which some cells are text, or one that is not of the kind that was asked for.
    """
    found = _found(table, name, kind)
    return replace(found, usual=_most(table, found)) if isinstance(found, (YesNo, Category)) else found


def _most(table: RawTable, column: YesNo | Category) -> str | None:
    """The value of most rows; of several, the first."""
    texts = plain_texts(table, column.name) if isinstance(column, YesNo) else table.texts(column.name)
    known = (column.no, column.yes) if isinstance(column, YesNo) else column.categories
    counts = dict(texts.value_counts().iter_rows())
    return max(known, key=lambda value: counts.get(value, 0), default=None)


def _found(table: RawTable, name: str, kind: str | None) -> Column:
    if kind == "ignored":
        return Dropped(name, 0, "ignored", "as asked for")
    gaps = int(table.missing(name).sum())
    if gaps == len(table):
        return Dropped(name, gaps, "constant", "no row has a value")
    if kind is not None:
        return _MADE[kind](table, name, gaps)
    if not table.is_text(name):
        cells = table.frame[name]
        if not (cells.dtype.is_numeric() or cells.dtype.is_temporal() or _is_bool(cells)):
            return Dropped(name, gaps, "ignored", f"cells of type {cells.dtype} are neither numbers, text nor dates")
        if _is_bool(cells):
            return _constant(table, name, gaps) or YesNo(name, gaps, "false", "true")
        if cells.dtype.is_temporal():
            return _constant(table, name, gaps) or _date(table, name, gaps)
    values = table.numbers(name)
    share = np.isfinite(values).sum() / (len(table) - gaps)
    if share == 1.0 or not table.is_text(name):
        return _constant(table, name, gaps) or _yes_no(table, name, gaps) or _number(table, name, gaps)
    crowd = _crowd(table, name, gaps)
    if crowd is not None:
        return crowd
    if share >= MOSTLY:
        row = int(np.argmax(~np.isfinite(values) & ~table.missing(name)))
        wrong = len(table) - gaps - int(np.isfinite(values).sum())
        infinite = "a finite number" if np.isinf(values[row]) else "a number"
        mend = "Correct such cells, or leave them empty where the value is not known" + (
            "." if np.isinf(values[row]) else f'; --column "{name}=category" takes all as categories.'
        )
        raise DataError(
            f'{table.where(row, name)}: expected {infinite}, got "{cut(str(table.frame[name][row]))}". {wrong:,} of '
            f"{len(table) - gaps:,} cells of the column {'is' if wrong == 1 else 'are'} not. {mend}"
        )
    return _constant(table, name, gaps) or _date_text(table, name, gaps) or _label(table, name, gaps)


def check_kinds(kinds: Mapping[str, str] | None, table: RawTable) -> dict[str, str]:
    """The kinds by the columns' names; columns and kinds that there are not are refused."""
    found = {}
    for column, kind in (kinds or {}).items():
        name = table.find(column)
        if kind not in KINDS:
            raise DescriptionError(
                f'Column "{name}": unknown kind "{kind}".{nearest(kind, KINDS)} Known: {", ".join(KINDS)}.'
            )
        found[name] = kind
    return found


def check_marks(missing: Mapping[Any, Any] | None, table: RawTable, target: str | None) -> dict[str, Marks]:
    """Values that stand for a missing one, as text, by the columns' names.

    Raises
    ------
    DataError
        There is no such column, or it is the target.
    """
    found: dict[str, Marks] = {}
    for column, given in (missing or {}).items():
        values = given if isinstance(given, (list, tuple)) else (given,)
        texts = [f"{v:.15g}" if isinstance(v, float) else str(v) for v in values]
        several = isinstance(column, str) and "," in column and column not in table.columns
        for part in str(column).split(",") if several else [column]:
            name = table.find(part.strip() if isinstance(part, str) else part)
            if name == target:
                raise DataError(
                    f'{table.place}: "{cut(name)}" is the target, in which no value may be missing. Delete such rows.'
                )
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *texts)))
    return found


def looks_like_id(table: RawTable, name: str) -> bool:
    """Whether a column numbers or names the rows: all its values differ, and its name or its text says so."""
    values = table.numbers(name)
    if len(table) <= FEW:
        return False
    if np.isfinite(values).all() and (values == np.floor(values)).all():
        return ID_NAME.search(name) is not None and len(np.unique(values)) == len(table)
    return table.is_text(name) and not np.isfinite(values).any() and table.texts(name).n_unique() == len(table)


def _is_bool(cells: pl.Series) -> bool:
    import polars as pl

    return cells.dtype == pl.Boolean


def _crowd(table: RawTable, name: str, gaps: int) -> Column | None:
    """A long column with far too many different values to count them one by one: they are estimated, in memory that
    does not grow (HyperLogLog, which errs by some per cent)."""
    import polars as pl

    if len(table) < LONG:
        return None
    different = int(table.texts(name).to_frame().select(pl.all().approx_n_unique()).item())
    return _too_many(name, gaps, different, "about ") if different > 1.1 * MOST_CATEGORIES else None


def _too_many(name: str, gaps: int, different: int, about: str = "") -> Column:
    told = f"more than the {MOST_CATEGORIES:,} that are told apart"
    return Dropped(name, gaps, "unique id", f"{about}{different:,} different values, {told}")


def _constant(table: RawTable, name: str, gaps: int) -> Column | None:
    if gaps or _several(table.numbers(name)):
        return None
    texts = table.texts(name).drop_nulls()
    if texts.is_empty() or not bool((texts == texts[0]).all()):
        return None
    return Dropped(name, 0, "constant", f'"{cut(str(texts[0]))}" in every row')


def _several(values: NDArray[np.float64]) -> bool:
    """Whether there are different numbers among these."""
    return bool(np.isfinite(values).all()) and values.min() < values.max()


def _number(table: RawTable, name: str, gaps: int) -> Column:
    """Median and quartiles; where more than half of the rows have one value, half of the range is the scale."""
    values = checked_numbers(table, name)
    known = values[~np.isnan(values)]
    whole = (known == np.floor(known)).all() and len(known) == len(table)
    if whole and looks_like_id(table, name):
        return Dropped(name, 0, "unique id", "a whole number that is another one in every row")
    middle, scale = middle_and_scale(known)
    return Number(name, gaps, middle, scale)


def middle_and_scale(known: NDArray[np.float64]) -> tuple[float, float]:
    """The median, and the quartiles' distance / 1.349, which is the deviation where values are normally distributed.

    Where the quartiles are one, half of the range is the scale; where that is 0 too, 1.

    >>> middle_and_scale(np.array([1.0, 2.0, 3.0, 4.349, 100.0]))
    (3.0, 1.741289844329133)
    >>> middle_and_scale(np.array([0.0, 0.0, 0.0, 0.0, 6.0])), middle_and_scale(np.array([7.0]))
    ((0.0, 3.0), (7.0, 1.0))
    """
    low, middle, high = (float(q) for q in np.quantile(known, [0.25, 0.5, 0.75]))
    scale = (high - low) / NORMAL
    if not scale > 0 or not np.isfinite(scale):
        scale = float(known.max() / 2 - known.min() / 2)
    return middle, scale if scale > 0 else 1.0


def _yes_no(table: RawTable, name: str, gaps: int) -> Column | None:
    values = table.numbers(name)
    return YesNo(name, gaps, "0", "1") if set(np.unique(values[~np.isnan(values)])) == {0.0, 1.0} else None


def _any_yes_no(table: RawTable, name: str, gaps: int) -> Column:
    found = plain_texts(table, name).drop_nulls().unique().sort().to_list()
    if len(found) != 2:
        raise DataError(f'{table.place}: the column "{name}" has {len(found):,} different values, so it is not yes/no.')
    return YesNo(name, gaps, *_pair(found))


def _pair(values: list[str]) -> tuple[str, str]:
    return next((pair for pair in PAIRS if set(pair) == set(values)), (values[0], values[1]))


def _date(table: RawTable, name: str, gaps: int, form: str | None = None) -> Column:
    days = days_of(table, name, form)
    known = days[~np.isnan(days)]
    if not len(known):
        raise DataError(f'{table.place}: the column "{name}" has no dates.')
    middle, scale = middle_and_scale(known)
    reach = known.max() - known.min()
    cycles = [cycle for cycle, length in PARTS.items() if reach > length / 4 and cycle != "day"]
    if (known != np.floor(known)).any():
        cycles.append("day")
    return Date(name, gaps, form, middle, scale, tuple(cycles))


def _date_text(table: RawTable, name: str, gaps: int) -> Column | None:
    """A column of text in which every cell is a date, all written in one way."""
    first = table[np.flatnonzero(~table.missing(name))[:FEW]]
    for form in (*DATE_FORMS, *TIME_FORMS):
        if np.isnan(days_of(first, name, form)).any():
            continue
        if int(np.isnan(days_of(table, name, form)).sum()) == gaps:
            return _date(table, name, gaps, form)
    return None


def _asked_date(table: RawTable, name: str, gaps: int) -> Column:
    if table.frame[name].dtype.is_temporal():
        return _date(table, name, gaps)
    found = _date_text(table, name, gaps)
    if found is None:
        cell = table.texts(name).drop_nulls()[0]
        raise DataError(
            f'{table.place}: the column "{name}" cannot be read as dates: they are not all written in one way that is '
            f'known ("{cut(str(cell))}"). Write them as 2025-01-31.'
        )
    return found


def _label(table: RawTable, name: str, gaps: int) -> Column:
    """Text: yes/no, a category, or a label that is embedded; an id where nearly every row has its own."""
    low = plain_texts(table, name).drop_nulls().unique()
    if len(low) == 2:
        return YesNo(name, gaps, *_pair(low.sort().to_list()))
    return _category(table, name, gaps, ids=True)


def _category(table: RawTable, name: str, gaps: int, ids: bool = False) -> Column:
    import polars as pl

    crowd = _crowd(table, name, gaps)
    if crowd is not None:
        return crowd
    counts = table.texts(name).drop_nulls().value_counts(name="rows")
    different = counts.height
    again = int(counts.filter(pl.col("rows") > 1)["rows"].sum())  # rows whose value occurs again
    if ids and len(table) > FEW and 2 * again < len(table) - gaps:
        return Dropped(name, gaps, "unique id", "nearly every row has a value of its own")
    if different > MOST_CATEGORIES:
        return _too_many(name, gaps, different)
    if different <= ONE_HOT:
        return Category(name, gaps, tuple(counts[name].sort().to_list()))
    kept = counts.filter(pl.col("rows") > 1)[name].sort().to_list()
    units = min(50, round(1.6 * max(2, len(kept)) ** 0.56))
    return Category(name, gaps, tuple(kept), units, different - len(kept))


def _asked_number(table: RawTable, name: str, gaps: int) -> Column:
    values = checked_numbers(table, name)
    return _constant(table, name, gaps) or Number(name, gaps, *middle_and_scale(values[~np.isnan(values)]))


_MADE = {"number": _asked_number, "category": _category, "yes/no": _any_yes_no, "date": _asked_date}
