"""A workbook that predicts: the forward pass of a network as live formulas, without targets and training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DescriptionError
from pellucid.tables.preparation import preparation_of
from pellucid.training.steps import Followed, follow
from pellucid.views.worksheet.book import MOST_CELLS, Book
from pellucid.views.worksheet.checks import CHECK, changed, checks_of, verdict
from pellucid.views.worksheet.explain import READ_ME, Page
from pellucid.views.worksheet.start import Start
from pellucid.views.worksheet.step import StepSheet, cells_of
from pellucid.views.worksheet.styles import COLOURS, ROLES
from pellucid.views.worksheet.write import Writer

if TYPE_CHECKING:
    from pellucid.network import Network

TRAINING = ("Dropout", "Augment")  # layers that change nothing outside training
SHOWN = ("input", "weight", "bias", "z", "a")  # roles of cells that there are


def build_predictor(net: Network, X: Any) -> Book:
    """Lay out the sheets: weights and samples that can be changed, and what follows from them.

    Parameters
    ----------
    net : Network
    X : array (samples, *input_shape)
        Rows of the network's inputs, which the workbook begins with.

    Raises
    ------
    DescriptionError
        A layer or activation without spreadsheet formulas, or too many cells.
    """
    plain = _plain(net)
    for number, (name, layer) in enumerate(plain.layers, start=1):
        cells_of(layer.kind, f'Layer {number} "{name}"')
    _refuse_too_large(plain, len(X))
    followed = follow(plain, X, np.zeros((len(X), plain.output_units)), 1)  # of whose step the forward pass is taken
    start = Start(followed, predicts=True)
    step = StepSheet(followed, followed.steps[0], start, start.weights, {}, 1, last=True, predicts=True)
    return Book(followed, start.sheet, [step.sheet])


def write_predictor(net: Network, book: Book) -> bytes:
    """The workbook, as the content of a file; ``net`` is the one that it was built of."""
    checks, said = checks_of(book.steps), f"{CHECK}!$B$3"
    writer = Writer()
    writer.text(_words(net, book.followed), said)
    writer.sheet(book.start, everywhere=True, verdict=said)
    writer.sheet(book.steps[0], verdict=said)
    writer.checks(CHECK, checks, changed(book.start), verdict(len(checks)))
    return writer.finish()


def _plain(net: Network) -> Network:
    """The network in float64 without what acts only while training, with a loss that is only there to be followed."""
    described = net.to_dict() | {"dtype": "float64"}
    kept = [layer for layer in described["layers"] if layer["kind"] not in TRAINING]
    plain = type(net).from_dict(described | {"layers": kept})
    plain.compile("mean_squared_error", "gradient_descent")
    plain.set_weights(net.weights)
    plain.class_names, plain.feature_names = net.class_names, net.feature_names
    return plain


def _refuse_too_large(net: Network, samples: int) -> None:
    each = sum(slot.units for slot in net.plan().slots.values() if slot.kind == "value")
    cells = net.parameter_count + samples * each
    if cells > MOST_CELLS:
        raise DescriptionError(
            f"A workbook of this network with {samples:,} sample{'' if samples == 1 else 's'} would have about "
            f"{cells:,} formulas; up to {MOST_CELLS:,} fit. Give fewer samples, or use a smaller network."
        )


def _words(net: Network, followed: Followed) -> Page:
    """The sheet that explains the others."""
    shape = " → ".join("×".join(map(str, s)) for s in (net.input_shape, *net.shapes))
    left_out = [name for name, layer in net.layers if layer.kind in TRAINING]
    what = [
        ("network", f"{net.name}: {shape}, {net.parameter_count:,} weights and biases"),
        ("layers", "; ".join(f"{name} ({layer.kind})" for name, layer in followed.network.layers)),
        ("samples", f"{followed.samples.count}, as an example"),
    ]
    if left_out:
        what.append(("left out", f"{', '.join(left_out)}: they act only while the network is trained"))
    if net.class_names:
        what.append(("classes", ", ".join(net.class_names)))
    how = [
        ("1", "Write your own numbers over the inputs on Start. What the network says is on Predict, at the right."),
        ("2", "Every other number is a formula. Click on a cell to see how it is computed."),
        ("3", "Check compares every number with what Pellucid computed from the numbers on Start as they were "
              "delivered: green where they agree, red where not, amber once you have changed something."),
    ]  # fmt: skip
    sheets = [("Start", "what is given: weights and inputs"), ("Predict", "z and a of every layer, for each sample"),
              (CHECK, "every quantity against Pellucid's; its numbers are on hidden sheets")]  # fmt: skip
    sections = [("What this is", what), ("How to use it", how), ("Sheets", sheets)]
    preparation = preparation_of(net.preparation)
    if preparation is not None:
        rows = [(str(name), f"{kind}: {becomes}") for name, kind, _, becomes in preparation.rows()]
        sections.append(("How the inputs are made of a table's columns", rows))
    sections.append((COLOURS, [(role, ROLES[role].meaning) for role in SHOWN]))
    return Page(READ_ME, f"{net.name}: what it says, as formulas", sections)
