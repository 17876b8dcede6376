"""The run folder: what one training leaves on disk.

config.json     how it was called, what was chosen and why, the data, the versions
history.csv     the figures of every epoch, a line each
history.json    the same, as :class:`History` takes it
result.json     the figures at the end, on held-out rows
model.pellucid  the network
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import ModelFileError

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.history import History

FORMAT, VERSION = "pellucid run", 1
CONFIG, HISTORY, RESULT, MODEL, HISTORY_CSV = (
    "config.json", "history.json", "result.json", "model.pellucid", "history.csv",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One training, read back.

    Attributes
    ----------
    path : Path
        Its folder.
    config, result : dict
        What config.json and result.json hold.
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


def free_folder(name: str, parent: Path = Path("runs")) -> Path:
    """A path in ``parent`` with the name and the time that is not taken."""
    stem = f"{name}-{datetime.now():%Y-%m-%d-%H%M%S}"
    path, number = parent / stem, 1
    while os.path.lexists(path):
        number += 1
        path = parent / f"{stem}-{number}"
    return path


def check_free(path: Path) -> None:
    """Refuse a path that is taken, or at which no folder can be made; asked before a training.

    Raises
    ------
    ModelFileError
    """
    if os.path.lexists(path):
        raise ModelFileError(f"{path} exists already, and nothing is overwritten. Choose another folder.")
    above = path.absolute().parent
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise ModelFileError(f"{path}: no folder can be made there, because {above.name} is a file.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise ModelFileError(f"{path}: no folder can be made there: permission denied. Choose another folder.")


def write_run(path: Path, net: Network, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Write a run folder. It appears whole or not at all.

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
    check_free(path)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        for above in reversed(path.parents):
            if not above.exists():
                above.mkdir()
                made.append(above)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        about = {"format": FORMAT, "version": VERSION, **config, "versions": _versions(), "cores": os.cpu_count()}
        _write_json(temporary / CONFIG, about)
        _write_json(temporary / HISTORY, net.history.to_dict())
        _write_json(temporary / RESULT, result)
        (temporary / HISTORY_CSV).write_text(_table(net.history), encoding="utf-8", newline="")
        net.save(temporary / MODEL)
        temporary.chmod(0o755)
        temporary.rename(path)
    except OSError as error:
        _remove(temporary, made)
        raise ModelFileError(f"{path}: cannot be written ({error.strerror}). Choose another folder.") from error
    except BaseException:
        _remove(temporary, made)
        raise


def _remove(temporary: Path | None, made: list[Path]) -> None:
    if temporary is not None:
        shutil.rmtree(temporary, ignore_errors=True)
    for folder in reversed(made):
        if not any(folder.iterdir()):
            folder.rmdir()


def read_run(path: str | os.PathLike[str]) -> Run:
    """Read a run folder.

    Raises
    ------
    ModelFileError
        There is no such folder, or it is not that of a run, or it is damaged.
    """
    from pellucid.training.history import History

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
    result, plain = _read_json(folder / RESULT), _read_json(folder / HISTORY)
    try:
        figures = {name: [math.nan if v is None else v for v in values] for name, values in plain["history"].items()}
        history = History.from_dict({**plain, "history": figures})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"{folder / HISTORY}: damaged ({error!r}).") from error
    return Run(folder, config, history, result)


def _versions() -> dict[str, str]:
    import numba
    import numpy as np

    from pellucid import __version__

    return {
        "pellucid": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def _write_json(path: Path, plain: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(_finite(plain), indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _finite(plain: Any) -> Any:
    """Plain data in which null stands for numbers that are not finite, which JSON does not have."""
    if isinstance(plain, Mapping):
        return {str(key): _finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [_finite(value) for value in plain]
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
