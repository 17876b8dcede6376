"""A set of pictures that need not fit in memory: any of them, in any order, as numbers from 0 to 1."""

from __future__ import annotations

from itertools import pairwise
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.data.picture_decode import processors
from pellucid.data.picture_form import PictureForm
from pellucid.data.picture_list import PictureList
from pellucid.data.picture_store import Store
from pellucid.errors import DataError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

BLOCK = 1 << 20  # bytes read at once; a thread's share of a batch is never smaller
LEVELS = np.float32(255)


class PictureStream:
    """Decoded pictures on disk, read when they are needed; memory does not grow with their number.

    Made by :func:`~pellucid.data.folders.open_folder`. Several threads may ``take`` at once; ``close`` it when none
    does, or use it in a ``with`` statement.

    Attributes
    ----------
    name : str
    shape : tuple of int
        (n, height, width, channels), without the broken pictures.
    labels : int64 ndarray (n,)
        Indexes of ``class_names``.
    class_names : tuple of str
    broken : dict of str to str
        For each picture that was left out, why.
    description : str
    """

    def __init__(
        self, name: str, pictures: PictureList, form: PictureForm, store: Store, threads: int | None, description: str
    ) -> None:
        self.name, self.class_names, self.description = name, pictures.class_names, description
        self.broken = {pictures.paths[row]: reason for row, reason in store.broken.items()}
        whole = np.ones(len(pictures), bool)
        whole[list(store.broken)] = False
        self._rows = np.flatnonzero(whole)
        self.labels: NDArray[np.int64] = pictures.labels[self._rows]
        self.shape = (len(self._rows), *form.shape)
        self._pictures, self._store = pictures, store
        self._threads = threads or processors()
        self._pool: ThreadPoolExecutor | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def y(self) -> NDArray[np.str_]:
        """The class name of each picture, (n,)."""
        return np.array(self.class_names)[self.labels]

    def path(self, index: int) -> str:
        """Where a picture came from, from the set's folder."""
        return self._pictures.paths[int(self._rows[index])]

    def take(self, indices: ArrayLike, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Read the pictures of these indexes, in this order.

        Parameters
        ----------
        indices : array_like of int (k,)
            From 0 to n-1; one may stand several times.
        out : float32 ndarray (k, height, width, channels), optional
            Contiguous memory to write to; a batch's memory can so be used again.

        Returns
        -------
        float32 ndarray (k, height, width, channels)
            From 0 (black) to 1 (white): bytes divided by 255. ``out`` where it is given.

        Raises
        ------
        DataError
            An index outside the set, an ``out`` of another shape or type, or a closed stream.
        """
        chosen = np.asarray(indices)
        if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
            raise DataError(f"take: expected a list of whole numbers, got shape {chosen.shape} of {chosen.dtype}.")
        chosen = chosen.astype(np.int64, copy=False)
        outside = (chosen < 0) | (chosen >= len(self))
        if outside.any():
            wrong = int(chosen[outside][0])
            raise DataError(f"take: expected indexes from 0 to {len(self) - 1}, got {wrong}.")
        shape = (len(chosen), *self.shape[1:])
        if out is None:
            out = np.empty(shape, np.float32)
        elif out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
            raise DataError(f"take: expected out as contiguous float32 {shape}, got {out.dtype} {out.shape}.")
        if self._store.file.closed:
            raise DataError(f'The pictures "{self.name}" are closed. Open them again with open_folder.')
        self._share_out(self._rows[chosen], out)
        return out

    def _share_out(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        shares = min(self._threads, max(len(rows) * self._store.row_bytes // BLOCK, 1))
        if shares == 1:
            return self._read(rows, out)
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads, "pictures")
        cuts = [len(rows) * i // shares for i in range(shares + 1)]
        parts = [slice(a, b) for a, b in pairwise(cuts)]
        for ended in [self._pool.submit(self._read, rows[part], out[part]) for part in parts]:
            ended.result()
        return None

    def _read(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Read runs of neighbouring rows at once, in blocks of bounded size."""
        most = max(BLOCK // self._store.row_bytes, 1)
        at = 0
        while at < len(rows):
            end = at + 1
            while end < len(rows) and end - at < most and rows[end] == rows[end - 1] + 1:
                end += 1
            levels = np.frombuffer(self._store.read(int(rows[at]), end - at), np.uint8)
            np.divide(levels.reshape(out[at:end].shape), LEVELS, out=out[at:end])
            at = end

    def close(self) -> None:
        """Let go of the file and the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._store.file.close()

    def __enter__(self) -> PictureStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> Any:
        self.close()

    def __repr__(self) -> str:
        classes = len(self.class_names)
        return f'<PictureStream "{self.name}": {len(self)} pictures of shape {self.shape[1:]}, {classes} classes>'
