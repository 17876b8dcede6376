"""Finished trainings of the recipe on disk, so that one that was killed goes on with those that are missing."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.recipes.member import Member, prepare
from pellucid.recipes.table import TableRecipe
from pellucid.recipes.task import Task

NAME = "training-{number}.npz"


class KeptTrainings:
    """A folder with a file for each training that is done.

    A file is named by its place among the trainings and begins with a hash of all that the training depends on; one
    of other data, another recipe or another seed, or one that is damaged, is passed over and written anew.

    Parameters
    ----------
    folder : Path
    data : Task
    recipe : TableRecipe
    epochs : int
    """

    def __init__(self, folder: Path, data: Task, recipe: TableRecipe, epochs: int) -> None:
        from pellucid import __version__

        self.folder, self._data, self._recipe = folder, data, recipe
        plain = {"recipe": recipe.to_dict(), "before": [layer.to_dict() for layer in data.before], "epochs": epochs}
        self._common = hashlib.sha256(f"{__version__} {json.dumps(plain, sort_keys=True)}".encode())
        for array in (data.X, data.targets, data.weights, np.array(data.labels is None)):
            self._common.update(f"{array.dtype} {array.shape}".encode())
            self._common.update(np.ascontiguousarray(array).data.cast("B"))

    def keep(self, number: int, member: Member) -> None:
        """Write what a training came to."""
        from pellucid.record.model_file import write_whole

        content = io.BytesIO()
        arrays: dict[str, NDArray[Any]] = {
            "key": np.array(self._key(member)), "outputs": member.outputs, "snapshots": np.stack(member.snapshots),
            "losses": np.array(member.losses),
        }  # fmt: skip
        np.savez(content, allow_pickle=False, **arrays)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / NAME.format(number=number), content.getvalue())

    def take_up(self, number: int, member: Member) -> bool:
        """Give a member what its training came to, where that is there."""
        try:
            with np.load(self.folder / NAME.format(number=number), allow_pickle=False) as kept:
                if str(kept["key"]) != self._key(member):
                    return False
                found = {name: kept[name] for name in ("outputs", "snapshots", "losses")}
        except Exception:  # NumPy says in many ways that a file is damaged; it is then trained again
            return False
        prepare(member, self._data, self._recipe)
        member.outputs, member.snapshots = found["outputs"], list(found["snapshots"])
        member.losses = found["losses"].tolist()
        return True

    def clear(self) -> None:
        """Remove the files, and the folder where nothing else is in it."""
        for file in self.folder.glob(NAME.format(number="*")):
            file.unlink()
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _key(self, member: Member) -> str:
        digest = self._common.copy()
        digest.update(json.dumps([asdict(member.candidate), member.seed], sort_keys=True).encode())
        for rows in (member.rows, member.held):
            digest.update(np.ascontiguousarray(rows).data.cast("B"))
        return digest.hexdigest()


def kept_trainings(folder: Path) -> int:
    """How many trainings are kept in a folder."""
    return len(list(folder.glob(NAME.format(number="*"))))
