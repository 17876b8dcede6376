"""A workbook: which sheets it has, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.layers.base import check_whole
from pellucid.optimizers.worksheet import words_of
from pellucid.training.steps import Followed, follow
from pellucid.views.worksheet.checks import CHECK, ROUNDING, changed, checks_of, rounding_of, verdict
from pellucid.views.worksheet.exercise import exercise_of
from pellucid.views.worksheet.explain import explanation
from pellucid.views.worksheet.kinds import refuse_random_changes
from pellucid.views.worksheet.start import Start
from pellucid.views.worksheet.step import StepSheet
from pellucid.views.worksheet.write import Writer

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.worksheet.rows import Answer, Rows
    from pellucid.views.worksheet.sheets import Sheet

MOST_CELLS = 50_000  # formulas: a file of about two megabytes, which a spreadsheet recalculates in a moment


@dataclass(frozen=True)
class Book:
    """The sheets of a workbook, before they are written.

    Attributes
    ----------
    followed : Followed
        The numbers that the engine computed.
    start : Sheet
        What is given.
    steps : list of Sheet
        A sheet of each step, and one of the cost that the last step leads to.
    rows : Rows, optional
        Raw rows of a table, of which the inputs are made.
    answers : tuple of Answer
        What stands beside these.
    """

    followed: Followed
    start: Sheet
    steps: list[Sheet]
    rows: Rows | None = None
    answers: tuple[Answer, ...] = ()


def build_book(net: Network, X: Any, y: Any, steps: int = 1, sample_weight: Any = None) -> Book:
    """Lay out the sheets of a few training steps.

    Raises
    ------
    DescriptionError
        What has no spreadsheet formulas, or too many cells.
    DataError
    """
    check_whole(steps, "steps")
    refuse_random_changes(net)
    if not net.parameter_count:
        raise DescriptionError("A worksheet shows how weights learn, and this network has none. Add a Dense layer.")
    words_of(net.optimizer)
    refuse_too_large(net, len(X) if hasattr(X, "__len__") else 1, steps)
    followed = follow(net, X, y, steps, sample_weight)
    start = Start(followed)
    made: list[Sheet] = []
    weights, memories = start.weights, start.memories
    for number, step in enumerate((*followed.steps, followed.after), start=1):
        sheet = StepSheet(followed, step, start, weights, memories, number, last=number > steps)
        weights, memories = sheet.new, sheet.memories
        made.append(sheet.sheet)
    return Book(followed, start.sheet, made)


def write_book(book: Book, exercise: bool = False) -> bytes:
    """The workbook, as the content of a file."""
    steps, checks, said = book.steps, checks_of(book.steps), f"{CHECK}!$B$3"
    exercises = [exercise_of(sheet, number) for number, sheet in enumerate(steps[:-1], start=1)] if exercise else []
    writer = Writer()
    rounding = rounding_of(book.followed)
    words = explanation(
        book.followed.network, book.start, steps, [each.sheet.name for each in exercises], rounding > ROUNDING
    )
    writer.text(words, said)
    writer.sheet(book.start, everywhere=True, verdict=said)
    for each in exercises:
        writer.exercise(each)
    for sheet in steps:
        writer.sheet(sheet, hidden=exercise, verdict=said)
    writer.checks(CHECK, checks, changed(book.start), verdict(len(checks)), rounding)
    return writer.finish()


def refuse_too_large(net: Network, samples: int, steps: int) -> None:
    """Count the cells before any is made."""
    shown = [s for s in net.plan().slots.values() if s.kind not in ("scratch", "constant", "statistic")]
    each = sum(slot.units for slot in shown if slot.groups)
    fixed = sum(slot.units for slot in shown if not slot.groups)
    cells = (samples * each + fixed) * steps
    if cells <= MOST_CELLS:
        return
    fits = (MOST_CELLS // steps - fixed) // each
    of = f"{steps} step{'s' if steps > 1 else ''} with {samples:,} sample{'s' if samples > 1 else ''}"
    words = f"A worksheet of {of} would have about {cells:,} formulas; up to {MOST_CELLS:,} fit."
    if fits >= 1:
        fewer = ", or fewer steps" if steps > 1 else ""
        mend = f"Give at most {fits:,} samples (X[:{fits}], y[:{fits}]; --limit {fits} in the terminal){fewer}."
    elif steps > 1:
        mend = "Use fewer steps, fewer samples, or a smaller network."
    else:
        mend = f"Even one sample takes {fixed + each:,}. Use a smaller network."
    raise DescriptionError(f"{words} {mend}")
