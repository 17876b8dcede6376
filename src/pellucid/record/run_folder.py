"""The run folder: what one training leaves on disk, as it is written.

config.json     how it was called, what was chosen and why, the data, the versions; there from the start
checkpoints/    from which the training goes on after a crash; there from the start
trainings/      finished trainings of which one network will be made; gone when it is
folds/          finished folds of a cross-validation; gone when the run is whole
history.csv     the figures of every epoch, a line each
history.json    the same, as :class:`History` takes it
result.json     the figures at the end, on held-out rows; the last to be written
model.pellucid  the network
evaluation/     pictures of how good it is, each beside its data; added after the result
"""

from __future__ import annotations

import csv
import io
import os
import platform
import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import ModelFileError
from pellucid.record.json_file import write_json
from pellucid.record.model_file import write_whole
from pellucid.record.whole_folder import check_free, make_above, remove, taken, write_folder

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.history import History

FORMAT, VERSION = "pellucid run", 1
CONFIG, HISTORY, RESULT, MODEL, HISTORY_CSV, CHECKPOINTS = (
    "config.json", "history.json", "result.json", "model.pellucid", "history.csv", "checkpoints",
)  # fmt: skip
TRAININGS, FOLDS = "trainings", "folds"
EVALUATION = "evaluation"


class RunFolder:
    """A run folder that is being written; made by :meth:`begin`.

    Attributes
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made: list[Path] = []

    @classmethod
    def begin(cls, path: Path, config: Mapping[str, Any]) -> RunFolder:
        """Make the folder, with config.json in it. Of two processes that want one path, one gets it.

        Raises
        ------
        ModelFileError
            The path is taken, or it cannot be written to; nothing is left behind.
        """
        check_free(path)
        folder = cls(path)
        try:
            folder._made = make_above(path)
            path.mkdir()
        except FileExistsError as error:
            raise ModelFileError(taken(path)) from error
        except OSError as error:
            remove(None, folder._made)
            raise ModelFileError(f"{path}: cannot be written ({error.strerror}). Choose another folder.") from error
        try:
            folder.write_config(config)
        except BaseException:
            folder.discard()
            raise
        return folder

    @property
    def checkpoints(self) -> Path:
        """Where its checkpoints are."""
        return self.path / CHECKPOINTS

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write config.json; format, versions and the machine's number of cores are added."""
        about = {"format": FORMAT, "version": VERSION, **config, "versions": versions(), "cores": os.cpu_count()}
        write_json(self.path / CONFIG, about)

    def end(self, net: Network, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Write all that is there after the training; the result comes last.

        Parameters
        ----------
        net : Network
            Its history is the run's.
        config, result : mapping
            Fit for JSON.
        """
        self.write_config(config)
        write_json(self.path / HISTORY, net.history.to_dict())
        write_whole(self.path / HISTORY_CSV, _table(net.history).encode())
        net.save(self.path / MODEL)
        write_json(self.path / RESULT, result)

    def add_evaluation(self, files: Mapping[str, bytes]) -> None:
        """Write the folder ``evaluation``, in the place of one that is there; it appears whole or not at all.

        Raises
        ------
        ModelFileError
        """
        shutil.rmtree(self.path / EVALUATION, ignore_errors=True)
        write_folder(self.path / EVALUATION, files)

    def tidy(self) -> None:
        """Remove what a process left half written when it was killed."""
        for path in self.path.iterdir():
            if re.fullmatch(r"\..+\.[0-9a-f]{8}", path.name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    @property
    def trainings(self) -> Path:
        """Where finished trainings are kept of which one network will be made."""
        return self.path / TRAININGS

    @property
    def folds(self) -> Path:
        """Where finished folds of a cross-validation are kept."""
        return self.path / FOLDS

    def remove_folds(self) -> None:
        """Remove the finished folds, when nothing is missing that they would be needed for."""
        shutil.rmtree(self.folds, ignore_errors=True)

    def clear(self) -> None:
        """Remove all but config.json, finished trainings and folds, for a training that is done from its start."""
        for path in self.path.iterdir():
            if path.name not in (CONFIG, TRAININGS, FOLDS):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def discard(self) -> None:
        """Remove the folder, and those above it that were made for it."""
        remove(self.path, self._made)


def free_folder(name: str, parent: Path = Path("runs")) -> Path:
    """A path in ``parent`` with the name and the time that is not taken."""
    stem = f"{name}-{datetime.now():%Y-%m-%d-%H%M%S}"
    path, number = parent / stem, 1
    while os.path.lexists(path):
        number += 1
        path = parent / f"{stem}-{number}"
    return path


def begin_named(name: str, config: Mapping[str, Any], parent: Path = Path("runs")) -> RunFolder:
    """Begin a run in ``parent``, named and dated, in a folder of its own whoever else begins one at that moment."""
    while True:
        path = free_folder(name, parent)
        try:
            return RunFolder.begin(path, config)
        except ModelFileError as error:
            if str(error) != taken(path):
                raise


def versions() -> dict[str, str]:
    """The releases that a result may depend on."""
    import numpy as np

    from pellucid import __version__
    from pellucid.release import release_of

    return {
        "pellucid": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{name: release_of(name) for name in ("numba", "llvmlite")},
    }


def _table(history: History) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", *history.history])
    for epoch, *values in zip(history.epoch, *history.history.values(), strict=True):
        writer.writerow([epoch + 1, *values])
    return text.getvalue()
