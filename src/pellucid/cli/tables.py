"""Rows of a table to predict from: found by the names of their columns, or by their places."""

from __future__ import annotations

import math
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.tables import RawTable
    from pellucid.tables.parts import Progress
    from pellucid.tables.preparation import Strange

STDIN = "-"


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


def strange_so_far(one: Strange | None, more: Strange | None) -> Strange | None:
    """What is strange about several parts of a table together."""
    return more if one is None else one if more is None else one + more


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
        pairs = zip(table.numbers(goal).tolist(), table.written(goal), strict=True)
        return [cell or "" if math.isnan(value) else f"{value:.15g}" for value, cell in pairs]
    return [class_name(cell or "", net.class_names) for cell in table.written(goal)]


def _target_of(table: RawTable, net: Network, target: str | None, told: bool) -> str | None:
    names = table.columns
    if target is not None and (told or target in names):
        return table.find(target)
    # Without names, one column more than the inputs is a table like the one for training: the target is last.
    if not table.named and target is not None:
        place = re.fullmatch(r"column (\d+)", target)
        return names[int(place[1]) - 1] if place and len(names) > math.prod(net.input_shape) else None
    return names[-1] if not table.named and len(names) == math.prod(net.input_shape) + 1 else None
