"""The run folder: what one training leaves on disk.

config.json     how it was called, what was chosen and why, the data, the versions; there from the start
checkpoints/    from which the training goes on after a crash; there from the start
history.csv     the figures of every epoch, a line each
history.json    the same, as :class:`History` takes it
result.json     the figures at the end, on held-out rows; the last to be written
model.pellucid  the network
evaluation/     pictures of how good it is, each beside its data; added after the result
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import ModelFileError
from pellucid.record.model_file import write_whole

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.history import History

FORMAT, VERSION = "pellucid run", 1
CONFIG, HISTORY, RESULT, MODEL, HISTORY_CSV, CHECKPOINTS = (
    "config.json", "history.json", "result.json", "model.pellucid", "history.csv", "checkpoints",
)  # fmt: skip
EVALUATION = "evaluation"


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
        from pellucid.cli.reopen import run_at  # what SOURCE means is known to the command

        return run_at(self, step)


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
            folder._made = _make_above(path)
            path.mkdir()
        except FileExistsError as error:
            raise ModelFileError(_taken(path)) from error
        except OSError as error:
            _remove(None, folder._made)
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
        _write_json(self.path / CONFIG, about)

    def end(self, net: Network, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Write all that is there after the training; the result comes last. See :func:`write_run`."""
        self.write_config(config)
        _write_json(self.path / HISTORY, net.history.to_dict())
        write_whole(self.path / HISTORY_CSV, _table(net.history).encode())
        net.save(self.path / MODEL)
        _write_json(self.path / RESULT, result)

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

    def clear(self) -> None:
        """Remove all but config.json, for a training that is done from its start."""
        for path in self.path.iterdir():
            if path.name != CONFIG:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def discard(self) -> None:
        """Remove the folder, and those above it that were made for it."""
        _remove(self.path, self._made)


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
            if str(error) != _taken(path):
                raise


def check_free(path: Path) -> None:
    """Refuse a path that is taken, or at which no folder can be made; asked before a training.

    Raises
    ------
    ModelFileError
    """
    if os.path.lexists(path):
        raise ModelFileError(_taken(path))
    above = path.absolute().parent
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise ModelFileError(f"{path}: no folder can be made there, because {above.name} is a file.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise ModelFileError(f"{path}: no folder can be made there: permission denied. Choose another folder.")


def _taken(path: Path) -> str:
    return f"{path} exists already, and nothing is overwritten. Choose another folder."


def write_run(
    path: Path,
    net: Network,
    config: Mapping[str, Any],
    result: Mapping[str, Any],
) -> None:
    """Write the whole run folder of a training that has ended.

    Parameters
    ----------
    path : Path
        A folder that is not there yet; folders above it are made.
    net : Network
        Its history is the run's.
    config, result : mapping
        Fit for JSON; format, versions and the machine's number of cores are added to ``config``.

    Raises
    ------
    ModelFileError
        The path is taken, or it cannot be written to; nothing is left behind.
    """
    folder = RunFolder.begin(path, config)
    try:
        folder.end(net, config, result)
    except OSError as error:
        folder.discard()
        raise ModelFileError(f"{path}: cannot be written ({error.strerror}). Choose another folder.") from error
    except BaseException:
        folder.discard()
        raise


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files. It appears whole or not at all.

    Raises
    ------
    ModelFileError
        The path is taken, or it cannot be written to; nothing is left behind.
    """
    with _whole(path) as folder:
        _write_files(folder, files)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        write_whole(folder / name, content)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``path`` at the end, or vanishes where something fails."""
    check_free(path)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        made = _make_above(path)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        temporary.mkdir()
        yield temporary
        temporary.rename(path)
    except OSError as error:
        _remove(temporary, made)
        raise ModelFileError(f"{path}: cannot be written ({error.strerror}). Choose another folder.") from error
    except BaseException:
        _remove(temporary, made)
        raise


def _make_above(path: Path) -> list[Path]:
    """Make the folders above a path; return those that were not there."""
    made = []
    for above in reversed(path.parents):
        if not above.exists():
            with contextlib.suppress(FileExistsError):  # somebody else's, made at this moment
                above.mkdir()
                made.append(above)
    return made


def _remove(temporary: Path | None, made: list[Path]) -> None:
    if temporary is not None:
        shutil.rmtree(temporary, ignore_errors=True)
    for folder in reversed(made):
        with contextlib.suppress(OSError):  # somebody else has put something there
            folder.rmdir()


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What config.json of a run folder holds.

    Raises
    ------
    ModelFileError
        There is no such folder, or it is not that of a run, or it is damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        what = "is a file, not a run folder" if folder.exists() else "there is no such folder"
        raise ModelFileError(f"{folder}: {what}.")
    config = _read_json(folder / CONFIG)
    if config.get("format") != FORMAT or not isinstance(config.get("version"), int):
        raise ModelFileError(f"{folder}: its config.json is not that of a Pellucid run.")
    if config["version"] > VERSION:
        raise ModelFileError(
            f"{folder}: written by a newer Pellucid (run version {config['version']}, known up to {VERSION}). "
            f"Install a newer release."
        )
    return config


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
    result, plain = _read_json(folder / RESULT), _read_json(folder / HISTORY)
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


def versions() -> dict[str, str]:
    """The releases that a result may depend on."""
    import importlib.metadata

    import numpy as np

    from pellucid import __version__

    return {
        "pellucid": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{name: importlib.metadata.version(name) for name in ("numba", "llvmlite")},
    }


def _write_json(path: Path, plain: Mapping[str, Any]) -> None:
    text = json.dumps(finite(plain), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, text.encode())


def finite(plain: Any) -> Any:
    """Plain data in which null stands for numbers that are not finite, which JSON does not have."""
    if isinstance(plain, Mapping):
        return {str(key): finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [finite(value) for value in plain]
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _read_json(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelFileError(f"{path.parent}: not a run folder, {path.name} is missing.") from error
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ModelFileError(f"{path}: damaged ({error}).") from error
    if not isinstance(plain, dict):
        raise ModelFileError(f"{path}: damaged (expected an object).")
    return plain


def _table(history: History) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", *history.history])
    for epoch, *values in zip(history.epoch, *history.history.values(), strict=True):
        writer.writerow([epoch + 1, *values])
    return text.getvalue()
