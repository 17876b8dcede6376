"""Recorder: how weights, gradients and units develop during a training, in bounded memory and time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DataError, DescriptionError
from pellucid.layers.base import check_whole
from pellucid.training.callbacks import Callback, Moment

if TYPE_CHECKING:
    from pellucid.views.diagram.picture import Diagram

BINS = 40
FLAT = 0.01  # f′(z) below this share of its largest: saturated
COUNTED = 10_000  # numbers of an array that are counted
ROWS = 64  # rows that gradients and units are looked at with


@dataclass(frozen=True, eq=False)
class Spread:
    """A histogram: how many numbers lie in each of ``BINS`` equal steps from ``low`` to ``high``."""

    low: float
    high: float
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, values: NDArray[Any]) -> Spread:
        """The histogram of some numbers, of many of every n-th; those that are not finite are left out."""
        flat = values.ravel()
        flat = flat[:: max(1, len(flat) // COUNTED)].astype(float)
        flat = flat[np.isfinite(flat)]
        if not len(flat):
            return cls(0.0, 0.0, np.zeros(BINS, np.int64))
        low, high = float(flat.min()), float(flat.max())
        counts = np.histogram(flat, BINS, (low, high) if high > low else (low - 0.5, low + 0.5))[0]
        return cls(low, high, counts.astype(np.int64))

    def below(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The share of the numbers below each value, as far as the histogram tells."""
        total = int(self.counts.sum())
        if not total:
            return np.zeros(len(values))
        if self.high == self.low:
            return (values > self.low).astype(float)
        edges = np.linspace(self.low, self.high, BINS + 1)
        return np.asarray(np.interp(values, edges, np.append(0, np.cumsum(self.counts)) / total))


@dataclass(frozen=True, eq=False)
class Record:
    """How it stood after so many epochs (0: before the first).

    Attributes
    ----------
    epoch : int
    weights : dict of str to Spread
        By the array's name, as ``dense_1.weights``.
    gradients : dict of str to Spread
        Of the same, on the recorder's rows; empty without targets.
    dead, saturated : dict of str to float
        By layer: the share of units whose slope f′(z) is 0 for every row, and the share of all (row, unit) with a
        slope below a hundredth of the largest.
    """

    epoch: int
    weights: Mapping[str, Spread] = field(default_factory=dict)
    gradients: Mapping[str, Spread] = field(default_factory=dict)
    dead: Mapping[str, float] = field(default_factory=dict)
    saturated: Mapping[str, float] = field(default_factory=dict)


class Recorder(Callback, Drawn):
    """Records histograms of weights and gradients, and dead and saturated units, over the epochs.

    Memory is bounded: while there is room every epoch is kept, then every second, every fourth, … Time is bounded too:
    an epoch is passed over while recording has taken more than ``share`` of the training's time. The first and the
    last are always there. The training itself is not changed by a bit.

    Parameters
    ----------
    X, y : arrays, optional
        Rows that gradients and units are looked at with, the first 64 of them; without ``y`` no gradients.
    most : int
        How many epochs are kept, at least 2.
    share : float
        Of the training's time; ``float("inf")`` for every epoch.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> net = Network([Input(2), Dense(4, "tanh"), Dense(1, "sigmoid")])
    >>> net.compile("binary_crossentropy", "adam")
    >>> recorder = Recorder(X, y, share=float("inf"))
    >>> _ = net.fit(X, y, epochs=3, callbacks=recorder, verbose=0)
    >>> [record.epoch for record in recorder.records], list(recorder.records[0].gradients)
    ([0, 1, 2, 3], ['dense_1.weights', 'dense_1.bias', 'dense_2.weights', 'dense_2.bias'])
    """

    def __init__(self, X: Any = None, y: Any = None, most: int = 60, share: float = 0.05) -> None:
        if not share > 0:
            raise DescriptionError(f"Recorder: share must be above 0, got {share!r}.")
        if X is None and y is not None:
            raise DataError("Recorder: targets were given without their rows. Give X too.")
        self.most, self.share = check_whole(most, "Recorder: most", 2), share
        some = slice(0, ROWS)
        self._X = X.take(range(min(ROWS, len(X)))) if hasattr(X, "class_names") else None if X is None else X[some]
        self._y = None if y is None else y[some]
        self._kept: list[Record] = []
        self._latest: Record | None = None
        self._every, self._spent, self._begun = 1, 0.0, 0.0
        self._seen = 0

    @property
    def records(self) -> tuple[Record, ...]:
        """What was recorded, in the order of the epochs."""
        last = self._latest
        more = last is not None and (not self._kept or last.epoch > self._kept[-1].epoch)
        return (*self._kept, *([last] if more and last is not None else []))

    def on_train_begin(self, moment: Moment) -> None:
        self._begun, self._spent = time.perf_counter(), 0.0
        if not self._kept:
            self._keep(self._look(moment))
            self._begun, self._spent = time.perf_counter(), 0.0  # the first look makes an engine; it is paid once

    def on_epoch_end(self, moment: Moment) -> None:
        self._seen += 1
        if self._seen % self._every or self._spent > self.share * (time.perf_counter() - self._begun - self._spent):
            return
        self._keep(self._look(moment))

    def on_train_end(self, moment: Moment) -> None:
        if self._kept and self.records[-1].epoch < len(moment.network.history.epoch):
            self._latest = self._look(moment)

    def _keep(self, record: Record) -> None:
        self._kept.append(record)
        while len(self._kept) >= self.most and len(self._kept) > 2:  # one place is for the last epoch
            self._every *= 2
            self._kept = self._kept[::2]

    def _look(self, moment: Moment) -> Record:
        began = time.perf_counter()
        net = moment.network
        weights = {name: Spread.of(array) for name, array in net.weights.items()}
        gradients: dict[str, Spread] = {}
        dead: dict[str, float] = {}
        saturated: dict[str, float] = {}
        if self._X is not None:
            from pellucid.doctor.units import slopes

            trace = net.trace(self._X, self._y)
            for layer in trace:
                own = layer.parameters.values()
                gradients |= {p.name: Spread.of(p.gradient) for p in own if p.gradient is not None}
                found = None if layer.name == net.layers[-1][0] else slopes(layer)
                if found is not None:
                    slope, steepest = found
                    dead[layer.name] = float((np.abs(slope) < 1e-12).all(axis=0).mean())
                    saturated[layer.name] = float((np.abs(slope) < FLAT * steepest).mean())
        self._spent += time.perf_counter() - began
        return Record(len(net.history.epoch), weights, gradients, dead, saturated)

    def draw(self, theme: str = "auto") -> Diagram:
        """Histograms over the epochs, and dead and saturated units."""
        from pellucid.views.learning_picture import draw_records

        return draw_records(self.records, theme)
