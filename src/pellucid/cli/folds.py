"""``pellucid train --folds``: cross-validation of what would be trained, beside what one gets without a network."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, DescriptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.cli.recipes import Recipe, RecipeForTables
    from pellucid.cli.show import Page
    from pellucid.data import Dataset
    from pellucid.evaluation import CrossValidation, KeptFolds
    from pellucid.network import Network
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source

REPEATS = 3  # shuffles of a column in each fold
WORK = 10_000_000  # inputs of all shuffles of a seed together, up to which columns are weighed


@dataclass(frozen=True)
class Folds:
    """Figures on rows that were not trained on, of all folds and seeds.

    Attributes
    ----------
    found, baseline : CrossValidation
        Of what is trained; and of saying the usual class, or the mean, of the training rows of each fold.
    says : str or float
        What the baseline says where all rows are taken.
    """

    found: CrossValidation
    baseline: CrossValidation
    says: str | float

    @property
    def rows(self) -> str:
        """How the figures were measured, in words."""
        seeds = len(self.found.seeds)
        return f"{self.found.folds} folds × {seeds} seed{'s' if seeds > 1 else ''}"

    def to_dict(self) -> dict[str, Any]:
        """For result.json: means, and every figure of every fold."""

        def means(of: CrossValidation) -> dict[str, float]:
            return {name: of.mean(name) for name in of.figures}

        return {
            "rows": self.rows, "samples": self.found.samples, "figures": means(self.found),
            "baseline": {"says": self.says, **means(self.baseline)}, "cross_validation": self.found.to_dict(),
        }  # fmt: skip

    def show(self, page: Page) -> None:
        """Print the figures beside the baseline, and which columns matter."""
        page.text(self.found.text({"baseline": self.baseline}))
        figure = "r2" if isinstance(self.says, float) else "accuracy"
        spread = self.found.spread_over_seeds(figure)
        by_chance = f", ± {spread:.4f} between the seeds" if len(self.found.seeds) > 1 else ""
        shown = f"{self.found.mean(figure):.4f} ± {self.found.spread_over_folds(figure):.4f} between the folds"
        page.text()
        always = "always saying the mean" if isinstance(self.says, float) else "always saying the usual class"
        page.prose(
            f"Cross-validation: {figure} {shown}{by_chance}, on rows that were not trained on; the baseline, {always}, "
            f"has {self.baseline.mean(figure):.4f}."
        )
        if self.found.importance is not None:
            page.text()
            page.text("What is lost when a column is shuffled in the rows of a fold (permutation importance):")
            page.text(str(self.found.importance))
            page.text()

    def files(self) -> dict[str, bytes]:
        """For the run folder's evaluation/: figures of every fold, and how much each column matters."""
        from pellucid.record.json_file import finite

        plain = finite({**self.found.to_dict(), "baseline": self.baseline.to_dict()})
        rows = [
            [seed, fold + 1, *(float(values[k, fold]) for values in self.found.figures.values())]
            for k, seed in enumerate(self.found.seeds)
            for fold in range(self.found.folds)
        ]
        made = {
            "cross_validation.json": (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode(),
            "cross_validation.csv": _csv(["seed", "fold", *self.found.figures], rows),
        }
        if self.found.importance is not None:
            from pellucid.views.importance_picture import draw_fold_importance

            head = ["column", "mean", "spread_over_folds", "spread_over_seeds"]
            made["importance.csv"] = _csv(head, self.found.importance.rows())
            made["importance.svg"] = draw_fold_importance(self.found.importance).svg.encode()
        return made


def _csv(head: list[str], rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue().encode()


def check_folds(source: Source, folds: int | None, seeds: int | None, given: dict[str, Any]) -> None:
    """Refuse what does not go with --folds."""
    if folds is None:
        if seeds is not None:
            raise DescriptionError(
                "--seeds goes with --folds: so many cross-validations. Leave it out, or add --folds 10."
            )
        return
    if source.data.test is not None:
        raise DataError(f"--folds judges by rows of its own, but {source.given} has a test set. Leave it out.")
    if source.streamed or source.kind == "pictures":
        raise DataError(f"--folds is for data in memory, not for {source.given}. Leave it out.")
    if given["validation"] is not None and given["early_stopping"] is None:
        raise DescriptionError("--validation holds rows out, which --folds does by itself. Leave it out.")
    from pellucid.evaluation.cross_validation import split_folds

    split_folds(_named(source.data), folds, 0, source.task == "classes")  # what cannot be cut is told at once


def all_rows(source: Source, recipe: Recipe | RecipeForTables, seed: int, folds: int = 0) -> Rows:
    """All rows, for the network that is kept or for one of a fold; where it stops early, a share of them is watched."""
    from pellucid.sources.rows import Rows

    data, kind = source.data, f"{source.noun}s that it was trained on"
    if not recipe.early_stopping:
        return Rows(data, data, kind, folds=folds)
    train, watch = data.split(recipe.validation, seed)
    return Rows(train, train, kind, watch, folds)


def cross_validated(
    source: Source, recipe: Recipe | RecipeForTables, folds: int, seeds: list[int], threads: int | None,
    verbose: int | str, kept: KeptFolds | None = None,
) -> Folds:  # fmt: skip
    """Train on all folds but one and judge by that one, for every fold and seed; what is fitted, is fitted there.

    Folds that are finished are kept, and taken up where they are there.
    """
    from pellucid.cli.outcome import usual
    from pellucid.cli.trainings import training_of
    from pellucid.cli.work import Repeated
    from pellucid.data import Dataset
    from pellucid.evaluation import cross_validate

    data = source.data
    y = _named(data)

    def train(X: Any, targets: NDArray[Any], seed: int) -> Network:
        part = Dataset(data.name, X, targets, data.feature_names, data.class_names, data.description)
        within = dataclasses.replace(source, data=part)
        return training_of(recipe, within, all_rows(within, recipe, seed), seed).train(Repeated({}), 1, 0)[0]

    columns = data.X.shape[1] if source.kind == "table" else 0
    weighed = columns > 0 and REPEATS * data.n * columns**2 <= WORK
    found = cross_validate(
        train, data.X, y, folds=folds, seeds=seeds, importance=REPEATS if weighed else 0, kept=kept,
        threads=threads, verbose=verbose,
    )  # fmt: skip
    return Folds(found, _baseline(y, folds, seeds), usual(data.y, source.class_names or None))


def _named(data: Dataset) -> NDArray[Any]:
    """Classes by name, numbers as they are."""
    import numpy as np

    if data.class_names is None or data.y.dtype.kind in "OUS":
        return data.y
    return np.array(data.class_names)[data.y]


def _baseline(y: NDArray[Any], folds: int, seeds: list[int]) -> CrossValidation:
    """Without a network, in the same folds."""
    import numpy as np
    from sklearn.dummy import DummyClassifier, DummyRegressor

    from pellucid.evaluation import cross_validate

    model = DummyClassifier(strategy="prior") if y.dtype.kind in "OUS" else DummyRegressor()
    return cross_validate(model, np.zeros((len(y), 1)), y, folds=folds, seeds=seeds, threads=1, verbose=0)
