"""Principal component analysis: the directions in which rows vary most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError

Array = NDArray[np.float64]


def principal_axes(rows: Array, count: int) -> tuple[Array, Array, Array]:
    """The mean, the first principal axes (count, columns), and each one's share of the variance (count,).

    Axes are of length 1; of each the largest entry is positive, so that the same rows give the same picture.

    Raises
    ------
    DataError
        Fewer columns, or rows, than axes.

    Examples
    --------
    >>> mean, axes, shares = principal_axes(np.array([[0.0, 0], [2, 2], [4, 4]]), 2)
    >>> mean.tolist(), (axes[0] * 2**0.5).round(6).tolist(), shares.round(6).tolist()
    ([2.0, 2.0], [1.0, 1.0], [1.0, 0.0])
    """
    if min(rows.shape) < count:
        given = [f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in zip(rows.shape, ("row", "column"), strict=True)]
        mend = (
            f"Give at least {count} rows." if len(rows) < count else "Choose a layer with more units, or more inputs."
        )
        raise DataError(
            f"PCA: {count} principal components need as many rows and columns, got {' and '.join(given)}. {mend}"
        )
    centre = rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(rows - centre, full_matrices=False)
    axes = axes[:count]
    axes = axes * np.where(axes[np.arange(count), np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
    total = float((sizes * sizes).sum())
    return centre, axes, sizes[:count] ** 2 / (total or 1.0)
