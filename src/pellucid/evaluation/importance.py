"""Permutation importance: how much worse a model gets when one column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.evaluation.verdict import Verdict, measures, verdict
from pellucid.layers.base import check_seed, check_whole

Index = NDArray[np.int64]
SINKING = ("log_loss", "hamming_loss", "mae", "rmse")  # figures of which less is better


@dataclass(frozen=True)
class Importance:
    """How much worse a figure gets when a column is shuffled among the samples.

    Attributes
    ----------
    names : tuple of str
        The columns.
    figure : str
        Which figure.
    baseline : float
        The figure with all columns as they are.
    values : ndarray (columns, repeats)
        How much worse the figure was in each repeat: above 0 where the column was of use.
    """

    names: tuple[str, ...]
    figure: str
    baseline: float
    values: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean over the repeats (columns,)."""
        return np.asarray(self.values.mean(axis=1))

    @property
    def spread(self) -> NDArray[np.float64]:
        """The standard deviation over the repeats (columns,), dividing by repeats − 1; 0 for one repeat."""
        return np.asarray(self.values.std(axis=1, ddof=1 if self.values.shape[1] > 1 else 0))

    def order(self) -> NDArray[np.int64]:
        """The columns' numbers, the most important first."""
        return np.argsort(-self.mean, kind="stable").astype(np.int64)

    def rows(self) -> list[list[Any]]:
        """A list for each column, the most important first: name, mean, spread, every repeat."""
        mean, spread = self.mean.tolist(), self.spread.tolist()
        return [[self.names[k], mean[k], spread[k], *self.values[k].tolist()] for k in self.order()]

    def __str__(self) -> str:
        size = max(len("column"), *(len(name) for name in self.names))
        head = f"{'column':<{size}}  {self.figure} lost by shuffling it, mean ± spread of {self.values.shape[1]}"
        return "\n".join([head, *(f"{row[0]:<{size}}  {row[1]:9.4f} ± {row[2]:.4f}" for row in self.rows())])


