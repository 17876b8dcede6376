"""Rows of numbers on disk, any of which can be read at any time."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError

NEAR = 4096  # bytes between two rows up to which they are read at once
BLOCK = 1 << 20  # bytes that are read at once at most


class RowStore:
    """Rows of float32 in a temporary file."""

    def __init__(self, inputs: int, folder: Path | None) -> None:
        self.inputs, self.row_bytes = inputs, 4 * inputs
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the stream closes it
        self._one_at_a_time = threading.Lock()

    def read(self, rows: NDArray[np.int64], name: str) -> NDArray[np.float32]:
        """The rows in the order given: neighbours are read at once."""
        if self.file.closed:
            raise DataError(f'The table "{name}" is closed. Open it again with open_table.')
        out = np.empty((len(rows), self.inputs), np.float32)
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        near, most = max(1, NEAR // self.row_bytes), max(1, BLOCK // self.row_bytes)
        at = 0
        while at < len(rows):
            reach = int(np.searchsorted(ascending, ascending[at] + most, "left"))
            far = np.flatnonzero(np.diff(ascending[at:reach]) > near)
            end = at + int(far[0]) + 1 if len(far) else reach
            first, count = int(ascending[at]), int(ascending[end - 1] - ascending[at]) + 1
            with self._one_at_a_time:
                self.file.seek(first * self.row_bytes)
                data = self.file.read(count * self.row_bytes)
            block = np.frombuffer(data, np.float32).reshape(count, self.inputs)
            out[order[at:end]] = block[ascending[at:end] - first]
            at = end
        return out
