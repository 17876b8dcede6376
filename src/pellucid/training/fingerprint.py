"""The hash of the data that a training works on, so that it is gone on with by the same data only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pellucid.training.samples import Samples

LOOKED_AT = 64  # samples of a stream; to read all of it would take as long as an epoch


def fingerprint(samples: Samples, validation: Samples | None) -> dict[str, str]:
    """SHA-256 of every part of the data: X, y, the rows that are used, sample weights; and of the validation data.

    Of features that are read from disk, the shape and 64 samples, spread evenly, are taken.
    """
    parts = _parts(samples, "")
    if validation is not None:
        if validation.features is samples.features:  # a split: the same features, other rows
            parts["validation rows"] = _hash(validation.rows)
        else:
            parts |= _parts(validation, "validation ")
    return parts


def _parts(samples: Samples, prefix: str) -> dict[str, str]:
    X: Any = samples.features
    if not isinstance(X, np.ndarray):
        some = np.unique(np.linspace(0, len(X) - 1, LOOKED_AT).astype(np.int64))
        features = _hash(np.asarray(X.take(some)), str(tuple(X.shape)))
    else:
        features = _hash(X)
    parts = {"X": features, "y": _hash(samples.targets.values), "rows": _hash(samples.rows)}
    if samples.weights is not None:
        parts["sample weights"] = _hash(samples.weights)
    return {f"{prefix}{name}": value for name, value in parts.items()}


def _hash(array: NDArray[Any], also: str = "") -> str:
    digest = hashlib.sha256(f"{array.dtype} {array.shape} {also}".encode())
    digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.hexdigest()
