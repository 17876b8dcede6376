"""What the checks look at: the network, its rows and targets, and what a trace of some of them says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data.arrays import to_array
from pellucid.data.check import as_targets, same_length
from pellucid.data.shapes import batch_shape
from pellucid.errors import DataError
from pellucid.tables.raw import RawTable
from pellucid.tables.read import is_frame
from pellucid.trace.names import Names
from pellucid.training.batches import is_stream
from pellucid.training.samples import own_targets, prepared
from pellucid.training.targets import encode_targets

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.trace.values import Trace
    from pellucid.training.targets import Targets

Array = NDArray[Any]
TRACED = 256  # rows whose z, a and δ are looked at, at most
NUMBERS = 4_000_000  # of theirs that are enough: a convolutional network has many in one picture
LOOKED_AT = 5_000  # rows that are looked at one by one; missing values and shared rows are searched in all
MOST_CLASSES = 50  # whole numbers of at most so many kinds are taken for classes where no loss says so


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as they were given.

    Attributes
    ----------
    what : str
        "X" or "validation X".
    values : ndarray (n, inputs)
        NaN and infinity are still there.
    numbers : ndarray of int (n,)
        Which rows they are; of a stream some are taken.
    targets : Targets, optional
        As the loss takes them.
    codes : ndarray of int (n,), optional
        The class of each row, where targets are classes.
    table : RawTable, optional
        The table that they are from.
    """

    what: str
    values: Array
    numbers: NDArray[np.int64]
    targets: Targets | None = None
    codes: NDArray[np.int64] | None = None
    table: RawTable | None = None

    def source(self, number: int) -> str | None:
        """Where a row stands in the file that it is from, as in "line 107"; None where it is from no file."""
        return None if self.table is None else self.table.locate(int(self.table.rows[number]))

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def finite(self) -> NDArray[np.int64]:
        """The places of rows without a missing or infinite value."""
        return np.flatnonzero(np.isfinite(self.values).all(axis=1))

    def some(self, most: int) -> NDArray[np.int64]:
        """Places of finite rows, evenly spread; a number without common factors keeps periodic rows mixed."""
        if len(self.finite) <= most:
            return self.finite
        return self.finite[np.linspace(0, len(self.finite) - 1, most).round().astype(np.int64)]


