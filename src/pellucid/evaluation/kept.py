"""Finished folds of a cross-validation on disk, so that one that was killed goes on with those that are missing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.evaluation.importance import Importance

NAME = "seed-{seed}-fold-{fold}.json"
Judged = tuple[dict[str, float], Importance | None]  # the figures of a fold, and how much each column matters there


class KeptFolds:
    """A folder with a file for each fold that is finished: its figures, as they were to the last bit.

    A file begins with a hash of what was trained and of the rows of the fold; one of something else, or one that is
    damaged, is passed over and written anew.

    Parameters
    ----------
    folder : Path
        It is made where it is not there.
    of : mapping
        What is trained and on which data, as plain data: whatever the figures depend on besides the folds and the
        other options of :func:`cross_validate`. A function that trains cannot be told from another, so this is for its
        caller to say.

    Examples
    --------
    >>> import tempfile
    >>> rows = np.array([3, 5])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = KeptFolds(Path(folder), {"data": "iris", "layers": [8]})
    ...     kept.keep(0, 1, rows, ({"accuracy": 0.9}, None))
    ...     other = KeptFolds(Path(folder), {"data": "iris", "layers": [16]})
    ...     kept.take_up(0, 1, rows), other.take_up(0, 1, rows)
    (({'accuracy': 0.9}, None), None)
    """

    def __init__(self, folder: Path, of: Mapping[str, Any]) -> None:
        from pellucid import __version__

        self.folder, self._of = folder, of
        self._common = hashlib.sha256(f"{__version__} {json.dumps(of, sort_keys=True, default=str)}".encode())

    def within(self, call: Mapping[str, Any]) -> KeptFolds:
        """The same folder, for figures that depend on this too."""
        return KeptFolds(self.folder, {"of": self._of, "call": call})

    def keep(self, seed: int, fold: int, held_out: NDArray[np.int64], judged: Judged) -> None:
        """Write what a fold came to."""
        from pellucid.record.model_file import write_whole

        figures, importance = judged
        plain: dict[str, Any] = {"key": self._key(held_out), "figures": {k: float(v) for k, v in figures.items()}}
        if importance is not None:
            plain["importance"] = {
                "names": list(importance.names), "figure": importance.figure, "baseline": float(importance.baseline),
                "values": importance.values.tolist(),
            }  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / NAME.format(seed=seed, fold=fold + 1), (json.dumps(plain, indent=2) + "\n").encode())

    def take_up(self, seed: int, fold: int, held_out: NDArray[np.int64]) -> Judged | None:
        """What a fold came to, where that is there."""
        try:
            plain = json.loads((self.folder / NAME.format(seed=seed, fold=fold + 1)).read_text(encoding="utf-8"))
            if plain["key"] != self._key(held_out):
                return None
            figures, importance = {str(k): float(v) for k, v in plain["figures"].items()}, None
            if "importance" in plain:
                about = plain["importance"]
                values = np.array(about["values"], np.float64)
                importance = Importance(tuple(about["names"]), about["figure"], about["baseline"], values)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or damaged: it is judged again
            return None
        return figures, importance

    def _key(self, held_out: NDArray[np.int64]) -> str:
        digest = self._common.copy()
        digest.update(np.ascontiguousarray(held_out, np.int64).data.cast("B"))
        return digest.hexdigest()


def kept_folds(folder: Path) -> int:
    """How many folds are kept in a folder."""
    return sum(bool(re.fullmatch(r"seed-\d+-fold-\d+\.json", file.name)) for file in folder.glob("*.json"))
