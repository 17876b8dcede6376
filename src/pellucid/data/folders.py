"""Folders of pictures as data sets: in memory as a ``Dataset``, or streamed from disk."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from pathlib import Path

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.data.download import Progress
from pellucid.data.picture_decode import choose_form, decode
from pellucid.data.picture_form import PictureForm
from pellucid.data.picture_list import MOST_LISTED, PictureList, counted
from pellucid.data.picture_store import Broken
from pellucid.data.picture_stream import PictureStream
from pellucid.data.split import stratified_split
from pellucid.errors import DataError, nearest

IN_MEMORY = 2 << 30  # bytes
BROKEN = ("skip", "stop")


@dataclass(frozen=True, eq=False, repr=False)
class Pictures(Dataset):
    """A data set that knows its files.

    Parameters
    ----------
    paths : tuple of str
        Where each sample came from, from the set's folder; in the order of ``X``.
    broken : dict of str to str
        For each picture that was left out, why.
    """

    paths: tuple[str, ...] = ()
    broken: dict[str, str] = field(default_factory=dict)

    def split(self, fraction: float, seed: int) -> tuple[Dataset, Dataset]:
        """As of every data set; the paths go with their pictures."""
        parts = super().split(fraction, seed)
        rows = stratified_split(self.y, fraction, seed, self.has_classes)
        train, held_out = (
            dataclasses.replace(part, paths=tuple(self.paths[i] for i in chosen))  # type: ignore[call-arg]
            for part, chosen in zip(parts, rows, strict=True)
        )
        return train, held_out


def load_folder(
    path: str | PathLike[str],
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: str = "crop",
    *,
    background: int = 0,
    broken: str = "skip",
    threads: int | None = None,
    progress: Progress | None = None,
    cache: bool = True,
    in_memory_limit: int = IN_MEMORY,
) -> Pictures:
    """Read a set of pictures into memory: a folder with one folder of pictures for each class, or a table.

    Parameters
    ----------
    path : str or path
        The folder; or a CSV file of two columns, the pictures' paths from the table's folder, and their labels.
    size : int or (height, width), optional
        What pictures are brought to, in pixels. If not given, their own size where all have the same, of at most 256
        pixels a side; else a square of the median of their shorter sides, at most 64. Up to 1,000 pictures are asked.
    channels : int, optional
        1 for grey, 3 for colour. If not given, 3 where any of up to 1,000 pictures has colour.
    fit : str
        "crop", "pad" or "stretch", see :func:`~pellucid.data.picture.read_picture`.
    background : int
        The grey level, 0 to 255, beside padded pictures and behind transparent ones.
    broken : str
        "skip" leaves out pictures that cannot be read, and warns once with their number; "stop" raises at the first.
    threads : int, optional
        How many pictures are decoded at a time; one for each processor if not given.
    progress : callable, optional
        Called with the set's name, how many pictures are decoded, and how many there are.
    cache : bool
        Whether decoded pictures are kept in the user's cache folder (5 GiB at most, the ones unused for longest go),
        where a second call finds them unless a file has changed.
    in_memory_limit : int
        The most bytes that ``X`` may take.

    Returns
    -------
    Pictures
        A ``Dataset`` with ``X`` float32 (n, height, width, channels) from 0 to 1, ``y`` the class names, and besides
        ``paths`` and ``broken``.

    Raises
    ------
    DataError
        No such folder, no classes, one class only, a class without a picture that can be read, wrong options, or more
        pictures than the limit allows. PictureError, which is a DataError, names a broken picture.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for label, level in ("dark", 51), ("light", 204):
    ...         Path(folder, label).mkdir()
    ...         Image.new("L", (6, 4), level).save(Path(folder, label, "1.png"))
    ...     data = load_folder(folder, cache=False)
    >>> data.X.shape, (255 * data.X[:, 0, 0, 0]).tolist(), data.y.tolist()
    ((2, 4, 6, 1), [51.0, 204.0], ['dark', 'light'])
    """
    pictures, form = _found(path, size, channels, fit, background, broken)
    wanted = 4 * len(pictures) * form.bytes
    if wanted > in_memory_limit:
        raise DataError(
            f"{path}: {counted(len(pictures), 'picture')} of shape {form.shape} take {wanted / 1e9:.2g} GB of memory, "
            f"more than the limit of {in_memory_limit / 1e9:.2g} GB. Stream them with open_folder, give a smaller "
            f"size, or raise in_memory_limit."
        )
    with _opened(path, pictures, form, broken, threads, progress, cache) as stream:
        X = stream.take(np.arange(len(stream)))
        paths = tuple(stream.path(i) for i in range(len(stream)))
        return Pictures(
            stream.name, X, stream.y, None, stream.class_names, stream.description, paths=paths, broken=stream.broken
        )


def open_folder(
    path: str | PathLike[str],
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: str = "crop",
    *,
    background: int = 0,
    broken: str = "skip",
    threads: int | None = None,
    progress: Progress | None = None,
    cache: bool = True,
) -> PictureStream:
    """Open a set of pictures without holding it in memory.

    The pictures are decoded once, into a file of one byte for each value: in the user's cache folder, or with
    ``cache=False`` in a temporary file. From there they are read when they are needed.

    Parameters
    ----------
    path, size, channels, fit, background, broken, threads, progress, cache
        As in :func:`load_folder`.

    Returns
    -------
    PictureStream

    Raises
    ------
    DataError
        As :func:`load_folder`, but for the limit of memory; no room on the disk.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for label, level in ("dark", 51), ("light", 204):
    ...         Path(folder, label).mkdir()
    ...         Image.new("L", (6, 4), level).save(Path(folder, label, "1.png"))
    ...     with open_folder(folder, cache=False) as stream:
    ...         batch = stream.take([1, 0, 1])
    >>> (255 * batch[:, 0, 0, 0]).tolist(), stream.labels.tolist()
    ([204.0, 51.0, 204.0], [0, 1])
    """
    pictures, form = _found(path, size, channels, fit, background, broken)
    return _opened(path, pictures, form, broken, threads, progress, cache)


def _found(
    path: str | PathLike[str], size: int | tuple[int, int] | None, channels: int | None, fit: str, background: int,
    broken: str,
) -> tuple[PictureList, PictureForm]:  # fmt: skip
    if broken not in BROKEN:
        raise DataError(f'Pictures: expected broken="skip" or broken="stop", got "{broken}".{nearest(broken, BROKEN)}')
    pictures = PictureList.find(path)
    return pictures, choose_form(pictures, size, channels, fit, background)


def _opened(
    path: str | PathLike[str], pictures: PictureList, form: PictureForm, broken: str, threads: int | None,
    progress: Progress | None, cache: bool,
) -> PictureStream:  # fmt: skip
    store = decode(pictures, form, stop=broken == "stop", threads=threads, progress=progress, cache=cache)
    try:
        _refuse_empty_classes(pictures, store.broken)
        if store.broken:
            warnings.warn(_left_out(path, pictures, store.broken), stacklevel=3)
    except BaseException:  # also where warnings are errors
        store.file.close()
        raise
    source = Path(path).resolve()
    name = source.stem if source.is_file() else source.name
    return PictureStream(name, pictures, form, store, threads, _described(path, pictures, form, store.broken))


def _refuse_empty_classes(pictures: PictureList, broken: Broken) -> None:
    all_of = np.bincount(pictures.labels, minlength=len(pictures.class_names))
    lost = np.bincount(pictures.labels[list(broken)], minlength=len(pictures.class_names))
    for label in np.flatnonzero(lost == all_of).tolist():
        first = next(i for i in broken if pictures.labels[i] == label)
        raise DataError(
            f'{pictures.root}: no picture of the class "{pictures.class_names[label]}" can be read. '
            f"The first: {pictures.paths[first]}: {broken[first]}."
        )


def _left_out(path: str | PathLike[str], pictures: PictureList, broken: Broken) -> str:
    first = "".join(f"\n  {pictures.paths[i]}: {reason}" for i, reason in islice(broken.items(), MOST_LISTED))
    rest = (
        f"\n  … and {len(broken) - MOST_LISTED} more; all of them stand in .broken" if len(broken) > MOST_LISTED else ""
    )
    were = "was" if len(broken) == 1 else "were"
    count = f"{len(broken):,} of {counted(len(pictures), 'picture')}"
    return f"{path}: {count} cannot be read and {were} left out:{first}{rest}"


def _described(path: str | PathLike[str], pictures: PictureList, form: PictureForm, broken: Broken) -> str:
    left = f" {counted(len(broken), 'picture')} left out that cannot be read." if broken else ""
    other = f" {counted(pictures.ignored, 'other file')} ignored." if pictures.ignored else ""
    (height, width), kind = form.size, "colour" if form.channels == 3 else "grey"
    return (
        f"{counted(len(pictures) - len(broken), 'picture')} in {len(pictures.class_names)} classes from {path}, "
        f"{height}×{width} pixels, {kind}, fit by {form.fit}.{left}{other}"
    )
