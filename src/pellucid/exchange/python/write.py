"""A network to a Python program that needs NumPy alone, with a test that compares it with the network."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.exchange.answers import threshold
from pellucid.exchange.columns import table_of
from pellucid.exchange.python.collect import collect
from pellucid.exchange.python.command import command, title
from pellucid.exchange.python.expressions import WRITERS
from pellucid.exchange.python.preparation import column_facts, prepare, wrapped
from pellucid.exchange.samples import TOLERANCE, Samples, take
from pellucid.exchange.steps import INPUT, Step, steps
from pellucid.exchange.text import Identifiers, fold, literal, one_line

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.tables.preparation import TablePreparation

NUMPY = "import numpy as np"
PLACES = ("inside", "beside")


def export(net: Network, path: Path, *, weights: str = "inside", samples: Any = None) -> tuple[Path, ...]:
    """Write a program with ``predict``, and beside it a test, ``test_<name>.py``.

    Of a network that was trained on a table, ``predict(rows)`` takes raw rows: dicts by column, or a CSV file's path;
    ``predict_prepared(X)`` takes what the network takes. Of others, ``predict(X)`` does. As a command it writes the
    predictions of a file as CSV.

    Parameters
    ----------
    net : Network
    path : Path
    weights : {"inside", "beside"}
        In the program as text, or in a file of the same name that ends with ``.npz``.
    samples : array (B, …) or table, optional
        What the test predicts; a few drawn ones unless given. Raw rows where the network takes these, or prepared ones.

    Returns
    -------
    tuple of Path
        The program, the test, and the file with the weights where there is one.

    Raises
    ------
    DescriptionError
        Another place for the weights.
    DataError
        The network's preparation is of another network.
    """
    from pellucid.record.model_file import write_whole

    if weights not in PLACES:
        raise DescriptionError(f'weights must be "inside" or "beside", got {weights!r}.')
    program = Program(net, table_of(net), path.with_suffix(".npz").name if weights == "beside" else None)
    taken = take(net, samples)
    written = {path: program.text(path.name), path.with_name(f"test_{path.stem}.py"): test_text(path, taken)}
    if weights == "beside":
        packed = io.BytesIO()
        arrays: dict[str, Any] = dict(program.numbers)
        np.savez(packed, **arrays)
        write_whole(path.with_suffix(".npz"), packed.getvalue())
    for file, text in written.items():
        write_whole(file, text.encode())
    return (*written, *([path.with_suffix(".npz")] if weights == "beside" else []))


@dataclass
class Program:
    """A program that is being written."""

    net: Network
    table: TablePreparation | None = None
    beside: str | None = None
    names: Identifiers = field(default_factory=Identifiers)
    used: list[Callable[..., Any]] = field(default_factory=list)
    numbers: dict[str, NDArray[Any]] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)

    def text(self, file: str) -> str:
        """The whole file."""
        functions = [*self._predict(), *self._classes(), command(self)]
        lines, sources = collect(self.used)
        self.modules |= {"pathlib"} if self.beside else set()
        imported = {f"import {name}" for name in self.modules} | {line for line in lines if line.startswith("import")}
        head = [*sorted(imported - {NUMPY}), "", NUMPY]
        constants = [line for line in lines if not line.startswith("import")]
        parts = [
            title(self, file),
            "\n".join(head) + "\n",
            "\n".join([*self._facts(), *constants]) + "\n",
            self._weights(),
            *(f"\n{source}\n" for source in sources),
        ]
        return "\n".join([*parts, *functions])

    def function(self, used: Callable[..., Any]) -> str:
        """Take a function into the file; return its name."""
        if used not in self.used:
            self.used.append(used)
        return str(getattr(used, "__name__", used))

    def array(self, step: Step, name: str) -> str:
        """Take an array of a step into the file; return the expression that means it."""
        if name not in step.arrays:
            return "None"
        self.numbers[f"{step.name}.{name}"] = step.arrays[name]
        return f'W["{self.names[f"{step.name}.{name}"]}"]'

    def _predict(self) -> list[str]:
        """``predict``, and what it does with raw rows where the network takes these."""
        body, output = self._body()
        name = "predict" if self.table is None else "predict_prepared"
        plain = f'\ndef {name}(X):\n    """{self._says()}"""\n{textwrap.indent(body, "    ")}\n    return {output}\n'
        if self.table is None:
            return [plain]
        out = "".join(f", {size}" for size in self.net.output_shape)
        says = f"The network's outputs (N{out}) for rows of a table: dicts, or the path of a CSV file."
        raw = f'\ndef predict(rows):\n    """{says}"""\n    return predict_prepared(prepare(rows))\n'
        return [prepare(self, self.table), plain, raw]

    def _body(self) -> tuple[str, str]:
        shape = ", ".join(map(str, self.net.input_shape))
        lines = [
            f"x = np.asarray(X, np.{self.net.dtype})",
            "if x.ndim == 0 or x.shape[1:] != INPUT_SHAPE:",
            f'    raise ValueError(f"Expected samples of shape (N, {shape}), got {{x.shape}}.")',
        ]
        listed, output = steps(self.net)
        values = {INPUT: "x"}
        for step in listed:
            values[step.output] = self.names[step.output]
            sizes = " → ".join("×".join(map(str, shape)) for shape in (step.shapes[0], step.shape))
            expression = WRITERS[step.op](self, step, [values[name] for name in step.inputs])
            lines += [
                f"# {one_line(step.name)}: {step.op}, {sizes}",
                fold(f"{values[step.output]} = {expression}", 114),
            ]
        return "\n".join(lines), values[output]

    def _facts(self) -> list[str]:
        facts = [] if self.table is None else [column_facts(self.table)]
        facts.append(f"INPUT_SHAPE = {self.net.input_shape!r}")
        if self.net.feature_names:
            facts.append(f"FEATURE_NAMES = {_names(self.net.feature_names)}")
        if self.net.class_names:
            facts.append(f"CLASS_NAMES = {_names(self.net.class_names)}")
        return facts

    def _says(self) -> str:
        into, out = ("".join(f", {size}" for size in s) for s in (self.net.input_shape, self.net.output_shape))
        return f"The network's outputs (N{out}) for samples (N{into})."

    def _weights(self) -> str:
        keys = {name: self.names[name] for name in self.numbers}
        self.numbers = {keys[name]: array for name, array in self.numbers.items()}
        if self.beside:
            return (
                f"with np.load(pathlib.Path(__file__).with_name({self.beside!r}), allow_pickle=False) as file:\n"
                "    W = dict(file)\n"
            )
        lines = ["W = {}"]
        for name, array in self.numbers.items():
            text = textwrap.fill(" ".join(numbers(array)), 118)
            lines.append(f'W["{name}"] = np.array("""\n{text}\n""".split(), np.{array.dtype}).reshape({array.shape})')
        return "\n".join(lines) + "\n"

    def _classes(self) -> list[str]:
        """``predict_classes``, where the classes have names; as ``Network.classes_of`` chooses them."""
        net = self.net
        if not net.class_names:
            return []
        chosen = f"(outputs[:, 0] > {threshold(net)}).astype(int)"
        if net.output_units > 1:
            chosen = f"outputs[:, :{len(net.class_names)}].argmax(axis=1)"
        takes = "X" if self.table is None else "rows"
        return [
            f'\ndef predict_classes({takes}):\n    """The name of the most likely class of each sample."""\n'
            f"    return classes_of(predict({takes}))\n",
            f'\ndef classes_of(outputs):\n    """The name of the most likely class for each of the outputs."""\n'
            f"    outputs = outputs.reshape(-1, {net.output_units})\n"
            f"    return np.array(CLASS_NAMES)[np.minimum({chosen}, {len(net.class_names) - 1})]\n",
        ]


def numbers(array: NDArray[Any]) -> list[str]:
    """Numbers as text, with as many digits as bring back the same bits."""
    return [repr(value) for value in array.ravel().tolist()] if array.dtype == float else [
        f"{value:.9g}" for value in array.ravel().tolist()
    ]  # fmt: skip


def _names(names: tuple[str, ...]) -> str:
    return wrapped("(", map(repr, names), ",)").replace(",\n,)", ",\n)")


def test_text(path: Path, taken: Samples) -> str:
    """A test that runs by itself and under pytest: of raw rows, or of arrays."""
    outputs, called = taken.outputs, "predict(ROWS)"
    if taken.rows is not None:
        cells = [[f"{name!a}: {literal(cell)}" for name, cell in row.items()] for row in taken.rows.to_dicts()]
        rows = "\n".join(textwrap.indent(wrapped("{", row, "},"), "    ") for row in cells)
        given = f"ROWS = [\n{rows}\n]"
    else:
        given = f"""X = np.array(\"\"\"
{textwrap.fill(" ".join(numbers(taken.X)), 118)}
\"\"\".split(), np.{taken.X.dtype}).reshape({taken.X.shape})"""
        called = "predict(X)" if taken.plain else "predict_prepared(X)"
    date = "import datetime\n" if "datetime." in given else ""
    return f'''"""Compares {one_line(path.name)} with the network that it was made of. Run it with Python or pytest."""

{date}import importlib.util
import pathlib

import numpy as np

PROGRAM = pathlib.Path(__file__).with_name({path.name!a})
{given}
EXPECTED = np.array("""
{textwrap.fill(" ".join(numbers(outputs)), 118)}
""".split(), np.{outputs.dtype}).reshape({outputs.shape})


def test_predicts_what_the_network_predicted():
    spec = importlib.util.spec_from_file_location("program", PROGRAM)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    np.testing.assert_allclose(program.{called}, EXPECTED, rtol={TOLERANCE}, atol={TOLERANCE})


if __name__ == "__main__":
    test_predicts_what_the_network_predicted()
    print(f"{{len(EXPECTED)}} samples: as the network predicted")
'''
