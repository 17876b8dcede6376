"""A run folder, read back."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import ModelFileError
from pellucid.record.json_file import read_json
from pellucid.record.run_folder import CHECKPOINTS, CONFIG, FORMAT, HISTORY, MODEL, RESULT, VERSION
from pellucid.training.callbacks import Callback

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.history import History


@dataclass(frozen=True)
class Run:
    """One training, read back.

    Attributes
    ----------
    path : Path
        Its folder.
    config, result : dict
        What config.json and result.json hold; no result where the training has not ended.
    history : History
    """

    path: Path
    config: Mapping[str, Any]
    history: History
    result: Mapping[str, Any]

    def network(self) -> Network:
        """The trained network."""
        from pellucid.record.model_file import load

        return load(self.path / MODEL)

    def at(self, step: int) -> Network:
        """The network as it was after ``step`` updates, to the bit: from the nearest checkpoint before, trained on.

        The data are read again, from where the run had them. Where the optimizer keeps an average, the parameters are
        those that training moves, not the average.

        Raises
        ------
        DataError
            The data have changed, or the training did not get to this step.
        ModelFileError
            The checkpoints are gone.
        """
        from pellucid.sources.of_run import training_data
        from pellucid.training.keeper import latest_checkpoint
        from pellucid.training.resume import network_at

        if self.config.get("anew"):
            raise ModelFileError(
                f"{self.path}: {self.config['anew']} leave no checkpoints, so no step can be looked up."
            )
        checkpoints = self.path / CHECKPOINTS
        if not checkpoints.is_dir():
            raise ModelFileError(f"{self.path}: its checkpoints are missing, so no step of it can be looked up.")
        found = latest_checkpoint(checkpoints)
        X, y, watched = training_data(self.config, found.network)
        silent = [_Silent(kind) for kind, _ in found.callbacks]
        return network_at(checkpoints, step, X, y, validation_data=watched, callbacks=silent)


class _Silent(Callback):
    """Stands for a callback of the run, none of which moves the weights before the training ends."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    @property
    def kind(self) -> str:
        return self._kind


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What config.json of a run folder holds.

    Raises
    ------
    ModelFileError
        There is no such folder, or it is not that of a run, or it is damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        what = "there is no such folder. Give one"
        if folder.exists():
            what = "is a file, not a run folder. Give the folder"
        raise ModelFileError(f"{folder}: {what} that pellucid train wrote.")
    config = read_json(folder / CONFIG)
    if config.get("format") != FORMAT or not isinstance(config.get("version"), int):
        raise ModelFileError(f"{folder}: its config.json is not that of a Pellucid run.")
    if config["version"] > VERSION:
        raise ModelFileError(
            f"{folder}: written by a newer Pellucid (run version {config['version']}, known up to {VERSION}). "
            f"Install a newer release."
        )
    return config


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run."""
    try:
        return bool(read_json(folder / CONFIG).get("format") == FORMAT)
    except ModelFileError:
        return False


def has_ended(path: str | os.PathLike[str]) -> bool:
    """Whether a run folder holds a result; those of Ctrl-C do too."""
    return (Path(path) / RESULT).exists()


def read_run(path: str | os.PathLike[str]) -> Run:
    """Read the folder of a run that has ended.

    Raises
    ------
    ModelFileError
        There is no such folder, or it is not that of a run, or its training has not ended, or it is damaged.
    """
    folder, config = Path(path), read_config(path)
    if not has_ended(folder) and (config.get("anew") or (folder / CHECKPOINTS).is_dir()):
        raise ModelFileError(f"{folder}: its training has not ended. Go on with it by pellucid train --resume {folder}")
    result, plain = read_json(folder / RESULT), read_json(folder / HISTORY)
    return Run(folder, config, _history(plain, folder / HISTORY), result)


def open_run(path: str | os.PathLike[str]) -> Run:
    """Read a run folder, also that of a training that has not ended.

    Returns
    -------
    Run
        Of a training that has not ended, the history is that of its last checkpoint, and the result is empty.

    Raises
    ------
    ModelFileError
        There is no such folder, or it is not that of a run, or it is damaged.
    """
    from pellucid.training.keeper import latest_checkpoint

    folder, config = Path(path), read_config(path)
    if has_ended(folder) or not (folder / CHECKPOINTS).is_dir():
        return read_run(folder)
    return Run(folder, config, latest_checkpoint(folder / CHECKPOINTS).network.history, {})


def _history(plain: Mapping[str, Any], path: Path) -> History:
    from pellucid.training.history import History

    try:
        figures = {name: [math.nan if v is None else v for v in values] for name, values in plain["history"].items()}
        return History.from_dict({**plain, "history": figures})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"{path}: damaged ({error!r}).") from error
