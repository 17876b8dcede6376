"""What a network says about places between the rows, and the targets of the rows beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    from pellucid.network import Network

Array = NDArray[np.float64]


def ask(net: Network, flat: Array) -> tuple[Array, tuple[str, ...] | None]:
    """Outputs (places, outputs) and the classes; of one output that tells classes apart, both probabilities."""
    outputs = net.predict(flat.reshape(-1, *net.input_shape)).reshape(len(flat), -1).astype(float)
    numbers = net.compiled and net.loss.targets == "values" and net.class_names is None and not net.takes_labels
    if numbers or (not net.compiled and net.class_names is None and net.output_units == 1):
        return outputs, None
    names = net.class_names or tuple(str(k) for k in range(max(2, net.output_units)))
    if outputs.shape[1] == 1:
        low = -1.0 if net.compiled and net.loss.targets == "signs" else 0.0
        second = np.clip((outputs - low) / (1 - low), 0, 1)
        outputs = np.concatenate([1 - second, second], axis=1)
    return outputs, tuple(map(str, names))


def targets_of(net: Network, y: Any, count: int, classes: tuple[str, ...] | None) -> NDArray[Any] | None:
    """The targets that a picture shows: the classes' numbers from 0, or numbers (rows,); None where none are given."""
    if y is None:
        return None
    given = np.asarray(y)
    if len(given) != count:
        raise DataError(f"X has {count} rows, but y has {len(given)}. Give one target for each row.")
    if classes is None:
        numbers: Array = given.reshape(count, -1)[:, 0].astype(float)
        return numbers
    if given.dtype.kind in "UO":
        order = {name: k for k, name in enumerate(classes)}
        unknown = next((str(v) for v in given.ravel() if str(v) not in order), None)
        if unknown is not None:
            raise DataError(f'y: class "{unknown}" is not one that the network knows.{nearest(unknown, classes)}')
        return np.array([order[str(v)] for v in given.ravel()])
    flat = given.reshape(count, -1)
    codes: NDArray[Any] = flat.argmax(axis=1) if flat.shape[1] > 1 else np.clip(flat[:, 0], 0, None).astype(np.int64)
    return codes
