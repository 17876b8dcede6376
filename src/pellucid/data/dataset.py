"""Samples, their targets and their names, as one value."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from pellucid.data.arrays import Array
from pellucid.data.check import same_length
from pellucid.data.split import stratified_split
from pellucid.errors import DataError


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples with their targets.

    Parameters
    ----------
    name : str
        A short name, for titles and file names.
    X : float32 ndarray (n, *input_shape)
        The features, one row for each sample.
    y : ndarray (n,)
        The targets as the source has them: integer labels, class names, or numbers.
    feature_names : tuple of str, or None
        One name for each feature of a sample, in row order.
    class_names : tuple of str, or None
        The names of the classes. Integer labels index them; class names in ``y`` are among them.
    description : str
        What the data are and where they come from.
    test : Dataset, optional
        The published test set, where there is one.

    Raises
    ------
    DataError
        ``X`` and ``y``, or the feature names, do not fit together.

    Examples
    --------
    >>> data = Dataset("points", np.eye(4, dtype=np.float32), np.array([0, 0, 1, 1]), None, ("left", "right"), "")
    >>> data
    <Dataset "points": 4 samples of shape (4,), 2 classes>
    >>> train, held_out = data.split(0.5, seed=0)
    >>> sorted(held_out.y.tolist())
    [0, 1]
    """

    name: str
    X: NDArray[np.float32]
    y: Array
    feature_names: tuple[str, ...] | None
    class_names: tuple[str, ...] | None
    description: str
    test: Dataset | None = None

    def __post_init__(self) -> None:
        same_length(self.X, self.y)
        names, features = self.feature_names, prod(self.input_shape)
        if names is not None and len(names) != features:
            raise DataError(
                f'Dataset "{self.name}": expected {features} feature names, got {len(names)}. '
                f"Give one for each feature, or None."
            )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.X.shape[1:]

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.X)

    @property
    def has_classes(self) -> bool:
        """Whether the targets are classes: named ones, text, booleans, or integers with ten samples a value or more."""
        if self.class_names is not None or self.y.dtype.kind in "OUSb":
            return True
        return self.y.dtype.kind in "iu" and 10 * len(np.unique(self.y)) <= self.n

    def split(self, fraction: float, seed: int) -> tuple[Dataset, Dataset]:
        """Return a training part and a held-out part, shuffled; classes keep their mix in both.

        Parameters
        ----------
        fraction : float
            The held-out share, between 0 and 1.
        seed : int
            The same seed gives the same split.

        Returns
        -------
        train, held_out : Dataset
            The published test set stays with ``train``.

        Raises
        ------
        DataError
            See :func:`~pellucid.data.split.stratified_split`.
        """
        train, held_out = stratified_split(self.y, fraction, seed, self.has_classes)
        return (
            dataclasses.replace(self, X=self.X[train], y=self.y[train]),
            dataclasses.replace(self, name=f"{self.name}, held out", X=self.X[held_out], y=self.y[held_out], test=None),
        )

    def __repr__(self) -> str:
        classes = f", {len(self.class_names)} classes" if self.class_names else ""
        test = f", {self.test.n} more for testing" if self.test else ""
        return f'<Dataset "{self.name}": {self.n} samples of shape {self.input_shape}{classes}{test}>'
