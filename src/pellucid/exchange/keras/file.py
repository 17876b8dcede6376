"""A ``.keras`` file opened with care: nothing in it runs, and no size in it is believed before it has been compared."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import ModelFileError
from pellucid.exchange.keras.package import find_h5py

LARGEST_TEXT = 2**26  # bytes of config.json
EXPANSION = 100  # times its size in the archive; Keras packs nothing
PARTS = ("metadata.json", "config.json", "model.weights.h5")


def read_parts(path: Path) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """(metadata, configuration, the weights' file).

    Raises
    ------
    ModelFileError
        There is no such file, it is no ``.keras`` file, or it is damaged.
    """
    if not path.is_file():
        raise ModelFileError(f"{path}: {'this is a folder' if path.is_dir() else 'there is no such file'}.")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            missing = [name for name in PARTS[1:] if name not in names]
            if missing:
                raise ModelFileError(f"{path}: not a .keras file of Keras 3 (there is no {missing[0]} in it).")
            parts = [_part(archive, name, path) if name in names else b"{}" for name in PARTS]
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path}: not a .keras file, or damaged ({error}).") from error
    try:
        metadata, config = (json.loads(part) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: damaged ({error}).") from error
    if not isinstance(config, dict):
        raise ModelFileError(f"{path}: damaged (config.json describes no model).")
    return metadata if isinstance(metadata, dict) else {}, config, parts[2]


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """One file of the archive, once its size is seen to be possible."""
    about = archive.getinfo(name)
    absurd = about.file_size > EXPANSION * about.compress_size + 1000 or about.compress_size > path.stat().st_size
    if absurd or (name.endswith(".json") and about.file_size > LARGEST_TEXT):
        raise ModelFileError(f"{path}: damaged ({name} is said to have {about.file_size:,} bytes).")
    return archive.read(name)


class Weights:
    """``model.weights.h5``: arrays by the places of their layers."""

    def __init__(self, content: bytes, path: Path) -> None:
        self.path, self.size, h5py = path, len(content), find_h5py()
        try:
            self._file = h5py.File(io.BytesIO(content), "r")
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise ModelFileError(f"{path}: damaged (model.weights.h5: {error}).") from error

    def close(self) -> None:
        """Give the memory back."""
        self._file.close()

    def arrays(self, place: str, count: int) -> list[NDArray[Any]]:
        """The arrays of a layer, such as ``dense_1``.

        Raises
        ------
        ModelFileError
            They are not there, or not as many, or not plain numbers within this file.
        """
        where = f"layers/{place}/vars"
        try:
            group = self._group(where)
            found = len(group)
            if found != count:
                raise ModelFileError(
                    f"{self.path}: {where} holds {found} arrays, but {count} are expected. It is damaged, or written "
                    f"by a Keras that orders layers in another way."
                )
            return [self._array(group, str(k), f"{where}/{k}") for k in range(count)]
        except ModelFileError:
            raise
        except Exception as error:  # h5py raises what it likes for damaged files
            raise ModelFileError(f"{self.path}: damaged ({where}: {error}).") from error

    def _group(self, where: str) -> Any:
        group = self._file
        for name in where.split("/"):
            self._own_link(group, name, where)
            group = group[name]
        return group

    def _own_link(self, group: Any, name: str, where: str) -> None:
        """Refuse what leads out of this place of the file."""
        if not isinstance(group.get(name, getlink=True), find_h5py().HardLink):
            raise ModelFileError(f"{self.path}: {where} is a link to another place, which is not followed.")

    def _array(self, group: Any, name: str, where: str) -> NDArray[Any]:
        self._own_link(group, name, where)
        found = group[name]
        plain = isinstance(found, find_h5py().Dataset) and not found.is_virtual and not found.external
        if not plain or found.dtype.kind not in "fiu" or found.dtype.itemsize > 8:
            raise ModelFileError(f"{self.path}: {where} holds no plain numbers.")
        if found.nbytes > EXPANSION * self.size or (found.chunks and np.prod(found.chunks, dtype=float) > found.size):
            raise ModelFileError(f"{self.path}: {where} has the shape {found.shape}, which is damaged.")
        return np.asarray(found[()])
