"""Pictures in files as a data set: a folder with a folder for each class, its train and test parts, or a table."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, nearest

if TYPE_CHECKING:
    from pellucid.data import Pictures, PictureStream
    from pellucid.data.picture_form import PictureForm
    from pellucid.sources.picture_options import PictureOptions

TRAIN, HELD_OUT = "train", ("test", "val", "valid", "validation")  # the first one there is held out
SHARE = 0.25  # of the machine's memory; pictures that would take more stay on disk
SIZE_REASON = "their own if all have one size, else a square of the median shorter side, at most 64"
UNKNOWN_MEMORY = 4 << 30  # bytes, where the system does not tell
PATIENCE = 1.0  # seconds of decoding after which a log is told about it
SNIFFED = 1 << 16  # bytes of a table that are looked at


@dataclass(frozen=True)
class Loaded:
    """Pictures and how they were read.

    Attributes
    ----------
    data : Pictures
        Paths are those under which the files can be opened.
    form : PictureForm
    streamed : bool
        Whether ``data.X`` is on disk.
    held_out : str, optional
        The name of the folder that the test set is from.
    remarks : tuple of str
    reasons : dict of str to str
        Of what was not said.
    """

    data: Pictures
    form: PictureForm
    streamed: bool
    held_out: str | None = None
    remarks: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)


def is_picture(path: Path) -> bool:
    """Whether a file's name ends like that of a picture."""
    from pellucid.data.picture_list import ENDINGS

    return path.suffix.lower() in ENDINGS


def is_picture_table(path: Path) -> bool:
    """Whether the first column of a CSV file holds paths of pictures."""
    from pellucid.data.picture_list import ENDINGS

    try:
        with path.open("rb") as file:
            lines = file.read(SNIFFED).decode("utf-8", "replace").splitlines()
    except OSError:
        return False
    cells = [re.split(r"[\t;,]", line)[0].strip().strip('"').lower() for line in lines if line.strip()]
    return any(cell.endswith(ENDINGS) for cell in cells[:2])  # the first line may hold the columns' names


def load_pictures(given: str, options: PictureOptions, quiet: bool) -> Loaded:
    """Read the pictures of a folder or of a table.

    Raises
    ------
    DataError
        No such pictures, one class only, a class without a picture that can be read, classes of the test part that the
        training part does not have.
    """
    path = Path(given)
    first, second, others = _parts(path)
    how = {"fit": options.fit or "crop", "background": options.background, "broken": options.broken or "skip"}
    train = _open(first, {**how, "size": options.size, "channels": options.channels}, quiet)
    height, width, channels = train.shape[1:]
    test = None if second is None else _open(second, {**how, "size": (height, width), "channels": channels}, quiet)
    wanted = 4 * sum(len(part) * height * width * channels for part in (train, test) if part is not None)
    streamed = wanted > SHARE * memory() if options.stream is None else options.stream
    reasons = {} if options.size is not None else {"size": SIZE_REASON}
    if streamed and options.stream is None:
        reasons["stream"] = f"{wanted / 1e9:.2g} GB would be more than a quarter of the memory"
    held_out = None
    if test is not None and second is not None:
        _check_classes(second, test, train)
        held_out = _data_set(second, test, streamed)
        held_out = dataclasses.replace(held_out, class_names=train.class_names)
    data = dataclasses.replace(_data_set(first, train, streamed), name=path.resolve().stem, test=held_out)
    listed = ", ".join(f'"{name}"' for name in others)
    remarks = (f"Note: beside the pictures for training and testing, {listed} is not used.",) if others else ()
    return Loaded(data, _form(train, how), streamed, None if second is None else second.name, remarks, reasons)


def _form(train: PictureStream, how: dict[str, Any]) -> PictureForm:
    from pellucid.data.picture_form import PictureForm

    height, width, channels = train.shape[1:]
    return PictureForm.of((height, width), channels, how["fit"], how["background"])


