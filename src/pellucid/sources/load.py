"""Read a SOURCE: what kind it is, and its data."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.sources.source import NAMES, TASKS, WITH_TASK, Source
from pellucid.sources.targets import decide, scale_remarks

if TYPE_CHECKING:
    from pellucid.data import Dataset
    from pellucid.sources.picture_options import PictureOptions


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
    if kind != "mnist":
        refuse_folder(folder, given)
    if task not in (None, *TASKS):
        raise DescriptionError(f'--task must be "classes" or "numbers", got "{task}".{nearest(task, TASKS)}')
    if kind == "pictures":
        return _pictures(given, options, quiet)
    if kind == "table":
        from pellucid.sources import table

        stream = None
        if options is not None:
            dataclasses.replace(options, stream=None).refuse(given)
            stream = options.stream
        return table.load(given, target, task, columns, missing, stream, aside)
    if options is not None:
        options.refuse(given)
    if kind in NAMES:
        source = Source(given, kind, _built_in(kind, folder, quiet), "classes")
    else:
        source = _arrays(given, kind, task)
    return dataclasses.replace(source, preparation=_own_preparation(source))


def refuse_folder(folder: Path | None, given: str) -> None:
    """Refuse a folder of MNIST's files, where ``given`` is something else.

    Raises
    ------
    DataError
    """
    if folder is not None:
        raise DataError(f"--data says where the files of mnist are; {given} does not need it.")


def source_kind(given: str) -> str:
    """The kind of SOURCE.

    Raises
    ------
    DataError
        It is neither a known name nor a file.
    """
    if given in NAMES:
        return given
    from pellucid.record.run import is_run
    from pellucid.sources.picture_files import is_picture, is_picture_table

    path = Path(given)
    if path.is_dir() and is_run(path):
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
    from pellucid.sources.picture_files import load_pictures
    from pellucid.sources.picture_options import PictureOptions, preparation

    loaded = load_pictures(given, options or PictureOptions(), quiet)
    held_out = None if loaded.held_out is None else f'in the folder "{loaded.held_out}"'
    return Source(
        given, "pictures", loaded.data, "classes", remarks=loaded.remarks, preparation=preparation(loaded.form),
        streamed=loaded.streamed, held_out=held_out, reasons=loaded.reasons,
    )  # fmt: skip


def _own_preparation(source: Source) -> dict[str, Any] | None:
    """How picture files are read for a network that is trained on pictures in memory."""
    from pellucid.data.picture_form import PictureForm
    from pellucid.sources.picture_options import preparation

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
