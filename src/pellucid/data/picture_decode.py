"""Decode the pictures of a list into a store, on several threads, in memory that does not grow with their number."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

import numpy as np

from pellucid.data.download import Progress
from pellucid.data.picture import look, read_as
from pellucid.data.picture_error import PictureError
from pellucid.data.picture_form import PictureForm
from pellucid.data.picture_list import PictureList, counted
from pellucid.data.picture_store import Store, cache_folder, keep, key, new_store, open_cached
from pellucid.errors import DataError

LOOKED_AT = 1000  # pictures whose headers decide size and channels
LARGEST_KEPT = 256  # pixels a side; pictures that all have one size up to this keep it
LARGEST_CHOSEN = 64  # pixels a side, where the pictures' sizes differ or are larger
TICK = 0.1  # seconds between two calls of progress


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_form(
    pictures: PictureList, size: int | tuple[int, int] | None, channels: int | None, fit: str, background: int
) -> PictureForm:
    """The form that is asked for; what is left open is taken from the headers of up to 1,000 pictures.

    The size is the pictures' own where all have the same, of at most 256 pixels a side; else a square of the median of
    their shorter sides, at most 64. There are three channels where any picture has colour.

    Raises
    ------
    DataError
        Options that are none, or no picture that can be read.
    """
    form = PictureForm.of(1 if size is None else size, 1 if channels is None else channels, fit, background)
    if size is not None and channels is not None:
        return form
    seen, reason = [], ""
    places = np.unique(np.linspace(0, len(pictures) - 1, min(len(pictures), LOOKED_AT)).astype(int))
    for place in places.tolist():
        try:
            seen.append(look(pictures.root / pictures.paths[place]))
        except PictureError as error:
            reason = reason or str(error)
    if not seen:
        raise DataError(f"{pictures.root}: none of {counted(len(places), 'picture')} can be read. The first: {reason}")
    sizes = {(height, width) for height, width, _ in seen}
    if size is None and len(sizes) == 1 and max(max(sizes)) <= LARGEST_KEPT:
        size = sizes.pop()
    elif size is None:
        size = min(int(np.median([min(height, width) for height, width, _ in seen])), LARGEST_CHOSEN)
    return PictureForm.of(size, channels or (3 if any(colour for *_, colour in seen) else 1), fit, background)


def decode(
    pictures: PictureList, form: PictureForm, *, stop: bool, threads: int | None, progress: Progress | None, cache: bool
) -> Store:
    """The decoded pictures, from the cache or newly decoded.

    Raises
    ------
    PictureError
        The first broken picture, if ``stop``.
    DataError
        No room on the disk.
    """
    name = key(pictures, form) if cache else ""
    n = len(pictures)
    if cache and (found := open_cached(name, n, form)) is not None:
        if stop and found.broken:
            first = min(found.broken)
            found.file.close()
            raise PictureError(pictures.root / pictures.paths[first], found.broken[first])
        return found
    path: Path | None = None
    store = None
    try:
        store, path = new_store(n, form, cache)
        passing = _fill(store, pictures, form, stop, threads or processors(), progress)
        if path is not None and not passing:
            keep(store, path, name, n, form)
            path = None
        return store
    except OSError as error:
        if store is not None:
            store.file.close()
        place = cache_folder() if path is not None else "the folder for temporary files"
        raise DataError(
            f"{place}: {error.strerror or error}. The decoded pictures need {n * form.bytes / 1e6:,.0f} MB there. "
            f"Make room, or give a smaller size."
        ) from error
    except BaseException:
        if store is not None:
            store.file.close()
        raise
    finally:
        if path is not None:  # what cannot be kept goes: at once, or (on Windows) when it is found abandoned
            with contextlib.suppress(OSError):
                path.unlink()


def _fill(
    store: Store, pictures: PictureList, form: PictureForm, stop: bool, threads: int, progress: Progress | None
) -> bool:
    """Decode every picture to its row; return whether one failed for a reason that may pass."""
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    errors: dict[int, PictureError] = {}
    places = iter(range(len(pictures)))
    turn, halt = threading.Lock(), threading.Event()
    done = 0

    def work() -> None:
        nonlocal done
        while not halt.is_set():
            with turn:
                place = next(places, None)
            if place is None:
                return
            try:
                store.write(place, read_as(pictures.root / pictures.paths[place], form).data.cast("B"))
            except PictureError as error:
                errors[place] = error
                if stop:
                    halt.set()
            with turn:
                done += 1

    with ThreadPoolExecutor(threads, "pictures") as pool:
        try:
            running = {pool.submit(work) for _ in range(threads)}
            while running:
                ended, running = wait(running, TICK, FIRST_EXCEPTION)
                if progress is not None:
                    progress(pictures.root.name, done, len(pictures))
                for future in ended:
                    future.result()
        finally:
            halt.set()  # after an error of one thread, and after Ctrl-C
    # Pictures are taken in order and the ones begun are finished, so the first broken one is always the same.
    if stop and errors:
        raise errors[min(errors)]
    store.broken = {place: errors[place].reason for place in sorted(errors)}
    return any(error.passing for error in errors.values())
