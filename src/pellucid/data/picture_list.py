"""Which pictures a set has and what they show: a folder for each class, or a table of paths and labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pellucid.data.csv_text import read_csv_text
from pellucid.errors import DataError, nearest

ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm")
MOST_LISTED = 5  # names in an error


@dataclass(frozen=True, eq=False, repr=False)
class PictureList:
    """The pictures of a set, not yet opened.

    Attributes
    ----------
    root : Path
        What ``paths`` start from.
    paths : tuple of str
        With "/" between the parts, class by class and sorted in each; a table's in its own order.
    labels : int64 ndarray (n,)
        Indexes of ``class_names``.
    class_names : tuple of str
        Sorted.
    ignored : int
        How many other files there are: hidden ones, ones that do not end like a picture, ones beside the classes.
    """

    root: Path
    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    ignored: int

    @classmethod
    def find(cls, path: str | PathLike[str]) -> PictureList:
        r"""List the pictures of a folder or of a table.

        Parameters
        ----------
        path : str or path
            A folder with one folder of pictures for each class; or a CSV file of two columns, the picture's path
            from the table's folder and its label, with or without a line of names.

        Raises
        ------
        DataError
            No such folder, no classes, one class only, a class without pictures, a table of another shape.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = Path(folder, "set.csv")
        ...     _ = table.write_text("path,label\na.png,cat\nb.png,dog\n")
        ...     PictureList.find(table)
        <PictureList: 2 pictures in 2 classes>
        """
        root = Path(path)
        if root.is_dir():
            return _from_folder(root)
        if root.is_file():
            return _from_table(root)
        beside = [entry.name for entry in root.parent.iterdir()] if root.parent.is_dir() else []
        raise DataError(f"{root}: there is no such folder.{nearest(root.name, beside)}")

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        return f"<PictureList: {len(self)} pictures in {len(self.class_names)} classes>"


def _from_folder(root: Path) -> PictureList:
    folders, loose, ignored = _inside(root)
    if not folders:
        found = f"{counted(len(loose), 'picture')} and no folders" if loose else "no folders"
        raise DataError(
            f"{root}: expected one folder of pictures for each class, found {found}. "
            f"Put the pictures into folders that are named like their classes, for instance "
            f'"{root.resolve().name}/cats".'
        )
    paths: list[str] = []
    sizes, empty = [], []
    for name in folders:
        below, pictures, others = _inside(root / name)
        if below and not pictures:
            raise DataError(_too_high(root, name, below))
        if not pictures:
            empty.append(name)
        paths += [f"{name}/{picture}" for picture in pictures]
        sizes.append(len(pictures))
        ignored += others
    if len(empty) == len(folders):
        endings = " ".join(ENDINGS)
        raise DataError(f"{root}: no pictures in {listed(folders)}. Pictures are known by their endings: {endings}.")
    if empty:
        word = "class" if len(empty) == 1 else "classes"
        raise DataError(f"{root}: no pictures in the {word} {listed(empty)}. Put pictures there, or remove the folder.")
    labels = np.repeat(np.arange(len(folders)), sizes)
    return _checked(root, PictureList(root, tuple(paths), labels, tuple(folders), ignored + len(loose)))


def _inside(folder: Path) -> tuple[list[str], list[str], int]:
    """The sorted names of the folders and of the pictures in a folder, and the number of its other files."""
    folders, pictures, others = [], [], 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".")
                if entry.is_dir():
                    folders += [] if hidden else [entry.name]
                elif not hidden and entry.is_file() and entry.name.lower().endswith(ENDINGS):
                    pictures.append(entry.name)
                else:
                    others += 1
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror or error}.") from error
    return sorted(folders), sorted(pictures), others


def _too_high(root: Path, name: str, below: list[str]) -> str:
    return (
        f'{root}: expected one folder of pictures for each class, but "{name}" holds no pictures, only the folders '
        f'{listed(below)}. Did you mean "{root / name}"?'
    )


def _from_table(table: Path) -> PictureList:
    text = read_csv_text(table)
    cells = text.cells
    columns = [c for c in cells.columns if c != "record"]
    if len(columns) != 2:
        raise DataError(
            f"{text.file}: expected two columns, path and label, found {counted(len(columns), 'column')}. "
            f"Write one picture on each line, for instance: cats/1.jpg,cat"
        )
    first = cells.row(0, named=True)[columns[0]] or ""
    if not first.lower().endswith(ENDINGS) and not (table.parent / first).is_file():
        cells = cells[1:]  # the columns' names
    if cells.is_empty():
        raise DataError(f"{text.file}: expected one picture on each line, found only the columns' names.")
    for column, what in zip(columns, ("path", "label"), strict=True):
        gaps = cells[column].is_null() | (cells[column] == "")
        if gaps.any():
            line = text.line(int(cells["record"][gaps.arg_true()[0]]))
            raise DataError(f"{text.file}, line {line}: the {what} is missing. Complete or delete the line.")
    names, labels = np.unique(cells[columns[1]].to_numpy().astype(str), return_inverse=True)
    paths = tuple(cells[columns[0]].to_list())
    return _checked(table, PictureList(table.parent, paths, labels.astype(np.int64), tuple(names.tolist()), 0))


def _checked(source: Path, found: PictureList) -> PictureList:
    if len(found.class_names) == 1:
        raise DataError(
            f'{source}: found one class only, "{found.class_names[0]}", so there is nothing to tell apart. '
            f"Add pictures of another class."
        )
    return found


def listed(names: Sequence[str]) -> str:
    """Names in quotes, the first few of many.

    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('"a", "b"', '"a", "b", "c", "d", "e" and 2 more')
    """
    quoted = ", ".join(f'"{name}"' for name in names[:MOST_LISTED])
    return quoted + (f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else "")


def counted(n: int, thing: str) -> str:
    """A number of things.

    >>> counted(1, "picture"), counted(2000, "picture")
    ('1 picture', '2,000 pictures')
    """
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
