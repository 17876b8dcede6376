"""What a report is made from: the network, the rows that it is judged by, what it says about them, and its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run import Run
    from pellucid.tables.raw import RawTable
    from pellucid.training.snapshots import Snapshot, Snapshots

FLATTENING = ("Flatten", "Standardize", "Augment", "Dropout", "BatchNorm", "LayerNorm")  # keep each pixel's place


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows, and what the network says about them.

    Attributes
    ----------
    X : array (n, *input_shape) or a stream
    targets : array (n, outputs) of numbers, or (n,) of labels
    outputs : array (n, outputs)
    classes : tuple of str, optional
        Names of the classes; None where targets are numbers.
    true, predicted : array of int (n,), optional
        Classes by their numbers.
    certainty : array (n,), optional
        The output that speaks for the predicted class.
    figures : dict
        Loss and metrics.
    rows : str
        What they are, as in "held-out rows".
    paths : sequence of str
        Their files, where they are pictures in files.
    raw : RawTable, optional
        The rows of a table as they stand in their source, where the network prepares them itself.
    """

    X: Any
    targets: NDArray[Any]
    outputs: NDArray[Any]
    classes: tuple[str, ...] | None
    true: NDArray[np.int64] | None
    predicted: NDArray[np.int64] | None
    certainty: NDArray[Any] | None
    figures: dict[str, float]
    rows: str
    paths: Sequence[str] = ()
    raw: RawTable | None = None

    @property
    def count(self) -> int:
        """How many."""
        return len(self.targets)

    def samples(self, rows: Sequence[int]) -> NDArray[Any]:
        """Some of the samples, (k, *input_shape)."""
        places = np.asarray(rows, np.int64)
        found = self.X.take(places) if hasattr(self.X, "take") and not isinstance(self.X, np.ndarray) else None
        return np.asarray(self.X[places] if found is None else found)


@dataclass(frozen=True, eq=False)
class Material:
    """Everything that sections may read.

    Attributes
    ----------
    net : Network
    title : str
    judged : Judged, optional
        None where a report is made without data.
    snapshots : tuple of Snapshot
    run : Run, optional
    training_data : (X, y), optional
        The rows that it was trained on.
    """

    net: Network
    title: str
    judged: Judged | None = None
    snapshots: tuple[Snapshot, ...] = ()
    run: Run | None = None
    training_data: tuple[Any, Any] | None = None

    @property
    def pictures(self) -> bool:
        """Whether a sample is a picture."""
        shape = self.net.input_shape
        return len(shape) in (2, 3) and (len(shape) == 2 or shape[2] in (1, 3)) and min(shape[:2]) > 1

    @cached_property
    def value_range(self) -> tuple[float, float]:
        """What is black and what is white in a picture."""
        if self.judged is None or not self.judged.count:
            return 0.0, 1.0
        some = self.judged.samples(range(min(64, self.judged.count)))
        low, high = float(some.min()), float(some.max())
        return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)

    def first_weights(self) -> tuple[str, NDArray[Any]] | None:
        """The first layer's weights as pictures (H, W, C, units), where the network sees pictures; and its name."""
        if not self.pictures:
            return None
        arrays = self.net.weights
        for name, layer in self.net.layers:
            weights = arrays.get(f"{name}.weights")
            if layer.kind == "Conv2D" and weights is not None:
                return name, weights
            if layer.kind == "Dense" and weights is not None and len(weights) == int(np.prod(self.net.input_shape)):
                shape = (*self.net.input_shape, 1)[:3]
                return name, weights.reshape(*shape, -1)
            if layer.kind not in FLATTENING:
                return None
        return None


def gather(
    net: Network, X: Any, y: Any, *, title: str | None, rows: str, snapshots: Snapshots | None, run: Run | None,
    paths: Sequence[str], training_data: tuple[Any, Any] | None = None,
) -> Material:  # fmt: skip
    """Ask the network about the rows.

    Raises
    ------
    DescriptionError
        The network has no loss.
    DataError
        Targets are missing, or do not fit.
    """
    if not net.compiled:
        raise DescriptionError("Report: the network has no loss yet. First call net.compile(loss=…).")
    if training_data is not None and (not isinstance(training_data, (tuple, list)) or len(training_data) != 2):
        raise DataError("Report: training_data must be (X, y), the rows that it was trained on and their targets.")
    if X is None and y is not None:
        raise DataError("Report: targets were given without their rows. Give X too.")
    kept = () if snapshots is None else snapshots.kept
    for one in kept:
        if len(one.numbers) != len(net.snapshot()):
            raise DescriptionError("Report: the snapshots are those of another network. Give those of this one.")
    judged = None if X is None else _judge(net, X, y, rows, paths)
    return Material(net, title or net.name, judged, kept, run, training_data)


def _judge(net: Network, X: Any, y: Any, rows: str, paths: Sequence[str]) -> Judged:
    from pellucid.training.samples import take_samples

    samples = take_samples(net, net.loss, X, y)
    stream = not isinstance(samples.features, np.ndarray)
    features: Any = samples.features
    shown: Any = X if stream else features.reshape(-1, *net.input_shape)
    outputs = net.predict(shown).reshape(samples.count, -1)
    values = samples.targets.values
    classes, true = _classes(net, samples.targets)
    predicted = certainty = None
    if classes is not None:
        said = net.classes_of(outputs)  # numbers, where the network has no names
        names = {name: k for k, name in enumerate(classes)}
        predicted = np.array(said if net.class_names is None else [names[str(name)] for name in said], np.int64)
        one = outputs.shape[1] == 1
        certainty = np.where(predicted == 1, outputs[:, 0], 1 - outputs[:, 0]) if one else outputs.max(axis=1)
    figures = net.evaluate(shown, None if stream else _given(net, samples.targets))
    raw = _raw(net, X)
    return Judged(shown, values, outputs, classes, true, predicted, certainty, figures, rows, paths, raw)


def _raw(net: Network, X: Any) -> RawTable | None:
    """The rows as they stand in a table; None where the network takes numbers."""
    from pellucid.tables.preparation import preparation_of
    from pellucid.tables.read import is_frame, read_table

    preparation = preparation_of(net.preparation)
    return None if preparation is None or not is_frame(X) else preparation.match(read_table(X, what="X"))


def _given(net: Network, targets: Any) -> NDArray[Any]:
    """Encoded targets, once more as ``evaluate`` takes them."""
    return np.asarray(targets.values)


def _classes(net: Network, targets: Any) -> tuple[tuple[str, ...] | None, NDArray[np.int64] | None]:
    """The classes' names and each row's class; None where targets are numbers."""
    if net.loss.targets == "values" and not targets.labels and net.class_names is None:
        return None, None
    if not targets.labels and targets.values.shape[1] == 1:
        middle = 0.0 if net.loss.targets == "signs" else 0.5
        true = (targets.values[:, 0] > middle).astype(np.int64)
    else:
        true = targets.as_classes()
    if true is None:
        return None, None
    count = max(2, net.output_units)
    names = net.class_names or targets.class_names or tuple(str(k) for k in range(count))
    return tuple(map(str, names)), true
