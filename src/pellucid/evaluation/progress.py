"""What is seen while many fits, or many shuffles, are made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pellucid.errors import DescriptionError
from pellucid.training.progress import may_be_shown


@contextmanager
def progress_of(count: int, what: str, verbose: int | str) -> Iterator[Callable[[], None]]:
    """Gives a function to be called after each of ``count`` pieces of work.

    ``verbose`` "auto" or 1: a bar with the time that is left, in a terminal; 2: a line for each; 0: nothing.
    """
    if verbose not in ("auto", 0, 1, 2):
        raise DescriptionError(f'verbose must be "auto", 0, 1 or 2, got {verbose!r}.')
    if verbose == 2:
        ended = 0

        def line() -> None:
            nonlocal ended
            ended += 1
            print(f"{what} {ended:{len(str(count))}}/{count}", flush=True)

        yield line
        return
    if verbose == 0 or not may_be_shown(sys.stderr):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Left

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield lambda: None
        return
    left = [TextColumn(what), BarColumn(bar_width=24), MofNCompleteColumn()]
    right = [TimeElapsedColumn(), Left(), TextColumn("left")]
    with Progress(*left, *right, console=console, transient=True) as bar:
        task = bar.add_task(what, total=count)
        yield lambda: bar.advance(task)


@contextmanager
def progress_of_share(what: str, verbose: int | str = "auto") -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be called with (done, total), in bytes or in rows, as work goes on.

    The bar, in a terminal, is there once there is something left to wait for: work that is done in one piece shows none
    and takes no time for it. ``verbose`` 0: nothing.
    """
    bar: Any = None

    def tell(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            if not verbose or done >= total or not sys.stderr.isatty():
                return
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
            from rich.progress import TimeRemainingColumn as Left

            left = [TextColumn(what), BarColumn(bar_width=24), TaskProgressColumn()]
            right = [TimeElapsedColumn(), Left(), TextColumn("left")]
            bar = Progress(*left, *right, console=Console(stderr=True), transient=True)
            bar.add_task(what, total=total)
            bar.start()
        bar.update(bar.task_ids[0], completed=done, total=total)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.stop()
