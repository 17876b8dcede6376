"""The sheet of one step: forward pass, cost, deltas, gradients, update, as formulas."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.optimizers.worksheet import takes_update_number
from pellucid.plan.parts import Shape
from pellucid.views.worksheet.cells import Block, Values, Weights, as_rows
from pellucid.views.worksheet.layers import Activated, LayerCells
from pellucid.views.worksheet.loss import add_loss
from pellucid.views.worksheet.sheets import SAMPLES, Sheet, cell_name, place_names
from pellucid.views.worksheet.start import (
    Start,
    fan_in_names,
    input_names,
    layers_with_parameters,
    output_names,
    parameters_of,
    sample_names,
)
from pellucid.views.worksheet.update import add_update

if TYPE_CHECKING:
    from pellucid.training.steps import Followed, Step

# Kinds of layers that a worksheet can hold, and where their cells are written.
KINDS = {
    "Dense": "dense", "Conv2D": "conv2d", "MaxPool2D": "pool2d", "AvgPool2D": "pool2d", "GlobalAvgPool2D": "pool2d",
    "Flatten": "flatten", "Reshape": "reshape", "Activation": "activation", "Standardize": "standardize",
}  # fmt: skip
Write = Callable[..., str]


class StepSheet:
    """The cells of one step.

    Parameters
    ----------
    followed : Followed
        The numbers that the engine computed.
    step : Step
        Which of its steps.
    start : Start
    weights, memories : dict
        The cells, on an earlier sheet, from which this step's parameters and memories come.
    number : int
        Of the step, from 1.
    last : bool
        Only the forward pass and the cost.
    predicts : bool
        Only the forward pass.
    """

    def __init__(
        self, followed: Followed, step: Step, start: Start, weights: dict[str, Weights],
        memories: dict[tuple[str, int], Weights], number: int, last: bool, predicts: bool = False,
    ) -> None:  # fmt: skip
        self.net, self.step, self.start, self.number, self.last = followed.network, step, start, number, last
        net, count = self.net, followed.samples.count
        steps = len(followed.steps)
        title = f"{net.name}: the cost after the last step" if last else f"{net.name}: step {number} of {steps}"
        optimizer = net.optimizer
        self.penalized = [(name, spec) for name, spec in net.parameter_specs() if spec.regularizer is not None]
        singles = 1 + bool(self.penalized)
        if not last:
            singles += 1 + takes_update_number(optimizer) + 2 * (optimizer.clip_norm is not None)
        tab = "After" if last else f"Step {number}"
        if predicts:
            tab, title, singles = "Predict", f"{net.name}: what it says about each sample", 0
        self.sheet = Sheet(tab, title, singles, layers_with_parameters(net), sample_names(count))
        self.weights: dict[str, Weights] = {}
        self.gradients: dict[str, Block] = {}
        self.new: dict[str, Weights] = {}
        self.memories: dict[tuple[str, int], Weights] = {}
        self.deltas: dict[str, Block] = {}
        self.backward: list[list[Callable[[], None]]] = []
        self.activated: dict[str, Activated] = {}
        for layer, name, shape in parameters_of(net):
            self.weights[name] = self._parameter(layer, name, shape, weights[name])
        value = self._forward()
        if not predicts:
            add_loss(self, value)
        if not last:
            for steps_back in reversed(self.backward):
                for add in steps_back:
                    add()
            add_update(self, memories)

    # --- what layers add ---------------------------------------------------------------------------------------------

    def add_block(
        self, name: str, title: str, words: str, role: str, shape: Shape, columns: tuple[str, ...], write: Write,
        values: NDArray[np.float64], checked: bool = True,
    ) -> Block:  # fmt: skip
        """Cells with a row for each sample."""

        def at(s: int, u: int) -> str:
            return write(s, *(int(k) for k in np.unravel_index(u, shape)))

        return self.sheet.block(SAMPLES, name, title, words, role, values, columns, at, checked, spoken=name)

    def add_values(self, name: str, title: str, words: str, role: str, shape: Shape, write: Write) -> Values:
        """A quantity of every sample."""
        is_output = name.partition(".")[0] == self.net.layers[-1][0] and shape == self.net.output_shape
        units = output_names(self.net) if is_output else place_names(shape)
        block = self.add_block(name, title, words, role, shape, units, write, self.step.values[name])
        return Values(block, shape)

    def add_delta(self, value: Values, words: str, write: Write) -> None:
        """∂C/∂value."""
        name = f"{value.block.name}.delta"
        quantity = value.block.name.rpartition(".")
        title = f"δ of {quantity[0]}" if quantity[2] == "z" else f"∂C/∂a of {quantity[0]}"
        columns = value.block.column_names
        known = self.step.values[name]
        self.deltas[value.block.name] = self.add_block(name, title, words, "delta", value.shape, columns, write, known)

    def add_gradient(self, w: Weights, words: str, write: Write) -> None:
        """∂C/∂parameter, with what its regularizer adds."""
        spec = dict(self.penalized).get(w.name)
        layer, _, short = w.name.partition(".")
        l1, l2 = (0.0, 0.0) if spec is None or spec.regularizer is None else spec.regularizer.factors

        def whole(r: int, c: int) -> str:
            text = write(*w.index(r, c))
            p = w.block.cell(r, c)
            text += f"+{cell_name(f'{w.name}.l1')}*SIGN({p})" if l1 else ""
            return text + (f"+2*{cell_name(f'{w.name}.l2')}*{p}" if l2 else "")

        words += " + l1 sign w" if l1 else ""
        words += " + 2 l2 w" if l2 else ""
        name = f"{w.name}.gradient"
        values = as_rows(self.step.values[name])
        self.gradients[w.name] = self.sheet.block(
            layer, name, f"gradient of {short}", words, "gradient", values, w.block.column_names, whole, spoken=name
        )

    def option(self, name: str, value: float) -> str:
        """A number on the sheet of what is given, by its name."""
        return cell_name(name)

    # --- the parts of a step -----------------------------------------------------------------------------------------

    def _parameter(self, layer: str, name: str, shape: Shape, source: Weights) -> Weights:
        role = "bias" if name.endswith(".bias") else "weight"
        words = "from Start" if self.number == 1 else f"new ones of step {self.number - 1}"
        block = self.sheet.block(
            layer, name, name.partition(".")[2], words, role, as_rows(self.step.before[name]),
            fan_in_names(self.net, layer, shape), lambda r, c: str(source.block.cell(r, c, far=True)), spoken=name,
        )  # fmt: skip
        return Weights(block, shape, name)

    def _forward(self) -> Values:
        net, x = self.net, self.start.inputs
        block = self.add_block(
            "input", "inputs x", "from Start", "input", net.input_shape, input_names(net),
            x.far, self.step.values["input"],
        )  # fmt: skip
        value, wants = Values(block, net.input_shape), False
        for number, ((name, layer), shape) in enumerate(
            zip(net.layers, (net.input_shape, *net.shapes), strict=False), start=1
        ):
            cells = cells_of(layer.kind, f'Layer {number} "{name}"')
            learns = not self.last and (wants or bool(layer.parameters(shape)))
            value = cells(layer, LayerCells(self, name, value, learns, wants and not self.last))
            wants = wants or bool(layer.parameters(shape))
        return value


def cells_of(kind: str, where: str) -> Callable[[Any, LayerCells], Values]:
    """The function that writes a layer kind's cells.

    Raises
    ------
    DescriptionError
        A kind without spreadsheet formulas.
    """
    if kind not in KINDS:
        raise DescriptionError(
            f"{where} ({kind}) has no spreadsheet formulas. A worksheet can hold: {', '.join(KINDS)}. "
            f"Train a network of these, in the terminal for instance by --layers 8 --dropout 0."
        )
    module = importlib.import_module(f"pellucid.layers.{KINDS[kind]}.worksheet")
    found: Callable[[Any, LayerCells], Values] = module.cells
    return found
