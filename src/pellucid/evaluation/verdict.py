"""What a model says about samples, beside what is true: the one form that all figures and curves are computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, nearest

Task = Literal["classes", "labels", "numbers"]
CHANCES = ("sigmoid", "hard_sigmoid", "softmax")  # output activations whose values are read as probabilities


@dataclass(frozen=True)
class Verdict:
    """Truth and prediction of some samples.

    Attributes
    ----------
    task : {"classes", "labels", "numbers"}
        One class a sample; several yes/no labels a sample; numbers.
    names : tuple of str
        The classes, the labels, or the outputs.
    true : ndarray
        Class numbers (samples,); zeros and ones (samples, labels); or numbers (samples, outputs).
    scores : ndarray (samples, names), optional
        One for each class or label, more where it is likelier. None where a model gives none, and of numbers.
    predicted : ndarray
        As ``true``.
    chances : bool
        Whether the scores are probabilities.
    """

    task: Task
    names: tuple[str, ...]
    true: NDArray[Any]
    scores: NDArray[Any] | None
    predicted: NDArray[Any]
    chances: bool

    def __len__(self) -> int:
        return len(self.true)

    @cached_property
    def hits(self) -> NDArray[np.int64]:
        """Ones where a sample has the class or the label, (samples, names)."""
        if self.task == "labels":
            return self.true.astype(np.int64)
        return np.asarray(self.true[:, None] == np.arange(len(self.names)), np.int64)


def verdict(model: Any, X: Any, y: Any, threads: int | None = None) -> Verdict:
    """Let a model predict, and put that beside the truth.

    Parameters
    ----------
    model : Network, or any fitted scikit-learn classifier or regressor
    X : array or DataFrame
    y : array
        As the model was trained on.

    Raises
    ------
    DataError
        A class that the model does not know, or targets of another shape than its outputs.
    """
    from pellucid.network import Network

    rows = X.shape[0] if hasattr(X, "shape") else len(X)  # sparse arrays have no length
    if rows != len(y):
        raise DataError(f"X has {rows} rows, but y has {len(y)}. Give one target for each row.")
    if isinstance(model, Network):
        return network_verdict(model, model.predict(X, threads=threads).reshape(-1, model.output_units), y)
    y = np.asarray(y)
    if hasattr(model, "classes_"):
        return _of_classifier(model, X, y)
    predicted = np.asarray(model.predict(X), float).reshape(len(y), -1)
    return _numbers(y, predicted, "y")


def network_verdict(net: Any, outputs: NDArray[Any], y: Any) -> Verdict:
    """A network's outputs (samples, outputs) beside the truth."""
    y, units = np.asarray(y), outputs.shape[1]
    loss, activation = net.loss, getattr(net.layers[-1][1], "activation", None)
    chances = getattr(activation, "name", "") in CHANCES
    if net.class_names is None and loss.targets == "values":
        labels = units > 1 and y.dtype.kind in "iu" and y.ndim == 1
        if not labels:
            return _numbers(y, outputs, "y", net)
    one_hot = y.ndim == 2 and y.shape[1] > 1 and (y.sum(axis=1) == 1).all()
    if units > 1 and loss.targets == "binary" and y.ndim == 2 and not (net.class_names and one_hot):
        if y.shape != outputs.shape:
            raise DataError(f"y: expected shape {outputs.shape}, zeros and ones for each label, got {y.shape}.")
        names = net.class_names or tuple(f"label {k}" for k in range(units))
        return Verdict("labels", names, y.astype(np.int64), outputs, (outputs > 0.5).astype(np.int64), chances)
    names = net.class_names or tuple(map(str, range(max(2, units))))
    signs = loss.targets == "signs"
    if units == 1:
        middle = 0.0 if signs else 0.5
        second = (outputs[:, 0] > middle).astype(np.int64)
        scores = np.hstack([-outputs if signs else 1 - outputs, outputs])
        return Verdict("classes", names, _codes(y, names, signs), scores, second, chances and not signs)
    kept = outputs[:, : len(names)]
    return Verdict("classes", names, _codes(y, names, False), kept, kept.argmax(axis=1), chances)


def _of_classifier(model: Any, X: Any, y: NDArray[Any]) -> Verdict:
    chances = hasattr(model, "predict_proba")
    if y.ndim == 2 and y.shape[1] > 1:
        names = tuple(f"label {k}" for k in range(y.shape[1]))
        scores = np.asarray(model.predict_proba(X)) if chances else None
        return Verdict("labels", names, y.astype(np.int64), scores, np.asarray(model.predict(X)), chances)
    names = tuple(map(str, model.classes_))
    scores = np.asarray(model.predict_proba(X)) if chances else None
    predicted = np.searchsorted(model.classes_, np.asarray(model.predict(X)))
    return Verdict("classes", names, _codes(y.astype(str), names, False), scores, predicted, chances)


