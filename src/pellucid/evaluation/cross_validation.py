"""Cross-validation: one model trained on several folds with several seeds, so that luck can be told from skill."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError
from pellucid.evaluation.fold_figures import CrossValidation
from pellucid.evaluation.importance import FoldImportance, permutation_importance
from pellucid.evaluation.kept import Judged, KeptFolds
from pellucid.evaluation.progress import progress_of
from pellucid.evaluation.verdict import figures, network_verdict, verdict
from pellucid.layers.base import check_seed, check_whole

Index = NDArray[np.int64]


def cross_validate(
    model: Any,
    X: Any,
    y: Any,
    *,
    folds: int = 10,
    seeds: Sequence[int] = (0, 1, 2),
    prepare: Any = None,
    fit: Mapping[str, Any] | None = None,
    same_folds: bool = False,
    importance: int = 0,
    kept: KeptFolds | None = None,
    threads: int | None = None,
    verbose: int | str = "auto",
) -> CrossValidation:
    """Train a model on all folds but one, judge it by that one, for every fold and seed.

    Fits run side by side, each on one thread; the result has the same bits as one after another.

    Parameters
    ----------
    model : callable or scikit-learn estimator
        A function of the seed that gives a compiled :class:`Network`; a function of (X, y, seed) that trains one and
        returns it, for whatever is to be chosen and fitted from the training samples; or an estimator (a pipeline
        too), which is cloned; its ``random_state`` is set to the seed.
    X : array (samples, …) or DataFrame
    y : array
        Classes, labels or numbers. Folds keep the mix of classes (for a function that trains: where ``y`` is text).
    folds : int
    seeds : sequence of int
        Each is a training on every fold, and shuffles the samples into folds of its own unless ``same_folds``.
    prepare : scikit-learn transformer or function, optional
        Fitted on the training samples of each fold alone. A function takes (X, y) of the training samples and returns
        a function that prepares any X.
    fit : dict
        Of networks: what ``Network.fit`` is given, as in ``{"epochs": 150, "batch_size": 10}``.
    same_folds : bool
        All seeds share the folds of the first one.
    importance : int
        So often each column of the held-out samples is shuffled, to see how much it matters: see
        :func:`permutation_importance`. 0 leaves that out.
    kept : KeptFolds, optional
        Where each fold is kept on disk once it is finished. Called again after a crash, this does those that are
        missing, and the figures are the same.
    threads : int, optional
        How many fits run at once; all cores unless given.
    verbose : {"auto", 0, 1, 2}
        A progress bar in a terminal; 0 for silence; 2 for a line a fit.

    Returns
    -------
    CrossValidation

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import StandardScaler
    >>> from pellucid import Dense, Input, Network, cross_validate
    >>> X, y = load_iris(return_X_y=True)
    >>> def make(seed):
    ...     net = Network([Input(4), Dense(8, activation="relu"), Dense(3, activation="softmax")], seed=seed)
    ...     net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.02})
    ...     return net
    >>> found = cross_validate(
    ...     make, X, y, folds=5, seeds=(0, 1), prepare=StandardScaler(), fit={"epochs": 60}, verbose=0
    ... )
    >>> found.figures["accuracy"].shape, found.mean("accuracy") > 0.9
    ((2, 5), True)
    """
    folds = check_whole(folds, "folds", 2)
    if not isinstance(seeds, Iterable):
        raise DescriptionError(f"seeds: expected a list of seeds such as (0, 1, 2), got {seeds!r}.")
    numbers = tuple(check_seed(seed) for seed in seeds)
    if not numbers:
        raise DescriptionError("seeds: expected at least one, for instance (0, 1, 2).")
    X = np.asarray(X) if isinstance(X, (list, tuple)) else X
    truth = np.asarray(y)
    if len(truth) != len(X):
        raise DataError(f"X has {len(X)} rows, but y has {len(truth)}. Give one target for each row.")
    estimator = hasattr(model, "get_params") and hasattr(model, "fit")
    if estimator and fit:
        raise DescriptionError("fit is for networks. Give an estimator its parameters when it is made.")
    if isinstance(model, type):
        raise DescriptionError(f"model: expected an estimator, got its class. Write {model.__name__}().")
    if not estimator and not callable(model):
        raise DescriptionError(
            f"model: expected a function of the seed that gives a compiled Network, or an estimator, got {model!r}. "
            f"Write cross_validate(lambda seed: make_network(seed), X, y)."
        )
    trains = not estimator and len(inspect.signature(model).parameters) == 3
    first = None if estimator or trains else _make_network(model, numbers[0])
    classes = _are_classes(truth, model if estimator else None, first)
    names = tuple(map(str, np.unique(truth))) if classes and truth.dtype.kind in "OUS" else None
    splits = {seed: split_folds(truth, folds, numbers[0] if same_folds else seed, classes) for seed in numbers}
    if kept is not None:
        kept = kept.within({"fit": dict(fit or {}), "importance": importance})

    def judge(place: tuple[int, int]) -> Judged:
        found = None if kept is None else kept.take_up(*place, splits[place[0]][place[1]][1])
        if found is None:
            found = train_and_judge(*place)
            if kept is not None:
                kept.keep(*place, splits[place[0]][place[1]][1], found)
        return found

    def train_and_judge(seed: int, fold: int) -> Judged:
        train, held_out = splits[seed][fold]
        A, b, C, d = _rows(X, train), truth[train], _rows(X, held_out), truth[held_out]
        if prepare is not None:
            transform = _fitted(prepare, A, b)
            A, C = transform(A), transform(C)
        if estimator:
            made = _train_estimator(model, seed, A, b)
            said = verdict(made, C, d)
        else:
            made = model(A, b, seed) if trains else _train_network(model, seed, names, A, b, fit or {})
            said = network_verdict(made, made.predict(C, threads=1).reshape(-1, made.output_units), d)
        if not importance:
            return figures(said), None
        return figures(said), permutation_importance(made, C, d, repeats=importance, seed=seed, threads=1)

    places = [(seed, fold) for seed in numbers for fold in range(folds)]
    found = _run(judge, places, threads, verbose)
    shape = len(numbers), folds
    known = dict.fromkeys(name for each, _ in found for name in each)
    tables = {name: np.array([each.get(name, np.nan) for each, _ in found]).reshape(shape) for name in known}
    weighed = FoldImportance.of([one for _, one in found if one is not None], shape) if importance else None
    return CrossValidation(folds, numbers, len(truth), tables, weighed)


def split_folds(y: NDArray[Any], folds: int, seed: int, classes: bool) -> list[tuple[Index, Index]]:
    """Shuffled folds as (training rows, held-out rows); with ``classes``, each has nearly the same mix of them.

    Raises
    ------
    DataError
        There are fewer samples, or samples of every class, than folds; or a class has one sample.

    Examples
    --------
    >>> [held_out.tolist() for _, held_out in split_folds(np.array([0, 1, 0, 1]), 2, seed=0, classes=True)]
    [[1, 2], [0, 3]]
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    if len(y) < folds:
        raise DataError(f"{folds} folds need at least {folds} samples, got {len(y)}. Use fewer folds.")
    shuffle = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    if not classes:
        return list(KFold(folds, shuffle=True, random_state=shuffle).split(y))
    names, labels = np.unique(y, axis=0 if y.ndim > 1 else None, return_inverse=True)
    labels = labels.ravel()
    counts = np.bincount(labels)
    if counts.max() < folds:
        raise DataError(
            f"{folds} folds need a class with at least {folds} samples, but the largest has {counts.max()}. "
            f"Use fewer folds."
        )
    if counts.min() < 2:
        raise DataError(
            f"Class {names[int(counts.argmin())]!s} has 1 sample, which cannot be trained on and judged by. Drop it, "
            f"or join it with another class."
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # such a class misses in some folds
        return list(StratifiedKFold(folds, shuffle=True, random_state=shuffle).split(labels, labels))


def _are_classes(y: NDArray[Any], estimator: Any, net: Any) -> bool:
    """Whether folds keep the mix of classes: for one class a sample, not for several labels and not for numbers."""
    if y.ndim == 2 and y.shape[1] > 1:
        return y.dtype.kind in "iub" and bool((y.sum(axis=1) == 1).all())
    if estimator is not None:
        from sklearn.base import is_classifier

        return bool(is_classifier(estimator))
    if net is None:
        return y.dtype.kind in "OUSb"
    one_of_several = net.output_units > 1 and y.dtype.kind in "iu"
    return y.dtype.kind in "OUS" or net.loss.targets != "values" or one_of_several


def _make_network(make: Any, seed: int) -> Any:
    from pellucid.network import Network

    net = make(seed) if inspect.signature(make).parameters else make()
    if not isinstance(net, Network) or not net.compiled:
        raise DescriptionError(f"model: expected a function that gives a compiled Network, it gave {net!r}.")
    return net


def _rows(X: Any, rows: Index) -> Any:
    """These rows of an array or a DataFrame."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _fitted(prepare: Any, X: Any, y: NDArray[Any]) -> Callable[[Any], Any]:
    """The preparation, fitted on training samples alone."""
    if hasattr(prepare, "transform"):
        from sklearn.base import clone

        made: Callable[[Any], Any] = clone(prepare).fit(X, y).transform
        return made
    made = prepare(X, y)
    if not callable(made):
        raise DescriptionError(
            "prepare: expected a transformer, or a function of (X, y) that returns a function of X; "
            f"it returned {type(made).__name__}."
        )
    return made


def _train_network(
    make: Any, seed: int, names: tuple[str, ...] | None, A: Any, b: NDArray[Any], options: Mapping[str, Any]
) -> Any:  # fmt: skip
    net = _make_network(make, seed)
    net.class_names = net.class_names or names  # all classes, in every fold
    net.fit(A, b, **{"seed": seed, **options, "verbose": 0, "threads": 1})
    return net


def _train_estimator(model: Any, seed: int, A: Any, b: NDArray[Any]) -> Any:
    from sklearn.base import clone

    made = clone(model)
    known = made.get_params(deep=True)
    wanted = {name: seed for name in known if name == "random_state" or name.endswith("__random_state")}
    wanted |= {name: 1 for name in known if name == "threads" or name.endswith("__threads")}
    made.set_params(**wanted)
    return made.fit(A, b)


def _run(
    judge: Callable[[tuple[int, int]], Judged],
    places: list[tuple[int, int]],
    threads: int | None,
    verbose: int | str,
) -> list[Judged]:
    """All fits, as many at once as there are threads."""
    from pellucid.engines.cpu.workers import available_cores

    at_once = available_cores() if threads is None else check_whole(threads, "threads")
    results: list[Judged] = [({}, None) for _ in places]
    with progress_of(len(places), "Fit", verbose) as done:
        pool = ThreadPoolExecutor(min(at_once, len(places)), "fold")
        try:
            running = {pool.submit(judge, place): k for k, place in enumerate(places)}
            for future in as_completed(running):
                results[running[future]] = future.result()
                done()
        finally:  # where one fit failed, or Ctrl-C was pressed, those that have not begun are left out
            pool.shutdown(wait=True, cancel_futures=True)
    return results
