"""What a layer sees while it writes its cells: the counterpart of ``LayerPlan``, for a sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.activations import Activation
from pellucid.activations.worksheet import SOFTMAX_BACKWARD, SOFTMAX_VALUE, words_of
from pellucid.plan.parts import Shape
from pellucid.views.worksheet.cells import Values, Weights, span

if TYPE_CHECKING:
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
    learns : bool
        Whether the sheet has a backward pass and something up to here learns.
    wants_input_delta : bool
        Whether ∂C/∂input is needed by anything before this layer.
    """

    def __init__(self, sheet: StepSheet, name: str, source: Values, learns: bool, wants_input_delta: bool) -> None:
        self._sheet, self.name, self.input = sheet, name, source
        self.samples = source.samples
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

    def delta(self, value: Values) -> Values:
        """∂C/∂value, once the layers behind have written it."""
        return Values(self._sheet.deltas[value.block.name], value.shape)

    def backward(self, add: Callable[[], None]) -> None:
        """Add a step of the backward pass: called when the layers behind have written theirs."""
        self._backward.append(add)

    def input_delta(self, words: str, write: Write) -> None:
        """∂C/∂input; ``write(s, *place)`` gives its formula."""
        self._sheet.add_delta(self.input, words, write)

    def gradient(self, parameter: Weights, words: str, write: Write) -> None:
        """∂C/∂parameter; ``write(*index)`` gives its formula."""
        self._sheet.add_gradient(parameter, words, write)

    def reshaped(self, value: Values, shape: Shape) -> Values:
        """The same cells, seen in another shape."""
        return Values(value.block, shape)

    def option(self, name: str, value: float) -> str:
        """A number that the layer is given, as a named cell."""
        return self._sheet.option(f"{self.name}.{name}", value)

    def activation(self, f: Activation, z: Values) -> Values:
        """a = f(z) and its way back; z itself for the identity."""
        if f.name == "identity":
            return z
        if f.elementwise:
            words = words_of(f, f'Layer "{self.name}"')
            options = {name: self.option(name, value) for name, value in _options(f)}
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


def _options(f: Activation) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in f.to_dict().items() if name != "kind"]


def _units(values: Values, at: tuple[int, ...]) -> str:
    """The cells of all units at the same place of the same sample."""
    return span(values[(*at[:-1], u)] for u in range(values.shape[-1]))
