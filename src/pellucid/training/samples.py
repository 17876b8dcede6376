"""What ``fit`` and ``evaluate`` work on: checked features, encoded targets, weights, and which rows are for what."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data.check import as_features, is_ready, same_length
from pellucid.data.split import stratified_split
from pellucid.engines.protocol import Engine
from pellucid.errors import DataError
from pellucid.tables.preparation import preparation_of
from pellucid.tables.read import is_frame
from pellucid.tables.targets import class_name
from pellucid.training.batches import Stream, check_stream, is_stream, run
from pellucid.training.targets import Targets, encode_targets, several_classes

if TYPE_CHECKING:
    from pellucid.losses import Loss
    from pellucid.network import Network

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Samples:
    """Data that an engine can run on, and the targets as metrics want them.

    Attributes
    ----------
    features : ndarray (samples, inputs) or Stream
        In memory, or read when needed.
    targets : Targets
    weights : ndarray (samples,), optional
    rows : ndarray of int64
        The rows that are used.
    """

    features: NDArray[Any] | Stream
    targets: Targets
    weights: NDArray[Any] | None
    rows: Rows

    def run(self, engine: Engine, program: str, costs: array[float], **how: Any) -> Iterator[int]:
        """Run a program over the samples; see :func:`pellucid.training.batches.run`."""
        return run(engine, program, self.features, costs, targets=self.targets.values, weights=self.weights, **how)

    @property
    def count(self) -> int:
        """How many samples are used."""
        return len(self.rows)


def take_features(net: Network, X: Any, what: str, dtype: str | None = None) -> NDArray[Any] | Stream:
    """Checked features, of the network's dtype unless given: (samples, inputs) in memory, or the stream itself."""
    dtype = dtype or net.dtype
    if is_ready(X, net.input_shape, dtype):
        features: NDArray[Any] = X
    elif is_stream(X):
        check_stream(X, net.input_shape, what)
        return X
    else:
        features = as_features(prepared(net, X, what), net.input_shape, what, dtype)
    if features.ndim != 2:
        features = features.reshape(len(features), -1)
    net.layers[0][1].check_features(features, what)
    return features


def prepared(net: Network, X: Any, what: str) -> Any:
    """Raw rows of a table as the network's inputs, where the network knows how; everything else as it is."""
    if net.preparation is None or isinstance(X, np.ndarray) or not is_frame(X):
        return X
    preparation = preparation_of(net.preparation)
    return X if preparation is None else preparation.transform(X, net.dtype, what)


def own_targets(net: Network, X: Any, what: tuple[str, str]) -> Any:
    """The targets that features bring themselves: those of a stream, or the target column of a table's raw rows."""
    if is_stream(X):
        return X.y
    preparation = preparation_of(net.preparation) if is_frame(X) else None
    y = None if preparation is None else preparation.targets(X, what[0])
    if y is None:
        raise DataError(f"{what[1]}: no targets were given. Give one for each row of {what[0]}.")
    return y if net.class_names is None else np.array([class_name(str(value), net.class_names) for value in y.tolist()])


def take_samples(
    net: Network, loss: Loss, X: Any, y: Any, sample_weight: Any = None, *, what: tuple[str, str] = ("X", "y"),
    known: tuple[str, ...] | None = None, dtype: str | None = None,
) -> Samples:  # fmt: skip
    """Check and encode data for a network and its loss; ``known`` are class names, where the network has none yet;
    ``dtype`` is the network's unless given.

    Raises
    ------
    DataError
    """
    dtype = dtype or net.dtype
    features = take_features(net, X, what[0], dtype)
    y = own_targets(net, X, what) if y is None else y
    if is_stream(X):
        known = known or X.class_names or None
    targets = encode_targets(y, loss, net.output_units, net.class_names or known, dtype, what[1])
    same_length(features, targets.values, *what)
    weights = None if sample_weight is None else _weights(sample_weight, len(features), dtype)
    return Samples(features, targets, weights, np.arange(len(features), dtype=np.int64))


