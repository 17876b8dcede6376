"""What is seen while many fits, or many shuffles, are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pellucid.errors import DescriptionError


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
    if verbose == 0:
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
