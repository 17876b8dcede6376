"""SHA-256 of data, by which a run knows them again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.data import Dataset
    from pellucid.sources.source import Source

HASHED = 256  # pictures on disk that are read at a time


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def data_hash(data: Dataset) -> str:
    """SHA-256 of the samples, their shape and their targets: the same data give the same, whatever the file's name."""
    import numpy as np

    from pellucid.sources.pictures_on_disk import PicturesOnDisk

    X: Any = data.X
    if hasattr(X, "path"):  # a table that is read from disk
        return file_hash(X.path)
    if hasattr(X, "to_csv"):  # a table: its cells as they were read
        digest = hashlib.sha256(X.to_csv().encode())
        digest.update("\n".join(map(str, data.y.tolist())).encode())
        return digest.hexdigest()
    on_disk = isinstance(X, PicturesOnDisk)
    digest = hashlib.sha256(f"{X.shape} {'float32' if on_disk else X.dtype}".encode())
    for first in range(0, data.n, HASHED) if on_disk else ():
        digest.update(X.take(np.arange(first, min(first + HASHED, data.n))).data)
    if not on_disk:
        digest.update(np.ascontiguousarray(X).data)
    digest.update("\n".join(map(str, data.y.tolist())).encode())
    return digest.hexdigest()


def cells_hash(source: Source) -> str:
    """What ``data_hash`` gives of the same table in memory, of one that is read from disk."""
    import numpy as np

    from pellucid.tables import read_parts

    digest, head = hashlib.sha256(), True
    for part in read_parts(source.given):
        goal = part.find(source.target)
        digest.update(part.without(goal).to_csv(head).encode())
        head = False
    y = source.data.y if source.task == "numbers" else np.array(source.class_names)[source.data.y]
    digest.update("\n".join(map(str, y.tolist())).encode())
    return digest.hexdigest()