def _parts(path: Path) -> tuple[Path, Path | None, list[str]]:
    """The training part, the held-out part, and the folders beside them; the folder itself where it has no parts."""
    if not path.is_dir():
        return path, None, []
    folders = sorted(entry.name for entry in os.scandir(path) if entry.is_dir() and not entry.name.startswith("."))
    held_out = next((name for name in HELD_OUT if name in folders), None)
    if TRAIN not in folders or held_out is None or not any(entry.is_dir() for entry in os.scandir(path / TRAIN)):
        return path, None, []
    return path / TRAIN, path / held_out, [name for name in folders if name not in (TRAIN, held_out)]


def _open(path: Path, how: dict[str, Any], quiet: bool) -> PictureStream:
    from pellucid.data import open_folder

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about broken pictures, which the command tells itself
        return open_folder(path, **how, progress=None if quiet else Decoding())


def _check_classes(path: Path, test: PictureStream, train: PictureStream) -> None:
    for name in test.class_names:
        if name not in train.class_names:
            raise DataError(
                f'{path}: the class "{name}" is not among those for training.{nearest(name, train.class_names)} '
                f"Known: {', '.join(train.class_names)}."
            )


def _data_set(path: Path, stream: PictureStream, streamed: bool) -> Pictures:
    import numpy as np

    from pellucid.data import Pictures
    from pellucid.sources.pictures_on_disk import PicturesOnDisk

    root = path if path.is_dir() else path.parent
    X: Any
    if streamed:
        X = PicturesOnDisk(stream)
        _close_at_the_end(stream)
    else:
        X = stream.take(np.arange(len(stream)))
        stream.close()
    return Pictures(
        stream.name, X, stream.y, None, stream.class_names, stream.description,
        paths=tuple(str(root / stream.path(i)) for i in range(len(stream))),
        broken={str(root / place): reason for place, reason in stream.broken.items()},
    )  # fmt: skip


def _close_at_the_end(stream: PictureStream) -> None:
    """Close a stream when the command is done."""
    import atexit

    atexit.register(stream.close)


def memory() -> int:
    """The bytes of memory that the machine has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # on Windows
        return UNKNOWN_MEMORY


def broken_pictures(data: Any) -> dict[str, str]:
    """The pictures of a data set and of its test set that were left out, and why."""
    test = getattr(data.test, "broken", {})
    return {**getattr(data, "broken", {}), **test}


def broken_text(broken: dict[str, str], total: int) -> str:
    """How many pictures were left out, and the first of them.

    >>> print(broken_text({"a.jpg": "the file is empty"}, 3))
    1 of 3 pictures could not be read and was left out:
      a.jpg: the file is empty
    """
    from pellucid.data.picture_list import MOST_LISTED, counted

    lines = [f"  {path}: {reason}" for path, reason in list(broken.items())[:MOST_LISTED]]
    if len(broken) > MOST_LISTED:
        lines.append(f"  … and {len(broken) - MOST_LISTED:,} more")
    were = "was" if len(broken) == 1 else "were"
    count = f"{len(broken):,} of {counted(total, 'picture')}"
    return "\n".join([f"{count} could not be read and {were} left out:", *lines])


class Decoding:
    """Tells how many pictures are decoded: a line that counts in a terminal; elsewhere one line, if it takes long."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = False

    def __call__(self, name: str, done: int, total: int | None) -> None:
        if sys.stderr.isatty():
            self._told = self._told or done != total
            if self._told:  # a set that is decoded at once needs no line
                end = "\n" if done == total else ""
                print(f"\rReading the pictures of {name}: {done:,} of {total:,} ", end=end, file=sys.stderr, flush=True)
        elif not self._told and time.monotonic() - self._began > PATIENCE:
            print(f"Reading {total:,} pictures of {name} …", file=sys.stderr, flush=True)
            self._told = True
