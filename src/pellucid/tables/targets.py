"""The target column: classes or numbers, why, and predictions in its own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.tables.find import FEW, looks_like_id
from pellucid.tables.raw import RawTable, cut

if TYPE_CHECKING:
    from pellucid.network import Network

LARGEST_EXACT = 2.0**53  # up to here every whole number is a float64
MOST_CLASSES = 1000
COARSE = 1e-3  # deviations of the targets that neighbouring numbers of a network's type may be apart
UNITS = "units"  # the layer that brings predictions to the target's units


def raw_targets(table: RawTable, name: str) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """A target column as it is: text with the sorted class names, int64 for whole numbers, float64 for others.

    Raises
    ------
    DataError
        A target is missing, not finite, or everywhere the same.
    """
    gaps = table.missing(name)
    if gaps.any():
        raise DataError(
            f"{table.where(int(np.argmax(gaps)), name)}: the target is missing. {int(gaps.sum())} of {len(table)} "
            f"targets are missing. Delete such lines."
        )
    y = table.numbers(name)
    text = bool(np.isnan(y).any())
    if text or (y == y[:1]).all():
        texts = table.texts(name)
        if texts.n_unique() == 1:
            raise DataError(
                f'{table.place}: the target column "{cut(name)}" is "{cut(str(texts[0]))}" in all {len(table)} rows, '
                f"so there is nothing to learn. Choose another target."
            )
    if text:
        return texts.to_numpy().astype(str), tuple(sorted(texts.unique().to_list()))
    if not np.isfinite(y).all():
        row = int(np.argmin(np.isfinite(y)))
        raise DataError(
            f'{table.where(row, name)}: expected a finite target, got "{cut(str(table.frame[name][row]))}". '
            f"Correct or delete the line."
        )
    whole = bool((y == np.floor(y)).all()) and bool((np.abs(y) <= LARGEST_EXACT).all())
    return (y.astype(np.int64) if whole else y), None


def raw_column(table: RawTable, name: str) -> NDArray[Any]:
    """A column of rows to judge by: numbers where every cell is one, else text."""
    y = table.numbers(name)
    if not np.isnan(y).any():
        whole = bool((y == np.floor(y)).all()) and bool((np.abs(y) <= LARGEST_EXACT).all())
        return y.astype(np.int64) if whole else y
    gaps = table.missing(name)
    if gaps.any():
        raise DataError(
            f"{table.where(int(np.argmax(gaps)), name)}: the target is missing. {int(gaps.sum())} of {len(table)} "
            f"targets are missing. Delete such lines."
        )
    return np.asarray(table.texts(name).to_numpy().astype(str))


@dataclass(frozen=True, eq=False)
class Targets:
    """The target of a task.

    Attributes
    ----------
    name : str
        The column.
    task : str
        "classes" or "numbers".
    y : ndarray (n,)
        Class names, or float64 numbers.
    class_names : tuple of str, optional
    why : str
        How the task was found.
    """

    name: str
    task: str
    y: NDArray[Any]
    class_names: tuple[str, ...] | None
    why: str


def why_task(chosen: str, given: bool, text: bool, whole: bool, values: int, rows: int) -> str:
    """Why a target is learned as classes or as numbers.

    >>> why_task("classes", given=False, text=False, whole=True, values=3, rows=150)
    '3 different whole numbers in 150 rows; --task numbers treats them as numbers'
    """
    if given:
        return "as --task says"
    if text:
        return "its values are text"
    if not whole and chosen == "numbers":
        return "its values are not whole numbers"
    other = "numbers" if chosen == "classes" else "classes"
    return f"{values} different whole numbers in {rows:,} rows; --task {other} treats them as {other}"


def take_targets(table: RawTable, target: str | int | None = None, task: str | None = None) -> Targets:
    """The target column of a table, as classes or as numbers.

    Parameters
    ----------
    target : str or int, optional
        The column's name, or its number from 1; the last column if not given.
    task : {"classes", "numbers"}, optional
        If not given: classes where the column is text or yes/no, or has whole numbers with ten rows a value or more.

    Raises
    ------
    DataError
        No such column; a target that is missing, has one value only, or is another one in every row.

    Examples
    --------
    >>> import polars
    >>> from pellucid.tables import read_table, take_targets
    >>> found = take_targets(read_table(polars.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "a"]})))
    >>> found.task, found.class_names, found.why
    ('classes', ('a', 'b'), 'its values are text')
    """
    name = table.find(target)
    y, names = raw_targets(table, name)
    place = f'{table.place}: the target "{cut(name)}"'
    text, whole = y.dtype.kind == "U", y.dtype.kind == "i"
    values = len(names) if names is not None else len(np.unique(y))
    if task not in (None, "classes", "numbers"):
        raise DescriptionError(
            f'task must be "classes" or "numbers", got "{task}".{nearest(task, ("classes", "numbers"))}'
        )
    if text and task == "numbers":
        raise DataError(f"{place} is text, so it cannot be learned as numbers.")
    if task != "numbers" and looks_like_id(table, name):
        raise DataError(
            f"{place} is another one in each of the {len(table):,} rows, so it names the rows, and nothing can be "
            f"learned from it. Choose another target."
        )
    boolean = whole and not table.is_text(name) and not table.frame[name].dtype.is_numeric()
    classes = text or boolean or (whole and 10 * values <= len(table))
    chosen = task or ("classes" if classes else "numbers")
    why = why_task(chosen, task is not None, text, whole, values, len(table))
    if chosen == "numbers":
        return Targets(name, chosen, y.astype(float), None, why)
    if values > MOST_CLASSES:
        mend = "Choose another target." if text else "Use --task numbers."
        raise DataError(f"{place} has {values:,} different values, too many for classes. {mend}")
    if text:
        if len(table) > FEW and 2 * values > len(table):
            raise DataError(
                f"{place} has {values:,} different values in {len(table):,} rows, so most rows have a class of their "
                f"own, and nothing can be learned from it. Choose another target."
            )
        return Targets(name, chosen, y, names, why)
    found = np.unique(y)
    numbered = tuple(number_name(value) for value in found)
    return Targets(name, chosen, np.array(numbered)[np.searchsorted(found, y)], numbered, why)


def number_name(value: Any) -> str:
    """The name of a class that is a number.

    >>> number_name(3.0), number_name(0.5), number_name(1234567.5)
    ('3', '0.5', '1234567.5')
    """
    return str(int(value)) if value == int(value) else f"{value:.15g}"


def class_name(cell: str, class_names: tuple[str, ...] | None) -> str:
    """A cell of the target column; a class that is a number in the way that training wrote it."""
    if not class_names or cell in class_names:
        return cell
    try:
        value = float(cell)
        return number_name(value) if np.isfinite(value) else cell
    except ValueError:
        return cell


def standard(y: NDArray[Any]) -> tuple[float, float]:
    """Mean and deviation of targets; deviation 1 where nothing varies."""
    deviation = float(y.std())
    return float(y.mean()), deviation if deviation > 0 else 1.0


def precise_enough(dtype: str, mean: Any, deviation: Any) -> str:
    """The number type in which targets of this mean and deviation can be told apart: ``dtype``, or float64.

    float32 has seven digits: near 1,000,000 its numbers are 1/16 apart, so a network that predicts targets around it
    to the unit needs float64.

    >>> precise_enough("float32", mean=500.0, deviation=100.0), precise_enough("float32", mean=1e6, deviation=1.0)
    ('float32', 'float64')
    """
    apart = np.abs(mean) * np.finfo(dtype).eps
    return "float64" if bool((apart > COARSE * np.asarray(deviation)).any()) else dtype


def standard_units(net: Network) -> str | None:
    """What the figures of a network's history are of, where it was trained on standardised targets; else None.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(1)])
    >>> print(standard_units(net), standard_units(in_units(net, mean=500.0, deviation=100.0)), sep="; ")
    None; standardised targets, (y − 500) / 100
    """
    name, layer = net.layers[-1]
    if name != UNITS or layer.kind != "Standardize":
        return None
    plain = layer.to_dict()
    deviation = 1.0 / float(np.ravel(plain["deviation"])[0])
    return said_units(-float(np.ravel(plain["mean"])[0]) * deviation, deviation)


def said_units(mean: float, deviation: float) -> str:
    """How targets were standardised, in words."""
    return f"standardised targets, (y − {mean:g}) / {deviation:g}"


def in_units(net: Network, mean: float, deviation: float) -> Network:
    """The network with a last layer that brings its outputs from standardised targets to the target's own units.

    A network for numbers is trained on (y − mean) / deviation, whatever the units of y: so its losses, gradients and
    rates are of the usual size. Then this adds the layer ``units``, which computes mean + deviation · output, and the
    network predicts, and is evaluated, in units of y. Figures of its history stay as they were, of standardised
    targets. Weights, names and preparation are the same; the optimizer starts afresh. The numbers become float64 where
    float32 would have too few digits for targets of such a mean (:func:`precise_enough`).

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> from pellucid.tables import in_units
    >>> net = Network([Input(2), Dense(1)])
    >>> priced = in_units(net, mean=500.0, deviation=100.0)
    >>> float(net.predict([[0, 0]])[0, 0]), float(priced.predict([[0, 0]])[0, 0])
    (0.0, 500.0)
    """
    from pellucid.layers import LAYERS, Input, Standardize
    from pellucid.network import Network

    last = Standardize(mean=-mean / deviation, deviation=1.0 / deviation, name=UNITS)
    layers = [LAYERS.get(layer.to_dict() | {"name": name}) for name, layer in net.layers]
    dtype = precise_enough(net.dtype, mean, deviation)
    whole = Network([Input(net.input_shape), *layers, last], name=net.name, seed=net.seed, dtype=dtype)
    whole.set_weights(net.weights)
    whole.class_names, whole.feature_names = net.class_names, net.feature_names
    whole.preparation = net.preparation
    if net.compiled:
        whole.compile(**net.compile_settings())
        whole.updates = net.updates
    whole.adopt_history(net.history)
    return whole
