"""What the user sees while a network trains: a live bar in a terminal, a line an epoch elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def shown(figures: Mapping[str, float]) -> str:
    """Figures in one line, as in ``loss 0.1234  accuracy 0.9876``."""
    hidden = ("seconds", "learning_rate")
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items() if name not in hidden)


class Silence:
    """Says nothing; the base of the others."""

    def begin(self, epochs: int, steps: int) -> None:
        """Before the first epoch."""

    def preparing(self, done: int, count: int, name: str) -> None:
        """Machine code is being compiled: ``done`` of ``count`` kernels are ready."""

    def step(self, epoch: int, step: int) -> None:
        """Some steps of an epoch are done."""

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        """An epoch is done."""

    def end(self, words: str | None) -> None:
        """After the last epoch."""


class Lines(Silence):
    """One line an epoch, for logs and pipes."""

    def __init__(self) -> None:
        self._epochs = 0
        self._announced = False

    def begin(self, epochs: int, steps: int) -> None:
        self._epochs = epochs

    def preparing(self, done: int, count: int, name: str) -> None:
        if not self._announced:
            print("Preparing the engine for this machine; this happens once …", file=sys.stderr, flush=True)
            self._announced = True

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        width = len(str(self._epochs))
        seconds = f"  ({figures['seconds']:.1f} s)" if figures.get("seconds", 0) >= 0.1 else ""
        print(f"Epoch {epoch + 1:{width}}/{self._epochs}  {shown(figures)}{seconds}", flush=True)

    def end(self, words: str | None) -> None:
        if words:
            print(words, flush=True)


class Bar(Silence):
    """A live bar with the time that is left, and the figures on a line of their own, for narrow terminals."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.text import Text

        class TwoLines(Progress):
            def get_renderables(self) -> Iterable[RenderableType]:
                yield self.make_tasks_table(self.tasks)
                yield from (Text(task.fields["figures"]) for task in self.tasks if task.fields["figures"])

        self._console = console
        left = [TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f}%")]
        right = [TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("left")]
        self._bar = TwoLines(*left, *right, console=console, refresh_per_second=8)
        self._task: Any = None
        self._preparing: Any = None
        self._epochs = self._steps = 0

    def begin(self, epochs: int, steps: int) -> None:
        self._epochs, self._steps = epochs, steps
        self._bar.start()
        self._task = self._bar.add_task(f"Epoch 1/{epochs}", total=epochs * steps, figures="")

    def preparing(self, done: int, count: int, name: str) -> None:
        words = "Preparing the engine for this machine (once)"
        if self._preparing is None:
            self._bar.start()
            self._preparing = self._bar.add_task(words, total=count, figures="")
        if done == count:
            self._bar.remove_task(self._preparing)
            self._preparing = None
        else:
            short = name.partition("/")[2] or name
            self._bar.update(self._preparing, total=count, completed=done, figures=short.partition(":")[2])

    def step(self, epoch: int, step: int) -> None:
        done = epoch * self._steps + step
        self._bar.update(self._task, completed=done, description=f"Epoch {epoch + 1}/{self._epochs}")

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        self._bar.update(self._task, completed=(epoch + 1) * self._steps, figures=shown(figures),
                         description=f"Epoch {epoch + 1}/{self._epochs}")  # fmt: skip

    def end(self, words: str | None) -> None:
        self._bar.stop()
        if words:
            self._console.print(words, highlight=False)


def make_progress(verbose: int | str | bool) -> Silence:
    """``"auto"`` or 1: a bar in a terminal, else a line an epoch; 2: a line an epoch; 0: nothing."""
    if verbose not in ("auto", 0, 1, 2):
        raise DescriptionError(f'verbose must be "auto", 0, 1 or 2, got {verbose!r}.')
    if verbose == 0:
        return Silence()
    if verbose != 2 and may_be_shown(sys.stdout):
        from rich.console import Console

        console = Console()
        if console.is_terminal or console.is_jupyter:
            return Bar(console)
    return Lines()


def may_be_shown(stream: Any) -> bool:
    """Whether a bar may be seen there: asked before rich is imported, which then knows better.

    These are its own signs of a terminal: the stream's word, the two variables that stand for one, and Jupyter.
    """
    told = any(os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    return told or "IPython" in sys.modules or bool(getattr(stream, "isatty", bool)())
