"""What a cross-validation came to: figures of every fold and seed, so that luck can be told from skill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError, nearest
from pellucid.evaluation.importance import SINKING, FoldImportance


@dataclass(frozen=True)
class CrossValidation:
    """Figures of a model on every fold, for every seed.

    Attributes
    ----------
    folds : int
    seeds : tuple of int
    samples : int
    figures : dict of str to ndarray (seeds, folds)
        Each measured on the samples of a fold that the model did not see. A figure that is not defined on a fold
        (ROC AUC where a class has no sample in it) is NaN there, and left out of means.
    importance : FoldImportance, optional
        How much each column matters, where that was asked for.
    """

    folds: int
    seeds: tuple[int, ...]
    samples: int
    figures: Mapping[str, NDArray[np.float64]]
    importance: FoldImportance | None = None

    def mean(self, figure: str = "accuracy") -> float:
        """The mean over all folds and seeds."""
        return float(np.nanmean(self._of(figure)))

    def spread_over_folds(self, figure: str = "accuracy") -> float:
        """The standard deviation between the folds of one seed (dividing by folds − 1), averaged over the seeds.

        It says how much a figure depends on which samples it is measured on. It is not the uncertainty of the mean.
        """
        return float(np.nanmean(np.nanstd(self._of(figure), axis=1, ddof=1)))

    def spread_over_seeds(self, figure: str = "accuracy") -> float:
        """The standard deviation between the seeds' means (dividing by seeds − 1); NaN for one seed.

        It says how much the mean depends on chance: on the start, the order, and how the samples fell into folds.
        """
        means = np.nanmean(self._of(figure), axis=1)
        return float(means.std(ddof=1)) if len(means) > 1 else float("nan")

    def _of(self, figure: str) -> NDArray[np.float64]:
        if figure not in self.figures:
            known = tuple(self.figures)
            raise DescriptionError(f'No figure "{figure}".{nearest(figure, known)} Known here: {", ".join(known)}.')
        return self.figures[figure]

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form."""
        importance = {} if self.importance is None else {"importance": self.importance.to_dict()}
        return importance | {
            "folds": self.folds, "seeds": list(self.seeds), "samples": self.samples,
            "figures": {
                name: {
                    "mean": self.mean(name), "spread_over_folds": self.spread_over_folds(name),
                    "spread_over_seeds": self.spread_over_seeds(name), "values": values.tolist(),
                }
                for name, values in self.figures.items()
            },
        }  # fmt: skip

    def __str__(self) -> str:
        """A line for each figure."""
        return self.text()

    def text(self, beside: Mapping[str, CrossValidation] | None = None) -> str:
        """A line for each figure; the means of others, by title, stand in place of the worst and best fold."""
        others = dict(beside or {})
        size = max(len("figure"), *map(len, self.figures))
        seeds = "1 seed" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"
        lines = [
            f"{self.folds} folds × {seeds}, {self.samples:,} samples",
            f"{'figure':<{size}}  {'mean':>9}  {'± folds':>9}  {'± seeds':>9}"
            + ("".join(f"  {title:>10}" for title in others) or f"  {'worst fold':>10}  {'best fold':>10}"),
        ]
        for name, values in self.figures.items():
            spread = self.spread_over_seeds(name)
            seeds = "–" if np.isnan(spread) else f"{spread:.4f}"
            low, high = float(np.nanmin(values)), float(np.nanmax(values))
            worst, best = (high, low) if name in SINKING else (low, high)
            cells = f"{self.mean(name):9.4f}  {self.spread_over_folds(name):9.4f}  {seeds:>9}"
            told = "".join(
                f"  {f'{other.mean(name):.4f}' if name in other.figures else '–':>{max(10, len(title))}}"
                for title, other in others.items()
            )
            lines.append(f"{name:<{size}}  {cells}{told or f'  {worst:10.4f}  {best:10.4f}'}")
        lines.append("± folds: standard deviation between folds; ± seeds: between the means of the seeds.")
        return "\n".join(lines)
