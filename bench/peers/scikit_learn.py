"""scikit-learn's MLPClassifier and MLPRegressor: a whole ``fit``, with solver adam, that does not stop early."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import warnings

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
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if case.program != "train" or not all(isinstance(layer, DenseLayer) for layer in case.layers):
        raise Unsupported("only the training of dense layers")
    hidden = case.layers[:-1]
    if len({layer.activation for layer in hidden}) > 1:
        raise Unsupported("one activation for all hidden layers")
    X, y = case.data()
    epochs = 1 if case.steps >= LONG else EPOCHS
    regression = case.loss == "squared_error"
    model = (MLPRegressor if regression else MLPClassifier)(
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
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y

    def fit(count: int, rows: int | None = None) -> int:
        with same_threads(count), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop after so many epochs
            model.fit(X[:rows], y[:rows])
        if model.n_iter_ != epochs:
            raise RuntimeError(f"scikit-learn made {model.n_iter_} epochs, expected {epochs}")
        return epochs * case.steps

    counts = thread_counts(threads)
    best = quickest({words: functools.partial(fit, n, TRIAL * case.batch_size) for words, n in counts.items()})
    kind = "MLPRegressor (its output units are linear)" if regression else "MLPClassifier"
    epochs_words = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    return Program(functools.partial(fit, counts[best]), f"{kind}, {epochs_words} a fit, {best}")