def split_samples(net: Network, loss: Loss, samples: Samples, fraction: float, seed: int) -> tuple[Samples, Samples]:
    """Part of the rows for training, part for validation; no data are copied."""
    classes = samples.targets.as_classes() if loss.targets != "values" or samples.targets.labels else None
    y = samples.targets.values if classes is None else classes
    train, held_out = stratified_split(y, fraction, seed, classes is not None)
    return replace(samples, rows=train), replace(samples, rows=held_out)


def weigh_classes(samples: Samples, class_weight: Mapping[Any, float] | str, count: int, dtype: str) -> Samples:
    """Multiply each sample's weight with its class's.

    ``"balanced"`` gives every class the same weight in total: n / (classes · n_class), as scikit-learn does.
    ``count`` is how many classes the network tells apart.
    """
    classes = samples.targets.as_classes()
    if classes is None:
        raise DataError("class_weight: the targets are not classes. Use sample_weight, or leave it out.")
    names = samples.targets.class_names
    used = classes[samples.rows]
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise DataError(f'class_weight: expected a dict or "balanced", got "{class_weight}".')
        found, counts = np.unique(used, return_counts=True)
        by_class = {int(c): len(used) / (len(found) * n) for c, n in zip(found, counts, strict=True)}
    else:
        if not isinstance(class_weight, Mapping):
            raise DataError(f'class_weight: expected a dict or "balanced", got {class_weight!r}.')
        by_class = _by_class(class_weight, names, count)
        missing = [int(c) for c in np.unique(used) if int(c) not in by_class]
        if missing:
            shown = names[missing[0]] if names else missing[0]
            raise DataError(f'class_weight: no weight for class "{shown}". Give one for every class.')
    factors = np.ones(count)
    for c, weight in by_class.items():
        factors[c] = weight
    old = samples.weights
    weights = factors[classes] * (1.0 if old is None else old)
    checked = _weights(weights, len(classes), dtype)
    return replace(samples, weights=checked)


def refuse_strangers(class_weight: Mapping[Any, Any], classes: Collection[Any], known: str) -> None:
    """Refuse weights of classes that there are not.

    Raises
    ------
    DataError
    """
    strangers = [key for key in class_weight if key not in classes]
    if strangers:
        listed = ", ".join(f'"{key}"' for key in strangers)
        raise DataError(f"class_weight: no class{'es' if len(strangers) > 1 else ''} {listed}. Known: {known}.")


def _by_class(class_weight: Mapping[Any, Any], names: tuple[str, ...] | None, count: int) -> dict[int, float]:
    """The weight of each class that is named, by its name (3 is the name "3", as among targets) or its label."""
    label: dict[Any, int] = {k: k for k in range(count)}
    if names is not None:
        label |= {name: k for k, name in enumerate(names)}
        if all(str(key) in names for key in class_weight):
            class_weight = {str(key): weight for key, weight in class_weight.items()}
    refuse_strangers(class_weight, label, ", ".join(names) if names is not None else f"labels from 0 to {count - 1}")
    found = {}
    for key, weight in class_weight.items():
        try:
            found[label[key]] = float(weight)
        except (TypeError, ValueError) as error:
            words = f"class_weight: expected a number for each class, got {{{key!r}: {weight!r}}}."
            raise DataError(words) from error
    return found


def check_classes(loss: Loss, samples: Samples, what: str) -> None:
    """Refuse one class only."""
    several_classes(samples.targets, samples.rows, what, loss)


def _weights(given: Any, count: int, dtype: str) -> NDArray[Any]:
    try:
        with np.errstate(over="ignore"):
            weights = np.ascontiguousarray(np.asarray(given, dtype=float).reshape(-1), dtype=dtype)
    except (TypeError, ValueError) as error:
        raise DataError(f"sample_weight: expected one number for each row of X. {error}") from error
    if len(weights) != count:
        raise DataError(f"sample_weight has {len(weights)} numbers, but X has {count} rows. Give one for each row.")
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"sample_weight, row {row}: expected 0 or a positive number, got {weights[row]:g}.")
    if not weights.any():
        raise DataError("sample_weight: all weights are 0, so there is nothing to learn from.")
    return weights
