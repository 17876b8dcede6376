"""How well a network does on some rows: its figures, the confusion matrix, and what one would get without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.cli.show import Page, count, percent, width
from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.evaluation import Evaluation
    from pellucid.network import Network

MISTAKES = 5  # that are shown


@dataclass(frozen=True)
class Outcome:
    """Figures of a network on some rows.

    Attributes
    ----------
    rows : str
        Which rows they are, as in "held-out rows".
    samples : int
        How many.
    figures : dict
        loss and accuracy, or loss, mae, rmse and r2.
    baseline : dict
        "says": the class or number that is said for every row; and the figures that this gets.
    classes : tuple of str, optional
    confusion : list of lists of int, optional
        Rows are true classes.
    mistakes : tuple of dict
        Of pictures in files, the ones that the network was most certain and wrong about: path, true, predicted,
        probability.
    """

    rows: str
    samples: int
    figures: Mapping[str, float]
    baseline: Mapping[str, Any]
    classes: tuple[str, ...] | None = None
    confusion: list[list[int]] | None = None
    mistakes: tuple[Mapping[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form."""
        plain = {"rows": self.rows, "samples": self.samples, "figures": dict(self.figures)}
        plain["baseline"] = dict(self.baseline)
        if self.classes is not None:
            plain |= {"classes": list(self.classes), "confusion_matrix": self.confusion}
        if self.mistakes:
            plain["most_certain_mistakes"] = [dict(mistake) for mistake in self.mistakes]
        return plain


def usual(y: NDArray[Any], classes: tuple[str, ...] | None) -> str | float:
    """What to say for every row without a network: the most frequent class, or the mean."""
    import numpy as np

    if classes is None:
        return float(y.mean())
    return classes[int(np.bincount(codes(y, classes), minlength=len(classes)).argmax())]


def codes(y: NDArray[Any], classes: tuple[str, ...]) -> NDArray[Any]:
    """The number of each row's class: ``y`` holds names of ``classes`` or numbers already."""
    import numpy as np

    if y.dtype.kind in "iu":
        return y
    place = {name: k for k, name in enumerate(classes)}
    for name in np.unique(y).astype(str).tolist():
        if name not in place:
            raise DataError(
                f'The class "{name}" is not one that the network knows.{nearest(name, classes)} '
                f"Known: {', '.join(classes)}."
            )
    return np.array([place[str(name)] for name in y], np.int64)


def measure(
    net: Network,
    X: Any,
    y: NDArray[Any],
    rows: str,
    says: str | float,
    threads: int | None = None,
    paths: Sequence[str] = (),
) -> Outcome:
    """Evaluate a network.

    Parameters
    ----------
    says : str or float
        What the baseline says for every row: a class, or a number.
    paths : sequence of str
        The files of the samples, where they are pictures in files.
    """
    import numpy as np

    figures = {"loss": net.evaluate(X, y, threads=threads)["loss"]}
    classes = net.class_names
    if classes is not None:
        from pellucid.metrics import confusion_matrix

        true = codes(y, classes)
        outputs = net.predict(X, threads=threads).reshape(len(y), -1)
        predicted = codes(net.classes_of(outputs), classes)
        figures["accuracy"] = float((true == predicted).mean())
        baseline = {"says": says, "accuracy": float((true == classes.index(str(says))).mean())}
        matrix = confusion_matrix(true, predicted, len(classes)).tolist()
        mistakes = certain_mistakes(outputs, true, predicted, classes, paths) if paths else ()
        return Outcome(rows, len(y), figures, baseline, classes, matrix, mistakes)
    from pellucid.metrics import R2, MeanAbsoluteError

    p, same = net.predict(X, threads=threads).reshape(-1), np.full(len(y), float(says))

    def distances(predicted: NDArray[Any]) -> dict[str, float]:
        found = {
            "mae": MeanAbsoluteError()(y, predicted),
            "rmse": float(np.sqrt(np.mean((y - predicted.astype(float)) ** 2))),
        }
        return found | ({"r2": R2()(y, predicted)} if len(y) > 1 else {})

    return Outcome(rows, len(y), figures | distances(p), {"says": float(says)} | distances(same))


def evaluation_of(
    net: Network, X: Any, y: NDArray[Any], target: str | None, threads: int | None = None, quiet: bool = False
) -> Evaluation:
    """Everything about a result, with a progress bar while columns are shuffled.

    Parameters
    ----------
    target : str, optional
        What is predicted, where it is a number.
    """
    from pellucid.evaluation import evaluate_all
    from pellucid.evaluation.progress import progress_of

    columns = X.shape[1] if len(getattr(X, "shape", ())) == 2 else 1
    with progress_of(columns, "Column", 0 if quiet else "auto") as done:
        return evaluate_all(net, X, y, target=target, threads=threads, progress=lambda *_: done())


def certain_mistakes(
    outputs: NDArray[Any], true: NDArray[Any], predicted: NDArray[Any], classes: tuple[str, ...], paths: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    """The samples that were taken for another class with the highest output, the highest first."""
    import numpy as np

    one = outputs.shape[1] == 1
    certainty = np.where(predicted == 1, outputs[:, 0], 1 - outputs[:, 0]) if one else outputs.max(axis=1)
    wrong = np.flatnonzero(true != predicted)
    first = wrong[np.argsort(-certainty[wrong], kind="stable")][:MISTAKES]
    return tuple(
        {
            "path": paths[k], "true": classes[true[k]], "predicted": classes[predicted[k]],
            "probability": round(float(certainty[k]), 6),
        }
        for k in first
    )  # fmt: skip


def show_outcome(page: Page, outcome: Outcome) -> None:
    """Print it."""
    from pellucid.views.confusion import confusion_text

    figures, baseline = outcome.figures, outcome.baseline
    rows = f"{outcome.samples:,} {outcome.rows}"
    if outcome.confusion is None or outcome.classes is None:
        names = {"mae": "mean absolute error", "rmse": "root of mean squared error", "r2": "R² (1 is perfect)"}
        kept = [name for name in names if name in figures]
        page.prose(f"Result on {rows}: loss {figures['loss']:.4g}.")
        page.text()
        wide = max(len(text) for text in names.values())
        page.text(f"{'':<{wide}}  {'network':>10}  always {float(baseline['says']):.4g}")
        for name in kept:
            page.text(f"{names[name]:<{wide}}  {figures[name]:>10.4g}  {baseline[name]:>10.4g}")
        return
    import numpy as np

    matrix = np.array(outcome.confusion)
    wrong = int(matrix.sum() - matrix.trace())
    page.prose(
        f"Result on {rows}: loss {figures['loss']:.4f}, accuracy {percent(figures['accuracy'])} "
        f'({count(wrong, "mistake")}). Always saying "{baseline["says"]}" would be right in '
        f"{percent(baseline['accuracy'])}."
    )
    if figures["accuracy"] <= baseline["accuracy"]:
        page.prose("So the network is of no use yet.")
    page.text()
    page.text(confusion_text(matrix, outcome.classes, width()))
    if outcome.mistakes:
        page.text()
        page.text("The mistakes that it was most certain of:")
        for mistake in outcome.mistakes:
            taken = f"{mistake['predicted']} {percent(mistake['probability'])}, but it is {mistake['true']}"
            page.text(f"  {mistake['path']}: {taken}")
