"""Folders of IDX files: MNIST's relatives, such as Fashion-MNIST, KMNIST and EMNIST."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.check import same_length
from pellucid.data.dataset import Dataset
from pellucid.data.idx import read_idx
from pellucid.errors import DataError, nearest

PART = re.compile(
    r"(?:(?P<set>.*?)[-_.]?)(?P<part>train|test|t10k|)[-_.]?(?P<what>images|labels)[-.]idx[1-4]-ubyte(\.gz)?"
)
LEVELS = np.float32(255)

Files = dict[str, dict[str, Path]]  # "train" or "test" → "images" and "labels" → file


def load_idx_folder(folder: str | PathLike[str], name: str | None = None) -> Dataset:
    """Read pictures and labels in the IDX format of MNIST.

    Parameters
    ----------
    folder : str or path
        Where the files are, plain or as .gz: ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, and for the
        test set, if there is one, the same with ``t10k`` or ``test``. A set's name may stand before, as in
        ``emnist-letters-train-images-idx3-ubyte.gz``.
    name : str, optional
        Which set, where the folder holds several.

    Returns
    -------
    Dataset
        ``X`` float32 (n, height, width) from 0 to 1, ``y`` int64 (n,); the test set as ``.test``. The classes are named
        by their numbers, where the labels are all numbers from 0 on.

    Raises
    ------
    DataError
        No such folder or files, several sets without a name, pictures and labels that do not fit together, or a
        damaged file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images = Path(folder, "train-images-idx3-ubyte")
    ...     _ = images.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 0]))
    ...     _ = Path(folder, "train-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 0]))
    ...     data = load_idx_folder(folder)
    >>> (255 * data.X).tolist(), data.y.tolist(), data.class_names
    ([[[0.0, 255.0]], [[51.0, 0.0]]], [1, 0], ('0', '1'))
    """
    place = Path(folder)
    sets = _sets(place)
    if not sets:
        raise DataError(
            f"{place}: no files of pictures and labels in IDX. Expected train-images-idx3-ubyte and "
            f"train-labels-idx1-ubyte, plain or with .gz at the end."
        )
    known = ", ".join(f'"{found}"' for found in sorted(sets))
    if name is None and len(sets) > 1:
        raise DataError(f"{place}: the folder holds {len(sets)} sets. Give the name of one: {known}.")
    if name is not None and name not in sets:
        raise DataError(f'{place}: no set "{name}".{nearest(name, sets)} Known: {known}.')
    chosen = name if name is not None else next(iter(sets))
    files = sets[chosen]
    title = chosen or place.resolve().name
    test = _part(f"{title}, test", place, files["test"], None) if "test" in files and "train" in files else None
    return _part(title, place, files.get("train") or files["test"], test)


def _sets(place: Path) -> dict[str, Files]:
    """The files of each set in a folder."""
    try:
        paths = sorted(place.iterdir(), reverse=True)  # so that a plain file comes after its .gz, and is taken
    except FileNotFoundError as error:
        beside = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        raise DataError(f"{place}: there is no such folder.{nearest(place.name, beside)}") from error
    except OSError as error:
        raise DataError(f"{place}: cannot be read: {error.strerror or error}.") from error
    sets: dict[str, Files] = {}
    for path in paths:
        if found := PART.fullmatch(path.name):
            part = "test" if found["part"] in ("test", "t10k") else "train"
            sets.setdefault(found["set"], {}).setdefault(part, {})[found["what"]] = path
    return sets


def _part(title: str, place: Path, files: dict[str, Path], test: Dataset | None) -> Dataset:
    for what, other in (("images", "labels"), ("labels", "images")):
        if what not in files:
            raise DataError(f"{place}: the {what} that belong to {files[other].name} are missing.")
    images, labels = read_idx(files["images"]), read_idx(files["labels"])
    _expect(files["images"], images.dtype == np.uint8 and images.ndim in (3, 4), "(n, height, width) of uint8", images)
    _expect(files["labels"], labels.dtype.kind in "ui" and labels.ndim == 1, "(n,) of whole numbers", labels)
    same_length(images, labels, files["images"].name, files["labels"].name)
    found = np.unique(labels)
    all_named = test is None or bool(np.isin(test.y, found).all())
    names = tuple(str(k) for k in found.tolist()) if found[0] == 0 and found[-1] == len(found) - 1 else None
    X = np.divide(images, LEVELS, dtype=np.float32)
    y = labels.astype(np.int64)
    return Dataset(title, X, y, None, names if all_named else None, f"{len(X):,} pictures from {place}.", test)


def _expect(path: Path, right: bool, shape: str, found: Array) -> None:
    if not right:
        raise DataError(f"{path}: expected shape {shape}, found {found.shape} of {found.dtype}.")
