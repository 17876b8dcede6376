"""The IDX file format, in which MNIST is published.

An IDX file is two zero bytes, one byte for the element type, one byte for the number of dimensions, each dimension's
size as a big-endian 32-bit number, and then the elements, big-endian, in row order.
See https://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import gzip
import zlib
from math import prod
from os import PathLike
from pathlib import Path
from typing import IO

import numpy as np

from pellucid.data.arrays import Array
from pellucid.errors import DataError, nearest

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_DIMENSIONS = 32
DEFLATE_RATIO = 1032  # gzip cannot shrink data further than this, see zlib's technical notes
CHUNK = 1 << 20  # bytes


def read_idx(path: str | PathLike[str]) -> Array:
    """Read an IDX file, plain or gzip-compressed.

    The sizes in the header are held against the file's size before memory is taken, so that a damaged file costs
    nothing.

    Parameters
    ----------
    path : str or path
        The file. Its first bytes, not its name, tell whether it is compressed.

    Returns
    -------
    ndarray
        In the machine's byte order, of the type and shape that the header tells.

    Raises
    ------
    DataError
        No such file, not an IDX file, or a damaged one. The message tells what was expected and what came.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "labels")
    ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(file)
    array([7, 2, 1], dtype=uint8)
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not compressed:
                return _read(raw, path, size, exact=True)
            with gzip.GzipFile(fileobj=raw) as stream:
                return _read(stream, path, size * DEFLATE_RATIO, exact=False)
    except FileNotFoundError as error:
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, names)}") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, "a whole gzip stream", str(error).rstrip(".")) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error


def _read(stream: IO[bytes] | gzip.GzipFile, path: Path, most: int, exact: bool) -> Array:
    """Read header and elements; ``most`` is the number of bytes that the stream holds, or can hold at most."""
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not 1 <= head[3] <= MOST_DIMENSIONS:
        found = f"the bytes {head.hex(' ')}" if head else "an empty file"
        raise DataError(f"{path}: expected an IDX file (first bytes 00 00, element type, dimensions), found {found}.")
    dtype, dimensions = np.dtype(TYPES[head[2]]), head[3]
    sizes = stream.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise _damaged(path, f"{dimensions} sizes in the header", f"{len(sizes) // 4}")
    shape = tuple(int(s) for s in np.frombuffer(sizes, ">u4"))
    told = f"shape {shape} of {dtype.name}"
    if 0 in shape:
        raise _damaged(path, "sizes of 1 or more", told)
    wanted, left = prod(shape) * dtype.itemsize, most - 4 - len(sizes)
    if wanted > left or (exact and wanted != left):
        found = f"{left} bytes" if exact else f"a file that can hold at most {left} bytes"
        raise _damaged(path, f"{wanted} bytes for {told}", found)
    data = bytearray()
    while len(data) <= wanted and (chunk := stream.read(min(CHUNK, wanted + 1 - len(data)))):
        data += chunk  # grows with what is really there; the byte too many shows that the file goes on
    if len(data) != wanted:
        raise _damaged(path, f"{wanted} bytes for {told}", f"{'more' if len(data) > wanted else len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _damaged(path: Path, expected: str, found: str) -> DataError:
    return DataError(f"{path}: the file is damaged: expected {expected}, found {found}. Get the file again.")
