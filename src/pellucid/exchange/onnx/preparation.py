"""A table's preparation as ONNX nodes: raw columns in, the network's inputs out.

Columns of one sort are worked on together, so that a wide table needs few nodes:

numbers and dates   (N, K) float64, NaN for a gap; scaled and squashed, and the places in a date's cycles
text                (N, T) codes that LabelEncoder gives: 0 new, 1 a gap, 2 and on the known values
                    from these one input for each category, a value for yes/no, or the code itself
gaps                (N, ·) 0 or 1

At the end all of them stand side by side, and are put into the order that the network takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.exchange.columns import mark_numbers, table_of
from pellucid.exchange.onnx.graph import Graph, Value
from pellucid.tables.columns import FAR, FIRST, GAP, PARTS, UNSEEN, Category, Column, Date, Number, YesNo
from pellucid.tables.preparation import TablePreparation, preparation_of
from pellucid.tables.raw import MISSING

if TYPE_CHECKING:
    from pellucid.network import Network

ML, ML_OPSET = "ai.onnx.ml", 2  # the domain of LabelEncoder, and the oldest set whose LabelEncoder takes lists
OWN = "preparation"  # the nodes' names begin with this
SPELLED = 8  # letters up to which a yes or no is known however its letters are capital or small
SAYS = {
    "number": "a number; NaN where it is missing",
    "date": "days since 1970-01-01, the time of day as a part of a day; NaN where it is missing",
    "yes/no": "text without spaces around it; empty where it is missing",
    "category": "text without spaces around it; empty where it is missing",
}


@dataclass(frozen=True)
class RawInput:
    """An input of the model.

    Attributes
    ----------
    name : str
        Of the input: the column's, with "column " before where that name is the model's own.
    column : Column
    dtype : str
        "float64" or "string".
    """

    name: str
    column: Column
    dtype: str

    def says(self) -> dict[str, Any]:
        """What the model's metadata says of it."""
        column = self.column
        about = {
            "input": self.name,
            "column": column.name,
            "kind": column.kind,
            "type": self.dtype,
            "takes": SAYS[column.kind],
        }
        known = {"values": [column.no, column.yes]} if isinstance(column, YesNo) else {}
        return about | ({"values": list(column.categories)} if isinstance(column, Category) else known)


def raw_inputs(net: Network) -> tuple[RawInput, ...]:
    """The inputs of a model that holds the network's table preparation; none where the network has no such thing.

    Raises
    ------
    DataError
        The preparation is damaged, or makes not as many inputs as the network takes.
    """
    preparation = table_of(net, "export with preparation=False")
    if preparation is None:
        return ()
    own = {OWN, *(name for name, _ in net.layers)}
    taken = {"", "output"}
    found = []
    for number, column in enumerate((c for c in preparation.used if c.inputs or c.codes), start=1):
        name = column.name
        while name in taken or name.partition(".")[0] in own:
            name = f"column {name or number}"
        taken.add(name)
        found.append(RawInput(name, column, "float64" if isinstance(column, (Number, Date)) else "string"))
    return tuple(found)


def columns_text(inputs: tuple[RawInput, ...]) -> str:
    """All inputs as JSON, for the model's metadata."""
    return json.dumps([one.says() for one in inputs], ensure_ascii=False)


def prepare(net: Network, graph: Graph, inputs: tuple[RawInput, ...]) -> Value:
    """Add the nodes from raw columns to the network's inputs, and return these."""
    preparation = preparation_of(net.preparation)
    assert preparation is not None
    writer = _Writer(graph, preparation)
    writer.numbers([one for one in inputs if one.dtype == "float64"])
    writer.texts([one for one in inputs if one.dtype == "string"])
    return Value(writer.together(), net.input_shape)


