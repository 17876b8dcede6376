"""A workbook that predicts: the forward pass of a network as live formulas, without targets and training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DescriptionError
from pellucid.tables.preparation import preparation_of
from pellucid.training.steps import follow
from pellucid.views.worksheet.book import MOST_CELLS, Book
from pellucid.views.worksheet.checks import CHECK, ROUNDING, changed, checks_of, verdict
from pellucid.views.worksheet.explain import READ_ME, Page, colours
from pellucid.views.worksheet.rows import Rows, fits
from pellucid.views.worksheet.start import Start
from pellucid.views.worksheet.step import StepSheet
from pellucid.views.worksheet.styles import COLOURS
from pellucid.views.worksheet.walk import placed
from pellucid.views.worksheet.write import Writer
from pellucid.views.worksheet.write_rows import RowsWriter

if TYPE_CHECKING:
    import polars as pl

    from pellucid.network import Network

MOST_WEIGHTS = 200_000  # typed numbers: a file of some megabytes
TRAINING = ("Dropout", "Augment")  # layers that change nothing outside training


def build_predictor(net: Network, X: Any, frame: pl.DataFrame | None = None) -> Book:
    """Lay out the sheets: weights and samples that can be changed, and what follows from them.

    Parameters
    ----------
    net : Network
    X : array (samples, *input_shape)
        Rows of the network's inputs, which the workbook begins with.
    frame : polars.DataFrame, optional
        The raw rows of a table, of the columns that the network's preparation uses, that X was made of. Then the
        workbook makes inputs of raw rows itself.

    Raises
    ------
    DescriptionError
        A layer or activation without spreadsheet formulas, or too many cells.
    """
    plain = _plain(net)
    _refuse_too_large(plain, len(X))
    preparation, rows = preparation_of(net.preparation), None
    if preparation is not None and frame is not None and fits(net, preparation):
        rows = Rows(preparation, frame)
        X = rows.inputs
    followed = follow(plain, X, np.zeros((len(X), plain.output_units)), 0)  # the forward pass alone
    start = Start(followed, predicts=True, rows=rows)
    step = StepSheet(followed, followed.after, start, start.weights, {}, 1, last=True, predicts=True)
    answers = () if rows is None else tuple(rows.answers(net, step.output))
    return Book(followed, start.sheet, [step.sheet], rows, answers)


def write_predictor(net: Network, book: Book) -> bytes:
    """The workbook, as the content of a file; ``net`` is the one that it was built of."""
    checks, said = checks_of([book.start, *book.steps]), f"{CHECK}!$B$3"
    given = "numbers on Start" if book.rows is None else "cells on Rows or Start"
    writer = Writer()
    writer.text(_words(net, book), said)
    if book.rows is not None:
        RowsWriter(writer).write(book.rows, book.answers, f"{net.name}: rows of a table, and what it says", said)
    writer.sheet(book.start, everywhere=True, verdict=said)
    writer.sheet(book.steps[0], verdict=said)
    writer.checks(CHECK, checks, changed(book.start, book.rows), verdict(len(checks), given), ROUNDING)
    return writer.finish()


def _plain(net: Network) -> Network:
    """The network in float64, with a loss that is only there to be followed."""
    plain = type(net).from_dict(net.to_dict() | {"dtype": "float64"})
    plain.compile("mean_squared_error", "gradient_descent")
    plain.set_weights(net.weights)
    plain.class_names, plain.feature_names = net.class_names, net.feature_names
    return plain


def _refuse_too_large(net: Network, samples: int) -> None:
    cells = samples * sum(slot.units for slot in net.plan().slots.values() if slot.kind == "value")
    smaller = "a smaller network" + (
        ", such as one of its members, net.members()[0]" if net.layers[-1][1].kind == "Ensemble" else ""
    )
    if net.parameter_count > MOST_WEIGHTS:
        raise DescriptionError(
            f"A workbook of this network would have {net.parameter_count:,} weights and biases; up to "
            f"{MOST_WEIGHTS:,} fit. Use {smaller}."
        )
    if cells > MOST_CELLS:
        raise DescriptionError(
            f"A workbook of this network with {samples:,} sample{'' if samples == 1 else 's'} would have about "
            f"{cells:,} formulas; up to {MOST_CELLS:,} fit. Give fewer samples, or use {smaller}."
        )


def _words(net: Network, book: Book) -> Page:
    """The sheet that explains the others."""
    shape = " → ".join("×".join(map(str, s)) for s in (net.input_shape, *net.shapes))
    layers = placed(net)
    left_out = [at for at in layers if at.layer.kind in TRAINING]
    what = [
        ("network", f"{net.name}: {shape}, {net.parameter_count:,} weights and biases"),
        ("layers", "; ".join(f"{at.path} ({at.layer.kind})" for at in layers if at not in left_out)),
        ("samples", f"{book.followed.samples.count}, as an example"),
    ]
    if left_out:
        what.append(
            ("left out", f"{', '.join(at.path for at in left_out)}: they act only while the network is trained")
        )
    if net.class_names:
        what.append(("classes", ", ".join(net.class_names)))
    how = [
        ("1", "Write your own rows over those on Rows; what the network says of them stands beside. An empty cell is a "
              "missing value; dates are written as dates." if book.rows is not None else
              "Write your own numbers over the inputs on Start. What the network says is on Predict, at the right."),
        ("2", "Every other number is a formula. Click on a cell to see how it is computed."),
        ("3", "Check compares every number with what Pellucid computed from the numbers on Start as they were "
              "delivered: green where they agree, red where not, amber once you have changed something."),
    ]  # fmt: skip
    rows = [] if book.rows is None else [(book.rows.name, "raw rows of the table, and what the network says of each")]
    given = "what is given: weights and inputs" if not rows else "the weights, and the inputs that rows become"
    sheets = [*rows, ("Start", given), ("Predict", "z and a of every layer, for each sample"),
              (CHECK, "every quantity against Pellucid's; its numbers are on hidden sheets")]  # fmt: skip
    sections = [("What this is", what), ("How to use it", how), ("Sheets", sheets)]
    preparation = preparation_of(net.preparation)
    if preparation is not None:
        made = [(str(name), f"{kind}: {becomes}") for name, kind, _, becomes in preparation.rows()]
        sections.append(("How the inputs are made of a table's columns", made))
    sections.append((COLOURS, colours([book.start, *book.steps])))
    return Page(READ_ME, f"{net.name}: what it says, as formulas", sections)
