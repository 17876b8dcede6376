"""MNIST: 70,000 handwritten digits of 28×28 pixels."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.dataset import Dataset
from pellucid.data.download import Progress, fetch
from pellucid.data.idx import read_idx
from pellucid.errors import DataError

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
# The files' names, and the MD5 sums of their .gz forms as published.
FILES = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
SIDE = 28  # pixels
GREY_LEVELS = 255


def load_mnist(folder: str | PathLike[str] | None = None, progress: Progress | None = None) -> Dataset:
    """Return MNIST's training pictures, with its test pictures as ``.test``.

    Parameters
    ----------
    folder : str or path, optional
        Where the four IDX files are, plain or as .gz. If not given, they are taken from the user's cache folder, and
        downloaded into it the first time (11 MB).
    progress : callable, optional
        Called during a download with the file's name, the bytes that are here, and the bytes of the whole file or None.

    Returns
    -------
    Dataset
        ``X`` float32 (60000, 28, 28) from 0 (paper) to 1 (ink), ``y`` int64 (60000,) from 0 to 9; ``test`` the same
        with 10,000 pictures.

    Raises
    ------
    DataError
        A file is missing from ``folder``, is damaged, or cannot be downloaded.

    Notes
    -----
    Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, 1998.

    Examples
    --------
    >>> load_mnist("no-such-folder")
    Traceback (most recent call last):
        ...
    pellucid.errors.DataError: no-such-folder: the file train-images-idx3-ubyte is missing, also with .gz at the end \
or "." for "-idx". Leave out the folder to download MNIST.
    """
    paths = {name: _find(name, folder, progress) for name in FILES}
    test = _part("mnist, test", paths["t10k-images-idx3-ubyte"], paths["t10k-labels-idx1-ubyte"], None)
    return _part("mnist", paths["train-images-idx3-ubyte"], paths["train-labels-idx1-ubyte"], test)


def _find(name: str, folder: str | PathLike[str] | None, progress: Progress | None) -> Path:
    if folder is None:
        from platformdirs import user_cache_dir

        place = Path(user_cache_dir("pellucid")) / "mnist"
    else:
        place = Path(folder)
    for stem in (name, name.replace("-idx", ".idx")):
        for path in (place / stem, place / f"{stem}.gz"):
            if path.is_file():
                return path
    if folder is None:
        return fetch(f"{name}.gz", [f"{url}{name}.gz" for url in MIRRORS], place, md5=FILES[name], progress=progress)
    raise DataError(
        f'{place}: the file {name} is missing, also with .gz at the end or "." for "-idx". '
        f"Leave out the folder to download MNIST."
    )


def _part(name: str, images_path: Path, labels_path: Path, test: Dataset | None) -> Dataset:
    images, labels = read_idx(images_path), read_idx(labels_path)
    _expect(images_path, images.dtype == np.uint8 and images.shape[1:] == (SIDE, SIDE), "(n, 28, 28)", images)
    _expect(labels_path, labels.dtype == np.uint8 and labels.shape == (len(images),), f"({len(images)},)", labels)
    if labels.max() > 9:
        raise DataError(f"{labels_path}: expected labels from 0 to 9, found {labels.max()}. Get the file again.")
    X = np.divide(images, GREY_LEVELS, dtype=np.float32)
    digits = tuple(str(d) for d in range(10))
    description = "Handwritten digits, 28×28 pixels (LeCun, Cortes and Burges, 1998)."
    return Dataset(name, X, labels.astype(np.int64), None, digits, description, test)


def _expect(path: Path, right: bool, shape: str, found: Array) -> None:
    if not right:
        raise DataError(
            f"{path}: expected shape {shape} of uint8, found {found.shape} of {found.dtype}. Is it a file of MNIST?"
        )
