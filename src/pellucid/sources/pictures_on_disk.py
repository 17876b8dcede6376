"""Pictures that stay on disk, where a data set has its array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from pellucid.data import PictureStream


class PicturesOnDisk:
    """Some pictures of a stream, or all, in an order of their own. Indexing gives a part of them, still on disk.

    It is a stream itself, so ``fit``, ``evaluate`` and ``predict`` take it.

    Attributes
    ----------
    shape : tuple of int
        (n, height, width, channels).
    class_names : tuple of str
    """

    def __init__(self, stream: PictureStream, rows: NDArray[np.int64] | None = None) -> None:
        self._stream = stream
        self._rows = np.arange(len(stream)) if rows is None else rows
        self.shape = (len(self._rows), *stream.shape[1:])
        self.class_names = stream.class_names

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def y(self) -> NDArray[np.str_]:
        """The class name of each picture, (n,)."""
        return np.array(self.class_names)[self._stream.labels[self._rows]]

    def take(self, indices: ArrayLike) -> NDArray[np.float32]:
        """Read the pictures of these indexes, in this order: float32 (k, height, width, channels) from 0 to 1."""
        return self._stream.take(self._rows[np.asarray(indices, np.int64)])

    def __getitem__(self, rows: NDArray[np.int64]) -> PicturesOnDisk:
        return PicturesOnDisk(self._stream, self._rows[rows])