def _codes(y: NDArray[Any], names: tuple[str, ...], signs: bool) -> NDArray[np.int64]:
    """The number of each sample's class, from names, numbers of classes, one-hot rows, or −1 and 1."""
    if y.ndim == 2 and y.shape[1] > 1:
        return np.asarray(y.argmax(axis=1), np.int64)
    y = y.reshape(-1)
    if y.dtype.kind in "OUS":
        place = {name: k for k, name in enumerate(names)}
        for name in np.unique(y.astype(str)).tolist():
            if name not in place:
                raise DataError(
                    f'y: the class "{name}" is not one that the network knows.{nearest(name, names)} '
                    f"Known: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}."
                )
        return np.array([place[str(name)] for name in y], np.int64)
    codes = (y > 0).astype(np.int64) if signs else y.astype(np.int64)
    if len(codes) and (codes.min() < 0 or codes.max() >= len(names)):
        raise DataError(f"y: expected class numbers from 0 to {len(names) - 1}, got {codes.min()} to {codes.max()}.")
    return codes


def _numbers(y: NDArray[Any], outputs: NDArray[Any], what: str, net: Any = None) -> Verdict:
    true = y.astype(float).reshape(len(y), -1)
    if true.shape != outputs.shape:
        raise DataError(f"{what}: expected shape {outputs.shape} as the outputs, got {true.shape}.")
    names = ("target",) if true.shape[1] == 1 else tuple(f"output {k}" for k in range(true.shape[1]))
    return Verdict("numbers", names, true, None, outputs.astype(float), False)


def figures(found: Verdict) -> dict[str, float]:
    """The figures of a verdict; those that are not defined for it are left out. All are as scikit-learn's.

    Classes: accuracy, balanced_accuracy (the mean of the recalls), f1 (the mean over the classes), log_loss, roc_auc
    (the mean of each class against all others). Labels: accuracy (all labels right), hamming_loss, f1, log_loss,
    roc_auc. Numbers: mae, rmse (the mean over the outputs), r2.
    """
    return {name: measure() for name, measure in measures(found).items()}


def measures(found: Verdict) -> dict[str, Callable[[], float]]:
    """What computes each of the figures that are defined for a verdict."""
    from pellucid import metrics

    true, predicted, scores = found.true, found.predicted, found.scores
    made: dict[str, Callable[[], float]]
    if found.task == "numbers":
        made = {"mae": lambda: metrics.MeanAbsoluteError()(true, predicted), "rmse": lambda: _rmse(true, predicted)}
        return made | ({"r2": lambda: metrics.R2()(true, predicted)} if len(true) > 1 else {})
    right = true == predicted
    if found.task == "labels":
        made = {"accuracy": lambda: float(right.all(axis=1).mean()), "hamming_loss": lambda: float((~right).mean())}
    else:
        made = {"accuracy": lambda: float(right.mean()), "balanced_accuracy": lambda: _mean_recall(found)}
    made["f1"] = lambda: _f1(found)
    if scores is None:
        return made
    hits, p = found.hits, scores.astype(float)
    if found.chances:
        made["log_loss"] = lambda: _log_loss(found, p)
    if ((hits.any(axis=0)) & ~(hits.all(axis=0))).all():
        made["roc_auc"] = lambda: metrics.RocAuc(multi_label=True)(hits, p)
    return made


def _rmse(true: NDArray[Any], predicted: NDArray[Any]) -> float:
    """√(Σ_b (y − p)² / B), the mean over the outputs."""
    return float(np.sqrt(((true - predicted) ** 2).mean(axis=0)).mean())


def _f1(found: Verdict) -> float:
    """The mean of 2 TP / (2 TP + FP + FN) over the labels, or over the classes that are there or are predicted."""
    from pellucid.metrics.counts import count_classes, count_labels

    true, predicted = found.true, found.predicted
    if found.task == "labels":
        counts = count_labels(true.astype(bool), predicted.astype(bool), None)
    else:
        counts = count_classes(true, predicted, len(found.names), None)
    twice, both = 2 * counts.hit, counts.named + counts.actual
    share = np.divide(twice, both, out=np.zeros_like(twice), where=both > 0)
    return float(share[counts.seen].mean())


def _mean_recall(found: Verdict) -> float:
    """The mean of the recalls of the classes that are there."""
    right = np.bincount(found.true[found.true == found.predicted], minlength=len(found.names))
    there = np.bincount(found.true, minlength=len(found.names))
    return float((right[there > 0] / there[there > 0]).mean())


def _log_loss(found: Verdict, p: NDArray[np.float64]) -> float:
    """The mean of −log of what the true class, or each label, was given."""
    assert found.scores is not None
    tiny = np.finfo(found.scores.dtype).eps
    if found.task == "classes":
        return float(-np.log(np.take_along_axis(p, found.true[:, None], axis=1).clip(tiny, 1)).mean())
    q = p.clip(tiny, 1 - tiny)
    return float(-(found.hits * np.log(q) + (1 - found.hits) * np.log(1 - q)).mean())