class _Writer:
    """Adds nodes, and keeps which of the network's inputs each column of each block is."""

    def __init__(self, graph: Graph, preparation: TablePreparation) -> None:
        self.graph, self.preparation = graph, preparation
        used = preparation.used
        self.names = [(c.name, k) for c in used if not c.codes for k in range(len(c.inputs))]
        self.names += [(c.name, 0) for c in used if c.codes]
        self.blocks: list[str] = []
        self.order: list[tuple[str, int]] = []  # (column, which of its inputs) in the order of the blocks

    def node(self, op: str, inputs: list[str], name: str, **attributes: Any) -> str:
        return self.graph.node(op, inputs, f"{OWN}.{name}", **attributes)

    def constant(self, name: str, array: Any, dtype: str = "float64") -> str:
        return self.graph.constant(f"{OWN}.{name}", np.asarray(array), dtype)

    def block(self, value: str, name: str, order: list[tuple[str, int]]) -> None:
        """Inputs that are done, but for their type and their place."""
        kind = self.graph.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(self.graph.dtype))
        self.blocks.append(self.node("Cast", [value], f"{name}.inputs", to=kind))
        self.order += order

    def chosen(self, value: str, places: list[int], name: str) -> str:
        """Columns of a block by their numbers."""
        return self.node("Gather", [value, self.constant(f"{name}.places", places, "int64")], name, axis=1)

    def numbers(self, inputs: list[RawInput]) -> None:
        """z / √(1 + (z/8)²) of z = (x − median) / scale; a gap is the median."""
        if not inputs:
            return
        columns: list[Any] = [one.column for one in inputs]
        x = self.node("Concat", [one.name for one in inputs], "numbers", axis=1)
        gap = self._number_gaps(x, columns)
        middle = self.constant("middle", [c.median if isinstance(c, Number) else c.middle for c in columns])
        filled = self.node("Where", [gap, middle, x], "filled")
        scale = self.constant("scale", [c.scale for c in columns])
        z = self.node("Div", [self.node("Sub", [filled, middle], "centred"), scale], "scaled")
        part = self.node("Div", [z, self.constant("far", [FAR])], "part")
        under = self.node("Add", [self.node("Mul", [part, part], "squared"), self.constant("one", [1.0])], "under")
        squashed = self.node("Div", [z, self.node("Sqrt", [under], "root")], "squashed")
        self.block(squashed, "numbers", [(c.name, 0) for c in columns])
        self._cycles(x, gap, columns)
        self._gaps(gap, "numbers", columns)

    def _number_gaps(self, x: str, columns: list[Any]) -> str:
        """NaN, and numbers that stand for a missing one. Row r holds the mark r of each column; NaN equals nothing."""
        gap = self.node("IsNaN", [x], "no_number")
        marks = [mark_numbers(self.preparation, column) for column in columns]
        for r in range(max(map(len, marks))):
            row = [found[r] if r < len(found) else np.nan for found in marks]
            same = self.node("Equal", [x, self.constant(f"mark_{r + 1}", row)], f"marked_{r + 1}")
            gap = self.node("Or", [gap, same], f"gap_{r + 1}")
        return gap

    def _cycles(self, x: str, gap: str, columns: list[Any]) -> None:
        """Sine and cosine of 2π · days / length; 0 for a gap."""
        dates = [(k, column, cycle) for k, column in enumerate(columns) for cycle in getattr(column, "cycles", ())]
        if not dates:
            return
        places = [k for k, _, _ in dates]
        turned = self.node("Mul", [self.chosen(x, places, "days"), self.constant("turn", [2 * np.pi])], "turned")
        angle = self.node("Div", [turned, self.constant("length", [PARTS[cycle] for _, _, cycle in dates])], "angle")
        unknown, nothing = self.chosen(gap, places, "no_day"), self.constant("nothing", [0.0])
        for after, op in enumerate(("Sin", "Cos"), start=1):
            wave = self.node(op, [angle], op.lower())
            known = self.node("Where", [unknown, nothing, wave], f"known_{op.lower()}")
            order = [(column.name, 2 * column.cycles.index(cycle) + after) for _, column, cycle in dates]
            self.block(known, op.lower(), order)

    def texts(self, inputs: list[RawInput]) -> None:
        """Codes of text, and what becomes of them."""
        if not inputs:
            return
        columns: list[Any] = [one.column for one in inputs]
        codes = [self._codes(k, one) for k, one in enumerate(inputs, start=1)]
        code = self.node("Concat", codes, "codes", axis=1)
        ones = [(k, c, n) for k, c in enumerate(columns) if isinstance(c, Category) and not c.units
                for n in range(len(c.categories))]  # fmt: skip
        if ones:
            own = self.constant("own", [FIRST + n for _, _, n in ones], "int64")
            same = self.node("Equal", [self.chosen(code, [k for k, _, _ in ones], "code"), own], "is")
            self.block(same, "categories", [(c.name, n) for _, c, n in ones])
        answers = [k for k, c in enumerate(columns) if isinstance(c, YesNo)]
        if answers:
            table = self.constant("answers", [0.5, 0.5, 0.0, 1.0])  # new, a gap, no, yes
            said = self.node("Gather", [table, self.chosen(code, answers, "answer")], "said")
            self.block(said, "answers", [(columns[k].name, 0) for k in answers])
        coded = [k for k, c in enumerate(columns) if c.codes]
        if coded:
            self.block(self.chosen(code, coded, "label"), "labels", [(columns[k].name, 0) for k in coded])
        if any(c.gaps and not c.codes for c in columns):
            gap = self.node("Equal", [code, self.constant("gap", [GAP], "int64")], "no_text")
            self._gaps(gap, "texts", columns)

    def _codes(self, number: int, one: RawInput) -> str:
        """Each known text's code."""
        column: Any = one.column
        if isinstance(column, YesNo):
            known = {text: FIRST for text in _spellings(column.no)}
            known |= {text: FIRST + 1 for text in _spellings(column.yes)}
        else:
            known = {text: FIRST + k for k, text in enumerate(column.categories)}
        gaps = [*MISSING, *(way for mark in self.preparation.marks.get(column.name, ()) for way in _written(mark))]
        known |= dict.fromkeys(gaps, GAP)
        return self.node(
            "LabelEncoder", [one.name], f"code_{number}", domain=ML, keys_strings=list(known),
            values_int64s=list(known.values()), default_int64=UNSEEN,
        )  # fmt: skip

    def _gaps(self, gap: str, name: str, columns: list[Any]) -> None:
        """The inputs that tell gaps."""
        told = [k for k, c in enumerate(columns) if c.gaps and not c.codes]
        if told:
            order = [(columns[k].name, len(columns[k].own_inputs)) for k in told]
            self.block(self.chosen(gap, told, f"{name}.gaps"), f"{name}.gaps", order)

    def together(self) -> str:
        """All inputs in the network's order."""
        beside = self.node("Concat", self.blocks, "beside", axis=1)
        places = {name: k for k, name in enumerate(self.order)}
        return self.chosen(beside, [places[name] for name in self.names], "inputs")


def _spellings(word: str) -> list[str]:
    """The ways to write a yes or no, which Python compares in small letters.

    >>> _spellings("no")
    ['no', 'nO', 'No', 'NO']
    >>> _spellings("1"), _spellings("absolutely")
    (['1', '1.0'], ['absolutely', 'Absolutely', 'ABSOLUTELY'])
    """
    if word.isdecimal() and word.isascii():
        return [word, f"{word}.0"]
    ways = [sorted({letter, letter.upper()}, reverse=True) for letter in word]
    found: Iterable[str] = map("".join, product(*ways))
    if sum(len(way) > 1 for way in ways) > SPELLED:
        found = [word, word.capitalize(), word.title(), word.upper()]
    return [way for way in dict.fromkeys(found) if way.lower() == word]


def _written(mark: str) -> list[str]:
    """The ways to write a value that stands for a missing one: a number with decimals and without."""
    ways = [mark]
    with suppress(ValueError, OverflowError):
        ways += [repr(float(mark)), f"{float(mark):.15g}"]
    return ways
