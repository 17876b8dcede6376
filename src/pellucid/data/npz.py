"""Data sets in NumPy's .npz files."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from math import prod
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pellucid.data.arrays import Array
from pellucid.data.check import as_features, as_targets, same_length
from pellucid.data.dataset import Dataset
from pellucid.data.idx import DEFLATE_RATIO
from pellucid.errors import DataError, nearest

# Pairs of names, as they are usual, in small letters; the first pair that a file has is read.
PAIRS = (
    ("x_train", "y_train"), ("train_images", "train_labels"), ("train_x", "train_y"), ("x", "y"), ("images", "labels"),
    ("data", "labels"), ("data", "target"), ("features", "labels"), ("features", "targets"), ("arr_0", "arr_1"),
)  # fmt: skip
TRAIN_AND_TEST = (("x_train", "x_test"), ("y_train", "y_test"), ("train_", "test_"))
SLACK = 4096  # bytes, for the ends of a compressed stream
MOST_LISTED = 20  # arrays in an error
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError, RuntimeError)


def load_npz(path: str | PathLike[str], X: str | None = None, y: str | None = None) -> Dataset:
    """Read features and targets from an .npz file of NumPy.

    Parameters
    ----------
    path : str or path
        A file that ``numpy.savez`` or ``numpy.savez_compressed`` wrote. Arrays of Python objects, which would need
        pickle, are refused.
    X, y : str, optional
        The arrays' names. If not given: ``x_train`` and ``y_train`` (with ``x_test`` and ``y_test`` as the test set, as
        the files that come with Keras have them), ``train_images`` and ``train_labels``, ``X`` and ``y``, ``images``
        and ``labels``, ``data`` and ``labels`` or ``target``, in large or small letters.

    Returns
    -------
    Dataset
        ``X`` float32. Pictures of bytes (uint8 of three dimensions or more, with values above 1) are divided by 255.
        ``y`` as it is in the file; a single column becomes flat; text gets sorted ``class_names``.

    Raises
    ------
    DataError
        No such file, another kind of file, a damaged one, arrays that are not there, are not numbers, or do not fit
        together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "squares.npz")
    ...     np.savez(file, X=np.full((4, 2, 2), 255, np.uint8), y=[0, 1, 0, 1])
    ...     data = load_npz(file)
    >>> data.X.max(), data
    (np.float32(1.0), <Dataset "squares": 4 samples of shape (2, 2)>)
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = {i.filename.removesuffix(".npy"): i for i in archive.infolist() if i.filename.endswith(".npy")}
            pair = _pair(path, list(names), X, y)
            arrays = [_array(path, archive, names[name], name) for name in pair]
            test = _test_pair(pair, list(names)) if X is None and y is None else None
            test_arrays = [_array(path, archive, names[name], name) for name in test] if test else None
    except FileNotFoundError as error:
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: there is no such file.{nearest(path.name, beside)}") from error
    except DataError:
        raise
    except DAMAGE as error:
        raise DataError(
            f"{path}: not a whole .npz file: {str(error).rstrip('.')}. Write it with numpy.savez."
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    held_out = _dataset(f"{path.stem}, test", path, test, test_arrays, None) if test and test_arrays else None
    return _dataset(path.stem, path, pair, arrays, held_out)


def _pair(path: Path, names: list[str], X: str | None, y: str | None) -> tuple[str, str]:
    """The names of the features and of the targets."""
    listed = ", ".join(names[:MOST_LISTED]) + (f" and {len(names) - MOST_LISTED} more" if names[MOST_LISTED:] else "")
    for given in (X, y):
        if given is not None and given not in names:
            raise DataError(f'{path}: no array "{given}".{nearest(given, names)} Arrays: {listed or "none"}.')
    by_small = {name.lower(): name for name in reversed(names)}
    for small_X, small_y in PAIRS:
        found_X, found_y = X or by_small.get(small_X), y or by_small.get(small_y)
        if found_X is not None and found_y is not None and found_X != found_y:
            return found_X, found_y
    if X is not None and y is not None:
        raise DataError(f'{path}: X and y are both the array "{X}". Name two arrays.')
    raise DataError(
        f'{path}: which arrays are the features and the targets? Name them: load_npz(path, X="…", y="…"). '
        f"Arrays: {listed or 'none'}."
    )


def _test_pair(pair: tuple[str, str], names: list[str]) -> tuple[str, str] | None:
    """The names of the test set's arrays, where the file has one."""
    by_small = {name.lower(): name for name in reversed(names)}
    found = []
    for name in pair:
        small = name.lower()
        for train, test in TRAIN_AND_TEST:
            small = small.replace(train, test)
        if "test" not in small or small not in by_small:
            return None
        found.append(by_small[small])
    return found[0], found[1]


def _array(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Array:
    """Read an array after its header's size is held against the file's, so that a damaged file costs no memory."""
    place = f'{path}, array "{name}"'
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
        start = stream.tell()
    if dtype.hasobject:
        raise DataError(
            f"{place}: expected numbers or text, got Python objects, which are not read because they can run code. "
            f"Write the array with dtype float32, or text with dtype str."
        )
    wanted, found = prod(shape) * dtype.itemsize, member.file_size - start
    can_hold = member.compress_size * (1 if member.compress_type == zipfile.ZIP_STORED else DEFLATE_RATIO) + SLACK
    if wanted != found or wanted > can_hold:
        raise DataError(
            f"{place}: the file is damaged: expected {wanted} bytes for shape {shape} of {dtype.name}, found "
            f"{min(found, can_hold)} bytes. Get the file again."
        )
    with archive.open(member) as stream:
        values: Array = np.lib.format.read_array(stream, allow_pickle=False)
    return values


def _dataset(name: str, path: Path, pair: tuple[str, str], arrays: list[Array], test: Dataset | None) -> Dataset:
    places = [f'{path}, array "{array}"' for array in pair]
    given, targets = arrays[0], as_targets(arrays[1], places[1])
    same_length(given, targets, *places)
    pictures = given.dtype == np.uint8 and given.ndim >= 3 and given.size > 0 and given.max() > 1
    X: NDArray[np.float32] = (
        np.divide(given, np.float32(255), dtype=np.float32) if pictures else as_features(given, None, places[0])
    )
    y = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
    class_names = tuple(np.unique(y).tolist()) if y.dtype.kind == "U" else None
    description = f'{len(X):,} samples from {path.name}, "{pair[0]}" and "{pair[1]}".'
    return Dataset(name, X, y, None, class_names, description, test)
