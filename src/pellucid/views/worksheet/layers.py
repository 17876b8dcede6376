"""What a layer sees while it writes its cells: the counterpart of ``LayerPlan``, for a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.activations import Activation
from pellucid.activations.worksheet import SOFTMAX_BACKWARD, SOFTMAX_VALUE, words_of
from pellucid.plan.parts import Shape
from pellucid.views.worksheet.cells import Block, Values, Weights, span
from pellucid.views.worksheet.sheets import cell_name

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.views.worksheet.step import StepSheet

Write = Callable[..., str]


@dataclass(frozen=True)
class Activated:
    """How cells a came from cells z, and how to take the way back out where the loss joins it with its own."""

    f: Activation
    z: Values
    drop_backward: Callable[[], None]


class LayerCells:
    """What a layer sees while it adds its cells to the sheet of a step.

    Attributes
    ----------
    name : str
        The layer's name.
    input : Values
        The cells that come in.
    samples : range
    trains : bool
        Whether the sheet is one of training: of its last, the forward pass is that of the network in use.
    learns : bool
        Whether the sheet has a backward pass and something up to here learns.
    wants_input_delta : bool
        Whether ∂C/∂input is needed by anything before this layer.
    """

    def __init__(self, sheet: StepSheet, name: str, source: Values, learns: bool, wants_input_delta: bool) -> None:
        self._sheet, self.name, self.input = sheet, name, source
        self.samples, self.trains = source.samples, not sheet.last
        self.learns, self.wants_input_delta = learns, wants_input_delta
        self._backward: list[Callable[[], None]] = []
        sheet.backward.append(self._backward)

    def parameter(self, name: str) -> Weights:
        """One of the layer's parameters."""
        return self._sheet.weights[f"{self.name}.{name}"]

    def values(self, name: str, shape: Shape, words: str, write: Write) -> Values:
        """A value of every sample; ``write(s, *place)`` gives its formula."""
        role = "a" if name == "a" else "z"
        return self._sheet.add_values(f"{self.name}.{name}", f"{self.name}.{name}", words, role, shape, write)

    def own(
        self, name: str, title: str, role: str, words: str, write: Write, values: NDArray[np.float64]
    ) -> Values:  # fmt: skip
        """A quantity of every sample, of its input's shape, that the engine keeps nowhere."""
        columns, shape = self.input.block.column_names, self.input.shape
        name = f"{self.name}.{name}"
        values = values.reshape(len(values), -1)
        return Values(
            self._sheet.add_block(name, title, words, role, shape, columns, write, values, checked=False), shape
        )

    def of_units(
        self, name: str, role: str, words: tuple[str, str], columns: tuple[str, ...], write: Callable[[int, int], str],
        values: NDArray[np.float64], checked: bool = False,
    ) -> Block:  # fmt: skip
        """Numbers of the layer's units, in the row of its parameters; ``words`` stand above them."""
        path = f"{self.name}.{name}"
        return self._sheet.sheet.block(self.name, path, *words, role, values, columns, write, checked, spoken=path)

    def moved(self, statistic: str, words: str, write: Callable[[int], str]) -> None:
        """What a statistic is after the step; ``write(unit)`` gives its formula."""
        name = f"{self.name}.{statistic}"
        block = self.of_units(
            f"{statistic}.new", "statistic", (f"new running {statistic}", words), (statistic,), lambda r, c: write(r),
            self._sheet.step.values[name].reshape(-1, 1), checked=True,
        )  # fmt: skip
        self._sheet.new[name] = Weights(block, self._sheet.weights[name].shape, name)

    def mask(self) -> Values:
        """What a Dropout leaves out at this step, as the engine has drawn it."""
        return self._sheet.start.masks[self.name, self._sheet.number]

    def chain(self, layers: Iterable[Layer], prefix: str, value: Values) -> tuple[Values, bool]:
        """The cells of layers within this one; return where the last output lies, and whether its delta is wanted."""
        wants = self.wants_input_delta
        for layer in layers:
            value, wants = self._sheet.add_layer(layer, f"{self.name}.{prefix}{layer.label}", value, wants)
        return value, wants

    def another(self) -> LayerCells:
        """The same layer once more, with a backward pass that comes before that of the layers within it."""
        return LayerCells(self._sheet, self.name, self.input, self.learns, self.wants_input_delta)

    def again(self, value: Values, name: str) -> Values:
        """The same cells under another name, so that ∂C/∂value can be told apart by where it comes from."""
        return Values(value.block, value.shape, f"{self.name}.{name}")

    def delta(self, value: Values) -> Values:
        """∂C/∂value, once the layers behind have written it."""
        return Values(self._sheet.deltas[value.name], value.shape)

    def write_delta(self, value: Values, words: str, write: Write) -> None:
        """∂C/∂value; ``write(s, *place)`` gives its formula."""
        self._sheet.add_delta(value, words, write)

    def backward(self, add: Callable[[], None]) -> None:
        """Add a step of the backward pass: called when the layers behind have written theirs."""
        self._backward.append(add)

    def input_delta(self, words: str, write: Write) -> None:
        """∂C/∂input; ``write(s, *place)`` gives its formula."""
        self._sheet.add_delta(self.input, words, write)

    def gradient(self, parameter: Weights, words: str, write: Write) -> Weights:
        """∂C/∂parameter; ``write(*index)`` gives its formula."""
        return self._sheet.add_gradient(parameter, words, write)

    def reshaped(self, value: Values, shape: Shape) -> Values:
        """The same cells, seen in another shape."""
        return Values(value.block, shape, value.name, value.also)

    def option(self, name: str) -> str:
        """A number that the layer is given, as a named cell."""
        return cell_name(f"{self.name}.{name}")

    def activation(self, f: Activation, z: Values) -> Values:
        """a = f(z) and its way back; z itself for the identity."""
        if f.name == "identity":
            return z
        if f.elementwise:
            words = words_of(f, f'Layer "{self.name}"')
            options = {name: self.option(name) for name in f.to_dict() if name != "kind"}
            a = self.values("a", z.shape, f.formula, lambda *at: words.value.format(z=z[at], **options))

            def back() -> None:
                da = self.delta(a)
                text = f"{{da}}*{words.derivative}"
                self._sheet.add_delta(
                    z, f"∂C/∂a · ({f.formula_derivative})",
                    lambda *at: text.format(da=da[at], z=z[at], a=a[at], **options),
                )  # fmt: skip

        else:
            write: Write = lambda *at: SOFTMAX_VALUE.format(z=z[at], zs=_units(z, at))  # noqa: E731
            a = self.values("a", z.shape, f.formula, write)

            def back() -> None:
                da = self.delta(a)
                self._sheet.add_delta(
                    z, "aₖ (∂C/∂aₖ − Σⱼ aⱼ ∂C/∂aⱼ)",
                    lambda *at: SOFTMAX_BACKWARD.format(
                        a=a[at], da=da[at], **{"as": _units(a, at), "das": _units(da, at)}
                    ),
                )  # fmt: skip

        if self.learns:
            self.backward(back)
        self._sheet.activated[a.block.name] = Activated(f, z, lambda: self._backward.remove(back))
        return a


def _units(values: Values, at: tuple[int, ...]) -> str:
    """The cells of all units at the same place of the same sample."""
    return span(values[(*at[:-1], u)] for u in range(values.shape[-1]))
