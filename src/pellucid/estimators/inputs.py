"""What estimators are given, as a network takes it: sparse rows, and inputs brought to one scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.layers import Standardize


class SparseRows:
    """Rows of a sparse matrix, made dense a stretch at a time, so that the whole never is.

    It is a stream: see :class:`pellucid.training.batches.Stream`.

    Parameters
    ----------
    X : scipy sparse matrix or array (samples, features)

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> SparseRows(csr_array([[0.0, 1.0], [2.0, 0.0]])).take(np.array([1]))
    array([[2., 0.]])
    """

    class_names: tuple[str, ...] = ()

    def __init__(self, X: Any) -> None:
        self._X = X.tocsr()
        self.shape: tuple[int, ...] = self._X.shape

    @property
    def y(self) -> NDArray[Any]:
        """A stream's own targets; of a matrix there are none."""
        raise AttributeError("sparse rows have no targets of their own")

    def __len__(self) -> int:
        return int(self.shape[0])

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """These rows, dense."""
        dense: NDArray[Any] = self._X[indices].toarray()
        return dense


def as_rows(X: Any) -> Any:
    """An array as it is; a sparse matrix as a stream."""
    return SparseRows(X) if hasattr(X, "tocsr") else X


def standardize(X: Any, weights: NDArray[Any]) -> Standardize:
    """The layer that gives every column mean 0 and deviation 1, samples counted by their weights.

    A column that does not vary keeps deviation 1.

    Examples
    --------
    >>> layer = standardize(np.array([[0.0], [1.0], [9.0]]), np.array([1.0, 1.0, 0.0]))
    >>> layer.mean, layer.deviation
    ((0.5,), (0.5,))
    """
    mean, deviation = moments(X, weights)
    return Standardize(tuple(mean.tolist()), tuple(deviation.tolist()), name="standardize")


def moments(X: Any, weights: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each column's mean and deviation, samples counted by their weights; deviation 1 where nothing varies."""
    if hasattr(X, "tocsr"):
        from sklearn.utils.sparsefuncs import mean_variance_axis

        mean, variance = mean_variance_axis(X.tocsr(), axis=0, weights=weights.astype(X.dtype))
    else:
        mean = np.average(X, axis=0, weights=weights)
        variance = np.average((X - mean) ** 2, axis=0, weights=weights)
    largest = np.abs(mean)
    constant = variance <= (10 * np.finfo(np.float64).eps * largest) ** 2  # what rounding alone can leave
    return np.asarray(mean, float), np.where(constant, 1.0, np.sqrt(variance)).astype(float)
