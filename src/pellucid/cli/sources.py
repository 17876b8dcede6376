"""SOURCE on the command line: a name or where files are, as a :class:`Dataset` and what is known about it."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli.targets import decide, scale_remarks
from pellucid.errors import DataError, DescriptionError, nearest

if TYPE_CHECKING:
    from pellucid.cli.picture_options import PictureOptions
    from pellucid.data import Dataset

NAMES = ("digits", "mnist", "pictures-4x3")
TASKS = ("classes", "numbers")
WITH_TASK = ("table", "npz")  # kinds whose targets may be classes or numbers
HASHED = 256  # pictures on disk that are read at a time


def wants_evaluation(asked: bool | None, given: str) -> bool:
    """Whether a training on SOURCE writes its evaluation: as asked for, else where the data are the user's own."""
    return given not in NAMES if asked is None else asked


@dataclass(frozen=True)
class Source:
    """Data to train or evaluate on.

    Attributes
    ----------
    given : str
        SOURCE as the user wrote it.
    kind : str
        One of the names, or "table", "pictures" (in files), "npz" or "idx".
    data : Dataset
        Classes as text or as labels from 0; numbers as floats.
    task : str
        "classes" or "numbers".
    target : str, optional
        The target column of a table.
    why : str, optional
        How the task was decided, where there was something to decide.
    remarks : tuple of str
        What the user should know about the data.
    preparation : dict, optional
        How a picture file becomes a sample like these, where they are pictures with values from 0 to 1.
    streamed : bool
        Whether the samples are read from disk while a network trains.
    held_out : str, optional
        Where the test set is from, as in 'in the folder "test"'.
    reasons : dict of str to str
        Why pictures are read as they are, where nothing was said about it.
    read_as : tuple of str
        How a table was read, where that is not the usual way.
    columns : dict of str to str
        Kinds of a table's columns that the user gave.
    missing : dict of str to list of str
        Values that stand for a missing one, by column.
    aside : Dataset, optional
        The rows of a streamed table that are held out.
    target_place : int, optional
        Where the target stands among a table's columns, from 0.
    """

    given: str
    kind: str
    data: Dataset
    task: str
    target: str | None = None
    why: str | None = None
    remarks: tuple[str, ...] = ()
    preparation: dict[str, Any] | None = None
    streamed: bool = False
    held_out: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    read_as: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[Any, Any] = field(default_factory=dict)
    target_place: int | None = None
    aside: Dataset | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether a sample is a picture: (height, width) or (height, width, channels)."""
        return self.kind != "table" and len(self.data.input_shape) in (2, 3)

    @property
    def noun(self) -> str:
        """What a sample is called."""
        return "picture" if self.kind not in NAMES and self.has_pictures else "row"

    @property
    def short_name(self) -> str:
        """For the names of networks and folders."""
        return self.kind if self.kind in NAMES else Path(self.given).resolve().stem or "data"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the outputs."""
        return self.data.class_names or ()


def load_source(
    given: str, target: str | None = None, folder: Path | None = None, task: str | None = None, *, quiet: bool = False,
    options: PictureOptions | None = None, columns: Mapping[str, str] | None = None,
    missing: Mapping[Any, Any] | None = None, aside: tuple[float, int] = (0.0, 0),
) -> Source:  # fmt: skip
    """Read SOURCE; ``aside`` is the share of rows that a streamed table holds out, and the seed that draws them.

    Raises
    ------
    DataError
        It is neither a name nor a file, an option does not belong to it, or its data will not do.
    """
    kind = source_kind(given)
    if kind != "table" and target is not None:
        raise DataError(f"--target is for tables; {given} has its own.")
    if kind != "table" and columns:
        raise DataError(f"--column is for tables; {given} is none.")
    if kind != "table" and missing:
        raise DataError(f"--missing is for tables; {given} is none.")
    if kind not in WITH_TASK and task is not None:
        raise DataError(f"--task is for tables; {given} has classes.")
    if kind != "mnist" and folder is not None:
        raise DataError(f"--data says where the files of mnist are; {given} does not need it.")
    if task not in (None, *TASKS):
        raise DescriptionError(f'--task must be "classes" or "numbers", got "{task}".{nearest(task, TASKS)}')
    if kind == "pictures":
        return _pictures(given, options, quiet)
    if kind == "table":
        from pellucid.cli import tables

        stream = None
        if options is not None:
            dataclasses.replace(options, stream=None).refuse(given)
            stream = options.stream
        return tables.load(given, target, task, columns, missing, stream, aside)
    if options is not None:
        options.refuse(given)
    if kind in NAMES:
        source = Source(given, kind, _built_in(kind, folder, quiet), "classes")
    else:
        source = _arrays(given, kind, task)
    return dataclasses.replace(source, preparation=_own_preparation(source))


