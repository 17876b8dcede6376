"""SOURCE on the command line: a data set's name or a CSV file, as a :class:`Dataset` and what is known about it."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, DescriptionError, nearest

if TYPE_CHECKING:
    from pellucid.data import Dataset

NAMES = ("digits", "mnist", "pictures-4x3")
TASKS = ("classes", "numbers")
WIDE = 100.0  # columns whose spreads differ by more than this factor are told about


@dataclass(frozen=True)
class Source:
    """Data to train or evaluate on.

    Attributes
    ----------
    given : str
        SOURCE as the user wrote it.
    kind : str
        One of the names, or "csv".
    data : Dataset
        Classes as text or as labels from 0; numbers as floats.
    task : str
        "classes" or "numbers".
    target : str, optional
        The target column of a CSV file.
    why : str, optional
        How the task was decided, where there was something to decide.
    remarks : tuple of str
        What the user should know about the data.
    """

    given: str
    kind: str
    data: Dataset
    task: str
    target: str | None = None
    why: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def short_name(self) -> str:
        """For the names of networks and folders."""
        return self.kind if self.kind != "csv" else Path(self.given).stem or "data"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the outputs."""
        return self.data.class_names or ()


def load_source(
    given: str, target: str | None = None, folder: Path | None = None, task: str | None = None, *, quiet: bool = False
) -> Source:
    """Read SOURCE.

    Raises
    ------
    DataError
        It is neither a name nor a file, an option does not belong to it, or its data will not do.
    """
    kind = source_kind(given)
    if kind != "csv" and target is not None:
        raise DataError(f"--target is for CSV files; {given} has its own.")
    if kind != "csv" and task is not None:
        raise DataError(f"--task is for CSV files; {given} has classes.")
    if kind != "mnist" and folder is not None:
        raise DataError(f"--data says where the files of mnist are; {given} does not need it.")
    if kind == "csv":
        return _table(given, target, task)
    return Source(given, kind, _built_in(kind, folder, quiet), "classes")


def source_kind(given: str) -> str:
    """The kind of SOURCE.

    Raises
    ------
    DataError
        It is neither a known name nor a file.
    """
    if given in NAMES:
        return given
    path = Path(given)
    if path.is_dir():
        raise DataError(f"{given} is a folder. Give a CSV file, or one of: {', '.join(NAMES)}.")
    if not path.exists() and not path.suffix:
        raise DataError(
            f'"{given}" is neither a known source nor a file.{nearest(given, NAMES)} '
            f"Known: {', '.join(NAMES)}, or the path of a CSV file."
        )
    return "csv"


def _built_in(kind: str, folder: Path | None, quiet: bool) -> Dataset:
    from pellucid import data

    if kind == "digits":
        return data.load_digits()
    if kind == "pictures-4x3":
        return data.load_pictures_4x3()
    return data.load_mnist(folder, None if quiet else _Download())


class _Download:
    """Tells about a download: a line that counts in a terminal, one line a file elsewhere."""

    def __init__(self) -> None:
        self._name = ""

    def __call__(self, name: str, done: int, total: int | None) -> None:
        live = sys.stderr.isatty()
        of = f" of {total / 1e6:.1f}" if total else ""
        if live:
            print(f"\rDownloading {name}: {done / 1e6:.1f}{of} MB ", end="", file=sys.stderr, flush=True)
            if done == total:
                print(file=sys.stderr)
        elif name != self._name:
            print(f"Downloading {name} …", file=sys.stderr, flush=True)
        self._name = name


def _table(given: str, target: str | None, task: str | None) -> Source:
    import numpy as np

    from pellucid.data import load_csv

    if task not in (None, *TASKS):
        raise DescriptionError(f'--task must be "classes" or "numbers", got "{task}".{nearest(task, TASKS)}')
    data = load_csv(given, target=target)
    column = target_column(data)
    text, whole = data.y.dtype.kind in "OUS", data.y.dtype.kind in "iu"
    values = len(np.unique(data.y))
    if text and task == "numbers":
        raise DataError(f'{given}: the target "{column}" is text, so it cannot be learned as numbers.')
    chosen = task or ("classes" if data.has_classes else "numbers")
    if task is not None:
        why = "as --task says"
    elif text:
        why = "its values are text"
    elif chosen == "classes":
        why = f"{values} different whole numbers in {data.n:,} rows; --task numbers treats them as numbers"
    elif whole:
        why = f"{values} different whole numbers in {data.n:,} rows; --task classes treats them as classes"
    else:
        why = "its values are not whole numbers"
    if chosen == "classes" and not text:
        if values > 1000:
            raise DataError(
                f'{given}: the target "{column}" has {values:,} different values, too many for classes. '
                f"Use --task numbers."
            )
        names = tuple(number_name(v) for v in np.unique(data.y))
        data = dataclasses.replace(data, y=np.array([number_name(v) for v in data.y]), class_names=names)
    elif chosen == "numbers":
        data = dataclasses.replace(data, y=data.y.astype(float), class_names=None)
    return Source(given, "csv", data, chosen, column, why, _scales(data))


def number_name(value: Any) -> str:
    """The name of a class that is a number.

    >>> number_name(3.0), number_name(0.5)
    ('3', '0.5')
    """
    return str(int(value)) if value == int(value) else f"{value:g}"


def target_column(data: Dataset) -> str:
    """The name of a CSV file's target column, which its description ends with."""
    return data.description.partition('the target is "')[2].removesuffix('".')


def _scales(data: Dataset) -> tuple[str, ...]:
    """Tell where columns have very different scales: gradient descent finds that hard."""
    import numpy as np

    names = data.feature_names or ()
    spread = data.X.reshape(data.n, -1).astype(float).std(axis=0)
    steady = np.flatnonzero(spread == 0)
    remarks = []
    if len(steady):
        listed = ", ".join(f'"{names[i]}"' for i in steady[:5]) + (", …" if len(steady) > 5 else "")
        many = f"the column {listed} has" if len(steady) == 1 else f"the columns {listed} have"
        remarks.append(f"Note: {many} the same value in every row, so nothing can be learned from it.")
    moving = np.flatnonzero(spread > 0)
    if len(moving) < 2:
        return tuple(remarks)
    least, most = moving[spread[moving].argmin()], moving[spread[moving].argmax()]
    if spread[most] > WIDE * spread[least]:
        remarks.append(
            f'Note: the columns have very different scales: the standard deviation of "{names[most]}" is '
            f'{spread[most]:.3g}, that of "{names[least]}" is {spread[least]:.3g}. They are used as they are. Training '
            f"goes faster and further when each column is first scaled to about −1…1."
        )
    return tuple(remarks)


def data_hash(data: Dataset) -> str:
    """SHA-256 of the samples, their shape and their targets: the same data give the same, whatever the file's name."""
    import numpy as np

    digest = hashlib.sha256(f"{data.X.shape} {data.X.dtype}".encode())
    digest.update(np.ascontiguousarray(data.X).data)
    digest.update("\n".join(map(str, data.y.tolist())).encode())
    return digest.hexdigest()