@dataclass(frozen=True, eq=False)
class Case:
    """Everything that checks may read.

    Attributes
    ----------
    net : Network
    rows, validation : Rows, optional
    refused : tuple of str
        Why targets cannot be taken, where they cannot.
    """

    net: Network
    rows: Rows | None
    validation: Rows | None
    refused: tuple[str, ...] = ()

    @cached_property
    def names(self) -> Names:
        """What the inputs are called."""
        shape, given = self.net.input_shape, self.net.feature_names
        fits = given is not None and len(given) == int(np.prod(shape))
        return Names("input", shape, shape, given if fits else None)

    def class_name(self, code: int) -> str:
        """A class by its number."""
        known = self.net.class_names or (None if self.rows is None or self.rows.targets is None
                                         else self.rows.targets.class_names)  # fmt: skip
        return str(code) if known is None or code >= len(known) else str(known[code])

    @cached_property
    def trained(self) -> bool:
        """Whether the weights are others than those that it began with."""
        net = self.net
        begun = type(net).from_dict(net.to_dict())
        return net.updates > 0 or bool(net.history.epoch) or not np.array_equal(begun.parameters, net.parameters)

    @cached_property
    def traced(self) -> NDArray[np.int64]:
        """The places of the rows that are traced."""
        assert self.rows is not None
        each = sum(slot.units for slot in self.net.plan().slots.values() if slot.kind in ("value", "delta"))
        return self.rows.some(max(16, min(TRACED, NUMBERS // each)))

    @cached_property
    def trace(self) -> Trace:
        """A trace of some rows in float64, with gradients where there are a loss and targets."""
        return self._take(training=False)

    @cached_property
    def training_trace(self) -> Trace:
        """The same rows with the layers as they act while training."""
        return self._take(training=True)

    def _take(self, training: bool) -> Trace:
        assert self.rows is not None
        most = len(self.traced)
        y = self.targets_of(self.rows, self.traced) if self.lacks("gradients") is None else None
        while True:
            places = self.traced[:most]
            X = self.rows.values[places].reshape(len(places), *self.net.input_shape)
            try:
                return self.net.trace(X, None if y is None else y[:most], dtype="float64", training=training)
            except DataError:
                if most <= 16:  # one group: it is not the memory that is too small
                    raise
                most = max(16, most // 2)

    def targets_of(self, rows: Rows, places: NDArray[np.int64]) -> Array:
        """Targets of some rows, as ``fit`` takes them."""
        assert rows.targets is not None
        return np.asarray(rows.targets.values[places])

    def outputs(self, rows: Rows) -> tuple[NDArray[np.int64], Array]:
        """Some rows' places, and what the network says about them, (k, outputs)."""
        found = self._outputs.get(id(rows))
        if found is None:
            places = rows.some(LOOKED_AT)
            X = rows.values[places].reshape(len(places), *self.net.input_shape)
            found = self._outputs[id(rows)] = places, self.net.predict(X).reshape(len(places), -1).astype(float)
        return found

    @cached_property
    def _outputs(self) -> dict[int, tuple[NDArray[np.int64], Array]]:
        return {}

    def lacks(self, need: str) -> str | None:
        """What must be given for a check that needs this; None where it is there."""
        return _LACKS[need](self)


def _no_rows(case: Case) -> str | None:
    if case.rows is None:
        return "give X"
    return None if len(case.rows.finite) else "no row is without missing values"


def _no_pass(case: Case) -> str | None:
    bad = not all(np.isfinite(w).all() for w in case.net.weights.values())
    return _no_rows(case) or ("a weight is not a finite number" if bad else None)


def _no_targets(case: Case) -> str | None:
    lacks = case.rows is None or (case.rows.targets is None and case.rows.codes is None)
    return _no_rows(case) or ("give targets: y" if lacks else None)


def _not_given(case: Case) -> str | None:
    return None if case.refused else _no_targets(case)


def _no_classes(case: Case) -> str | None:
    no_class = case.rows is not None and case.rows.codes is None
    return _no_targets(case) or ("the targets are numbers" if no_class else None)


def _no_loss(case: Case) -> str | None:
    return None if case.net.compiled else "compile the network first"


def _no_gradients(case: Case) -> str | None:
    lacks = _no_pass(case) or _no_loss(case) or _no_targets(case)
    return lacks or ("the targets do not fit" if case.rows is not None and case.rows.targets is None else None)


def _no_judgement(case: Case) -> str | None:
    return _no_gradients(case) or (None if case.trained else "the network is not trained yet")


def _no_validation(case: Case) -> str | None:
    return "give validation_data" if case.validation is None else None


def _no_validation_classes(case: Case) -> str | None:
    lacks = case.validation is not None and case.validation.codes is None
    return _no_validation(case) or ("the targets are numbers" if lacks else None)


def _no_history(case: Case) -> str | None:
    return None if len(case.net.history.epoch) >= 3 else "needs a history of at least 3 epochs"


_LACKS = {
    "rows": _no_rows, "pass": _no_pass, "targets": _no_targets, "given targets": _not_given,
    "classes": _no_classes, "loss": _no_loss,
    "gradients": _no_gradients, "judgement": _no_judgement, "validation": _no_validation,
    "validation classes": _no_validation_classes, "history": _no_history,
}  # fmt: skip


def take_case(net: Network, X: Any, y: Any, validation_data: tuple[Any, ...] | None) -> Case:
    """Read what was given, with its faults.

    Raises
    ------
    DataError
        It is of another shape, holds text, or features and targets are of different lengths.
    """
    if X is None and y is not None:
        raise DataError("diagnose: targets were given without their rows. Give X too.")
    if validation_data is not None and not (isinstance(validation_data, (tuple, list)) and len(validation_data) == 2):
        raise DataError("validation_data: expected (X, y).")
    refused: list[str] = []
    rows = None if X is None else _rows(net, X, y, ("X", "y"), refused, None)
    known = net.class_names or (rows.targets.class_names if rows is not None and rows.targets is not None else None)
    held_out = None
    if validation_data is not None:
        held_out = _rows(net, *validation_data, ("validation X", "validation y"), refused, known)
    return Case(net, rows, held_out, tuple(refused))


def _rows(
    net: Network, X: Any, y: Any, what: tuple[str, str], refused: list[str], known: tuple[str, ...] | None
) -> Rows:
    if y is None and (is_stream(X) or (is_frame(X) and (net.preparation or {}).get("target") in list(X.columns))):
        y = own_targets(net, X, what)
    values, numbers = _values(net, X, what[0])
    if y is None:
        return Rows(what[0], values, numbers, table=X if isinstance(X, RawTable) else None)
    given = as_targets(y, what[1])
    if not is_stream(X):
        same_length(values, given, *what)
    given = given[numbers]
    targets, names = None, net.class_names or known
    if net.compiled:
        try:
            targets = encode_targets(given, net.loss, net.output_units, names, net.dtype, what[1])
        except DataError as error:
            refused.append(str(error))
    codes = _codes(net, given, names) if targets is None else _codes_of(net, targets)
    return Rows(what[0], values, numbers, targets, codes, X if isinstance(X, RawTable) else None)


def _values(net: Network, X: Any, what: str) -> tuple[Array, NDArray[np.int64]]:
    """The rows as numbers (n, inputs), and which rows they are."""
    if is_stream(X):
        chosen = np.unique(np.linspace(0, len(X) - 1, min(512, len(X))).round().astype(np.int64))
        return np.asarray(X.take(chosen)).reshape(len(chosen), -1), chosen
    given, _ = to_array(prepared(net, X, what), what)
    if given.dtype.kind not in "fiub":
        try:
            given = given.astype(float)  # None becomes NaN
        except (TypeError, ValueError) as error:
            raise DataError(f"{what}: expected numbers. {error} Encode text as numbers, or leave it out.") from error
    shape = batch_shape(given.shape, net.input_shape, what)
    return given.reshape(shape[0], -1), np.arange(shape[0], dtype=np.int64)


def _codes_of(net: Network, targets: Targets) -> NDArray[np.int64] | None:
    """Classes of encoded targets; numbers that a loss for numbers fits are none, unless they have names."""
    if targets.labels:
        return targets.values
    if net.loss.targets == "values" and targets.class_names is None and targets.values.shape[1] == 1:
        binary = np.isin(targets.values, (0, 1)).all()
        squashed = getattr(getattr(net.layers[-1][1], "activation", None), "name", "") in ("sigmoid", "hard_sigmoid")
        return targets.values[:, 0].astype(np.int64) if binary and squashed else None
    if targets.values.shape[1] == 1:
        middle = 0.0 if net.loss.targets == "signs" else 0.5
        return (targets.values[:, 0] > middle).astype(np.int64)
    return targets.as_classes()


def _codes(net: Network, given: Array, names: tuple[str, ...] | None) -> NDArray[np.int64] | None:
    """Classes of targets as they were given, where no loss says what they are."""
    if given.ndim == 2 and given.shape[1] > 1:
        one_hot = given.dtype.kind in "fiub" and np.isin(given, (0, 1)).all() and (given.sum(axis=1) == 1).all()
        return given.argmax(axis=1).astype(np.int64) if one_hot else None
    flat = given.reshape(-1)
    if flat.dtype.kind == "U":
        order = {str(name): k for k, name in enumerate(names or np.unique(flat).tolist())}
        return np.array([order.get(str(v), len(order)) for v in flat], np.int64)
    found = np.unique(flat)
    whole = bool((found == np.floor(found)).all()) and found[0] >= 0
    last = net.layers[-1][1]
    several = net.output_units > 1 or getattr(getattr(last, "activation", None), "name", "") == "sigmoid"
    return flat.astype(np.int64) if whole and len(found) <= MOST_CLASSES and several else None
