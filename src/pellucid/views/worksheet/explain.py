"""The sheet that explains the others, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.views.worksheet.checks import ENLARGED
from pellucid.views.worksheet.sheets import SAMPLES, Sheet
from pellucid.views.worksheet.styles import COLOURS, ROLES
from pellucid.views.worksheet.walk import placed

if TYPE_CHECKING:
    from pellucid.network import Network

READ_ME = "Read me"
Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """A sheet of text: headings, and under each lines in two columns."""

    name: str
    title: str
    sections: list[tuple[str, Lines]]


def explanation(
    net: Network, start: Sheet, steps: Sequence[Sheet], exercises: Sequence[str], enlarged: bool = False
) -> Page:
    """What is where, what the colours mean, and how to use it; ``enlarged``: whether rounding grows in the update."""
    count = len(steps) - 1
    samples = len(start.rows[SAMPLES].names)
    shape = " → ".join("×".join(map(str, s)) for s in (net.input_shape, *net.shapes))
    what: Lines = [
        ("network", f"{net.name}: {shape}, {net.parameter_count:,} weights and biases"),
        ("layers", "; ".join(_layer(at.path, at.layer) for at in placed(net))),
        ("loss", f"{net.loss.name}: {net.loss.formula}"),
        ("optimizer", f"{net.optimizer.name}: {net.optimizer.formula}"),
        ("samples", f"{samples}; every step takes all of them as one batch"),
    ]
    how: Lines = [
        ("1", "Every number is a formula, but for the blue ones on Start. Click on a cell to see how it is computed."),
        ("2", "Change a blue number on Start, a weight or an input for instance: everything else follows."),
        ("3", "A step reads from left to right. First the weights with their gradients and new values, layer by layer; "
              "below, a row of each sample: inputs, z and a of each layer, targets, losses, and back the deltas."),
        ("4", "The new weights of a step are the weights of the next. After shows the cost that they lead to."),
        ("5", "Check compares every number with what Pellucid computed from the numbers on Start as they were "
              "delivered: green where they agree, red where not, amber once you have changed something."),
    ]  # fmt: skip
    if enlarged:
        rest = (
            "Some gradients here are 0 but for rounding, as that of a bias before BatchNorm. The optimizer divides by "
            f"a gradient's size and so makes more of it; Check allows for {ENLARGED:g}."
        )
        how.append(("!", rest))
    if exercises:
        sixth = (
            f"{' and '.join(exercises)}: yellow cells are yours to fill in, with a number or a formula of your own. A "
            "green cell with ✓ is right (within 0.5 %), a red one with ✗ is not. The key is on hidden sheets, and "
            "follows when you change Start."
        )
        how.append(("6", sixth))
    sheets: Lines = [(start.name, "what is given: settings, weights, samples")]
    sheets += [(name, "a step with blanks") for name in exercises]
    hidden = " (hidden: the key)" if exercises else ""
    sheets += [(s.name, f"step {k} of {count}{hidden}") for k, s in enumerate(steps[:-1], start=1)]
    sheets += [(steps[-1].name, f"forward pass and cost with the last weights{hidden}")]
    sheets += [("Check", "every quantity against Pellucid's; its numbers are on hidden sheets")]
    words: Lines = [
        ("z", "the weighted input of a unit: weights times inputs, plus bias"),
        ("a", "its activation: what it hands on, a = f(z)"),
        ("cost C", "how wrong the network is on all samples; training makes it small"),
        ("∂C/∂w", "how fast the cost grows with a weight: its gradient"),
        ("δ", "∂C/∂z, the part of a unit in the error; it comes back from the layer behind"),
        ("η", "the learning rate: how far a weight goes against its gradient"),
    ]
    if any(block.name.endswith(".normal") for block in steps[0].blocks):
        words.append(("x̂", "a number brought to mean 0 and variance 1, with those of the batch or of its own layer"))
    names: Lines = [(name, f"{start.name}: {block.title}, {block.words}") for name, block in start.names.items()]
    first = steps[0]
    names += [
        (name, f"on every step: {block.title}, {block.words}") for name, block in first.names.items() if block.words
    ]
    return Page(
        READ_ME, f"{net.name}: every number of {count} training step{'s' if count > 1 else ''}",
        [
            ("What this is", what), ("How to use it", how), ("Sheets", sheets),
            (COLOURS, colours([start, *steps])), ("Words", words),
            ("Names of cells, for formulas of your own", names),
        ],
    )  # fmt: skip


def colours(sheets: Sequence[Sheet]) -> Lines:
    """What the colours mean that occur on the sheets."""
    used = {block.role for sheet in sheets for block in sheet.blocks}
    return [(role, look.meaning) for role, look in ROLES.items() if role in used]


def _layer(name: str, layer: object) -> str:
    f = getattr(layer, "f", None)
    kind = type(layer).__name__
    return f"{name} ({kind}{', ' + f.name + ': ' + f.formula if f is not None else ''})"
