"""scikit-learn's MLPClassifier and MLPRegressor: a whole ``fit``, with solver adam, that does not stop early.

Predictions are made without checks for finite numbers, as its guide to speed recommends.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from bench.cases import Case, Unsupported
from bench.layers import DenseLayer
from bench.peers import Program
from bench.threads import quickest, same_threads, thread_counts

TITLE = "scikit-learn"
EPOCHS = 3  # of a fit, so that its start weighs little; one where an epoch is long
LONG = 3_000  # steps
TRIAL = 30  # batches by which one thread or all are chosen


def available() -> bool:
    return importlib.util.find_spec("sklearn") is not None


def version() -> str:
    return importlib.metadata.version("scikit-learn")


def prepare(case: Case, threads: int) -> Program:
    case = case.at_most(LONG)
    model, words = _model(case), thread_counts(threads)
    if not case.trains:
        return _predictions(case, model, words)
    run = _fits(case, model)
    best = quickest({name: functools.partial(run, n, TRIAL * case.batch_size) for name, n in words.items()})
    regression = case.loss == "squared_error"
    kind = "MLPRegressor (its output units are linear)" if regression else "MLPClassifier"
    epochs = "1 epoch" if _epochs(case) == 1 else f"{_epochs(case)} epochs"
    return Program(functools.partial(run, words[best]), f"{kind}, {epochs} a fit, {best}")


def plain(case: Case, threads: int) -> Callable[[], int]:
    """One way, without trials."""
    return functools.partial(_fits(case, _model(case)), threads)


def _epochs(case: Case) -> int:
    return 1 if case.steps >= LONG or not case.trains else EPOCHS


def _model(case: Case) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if not all(isinstance(layer, DenseLayer) for layer in case.layers):
        raise Unsupported("only dense layers")
    hidden = case.layers[:-1]
    if len({layer.activation for layer in hidden}) > 1:
        raise Unsupported("one activation for all hidden layers")
    epochs = _epochs(case)
    return (MLPRegressor if case.loss == "squared_error" else MLPClassifier)(
        hidden_layer_sizes=tuple(layer.units for layer in hidden),
        activation={"sigmoid": "logistic"}.get(hidden[0].activation, hidden[0].activation),
        solver="adam",
        alpha=0.0,
        batch_size=case.batch_size,
        max_iter=epochs,
        shuffle=True,
        random_state=0,
        tol=0.0,
        early_stopping=False,
        n_iter_no_change=epochs + 1,
    )


def _fits(case: Case, model: Any) -> Callable[..., int]:
    """(threads, rows) to a fit of that many rows, all unless given; it returns its steps."""
    from sklearn.exceptions import ConvergenceWarning

    epochs = _epochs(case)
    X, y = case.data()
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y

    def fit(count: int, rows: int | None = None) -> int:
        with same_threads(count), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop after so many epochs
            model.fit(X[:rows], y[:rows])
        if model.n_iter_ != epochs:
            raise RuntimeError(f"scikit-learn made {model.n_iter_} epochs, expected {epochs}")
        return epochs * case.steps

    return fit


def _predictions(case: Case, model: Any, counts: Mapping[str, int]) -> Program:
    """As the guide to its speed says, without checks for finite numbers; ``predict_proba`` or ``predict``."""
    import sklearn

    X, y = case.data()
    model.set_params(batch_size="auto")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not learned much by then
        model.fit(X[:1000], y[:1000])
    calls = case.calls(X)
    ways = {f"{kind}, {words}": (getattr(model, kind), n) for kind in ("predict_proba", "predict")
            for words, n in counts.items()}  # fmt: skip

    def run(way: str, steps: int | None = None) -> int:
        ask, count = ways[way]
        with same_threads(count), sklearn.config_context(assume_finite=True):
            for rows in calls[:steps]:
                ask(rows)
        return len(calls[:steps])

    best = quickest({way: functools.partial(run, way, case.trial_steps(TRIAL)) for way in ways})
    return Program(functools.partial(run, best), f"{best}, assume_finite: the quickest of {len(ways)} ways")
