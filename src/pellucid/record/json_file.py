"""JSON files of a run folder: plain data in which null stands for numbers that are not finite."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.errors import ModelFileError
from pellucid.record.model_file import write_whole


def write_json(path: Path, plain: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    text = json.dumps(finite(plain), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, text.encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of a run folder.

    Raises
    ------
    ModelFileError
        It is missing, cannot be read, or holds something else.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        words = f"{path.parent}: not a run folder, {path.name} is missing. Give a folder that pellucid train wrote."
        raise ModelFileError(words) from error
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ModelFileError(f"{path}: damaged ({error}).") from error
    if not isinstance(plain, dict):
        raise ModelFileError(f"{path}: damaged (expected an object).")
    return plain


def finite(plain: Any) -> Any:
    """Plain data in which null stands for numbers that are not finite, which JSON does not have."""
    if isinstance(plain, Mapping):
        return {str(key): finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [finite(value) for value in plain]
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
