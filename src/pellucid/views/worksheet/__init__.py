"""Worksheets: a few training steps of a small network as a workbook of live formulas."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.layers.base import check_whole

if TYPE_CHECKING:
    from pellucid.network import Network

MOST_CELLS = 50_000  # of formulas: a file of about two megabytes, which a spreadsheet recalculates in a moment


def write_worksheet(
    net: Network, path: str | os.PathLike[str], X: Any, y: Any, steps: int, exercise: bool, sample_weight: Any
) -> None:
    """Write the workbook; see :meth:`pellucid.Network.to_excel`."""
    from pathlib import Path

    from pellucid.record.model_file import write_whole

    if Path(path).suffix.lower() != ".xlsx":
        raise DescriptionError(f'{path}: expected a file that ends with .xlsx, not "{Path(path).suffix}".')
    write_whole(path, workbook(net, X, y, steps, exercise, sample_weight))


def workbook(net: Network, X: Any, y: Any, steps: int = 1, exercise: bool = False, sample_weight: Any = None) -> bytes:
    """The workbook, as the content of a file."""
    from pellucid.optimizers.worksheet import words_of
    from pellucid.training.steps import follow
    from pellucid.views.worksheet.checks import CHECK, changed, checks_of, verdict
    from pellucid.views.worksheet.exercise import exercise_of
    from pellucid.views.worksheet.explain import explanation
    from pellucid.views.worksheet.start import Start
    from pellucid.views.worksheet.step import StepSheet, cells_of
    from pellucid.views.worksheet.write import Writer

    check_whole(steps, "steps")
    for number, (name, layer) in enumerate(net.layers, start=1):
        cells_of(layer.kind, f'Layer {number} "{name}"')
    if not net.parameter_count:
        raise DescriptionError("A worksheet shows how weights learn, and this network has none. Add a Dense layer.")
    words_of(net.optimizer)
    _refuse_too_large(net, len(X), steps)
    followed = follow(net, X, y, steps, sample_weight)
    start = Start(followed)
    made: list[StepSheet] = []
    weights, memories = start.weights, start.memories
    for number, step in enumerate((*followed.steps, followed.after), start=1):
        sheet = StepSheet(followed, step, start, weights, memories, number, last=number > steps)
        weights, memories = sheet.new, sheet.memories
        made.append(sheet)
    sheets = [sheet.sheet for sheet in made]
    exercises = [exercise_of(sheet, number) for number, sheet in enumerate(sheets[:-1], start=1)] if exercise else []
    checks = checks_of(sheets)

    writer = Writer()
    said = f"{CHECK}!$B$3"
    writer.text(explanation(followed.network, start.sheet, sheets, [e.sheet.name for e in exercises]), said)
    writer.sheet(start.sheet, everywhere=True, verdict=said)
    for each in exercises:
        writer.exercise(each)
    for shown in sheets:
        writer.sheet(shown, hidden=exercise, verdict=said)
    writer.checks(CHECK, checks, changed(start.sheet), verdict(len(checks)))
    return writer.finish()


def _refuse_too_large(net: Network, samples: int, steps: int) -> None:
    """Count the cells before any is made."""
    shown = [s for s in net.plan().slots.values() if s.kind not in ("scratch", "constant", "statistic")]
    each = sum(slot.units for slot in shown if slot.groups)
    fixed = sum(slot.units for slot in shown if not slot.groups)
    cells = (samples * each + fixed) * steps
    if cells <= MOST_CELLS:
        return
    fits = (MOST_CELLS // steps - fixed) // each
    words = f"A worksheet of {steps} step{'s' if steps > 1 else ''} with {samples:,} samples would have {cells:,} formulas"
    if fits >= 1:
        mend = f"Give at most {fits:,} samples, as in X[:{fits}], y[:{fits}]" + (", or fewer steps." if steps > 1 else ".")
    elif steps > 1:
        mend = "Use fewer steps, fewer samples, or a smaller network."
    else:
        mend = f"Even one sample takes {fixed + each:,}. Use a smaller network."
    raise DescriptionError(f"{words}; up to {MOST_CELLS:,} fit. {mend}")
