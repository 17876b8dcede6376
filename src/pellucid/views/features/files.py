"""Pictures of close looks as files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pellucid.errors import DescriptionError


def check_png(path: str | os.PathLike[str]) -> Path:
    """The path, if it ends with .png.

    Raises
    ------
    DescriptionError
        Another ending.
    """
    if Path(path).suffix.lower() != ".png":
        raise DescriptionError(f'{path}: expected a file that ends with .png, not "{Path(path).suffix}".')
    return Path(path)


def write_png(path: str | os.PathLike[str], draw: Callable[[], bytes]) -> None:
    """Draw, and write the file whole or not at all.

    Raises
    ------
    DescriptionError
        Another ending; nothing is drawn then.
    ModelFileError
        The file cannot be written.
    """
    from pellucid.record.model_file import write_whole

    write_whole(check_png(path), draw())
