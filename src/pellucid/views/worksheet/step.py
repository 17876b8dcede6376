"""The sheet of one step: forward pass, cost, deltas, gradients, update, as formulas."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.losses.worksheet import words_of as loss_words
from pellucid.optimizers.worksheet import takes_update_number
from pellucid.optimizers.worksheet import words_of as optimizer_words
from pellucid.plan.parts import Shape
from pellucid.views.worksheet.cells import Block, Values, Weights, as_rows, span
from pellucid.views.worksheet.layers import Activated, LayerCells
from pellucid.views.worksheet.sheets import Sheet, cell_name, place_names
from pellucid.views.worksheet.start import (
    Start,
    fan_in_names,
    input_names,
    layers_with_parameters,
    output_names,
    parameters_of,
    sample_names,
)

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
    """

    def __init__(
        self, followed: Followed, step: Step, start: Start, weights: dict[str, Weights],
        memories: dict[tuple[str, int], Weights], number: int, last: bool,
    ) -> None:  # fmt: skip
        self.net, self.step, self.start, self.number, self.last = followed.network, step, start, number, last
        self.made: list[tuple[str, Weights]] = []
        net, count = self.net, followed.samples.count
        steps = len(followed.steps)
        title = f"{net.name}: the cost after the last step" if last else f"{net.name}: step {number} of {steps}"
        optimizer = net.optimizer
        self._penalized = [(name, spec) for name, spec in net._parameter_specs() if spec.regularizer is not None]
        singles = 1 + bool(self._penalized)
        if not last:
            singles += 1 + takes_update_number(optimizer) + 2 * (optimizer.clip_norm is not None)
        self.sheet = Sheet("After" if last else f"Step {number}", title, singles, layers_with_parameters(net),
                           sample_names(count))  # fmt: skip
        self.weights: dict[str, Weights] = {}
        self.gradients: dict[str, Block] = {}
        self.new: dict[str, Weights] = {}
        self.memories: dict[tuple[str, int], Weights] = {}
        self.deltas: dict[str, Block] = {}
        self.backward: list[list[Callable[[], None]]] = []
        self.activated: dict[str, Activated] = {}
        for layer, name, shape in parameters_of(net):
            self.weights[name] = self._parameter(layer, name, shape, weights[name])
        output = self._forward()
        loss = self._loss(output)
        self._cost(loss)
        if not last:
            for steps_back in reversed(self.backward):
                for add in steps_back:
                    add()
            self._update(memories)

    # --- what layers add ---------------------------------------------------------------------------------------------

    def add_values(self, name: str, title: str, words: str, role: str, shape: Shape, write: Write) -> Values:
        """A quantity of every sample."""
        is_output = name.partition(".")[0] == self.net.layers[-1][0] and shape == self.net.output_shape
        units = output_names(self.net) if is_output else place_names(shape)
        block = self._samples(name, title, words, role, shape, units, write, self.step.values[name])
        return Values(block, shape)

    def add_delta(self, value: Values, words: str, write: Write) -> None:
        """∂C/∂value."""
        name = f"{value.block.name}.delta"
        quantity = value.block.name.rpartition(".")
        title = f"δ of {quantity[0]}" if quantity[2] == "z" else f"∂C/∂a of {quantity[0]}"
        columns = value.block.column_names
        known = self.step.values[name]
        self.deltas[value.block.name] = self._samples(name, title, words, "delta", value.shape, columns, write, known)

    def add_gradient(self, w: Weights, words: str, write: Write) -> None:
        """∂C/∂parameter, with what its regularizer adds."""
        spec = dict(self._penalized).get(w.name)
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
        block = self._samples(
            "input", "inputs x", "from Start", "input", net.input_shape, input_names(net),
            lambda s, *at: _far(x, s, at), self.step.values["input"],
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

    def _loss(self, a: Values) -> Block:
        """Targets, shares, the loss of each output and of each sample, and where the way back begins."""
        net, loss = self.net, self.net.loss
        O, B = net.output_units, a.block.rows
        given, weight = self.start.targets, self.start.shares
        shares = 2 if loss.targets == "binary" else O
        epsilon = cell_name("loss.label_smoothing")

        def target(s: int, *at: int) -> str:
            t = _far(given, s, at)
            return f"{t}*(1-{epsilon})+{epsilon}/{shares}" if loss.smoothing else t

        words = "(1 − ε) t + ε / classes" if loss.smoothing else "from Start"
        names = output_names(net)
        block = self._samples("target", "targets t", words, "target", a.shape, names, target,
                              self.step.values["target"])  # fmt: skip
        t = Values(block, a.shape)
        mean = loss.per_batch == "mean"
        share = Values(
            self._samples(
                "weight", "share", "w / samples" if mean else "w", "setting", (1,), ("share",),
                lambda s, _: _far(weight, s, (0,)) + (f"/{B}" if mean else ""), self.step.values["weight"],
            ),
            (1,),
        )  # fmt: skip
        made = self.activated.get(a.block.name)
        if made is not None and not self._joins(made, a):
            made = None
        texts = loss_words(loss, fused=made is not None)
        z = a if made is None else made.z
        option = cell_name("loss.delta") if loss.option else "0"

        def fill(text: str, s: int, at: tuple[int, ...]) -> str:
            if "{zs}" in text or "{ts}" in text:
                everything = {"zs": span(z[s, u] for u in range(O)), "ts": span(t[s, u] for u in range(O))}
            else:
                everything = {}
            return text.format(a=a[(s, *at)], z=z[(s, *at)], t=t[(s, *at)], option=option, **everything)

        each = self._samples(
            "loss_of_outputs", "loss ℓ", loss.formula.removeprefix("C = "), "loss", a.shape, names,
            lambda s, *at: fill(texts.value, s, at), self._losses(a, z, t, made is not None), checked=False,
        )  # fmt: skip
        part = f"/{O}" if loss.per_output == "mean" and O > 1 else ""
        whole = self._samples(
            "loss", "loss L", "share · Σ ℓ" + (f" / {O}" if part else ""), "loss", (1,), ("L",),
            lambda s, _: f"{share[s, 0]}*SUM({span(each.cell(s, u) for u in range(O))}){part}",
            self.step.values["loss"],
        )  # fmt: skip
        if not self.last:
            symbol = "a"
            if made is not None:
                made.drop_backward()
                symbol = "z"
            self.add_delta(
                z, f"∂C/∂{symbol} = share · ∂ℓ/∂{symbol}" + (f" / {O}" if part else ""),
                lambda s, *at: f"{fill(texts.derivative, s, at)}*{share[s, 0]}{part}",
            )  # fmt: skip
        return whole

    def _joins(self, made: Activated, a: Values) -> bool:
        """Whether the loss is one step with the output's activation, as in the plan."""
        loss, one_softmax = self.net.loss, len(a.shape) == 1
        fits = made.f.name == loss.fused_with and (made.f.elementwise or one_softmax)
        return fits and (bool(self.net.compile_settings()["fuse"]) or loss.fused_only)

    def _losses(self, a: Values, z: Values, t: Values, fused: bool) -> NDArray[np.float64]:
        """The loss of each output, by Pellucid's own formula: shown until a program recalculates."""
        loss, v = self.net.loss, self.step.values
        numbers = [v[block.name].reshape(block.rows, -1) for block in (z.block, a.block, t.block)]
        if fused and loss.fused_function is not None:
            found = loss.fused_function(*numbers)
        elif fused:  # softmax with cross-entropy
            top = numbers[0].max(axis=1, keepdims=True)
            found = numbers[2] * (np.log(np.exp(numbers[0] - top).sum(axis=1, keepdims=True)) + top - numbers[0])
        else:
            found = loss.function(numbers[1], numbers[2], loss.option)
        return np.asarray(found, float)

    def _cost(self, loss: Block) -> None:
        penalty = ""
        if self._penalized:
            terms = []
            for name, spec in self._penalized:
                assert spec.regularizer is not None
                l1, l2 = spec.regularizer.factors
                area = self.weights[name].block.area
                terms += [f"{cell_name(f'{name}.l1')}*SUMPRODUCT(ABS({area}))"] if l1 else []
                terms += [f"{cell_name(f'{name}.l2')}*SUMSQ({area})"] if l2 else []
            rest = self.step.cost - float(self.step.values["loss"].sum())
            block = self.sheet.single("penalty", "penalty", "l1 Σ|w| + l2 Σ w²", "loss", rest, "+".join(terms) or "0")
            penalty = f"+{block.cell()}"
        formula = f"SUM({loss.area}){penalty}"
        words = "Σ_s L" + (" + penalty" if penalty else "")
        self.cost = self.sheet.single(
            "cost", "cost C", words, "loss", self.step.cost, formula, checked=True, spoken="cost"
        )

    def _update(self, before: dict[tuple[str, int], Weights]) -> None:
        """What is remembered, and the new parameters."""
        net, step = self.net, self.step
        optimizer, words = net.optimizer, optimizer_words(net.optimizer)
        rate = cell_name(f"learning_rate_{self.number}")
        self.sheet.single("learning_rate", "learning rate η", "from Start", "setting", step.rate, rate,
                          spoken="learning_rate")  # fmt: skip
        if takes_update_number(optimizer):
            formula = f"updates_so_far+{self.number}"
            self.sheet.single("update_number", "update t", "of the optimizer", "setting", float(step.number), formula,
                              spoken="update_number")  # fmt: skip
        used = self._used_gradients()
        for k, memory in enumerate(words.memories, start=1):
            for layer, name, shape in parameters_of(net):
                self._remember(k, memory.title, memory.formula, memory.value, layer, name, shape, used, before)
        for layer, name, shape in parameters_of(net):
            self._new(words.value, layer, name, shape, used)

    def _remember(
        self, k: int, title: str, formula: str, value: str, layer: str, name: str, shape: Shape,
        used: dict[str, Block], before: dict[tuple[str, int], Weights],
    ) -> None:  # fmt: skip
        slot = f"{name}.memory_{k}"

        def write(r: int, c: int) -> str:
            old = before[name, k].block.cell(r, c, far=True)
            return value.format(g=used[name].cell(r, c), s=old, r=old)

        block = self.sheet.block(
            layer, slot, f"{title} of {name.partition('.')[2]}", formula, "memory", as_rows(self.step.values[slot]),
            used[name].column_names, write, spoken=slot,
        )  # fmt: skip
        self.memories[name, k] = Weights(block, shape, slot)

    def _new(self, value: str, layer: str, name: str, shape: Shape, used: dict[str, Block]) -> None:
        def write(r: int, c: int) -> str:
            now = {
                mark: self.memories[name, k].block.cell(r, c)
                for k, mark in ((1, "S"), (2, "R"))
                if (name, k) in self.memories
            }
            return value.format(p=self.weights[name].block.cell(r, c), g=used[name].cell(r, c), **now)

        formula = self.net.optimizer.formula.rpartition(";")[2].strip()
        block = self.sheet.block(
            layer, f"{name}.new", f"new {name.partition('.')[2]}", formula, "update", as_rows(self.step.values[name]),
            used[name].column_names, write, spoken=f"{name}.new",
        )  # fmt: skip
        self.new[name] = Weights(block, shape, name)

    def _used_gradients(self) -> dict[str, Block]:
        """The gradients that go into the update: clipped, and with the decay, where the optimizer says so."""
        optimizer = self.net.optimizer
        norm, largest = optimizer.clip_norm, optimizer.clip_value
        decay = 0.0 if optimizer.name == "adamw" else optimizer.weight_decay
        if norm is None and largest is None and not decay:
            return self.gradients
        shrink, factor = "", 1.0
        if norm is not None:
            areas = ",".join(block.area for block in self.gradients.values())
            length = float(np.sqrt(sum((block.values**2).sum() for block in self.gradients.values())))
            made = self.sheet.single("gradient_length", "gradient's length", "√ Σ g²", "gradient", length,
                                     f"SQRT(SUMSQ({areas}))")  # fmt: skip
            factor = norm / length if length > norm else 1.0
            text = f"IF({made.cell()}>clip_norm,clip_norm/{made.cell()},1)"
            block = self.sheet.single("shrink", "shrink by", "to the length clip_norm", "gradient", factor, text)
            shrink = f"*{block.cell(fixed=True)}"
        used: dict[str, Block] = {}
        for layer, name, _ in parameters_of(self.net):
            g, p = self.gradients[name], self.weights[name].block
            values = g.values * factor
            values = values if largest is None else np.clip(values, -largest, largest)

            def write(r: int, c: int, g: Block = g, p: Block = p) -> str:
                text = f"{g.cell(r, c)}{shrink}"
                text = text if largest is None else f"MAX(MIN({text},clip_value),-clip_value)"
                return text + (f"+weight_decay*{p.cell(r, c)}" if decay else "")

            parts = [
                "shortened" if shrink else "", "kept within ± clip_value" if largest else "", "+ λ w" if decay else ""
            ]  # fmt: skip
            used[name] = self.sheet.block(
                layer, f"{name}.used", f"used gradient of {name.partition('.')[2]}",
                "gradient " + ", ".join(part for part in parts if part), "gradient", values + decay * p.values,
                g.column_names, write, checked=False,
            )  # fmt: skip
        return used

    # --- help --------------------------------------------------------------------------------------------------------

    def _samples(
        self, name: str, title: str, words: str, role: str, shape: Shape, columns: tuple[str, ...], write: Write,
        values: NDArray[np.float64], checked: bool = True,
    ) -> Block:  # fmt: skip
        def at(s: int, u: int) -> str:
            return write(s, *(int(k) for k in np.unravel_index(u, shape)))

        return self.sheet.block("samples", name, title, words, role, values, columns, at, checked, spoken=name)


def cells_of(kind: str, where: str) -> Callable[[Any, LayerCells], Values]:
    """The function that writes a layer kind's cells.

    Raises
    ------
    DescriptionError
        A kind without spreadsheet formulas.
    """
    if kind not in KINDS:
        raise DescriptionError(
            f"{where} ({kind}) has no spreadsheet formulas. A worksheet can hold: {', '.join(KINDS)}."
        )
    module = importlib.import_module(f"pellucid.layers.{KINDS[kind]}.worksheet")
    found: Callable[[Any, LayerCells], Values] = module.cells
    return found


def _far(values: Values, s: int, at: tuple[int, ...]) -> str:
    """A cell of the sheet of what is given, as another sheet names it."""
    c = values[(s, *at)]
    block = values.block
    return str(block.cell(c.row - block.row, c.column - block.column, far=True))
