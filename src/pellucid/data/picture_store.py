"""Decoded pictures in one file of bytes, read at any place without holding it: the cache of picture sets.

The file is a plain .npy array, uint8 (n, height, width, channels), row i for picture i of the list; a broken picture's
row is zero. After the array stands a line of JSON, which says which rows are broken and why. ``np.load`` reads the
array and passes over the line.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import numpy as np

from pellucid.data.picture_form import PictureForm
from pellucid.data.picture_list import PictureList

VERSION = 1  # of what the pixels of a picture are; a change makes all cache files unknown
LARGEST_CACHE = 5 << 30  # bytes in all; above it, the sets that were not used for longest go
ABANDONED = 24 * 3600  # seconds after which a half-written file belongs to no one
_one_at_a_time = threading.Lock()  # for systems that cannot read or write at a place

Broken = dict[int, str]  # picture → why it cannot be read


def cache_folder() -> Path:
    """Where cached picture sets are."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("pellucid")) / "pictures"


def key(pictures: PictureList, form: PictureForm) -> str:
    """A name for a set of pictures in a form; another one as soon as a file's size or time of change is another."""
    digest = hashlib.sha256(repr((VERSION, form, str(pictures.root.resolve()))).encode())
    for path in pictures.paths:
        try:
            stat = os.stat(pictures.root / path)
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
        except OSError:
            digest.update(f"{path}\0missing\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]


class Store:
    """An open file of pictures.

    Attributes
    ----------
    file : binary file
    row_bytes : int
        The bytes of a picture.
    broken : dict of int to str
    """

    def __init__(self, file: IO[bytes], n: int, form: PictureForm, broken: Broken) -> None:
        self.file, self.row_bytes, self.broken = file, form.bytes, broken
        self._start = len(_header(n, form))

    def read(self, row: int, count: int) -> bytes:
        """The bytes of ``count`` pictures from ``row`` on."""
        size = count * self.row_bytes
        data = _read_at(self.file, size, self._start + row * self.row_bytes)
        if len(data) != size:
            raise OSError(f"the file of decoded pictures was cut short: expected {size} bytes, found {len(data)}")
        return data

    def write(self, row: int, data: memoryview) -> None:
        """Put the bytes of a picture into its place."""
        _write_at(self.file, data, self._start + row * self.row_bytes)


def open_cached(name: str, n: int, form: PictureForm) -> Store | None:
    """The cached set of that name, or None where there is no whole one."""
    path = cache_folder() / f"{name}.npy"
    try:
        file = path.open("rb")
    except OSError:
        return None
    header = _header(n, form)
    try:
        if file.read(len(header)) == header:
            file.seek(len(header) + n * form.bytes)
            broken = {int(i): str(reason) for i, reason in json.loads(file.read())["broken"].items()}
            with contextlib.suppress(OSError):
                os.utime(path)  # used now
            return Store(file, n, form, broken)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # cut short or written by something else
    file.close()
    return None


def new_store(n: int, form: PictureForm, cached: bool) -> tuple[Store, Path | None]:
    """An empty store of full size, and its path where it may become a cached one; else it goes when it is closed."""
    file: IO[bytes] | None = None
    path = None
    if cached:
        with contextlib.suppress(OSError):  # a cache that cannot be written is no reason to stop
            cache_folder().mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=cache_folder(), suffix=".part")
            file, path = os.fdopen(handle, "w+b", buffering=0), Path(temporary)
    if file is None:
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the store closes it
    header = _header(n, form)
    _write_at(file, memoryview(header), 0)
    file.truncate(len(header) + n * form.bytes)
    return Store(file, n, form, {}), path


def keep(store: Store, path: Path, name: str, n: int, form: PictureForm) -> None:
    """Give a full store its name in the cache; it appears there whole or not at all."""
    line = json.dumps({"broken": store.broken}).encode() + b"\n"
    _write_at(store.file, memoryview(line), len(_header(n, form)) + n * form.bytes)
    os.fsync(store.file.fileno())
    target = path.with_name(f"{name}.npy")
    if os.name == "nt":  # which does not rename open files
        store.file.close()
        os.replace(path, target)
        store.file = target.open("rb")
    else:
        os.replace(path, target)
    prune(target)


def prune(used: Path) -> None:
    """Remove what was not used for longest until the cache is small enough, and what was left half-written."""
    found = []
    with contextlib.suppress(OSError), os.scandir(used.parent) as entries:
        for entry in entries:
            stat = entry.stat()
            if entry.name.endswith(".npy"):
                found.append((stat.st_mtime, stat.st_size, Path(entry.path)))
            elif entry.name.endswith(".part") and time.time() - stat.st_mtime > ABANDONED:
                Path(entry.path).unlink(missing_ok=True)
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total > LARGEST_CACHE and path != used:
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size


def _header(n: int, form: PictureForm) -> bytes:
    out = io.BytesIO()
    shape = {"descr": "|u1", "fortran_order": False, "shape": (n, *form.shape)}
    np.lib.format.write_array_header_1_0(out, shape)
    return out.getvalue()


def _read_at(file: IO[bytes], size: int, at: int) -> bytes:
    if not hasattr(os, "pread"):
        with _one_at_a_time:
            file.seek(at)
            return file.read(size)
    data = os.pread(file.fileno(), size, at)
    while len(data) < size and (more := os.pread(file.fileno(), size - len(data), at + len(data))):
        data += more
    return data


def _write_at(file: IO[bytes], data: memoryview, at: int) -> None:
    if not hasattr(os, "pwrite"):
        with _one_at_a_time:
            file.seek(at)
            file.write(data)
            return
    while data:
        done = os.pwrite(file.fileno(), data, at)
        data, at = data[done:], at + done