def source_kind(given: str) -> str:
    """The kind of SOURCE.

    Raises
    ------
    DataError
        It is neither a known name nor a file.
    """
    if given in NAMES:
        return given
    from pellucid.cli.picture_files import is_picture, is_picture_table

    path = Path(given)
    if (path / "config.json").is_file() and (path / "checkpoints").is_dir():
        raise DataError(
            f"{given} is the folder of a run, not data. Go on with it by pellucid train --resume {given}, or use it by "
            f"pellucid predict {given} DATA."
        )
    if path.is_dir():
        return "idx" if _has_idx(path) else "pictures"
    if not path.exists() and not path.suffix:
        raise DataError(
            f'"{given}" is neither a known source nor a file.{nearest(given, NAMES)} '
            f"Known: {', '.join(NAMES)}, or the path of a folder of pictures, a table (CSV, Parquet, Excel) or an "
            f".npz file."
        )
    if is_picture(path):
        raise DataError(f"{given} is one picture. Give a folder with one folder of pictures for each class.")
    if path.suffix.lower() == ".npz":
        return "npz"
    typed = path.suffix.lower() in (".parquet", ".pq", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
    return "pictures" if not typed and is_picture_table(path) else "table"


def _has_idx(folder: Path) -> bool:
    from pellucid.data.idx_folder import PART

    return any(PART.fullmatch(entry.name) for entry in folder.iterdir())


def _pictures(given: str, options: PictureOptions | None, quiet: bool) -> Source:
    from pellucid.cli.picture_files import load_pictures
    from pellucid.cli.picture_options import PictureOptions, preparation

    loaded = load_pictures(given, options or PictureOptions(), quiet)
    held_out = None if loaded.held_out is None else f'in the folder "{loaded.held_out}"'
    return Source(
        given, "pictures", loaded.data, "classes", remarks=loaded.remarks, preparation=preparation(loaded.form),
        streamed=loaded.streamed, held_out=held_out, reasons=loaded.reasons,
    )  # fmt: skip


def _own_preparation(source: Source) -> dict[str, Any] | None:
    """How picture files are read for a network that is trained on pictures in memory."""
    from pellucid.cli.picture_options import preparation
    from pellucid.data.picture_form import PictureForm

    X = source.data.X
    height, width, *channels = (*source.data.input_shape, 0, 0)[:3] if source.has_pictures else (0, 0, 0)
    if not height or channels[0] not in (0, 1, 3) or X.min() < 0 or not 0 < X.max() <= 1:
        return None
    return preparation(PictureForm.of((height, width), channels[0] or 1, "crop", 0))


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


def _arrays(given: str, kind: str, task: str | None) -> Source:
    """An .npz file or a folder of IDX files."""
    import numpy as np

    from pellucid.data import load_idx_folder, load_npz

    data = load_npz(given) if kind == "npz" else load_idx_folder(given)
    parts = [data] if data.test is None else [data, data.test]
    for part in parts:
        if part.y.ndim > 1:
            raise DataError(f"{given}: expected one target for each sample, found targets of shape {part.y.shape}.")
        if part.X.shape[1:] != data.X.shape[1:]:
            raise DataError(
                f"{given}: the samples for testing have the shape {part.X.shape[1:]}, those for training "
                f"{data.X.shape[1:]}."
            )
    pictures = data.X.ndim in (3, 4)
    classes = data.has_classes or (pictures and data.y.dtype.kind in "iu")
    data, chosen, why = decide(data, f"{given}: the target", task, classes)
    named = kind == "idx" or data.y.dtype.kind in "OUS"  # labels of pictures need no reason
    remarks = () if pictures else scale_remarks(data)
    if chosen == "classes":
        found = np.unique(data.y)
        if len(found) == 1:
            raise DataError(f'{given}: found one class only, "{found[0]}", so there is nothing to tell apart.')
        if data.test is not None and not np.isin(data.test.y, found).all():
            other = data.test.y[~np.isin(data.test.y, found)][0]
            raise DataError(f'{given}: the class "{other}" of the test set is not among those for training.')
    return Source(given, kind, data, chosen, None, None if named and task is None else why, remarks)


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def data_hash(data: Dataset) -> str:
    """SHA-256 of the samples, their shape and their targets: the same data give the same, whatever the file's name."""
    import numpy as np

    from pellucid.cli.pictures_on_disk import PicturesOnDisk

    X: Any = data.X
    if hasattr(X, "path"):  # a table that is read from disk
        return file_hash(X.path)
    if hasattr(X, "frame"):  # a table: its cells as they were read
        digest = hashlib.sha256(X.frame.write_csv().encode())
        digest.update("\n".join(map(str, data.y.tolist())).encode())
        return digest.hexdigest()
    on_disk = isinstance(X, PicturesOnDisk)
    digest = hashlib.sha256(f"{X.shape} {'float32' if on_disk else X.dtype}".encode())
    for first in range(0, data.n, HASHED) if on_disk else ():
        digest.update(X.take(np.arange(first, min(first + HASHED, data.n))).data)
    if not on_disk:
        digest.update(np.ascontiguousarray(X).data)
    digest.update("\n".join(map(str, data.y.tolist())).encode())
    return digest.hexdigest()