@dataclass(frozen=True)
class FoldImportance:
    """Permutation importance in cross-validation: every model is asked about samples that it did not see.

    Attributes
    ----------
    names : tuple of str
        The columns.
    figure : str
        Which figure.
    values : ndarray (columns, seeds, folds)
        How much worse the figure got on a fold, the mean over the shuffles.
    """

    names: tuple[str, ...]
    figure: str
    values: NDArray[np.float64]

    @classmethod
    def of(cls, found: Sequence[Importance], shape: tuple[int, int]) -> FoldImportance:
        """Those of all fits, seed by seed."""
        values = np.stack([one.mean for one in found], axis=1).reshape(-1, *shape)
        return cls(found[0].names, found[0].figure, values)

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean over folds and seeds (columns,)."""
        return np.asarray(self.values.mean(axis=(1, 2)))

    @property
    def spread_over_folds(self) -> NDArray[np.float64]:
        """The standard deviation between the folds of a seed, averaged over the seeds (columns,)."""
        return np.asarray(self.values.std(axis=2, ddof=1).mean(axis=1))

    @property
    def spread_over_seeds(self) -> NDArray[np.float64]:
        """The standard deviation between the seeds' means (columns,); NaN for one seed.

        It says how sure the order of the columns is: a column whose mean is within a spread or two of 0, or of
        another's, cannot be told from it.
        """
        if self.values.shape[1] < 2:
            return np.full(len(self.names), np.nan)
        return np.asarray(self.values.mean(axis=2).std(axis=1, ddof=1))

    def order(self) -> NDArray[np.int64]:
        """The columns' numbers, the most important first."""
        return np.argsort(-self.mean, kind="stable").astype(np.int64)

    def rows(self) -> list[list[Any]]:
        """A list for each column, the most important first: name, mean, spread over folds, spread over seeds."""
        figures = [part.tolist() for part in (self.mean, self.spread_over_folds, self.spread_over_seeds)]
        return [[self.names[k], *(part[k] for part in figures)] for k in self.order()]

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form."""
        head = ("name", "mean", "spread_over_folds", "spread_over_seeds")
        columns = [dict(zip(head, row, strict=True)) for row in self.rows()]
        return {"figure": self.figure, "columns": columns}

    def __str__(self) -> str:
        size = max(len("column"), *(len(name) for name in self.names))
        lines = [f"{'column':<{size}}  {self.figure + ' lost':>13}  {'± folds':>9}  {'± seeds':>9}"]
        for name, mean, folds, seeds in self.rows():
            lines.append(f"{name:<{size}}  {mean:13.4f}  {folds:9.4f}  {'–' if np.isnan(seeds) else f'{seeds:.4f}':>9}")
        return "\n".join(lines)


def permutation_importance(
    model: Any, X: Any, y: Any, *, names: Sequence[str] | None = None, figure: str | None = None, repeats: int = 5,
    seed: int = 0, threads: int | None = None, progress: Callable[[int, int], None] | None = None,
) -> Importance:  # fmt: skip
    """Shuffle each column in turn and see how much worse the figure gets (Breiman 2001).

    A column that others can stand in for looks less important than it is.

    Parameters
    ----------
    model : Network, or a fitted scikit-learn model
    X : array (samples, columns) or DataFrame
        Rows that the model was not trained on.
    y : array
    names : sequence of str, optional
        The columns' names. Unless given: those of a DataFrame, then those that the network knows.
    figure : str, optional
        "accuracy" for classes and "r2" for numbers unless given; see :func:`pellucid.evaluation.verdict.figures`.
    repeats : int
        How often each column is shuffled.
    seed : int
        The same seed gives the same shuffles.
    progress : callable, optional
        Called with (columns done, columns).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> found = permutation_importance(LinearRegression().fit(X, X[:, 0]), X, X[:, 0], names=["used", "not used"])
    >>> bool(found.mean[0] > 1), round(float(found.mean[1]), 6)
    (True, 0.0)
    """
    X = np.asarray(X) if isinstance(X, (list, tuple)) else X
    columns = _columns(model, X, names)
    repeats, seed = check_whole(repeats, "repeats"), check_seed(seed)
    X, places = _inputs(model, X)
    found = verdict(model, X, y, threads)
    chosen, baseline = _figure(found, figure)
    sign = -1.0 if chosen in SINKING else 1.0
    values = np.zeros((len(columns), repeats))
    for k, place in enumerate(places):
        for repeat in range(repeats if len(place) else 0):  # the model does not look at a column without a place
            order = np.random.default_rng((seed, k, repeat)).permutation(len(found))
            worse = verdict(model, shuffled(X, place, order), y, threads)
            values[k, repeat] = sign * (baseline - _figure(worse, chosen)[1])
        if progress is not None:
            progress(k + 1, len(columns))
    return Importance(columns, chosen, baseline, values)


def _figure(found: Verdict, name: str | None) -> tuple[str, float]:
    known = measures(found)
    chosen = name or ("r2" if found.task == "numbers" else "accuracy")
    if chosen not in known:
        raise DescriptionError(f'No figure "{chosen}".{nearest(chosen, known)} Known here: {", ".join(known)}.')
    return chosen, known[chosen]()


def _columns(model: Any, X: Any, names: Sequence[str] | None) -> tuple[str, ...]:
    shape = getattr(X, "shape", None)
    if shape is None or len(shape) != 2:
        raise DataError(f"Permutation importance takes a table, samples × columns, got shape {shape}.")
    if names is None:
        names = X.columns if hasattr(X, "columns") else getattr(model, "feature_names", None)
    if names is None:
        names = [f"column {k}" for k in range(shape[1])]
    if len(names) != shape[1]:
        raise DataError(f"names: expected {shape[1]}, one for each column of X, got {len(names)}.")
    return tuple(map(str, names))


def _inputs(model: Any, X: Any) -> tuple[Any, list[Index]]:
    """What the model takes, and for each column of X the places in it that come from this column.

    A row of a prepared table depends on that row alone, so to shuffle a column and to shuffle its inputs is the same;
    then the table is prepared once, not for each shuffle.
    """
    from pellucid.tables.preparation import preparation_of
    from pellucid.tables.read import is_frame, read_table

    preparation = preparation_of(getattr(model, "preparation", None)) if is_frame(X) else None
    if preparation is None:
        return X, [np.array([k]) for k in range(X.shape[1])]
    sources = np.array(preparation.input_columns)
    names = preparation.match(read_table(X)).columns
    return preparation.transform(X, model.dtype), [np.flatnonzero(sources == name) for name in names]


def shuffled(X: Any, columns: Index, order: Index) -> Any:
    """A copy of an array or a DataFrame, with the values of columns in another order.

    >>> shuffled(np.array([[1, 10], [2, 20]]), np.array([1]), np.array([1, 0])).tolist()
    [[1, 20], [2, 10]]
    """
    if isinstance(X, np.ndarray):
        made = X.copy()
        made[:, columns] = X[np.ix_(order, columns)]
        return made
    if hasattr(X, "with_columns"):  # polars
        return X.with_columns([X.to_series(int(column)).gather(order) for column in columns])
    made = X.copy()
    for column in columns.tolist():
        made.isetitem(column, X.iloc[order, column].set_axis(X.index))
    return made
