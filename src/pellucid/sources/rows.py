"""Which rows a network is trained on, watched on, and judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.data import Dataset
    from pellucid.sources.source import Source


@dataclass(frozen=True)
class Rows:
    """Rows for training and rows for the result.

    Attributes
    ----------
    train, judge : Dataset
        The same where nothing is held out.
    kind : str
        What ``judge`` is: "held-out rows", "test pictures" or "rows that it was trained on"; of pictures in files,
        "held-out pictures".
    watch : Dataset, optional
        Rows set aside from those for training to watch the loss by, where that is done before the training.
    folds : int
        Of the cross-validation that the result comes from; 0 for none.
    """

    train: Dataset
    judge: Dataset
    kind: str
    watch: Dataset | None = None
    folds: int = 0

    @property
    def held_out(self) -> bool:
        """Whether the result comes from rows that training does not see."""
        return self.judge is not self.train

    def watched(self, share: float, early_stopping: bool) -> tuple[Dataset | None, float]:
        """What the loss is watched on while the network trains: some rows, or a share of those for training.

        Parameters
        ----------
        share : float
            The share that is held out; where there is a test set, the share that is watched.
        early_stopping : bool
            Whether the training may stop by what is watched, which must not be the rows that the result comes from.
        """
        apart = early_stopping or (self.train.test is not None and share > 0)
        if self.watch is not None:
            return self.watch, 0.0
        if apart:
            return None, share
        return (self.judge if self.held_out and self.train.test is None else None), 0.0


def take_rows(source: Source, share: float, seed: int, watching: bool = False) -> Rows:
    """The rows of a source: its test set, where it has one (MNIST has); of others, a share is held out.

    ``watching``: training is watched on rows of its own. Of a table they are set aside here, so that its preparation
    is not fitted on them; of others ``fit`` sets them aside.
    """
    data = source.data
    if source.aside is not None:
        return Rows(data, source.aside, "held-out rows")
    if data.test is not None:
        return Rows(data, data.test, f"test {'pictures' if source.has_pictures else 'rows'}")
    noun = "picture" if source.kind == "pictures-4x3" else source.noun
    if not share:
        return Rows(data, data, f"{noun}s that it was trained on")
    train, held_out = data.split(share, seed)
    if not watching or source.kind != "table":
        return Rows(train, held_out, f"held-out {noun}s")
    train, watch = train.split(share, seed)
    return Rows(train, held_out, f"held-out {noun}s", watch)
