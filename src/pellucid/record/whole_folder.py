"""A folder that appears whole or not at all, and never in the place of another."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from pellucid.errors import ModelFileError
from pellucid.record.model_file import keep_name


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files. It appears whole or not at all.

    Raises
    ------
    ModelFileError
        The path is taken, or it cannot be written to; nothing is left behind.
    """
    check_free(path)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        made = make_above(path)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        temporary.mkdir()
        for name, content in files.items():  # nobody looks for them yet, so they need no names of their own first
            with (temporary / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        temporary.rename(path)
        keep_name(path.parent)
    except OSError as error:
        remove(temporary, made)
        raise ModelFileError(f"{path}: cannot be written ({error.strerror}). Choose another folder.") from error
    except BaseException:
        remove(temporary, made)
        raise


def check_free(path: Path) -> None:
    """Refuse a path that is taken, or at which no folder can be made; asked before a training.

    Raises
    ------
    ModelFileError
    """
    if os.path.lexists(path):
        raise ModelFileError(taken(path))
    above = path.absolute().parent
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise ModelFileError(f"{path}: no folder can be made there, because {above.name} is a file.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise ModelFileError(f"{path}: no folder can be made there: permission denied. Choose another folder.")


def taken(path: Path) -> str:
    """The error where a path is taken."""
    return f"{path} exists already, and nothing is overwritten. Choose another folder."


def make_above(path: Path) -> list[Path]:
    """Make the folders above a path; return those that were not there."""
    made = []
    for above in reversed(path.parents):
        if not above.exists():
            with contextlib.suppress(FileExistsError):  # somebody else's, made at this moment
                above.mkdir()
                made.append(above)
    return made


def remove(path: Path | None, made: list[Path]) -> None:
    """Remove a folder, and those above it that :func:`make_above` made."""
    if path is not None:
        shutil.rmtree(path, ignore_errors=True)
    for folder in reversed(made):
        with contextlib.suppress(OSError):  # somebody else has put something there
            folder.rmdir()
