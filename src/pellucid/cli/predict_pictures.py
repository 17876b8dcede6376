"""What a network says about picture files: path, class, probability."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.data.picture_form import PictureForm
    from pellucid.network import Network

SHOWN = 20  # pictures of folders in a terminal, unless --limit says otherwise; named files are all shown
AT_A_TIME = 256  # pictures that are decoded and then gone through
TABLES = (".csv", ".tsv", ".txt", ".npz")

Row = list[Any]  # the path, then classes as text and numbers


def is_picture(source: str) -> bool:
    """Whether a source is a picture or pictures, as far as its name and place tell."""
    from pellucid.data.picture_list import ENDINGS
    from pellucid.sources.load import source_kind
    from pellucid.sources.source import NAMES

    path = Path(source)
    if path.suffix.lower() in ENDINGS:
        return True
    if path.is_dir() or path.suffix.lower() in TABLES:
        return source_kind(source) == "pictures"
    return source not in NAMES and path.is_file()


def holds_pictures(sources: Sequence[str], trained_on_pictures: bool) -> bool:
    """Whether the sources are pictures; a file of unknown kind is one for a network that takes pictures."""
    from pellucid.data.picture_list import ENDINGS

    if not all(is_picture(source) for source in sources):
        return False
    known = any(Path(source).suffix.lower() in (*ENDINGS, *TABLES) or Path(source).is_dir() for source in sources)
    return known or trained_on_pictures


def say_pictures(
    net: Network,
    form: PictureForm,
    sources: Sequence[str],
    top: int,
    limit: int | None,
    output: Path | None,
    stop: bool,
    threads: int | None,
) -> None:
    """Print, or write to a file, what a network says about pictures.

    Raises
    ------
    DataError
        Not one picture could be read, or, if ``stop``, the first that could not.
    """
    from pellucid.data.picture_list import counted
    from pellucid.record.model_file import write_whole

    broken: dict[str, str] = {}
    paths = list(_files(sources, broken, stop))
    terminal = output is None and sys.stdout.isatty()
    most = limit or (max(SHOWN, len(sources)) if terminal else len(paths))
    rows = _answers(net, form, paths[:most], top, broken, stop, threads)
    if terminal:
        _show(list(rows), len(paths) - most)
    elif output is None:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        for number, row in enumerate(rows):
            writer.writerow(row)
            if number % AT_A_TIME == 0:
                sys.stdout.flush()
        sys.stdout.flush()
    else:
        text = io.StringIO()
        found = list(rows)
        csv.writer(text, lineterminator="\n").writerows(found)
        if found:
            write_whole(output, text.getvalue().encode())
            print(f"{counted(len(found) - 1, 'picture')} written to {output}.")
    known = set(paths)
    asked = min(len(paths), most) + sum(path not in known for path in broken)
    _tell_broken(broken, asked)


def _tell_broken(broken: dict[str, str], asked: int) -> None:
    if not broken:
        return
    lines = "".join(f"\n  {path}: {reason}" for path, reason in broken.items())
    if len(broken) == asked:
        only = next(iter(broken.items()))
        raise DataError(f"{only[0]}: {only[1]}." if asked == 1 else f"None of {asked:,} could be read:{lines}")
    were = "was" if len(broken) == 1 else "were"
    print(f"{len(broken):,} of {asked:,} could not be read and {were} left out:{lines}", file=sys.stderr)


def _files(sources: Sequence[str], broken: dict[str, str], stop: bool) -> Iterator[str]:
    """The files of the sources; those of a folder, and of the folders in it, by their names."""
    from pellucid.data.picture_list import ENDINGS

    for source in sources:
        path = Path(source)
        if path.suffix.lower() in TABLES:
            yield from _of_table(path)
        elif not path.is_dir():
            yield source
        else:
            found = []
            for folder, inside, files in os.walk(path):
                inside[:] = sorted(name for name in inside if not name.startswith("."))
                pictures = (name for name in files if name.lower().endswith(ENDINGS) and not name.startswith("."))
                found += [str(Path(folder, name)) for name in sorted(pictures)]
            if not found:
                broken[source] = "there are no pictures in the folder"
                if stop:
                    raise DataError(f"{source}: {broken[source]}.")
            yield from found


def _of_table(table: Path) -> Iterator[str]:
    """The paths in a table's first column."""
    from pellucid.data.csv_text import read_csv_text
    from pellucid.data.picture_list import ENDINGS

    cells = read_csv_text(table).cells
    column = [str(cell) for cell in cells[next(c for c in cells.columns if c != "record")].to_list() if cell]
    for number, cell in enumerate(column):
        if number or cell.lower().endswith(ENDINGS):  # else the column's name
            yield str(table.parent / cell)


