"""The columns of a table that a network takes, found by name where there are names."""

from __future__ import annotations

import math
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli.targets import number_name
from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.network import Network

STDIN = "-"


@dataclass(frozen=True)
class Table:
    """Rows to predict from.

    Attributes
    ----------
    X : array (n, inputs)
    true : list of str, optional
        The target column, where the table has it.
    target : str, optional
        Its name.
    """

    X: NDArray[Any]
    true: list[str] | None
    target: str | None


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
        return [names.index(name) for name in wanted]
    named = not all(re.fullmatch(r"column \d+", name) for name in (*names, *wanted))
    inputs = math.prod(net.input_shape)
    missing = [name for name in wanted if name not in names]
    if wanted and named and len(missing) < len(wanted):
        raise DataError(
            f'{file}: the column "{missing[0]}", which the network was trained on, is missing.'
            f"{nearest(missing[0], names)} Columns: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}."
        )
    if len(names) != inputs:
        raise DataError(
            f"{file}: expected {inputs} columns of inputs, found {len(names)}. Give the columns that the network was "
            f"trained on; --target names a column that is not an input."
        )
    return list(range(inputs))


def read_table(given: str, net: Network, target: str | None, told: bool) -> Table:
    """Read a CSV file, or standard input for "-", with or without the target column.

    Parameters
    ----------
    target : str, optional
        The target column's name or number.
    told : bool
        Whether the user named the target, so that it must be there.
    """
    if given != STDIN:
        return _read(Path(given), net, target, told)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "standard input")
        file.write_bytes(sys.stdin.buffer.read())
        return _read(file, net, target, told)


def _read(path: Path, net: Network, target: str | None, told: bool) -> Table:
    # These are the pieces of load_csv that do not need a target.
    from pellucid.data.csv_text import read_csv_text
    from pellucid.data.tables import _column, _features, _names_and_rows

    text = read_csv_text(path)
    names, rows = _names_and_rows(text, None)
    at = _target_place(text.file, names, net, target, told, _column)
    kept = [name for k, name in enumerate(names) if k != at]
    chosen = [kept[k] for k in pick(net, kept, text.file)]
    others = [name for name in names if name not in chosen]
    columns = [c for c in text.cells.columns if c != "record"]
    cells = rows.select([columns[names.index(name)] for name in chosen])
    X = _features(text, cells, rows["record"].to_numpy(), [*chosen, *others], -1)
    true = None if at is None else [_class_name(cell or "", net) for cell in rows[columns[at]].to_list()]
    return Table(X, true, None if at is None else names[at])


def _class_name(cell: str, net: Network) -> str:
    """A cell of the target column; a class that is a number in the way that training wrote it."""
    from pellucid.data.csv_text import is_number

    if not net.class_names or cell in net.class_names or not is_number(cell):
        return cell
    return number_name(float(cell))


def _target_place(file: str, names: list[str], net: Network, target: str | None, told: bool, column: Any) -> int | None:
    if target is not None and (told or target in names):
        return int(column(file, names, target))
    # Without a header, one column more than the inputs is a table like the one for training: the target is last.
    headless = all(re.fullmatch(r"column \d+", name) for name in names)
    if headless and target is not None:
        place = re.fullmatch(r"column (\d+)", target)
        return int(place[1]) - 1 if place and len(names) > math.prod(net.input_shape) else None
    return len(names) - 1 if headless and len(names) == math.prod(net.input_shape) + 1 else None
