"""A sheet while it is laid out: single numbers at the top, then parameters layer by layer, then the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.plan.parts import Shape
from pellucid.trace.names import Names
from pellucid.views.worksheet.cells import Block, formulas

HEADER = 3  # rows above a block: its title, how it is computed, the names of its columns
FIRST = 2  # the row of the first single number
LONGEST = 8192  # characters of a formula that Excel takes
WIDEST = 16384  # columns of a sheet
SAMPLES = ".samples"  # the row of the samples' blocks; no layer can be called so
Write = Callable[[int, int], str]


@dataclass(frozen=True)
class Label:
    """A text on a sheet."""

    row: int
    column: int
    text: str
    style: str


@dataclass
class Row:
    """Blocks side by side: where the next one goes."""

    top: int
    names: tuple[str, ...]
    column: int = 1


class Sheet:
    """Blocks, labels and names of one sheet.

    Parameters
    ----------
    name, title : str
        On its tab, and in its first cell.
    singles : int
        How many single numbers stand at the top.
    layers : sequence of (name, row names)
        The layers that have parameters, and the names of their units.
    samples : tuple of str
        The samples' names.
    """

    def __init__(
        self, name: str, title: str, singles: int, layers: Sequence[tuple[str, tuple[str, ...]]],
        samples: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.name, self.title = name, title
        self.blocks: list[Block] = []
        self.labels: list[Label] = []
        self.names: dict[str, Block] = {}
        self._next_single = FIRST
        row = FIRST + singles + 1
        self.rows: dict[str, Row] = {}
        for layer, units in layers:
            self.rows[layer] = Row(row + HEADER, units)
            self.labels.append(Label(row, 0, layer, "layer"))
            row += HEADER + len(units) + 1
        self.rows[SAMPLES] = Row(row + HEADER, samples)
        self.labels.append(Label(row, 0, "samples", "layer"))

    def single(
        self, name: str, title: str, words: str, role: str, value: float, formula: str | None, checked: bool = False,
        spoken: str | None = None,
    ) -> Block:  # fmt: skip
        """Add a number of its own; ``spoken`` is the name that formulas call it by."""
        row = self._next_single
        self._next_single += 1
        made = None if formula is None else ((f"={formula}",),)
        block = Block(name, title, words, role, self.name, row, 1, np.array([[value]]), made, checked=checked)
        self.blocks.append(block)
        self.labels += [Label(row, 0, title, "label"), Label(row, 2, words, "words")]
        self._name(spoken, block)
        return block

    def block(
        self, where: str, name: str, title: str, words: str, role: str, values: NDArray[np.float64],
        columns: tuple[str, ...], write: Write | None, checked: bool = True, spoken: str | None = None,
    ) -> Block:  # fmt: skip
        """Add a block to the right of those in its row."""
        row = self.rows[where]
        if row.column + len(columns) > WIDEST:
            raise DescriptionError(
                f"The worksheet would need more than {WIDEST:,} columns, which is all that a sheet has. Use smaller "
                f"layers or smaller pictures."
            )
        values = np.asarray(values, float).reshape(len(row.names), len(columns))
        made = None if write is None else formulas(*values.shape, write)
        for line in made or ():
            for text in line:
                if len(text) > LONGEST:
                    raise DescriptionError(
                        f"The worksheet's cells for {name} would take formulas of {len(text):,} characters; Excel "
                        f"takes up to {LONGEST:,}. Use smaller pictures, fewer filters, or fewer samples."
                    )
        block = Block(
            name, title, words, role, self.name, row.top, row.column, values, made, row.names, columns, checked
        )
        self.blocks.append(block)
        row.column += len(columns)
        self._name(spoken, block)
        return block

    def _name(self, spoken: str | None, block: Block) -> None:
        """Let formulas call a block by a name of its own."""
        if spoken is None:
            return
        name = cell_name(spoken)
        if name in self.names:
            raise name_taken(name)
        self.names[name] = block


def name_taken(name: str) -> DescriptionError:
    """The error for two layers whose cells would have one name."""
    return DescriptionError(
        f'Two layers of the network would call their cells "{name}". Give layers names that differ in more than case '
        f"and punctuation."
    )


def cell_name(name: str) -> str:
    """A name that spreadsheets take for cells.

    >>> cell_name("dense_1.z.delta"), cell_name("2nd layer.z"), cell_name("m².z")
    ('dense_1_z_delta', '_2nd_layer_z', 'm__z')
    """
    plain = "".join(letter if letter.isalpha() or letter.isdecimal() else "_" for letter in name)
    return f"_{plain}" if plain[0].isdecimal() else plain


def place_names(shape: Shape) -> tuple[str, ...]:
    """The names of a layer's places, as a trace has them.

    >>> place_names((3,)), place_names((2, 1, 1)), place_names((1, 1, 2))
    (('0', '1', '2'), ('(0, 0)', '(1, 0)'), ('(0, 0, 0)', '(0, 0, 1)'))
    """
    return short_names(Names("", shape, shape))


def short_names(names: Names) -> tuple[str, ...]:
    """All names of a layer or of the inputs."""
    return tuple(names.short(k) for k in range(len(names)))