def _answers(
    net: Network, form: PictureForm, paths: Sequence[str], top: int, broken: dict[str, str], stop: bool,
    threads: int | None,
) -> Iterator[Row]:  # fmt: skip
    """The line of names, and a line for each picture that can be read."""
    import numpy as np

    from pellucid.cli.answers import answers_of

    named = False
    for first in range(0, len(paths), AT_A_TIME):
        some = paths[first : first + AT_A_TIME]
        read = _read(some, form, broken, stop)
        kept = [path for path, picture in zip(some, read, strict=True) if picture is not None]
        if not kept:
            continue
        pixels = np.stack([picture for picture in read if picture is not None])
        answers = answers_of(net, np.divide(pixels, np.float32(255), dtype=np.float32), threads)
        names = net.class_names or ()
        if len(answers.columns) == len(names) and names:
            what = "probability" if answers.columns[0].startswith("p(") else "output"
            shown = min(top, len(names))
            more = [cell for k in range(2, shown + 1) for cell in (f"class {k}", f"{what} {k}")]
            heads = ["path", "predicted", what, *more]
            order = np.argsort(-answers.outputs, axis=1, kind="stable")[:, :shown]
            lines = [
                [cell for k in best for cell in (names[k], outputs[k])]
                for best, outputs in zip(order, answers.outputs, strict=True)
            ]
        else:
            says = ["predicted"] if any(answers.predicted) else []
            heads = ["path", *says, *answers.columns]
            lines = [
                [*([said] if says else []), *(outputs if answers.columns else [])]
                for said, outputs in zip(answers.predicted, answers.outputs, strict=True)
            ]
        if not named:
            yield heads
            named = True
        for path, line in zip(kept, lines, strict=True):
            yield [path, *line]


def _read(paths: Sequence[str], form: PictureForm, broken: dict[str, str], stop: bool) -> list[NDArray[Any] | None]:
    """The pixels of pictures; None for those that cannot be read."""
    from concurrent.futures import ThreadPoolExecutor

    from pellucid.data.picture import read_as
    from pellucid.data.picture_decode import processors
    from pellucid.data.picture_error import PictureError

    def read(path: str) -> NDArray[Any] | PictureError:
        try:
            return read_as(Path(path), form)
        except PictureError as error:
            return error

    with ThreadPoolExecutor(processors(), "pictures") as pool:
        found = list(pool.map(read, paths))
    pictures: list[NDArray[Any] | None] = []
    for path, picture in zip(paths, found, strict=True):
        if isinstance(picture, PictureError):
            if stop:
                raise picture
            broken[path] = picture.reason
        pictures.append(None if isinstance(picture, PictureError) else picture)
    return pictures


def _show(rows: list[Row], left: int) -> None:
    """Print a table: the paths at their left ends, shortened where the line is too long."""
    from pellucid.cli.show import aligned, width

    if not rows:
        return
    lines = aligned([[cell if isinstance(cell, str) else f"{cell:.4f}" for cell in row[1:]] for row in rows])
    room = max(12, width() - len(lines[0]) - 2)
    paths = [row[0] if len(row[0]) <= room else "…" + row[0][1 - room :] for row in rows]
    longest = max(map(len, paths))
    print("\n".join(f"{path:<{longest}}  {line}" for path, line in zip(paths, lines, strict=True)))
    if left > 0:
        print(f"{left:,} more pictures; --limit N shows more, --output FILE.csv writes all.")
