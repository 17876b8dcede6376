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

from pellucid import __version__
from pellucid.errors import DescriptionError
from pellucid.exchange.prepared import prepared_inputs
from pellucid.exchange.python.collect import collect
from pellucid.exchange.python.expressions import WRITERS
from pellucid.exchange.samples import TOLERANCE, take
from pellucid.exchange.steps import INPUT, Step, steps
from pellucid.exchange.text import Identifiers, fold, one_line

if TYPE_CHECKING:
    from pellucid.network import Network

PLACES = ("inside", "beside")


def export(net: Network, path: Path, *, weights: str = "inside", samples: Any = None) -> tuple[Path, ...]:
    """Write a program with ``predict(X)``, and beside it a test, ``test_<name>.py``.

    Parameters
    ----------
    net : Network
    path : Path
    weights : {"inside", "beside"}
        In the program as text, or in a file of the same name that ends with ``.npz``.
    samples : array (B, …), optional
        What the test predicts; a few drawn ones unless given.

    Returns
    -------
    tuple of Path
        The program, the test, and the file with the weights where there is one.

    Raises
    ------
    DescriptionError
        Another place for the weights.
    """
    from pellucid.record.model_file import write_whole

    if weights not in PLACES:
        raise DescriptionError(f'weights must be "inside" or "beside", got {weights!r}.')
    taken = take(net, samples)
    program = Program(net, path.with_suffix(".npz").name if weights == "beside" else None)
    written = {path: program.text(), path.with_name(f"test_{path.stem}.py"): _test(path, taken.X, taken.outputs)}
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
    beside: str | None = None
    names: Identifiers = field(default_factory=Identifiers)
    used: list[Callable[..., Any]] = field(default_factory=list)
    numbers: dict[str, NDArray[Any]] = field(default_factory=dict)

    def text(self) -> str:
        """The whole file."""
        body, output = self._body()
        lines, sources = collect(self.used)
        head = sorted({"import numpy as np", *(line for line in lines if line.startswith("import"))})
        if self.beside:
            head = ["import pathlib", *head]
        constants = [line for line in lines if not line.startswith("import")]
        parts = [
            _title(self.net),
            "\n".join(head) + "\n",
            "\n".join([*self._facts(), *constants]) + "\n",
            self._weights(),
            *(f"\n{source}\n" for source in sources),
            f'\ndef predict(X):\n    """{self._says()}"""\n{textwrap.indent(body, "    ")}\n    return {output}\n',
        ]
        return "\n".join([*parts, *self._classes()])

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
        facts = [*(f"# {line}" for line in prepared_inputs(self.net)), f"INPUT_SHAPE = {self.net.input_shape!r}"]
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
        signs = net.compiled and net.loss.targets == "signs"
        chosen = f"(outputs[:, 0] >= {0.0 if signs else 0.5}).astype(int)"
        if net.output_units > 1:
            chosen = f"outputs[:, :{len(net.class_names)}].argmax(axis=1)"
        return [
            '\ndef predict_classes(X):\n    """The name of the most likely class of each sample."""\n'
            f"    outputs = predict(X).reshape(-1, {net.output_units})\n"
            f"    return np.array(CLASS_NAMES)[np.minimum({chosen}, {len(net.class_names) - 1})]\n"
        ]


def numbers(array: NDArray[Any]) -> list[str]:
    """Numbers as text, with as many digits as bring back the same bits."""
    return [repr(value) for value in array.ravel().tolist()] if array.dtype == float else [
        f"{value:.9g}" for value in array.ravel().tolist()
    ]  # fmt: skip


def _title(net: Network) -> str:
    made = f"Made by Pellucid {__version__}."
    return f'"""The network {one_line(net.name)}, as a program that needs NumPy alone. {made}"""\n'


def _names(names: tuple[str, ...]) -> str:
    return f"({', '.join(map(ascii, names))},)"


def _test(path: Path, X: NDArray[Any], outputs: NDArray[Any]) -> str:
    """A test that runs by itself and under pytest."""
    return f'''"""Compares {one_line(path.name)} with the network that it was made of. Run it with Python or pytest."""

import importlib.util
import pathlib

import numpy as np

PROGRAM = pathlib.Path(__file__).with_name({path.name!a})
X = np.array("""
{textwrap.fill(" ".join(numbers(X)), 118)}
""".split(), np.{X.dtype}).reshape({X.shape})
EXPECTED = np.array("""
{textwrap.fill(" ".join(numbers(outputs)), 118)}
""".split(), np.{outputs.dtype}).reshape({outputs.shape})


def test_predicts_what_the_network_predicted():
    spec = importlib.util.spec_from_file_location("program", PROGRAM)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    np.testing.assert_allclose(program.predict(X), EXPECTED, rtol={TOLERANCE}, atol={TOLERANCE})


if __name__ == "__main__":
    test_predicts_what_the_network_predicted()
    print(f"{{len(X)}} samples: as the network predicted")
'''
