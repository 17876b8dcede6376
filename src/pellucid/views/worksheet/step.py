"""The sheet of one step: forward pass, cost, deltas, gradients, update, as formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.optimizers.worksheet import takes_update_number
from pellucid.plan.parts import Shape
from pellucid.views.worksheet.cells import Block, Values, Weights, as_rows
from pellucid.views.worksheet.kinds import cells_of
from pellucid.views.worksheet.layers import Activated, LayerCells
from pellucid.views.worksheet.loss import add_loss
from pellucid.views.worksheet.sheets import SAMPLES, Sheet, cell_name, place_names
from pellucid.views.worksheet.start import Start
from pellucid.views.worksheet.update import add_update
from pellucid.views.worksheet.walk import (
    Array,
    input_names,
    output_names,
    parameters_of,
    rows_of,
    sample_names,
    statistics_of,
)

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.training.steps import Followed, Step

DELTAS = {"z": "δ of", "input": "∂C/∂x of", "normal": "∂C/∂x̂ of"}  # what ∂C/∂value is called; else ∂C/∂a of
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
            singles += optimizer.average is not None
        tab = "After" if last else f"Step {number}"
        if predicts:
            tab, title, singles = "Predict", f"{net.name}: what it says about each sample", 0
        self.sheet = Sheet(tab, title, singles, [] if predicts else rows_of(net), sample_names(count))
        self.weights: dict[str, Weights] = {}
        self.gradients: dict[str, Block] = {}
        self.new: dict[str, Weights] = {}
        self.memories: dict[tuple[str, int], Weights] = {}
        self.deltas: dict[str, Block] = {}
        self.backward: list[list[Callable[[], None]]] = []
        self.activated: dict[str, Activated] = {}
        self.arrays = {array.name: array for array in [*parameters_of(net), *statistics_of(net)]}
        for name, array in self.arrays.items():
            given = weights[name]
            self.weights[name] = (
                Weights(given.block, given.shape, name, far=True) if predicts else self._given(array, given)
            )
        value = self.output = self._forward()
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
        name, known = f"{value.name}.delta", self.step.values[f"{value.name}.delta"]
        owner, _, quantity = value.name.rpartition(".")
        columns, others = value.block.column_names, value.also

        def whole(s: int, *at: int) -> str:
            unit = int(np.ravel_multi_index(at, value.shape))
            return write(s, *at) + "".join(f"+{other(s, unit)}" for other in others)

        words += " + ∂C/∂x beside it" * len(others)
        title = f"{DELTAS.get(quantity, '∂C/∂a of')} {owner}"
        self.deltas[value.name] = self.add_block(name, title, words, "delta", value.shape, columns, whole, known)

    def add_gradient(self, w: Weights, words: str, write: Write) -> Weights:
        """∂C/∂parameter, with what its regularizer adds."""
        spec = dict(self.penalized).get(w.name)
        array = self.arrays[w.name]
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
        block = self.gradients[w.name] = self.sheet.block(
            array.row, name, f"gradient of {array.short}", words, "gradient", values, w.block.column_names, whole,
            spoken=name,
        )  # fmt: skip
        return Weights(block, w.shape, name)

    def add_layer(self, layer: Layer, path: str, value: Values, wants: bool) -> tuple[Values, bool]:
        """The cells of a layer; return where its output lies.

        ``wants``: whether ∂C/∂value is needed by anything before it; what is returned beside the output says the same
        of that.
        """
        learns = not self.last and (wants or any(name.startswith(f"{path}.") for name in self.arrays))
        return cells_of(layer)(layer, LayerCells(self, path, value, learns, wants)), learns

    # --- the parts of a step -----------------------------------------------------------------------------------------

    def _given(self, array: Array, source: Weights) -> Weights:
        words = "from Start" if self.number == 1 else f"new ones of step {self.number - 1}"
        title = f"running {array.short}" if array.role == "statistic" else array.short
        block = self.sheet.block(
            array.row, array.name, title, words, array.role, as_rows(self.step.before[array.name]), array.columns,
            lambda r, c: str(source.block.cell(r, c, far=True)), spoken=array.name,
        )  # fmt: skip
        return Weights(block, array.shape, array.name)

    def _forward(self) -> Values:
        net, x = self.net, self.start.inputs
        block = self.add_block(
            "input", "inputs x", "from Start", "input", net.input_shape, input_names(net),
            x.far, self.step.values["input"],
        )  # fmt: skip
        value, wants = Values(block, net.input_shape), False
        for name, layer in net.layers:
            value, wants = self.add_layer(layer, name, value, wants)
        return value
