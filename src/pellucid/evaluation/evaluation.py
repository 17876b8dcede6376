"""Everything that is known about how good a model is on some samples, in one value that can be saved."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.evaluation.curves import Calibration, Curve, calibration, precision_recall_curve, roc_curve
from pellucid.evaluation.importance import Importance, permutation_importance
from pellucid.evaluation.verdict import Verdict, figures, verdict

if TYPE_CHECKING:
    from pellucid.evaluation.residuals import Residuals
    from pellucid.views.diagram.picture import Diagram

PICTURES = ("svg", "png")
IMPORTANCE_WORK = 10_000_000  # inputs of all shuffles together, up to which importance is measured unasked


@dataclass(frozen=True)
class Confusion:
    """Which classes are taken for which.

    Attributes
    ----------
    names : tuple of str (C,)
    counts : ndarray of int (C, C)
        Rows are true classes, columns predicted ones.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Evaluation:
    """How good a model is on some samples. What does not belong to the task is empty or None.

    Attributes
    ----------
    task : {"classes", "labels", "numbers"}
    samples : int
    figures : dict
        See :func:`pellucid.evaluation.verdict.figures`; ``calibration_error`` besides.
    confusion : Confusion, optional
    roc, precision_recall : tuple of Curve
        One for each class that has samples and is not all of them; of two classes, the second one's.
    calibration : Calibration, optional
        Of two classes: the second one's probability. Of several: the probability of the predicted class being right.
        Of labels: all labels together.
    residuals : tuple of Residuals
        One for each output.
    importance : Importance, optional
    """

    task: str
    samples: int
    figures: Mapping[str, float]
    confusion: Confusion | None = None
    roc: tuple[Curve, ...] = ()
    precision_recall: tuple[Curve, ...] = ()
    calibration: Calibration | None = None
    residuals: tuple[Residuals, ...] = ()
    importance: Importance | None = None

    def text(self, width: int = 80) -> str:
        """The figures, the confusion matrix, and what is lost where a column is shuffled, for a terminal."""
        from pellucid.views.confusion import confusion_text

        wide = max((len(name) for name in self.figures), default=0)
        figures = [f"{name.replace('_', ' '):<{wide}}  {value:.4g}" for name, value in self.figures.items()]
        parts = [f"{self.samples:,} sample{'' if self.samples == 1 else 's'}"]
        parts += ["\n".join(figures)] if figures else []
        if self.confusion is not None:
            parts.append(confusion_text(self.confusion.counts, list(self.confusion.names), width))
        if self.importance is not None:
            parts.append(str(self.importance))
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {value:.4g}" for name, value in list(self.figures.items())[:3])
        return f"<Evaluation of {self.samples:,} sample{'' if self.samples == 1 else 's'}: {shown}>"

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form: figures, and what the pictures show but for the points of curves and the samples."""
        plain: dict[str, Any] = {"task": self.task, "samples": self.samples, "figures": dict(self.figures)}
        if self.confusion is not None:
            plain["classes"] = list(self.confusion.names)
            plain["confusion_matrix"] = self.confusion.counts.tolist()
        for kind, curves in (("roc_auc", self.roc), ("average_precision", self.precision_recall)):
            if curves:
                plain[kind] = {curve.name: curve.area for curve in curves}
        if self.calibration is not None:
            c = self.calibration
            bins = [
                dict(zip(("from", "to", "samples", "predicted", "observed"), row[1:], strict=True)) for row in c.rows()
            ]
            plain["calibration"] = {"of": c.name, "error": c.error, "brier": c.brier, "bins": bins}
        if self.residuals:
            plain["residuals"] = {r.name: {"mean": r.mean, "deviation": r.deviation} for r in self.residuals}
        if self.importance is not None:
            plain["importance"] = {
                "figure": self.importance.figure, "baseline": self.importance.baseline,
                "repeats": self.importance.values.shape[1],
                "columns": [{"name": row[0], "mean": row[1], "spread": row[2]} for row in self.importance.rows()],
            }  # fmt: skip
        return plain

    def files(self, pictures: str = "svg") -> dict[str, bytes]:
        """The files that :meth:`save` writes, by name: evaluation.json, and a CSV table and a picture of each part."""
        if pictures not in PICTURES:
            raise DescriptionError(f'pictures: expected "svg" or "png", got {pictures!r}.')
        made = {"evaluation.json": _json(self.to_dict())}
        for name, head, rows in self._tables():
            made[f"{name}.csv"] = _csv(head, rows)
        for name, drawn in self.pictures().items():
            made[f"{name}.{pictures}"] = drawn.svg.encode() if pictures == "svg" else drawn.png()
        return made

    def save(self, folder: str | os.PathLike[str], pictures: str = "svg") -> Path:
        """Write data and pictures to a folder that is not there yet; it appears whole or not at all.

        Parameters
        ----------
        folder : path
        pictures : {"svg", "png"}
            An SVG is sharp at any size, shows numbers under the pointer, and is light or dark as its reader's screen.

        Raises
        ------
        ModelFileError
            The folder is there already, or cannot be written.
        """
        from pellucid.record.whole_folder import write_folder

        write_folder(Path(folder), self.files(pictures))
        return Path(folder)

    def _tables(self) -> list[tuple[str, list[str], list[list[Any]]]]:
        found: list[tuple[str, list[str], list[list[Any]]]] = []
        if self.confusion is not None:
            names = list(self.confusion.names)
            rows = [[name, *row] for name, row in zip(names, self.confusion.counts.tolist(), strict=True)]
            found.append(("confusion", ["true", *names], rows))
        if self.roc:
            head = ["class", "threshold", "false_positive_rate", "true_positive_rate"]
            found.append(("roc", head, [row for curve in self.roc for row in curve.rows()]))
        if self.precision_recall:
            head = ["class", "threshold", "recall", "precision"]
            found.append(("precision_recall", head, [row for curve in self.precision_recall for row in curve.rows()]))
        if self.calibration is not None:
            head = ["of", "from", "to", "samples", "predicted", "observed"]
            found.append(("calibration", head, self.calibration.rows()))
        if self.residuals:
            head = ["output", "true", "predicted", "residual"]
            found.append(("residuals", head, [row for part in self.residuals for row in part.rows()]))
        if self.importance is not None:
            repeats = [f"repeat_{k + 1}" for k in range(self.importance.values.shape[1])]
            found.append(("importance", ["column", "mean", "spread", *repeats], self.importance.rows()))
        return found

    def pictures(self) -> dict[str, Diagram]:
        """The pictures by name, such as "roc"; each shows itself in Jupyter, and has ``save``."""
        from pellucid.views.calibration_picture import draw_calibration
        from pellucid.views.confusion_picture import draw_confusion
        from pellucid.views.curve_picture import draw_curves
        from pellucid.views.importance_picture import draw_importance
        from pellucid.views.residual_picture import draw_residuals

        found: dict[str, Diagram] = {}
        if self.confusion is not None:
            found["confusion"] = draw_confusion(self.confusion.counts, self.confusion.names)
        if self.roc:
            found["roc"] = draw_curves(self.roc)
        if self.precision_recall:
            found["precision_recall"] = draw_curves(self.precision_recall)
        if self.calibration is not None:
            found["calibration"] = draw_calibration(self.calibration)
        if self.residuals:
            found["residuals"] = draw_residuals(self.residuals)
        if self.importance is not None:
            found["importance"] = draw_importance(self.importance)
        return found


def evaluate_all(
    model: Any, X: Any, y: Any, *, names: Sequence[str] | None = None, target: str | None = None,
    importance: bool | None = None, repeats: int = 5, seed: int = 0, threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:  # fmt: skip
    """Figures, confusion matrix, ROC and precision-recall curves, calibration, residuals, permutation importance.

    Parameters
    ----------
    model : Network, or a fitted scikit-learn model
    X, y : arrays, or a DataFrame and an array; or a stream and its targets
        Samples that the model was not trained on. Of a stream importance is measured on rows drawn evenly, as many as
        do not take long; all else is of all rows.
    names : sequence of str, optional
        The names of the columns, where neither X nor the network knows them.
    target : str, optional
        What the number is that is predicted, for the pictures.
    importance : bool, optional
        Measure permutation importance; unless given: where X is a table and it does not take long.
    repeats, seed : int
        Of permutation importance.
    progress : callable, optional
        Called with (columns done, columns) while permutation importance is measured.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import PellucidClassifier
    >>> from pellucid.evaluation import evaluate_all
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = PellucidClassifier((8,), learning_rate_init=0.02, random_state=0).fit(X, y)
    >>> found = evaluate_all(model, X, y)
    >>> found.confusion.counts.shape, found.importance.names[int(found.importance.order()[0])].startswith("petal")
    ((3, 3), True)
    """
    from pellucid.training.batches import is_stream

    found = verdict(model, X, y, threads)
    if target is not None and found.task == "numbers" and len(found.names) == 1:
        found = replace(found, names=(target,))
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if is_stream(X) and importance is not False and len(shape) == 2:
        places = np.arange(0, len(X), max(1, -(-repeats * shape[0] * shape[1] ** 2 // IMPORTANCE_WORK)))
        names = names or getattr(getattr(X, "preparation", None), "input_names", None)
        X, y, importance = X.take(places), np.asarray(y)[places], True
    if importance is None:
        importance = len(shape) == 2 and repeats * shape[0] * shape[1] ** 2 <= IMPORTANCE_WORK
    measured = None
    if importance:
        measured = permutation_importance(
            model, X, y, names=names, repeats=repeats, seed=seed, threads=threads, progress=progress
        )
    return of_verdict(found, measured)


def of_verdict(found: Verdict, importance: Importance | None = None) -> Evaluation:
    """The evaluation of what a model said."""
    known = figures(found)
    if found.task == "numbers":
        from pellucid.evaluation.residuals import Residuals

        parts = [Residuals(name, found.true[:, k], found.predicted[:, k]) for k, name in enumerate(found.names)]
        return Evaluation(found.task, len(found), known, residuals=tuple(parts), importance=importance)
    confusion, curves, recalls, chance = None, [], [], None
    if found.task == "classes":
        from pellucid.metrics import confusion_matrix

        confusion = Confusion(found.names, confusion_matrix(found.true, found.predicted, len(found.names)))
    if found.scores is not None:
        chosen = [1] if found.task == "classes" and len(found.names) == 2 else range(len(found.names))
        for k in chosen:
            hits = found.hits[:, k]
            if hits.any() and not hits.all():
                curves.append(roc_curve(hits, found.scores[:, k], found.names[k]))
                recalls.append(precision_recall_curve(hits, found.scores[:, k], found.names[k]))
        if found.chances:
            chance = _calibration(found)
            known["calibration_error"] = chance.error
    return Evaluation(
        found.task, len(found), known, confusion, tuple(curves), tuple(recalls), chance, importance=importance
    )


def _calibration(found: Verdict) -> Calibration:
    assert found.scores is not None
    p = np.clip(found.scores.astype(float), 0, 1)
    if found.task == "labels":
        return calibration(found.hits.ravel(), p.ravel(), name="all labels")
    if len(found.names) == 2:
        return calibration(found.true == 1, p[:, 1], name=found.names[1])
    return calibration(found.true == found.predicted, p.max(axis=1), name="the predicted class")


def _json(plain: Mapping[str, Any]) -> bytes:
    from pellucid.record.json_file import finite

    return (json.dumps(finite(plain), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _csv(head: list[str], rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows])
    return text.getvalue().encode()
