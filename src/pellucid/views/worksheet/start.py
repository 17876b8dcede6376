"""The sheet "Start": everything that is given. All other sheets follow from it."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.layers import Flatten, Reshape, Standardize
from pellucid.optimizers.worksheet import Memory, takes_update_number
from pellucid.optimizers.worksheet import words_of as optimizer_words
from pellucid.plan.parts import Shape
from pellucid.trace.names import Names
from pellucid.views.worksheet.cells import Values, Weights, as_rows
from pellucid.views.worksheet.sheets import SAMPLES, Sheet, place_names, short_names

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.samples import Samples
    from pellucid.training.steps import Followed, Step

START = "Start"
Setting = tuple[str, str, str, float]  # name, title, words, value


class Start:
    """The sheet of what is given.

    Attributes
    ----------
    sheet : Sheet
    inputs, targets, shares : Values
        Cells of the samples; inputs alone where the workbook only predicts.
    weights : dict of str to Weights
        Cells of the parameters.
    memories : dict of (str, int) to Weights
        What the optimizer remembers of each.
    """

    def __init__(self, followed: Followed, predicts: bool = False) -> None:
        net, samples, first = followed.network, followed.samples, followed.steps[0]
        self.weights: dict[str, Weights] = {}
        self.memories: dict[tuple[str, int], Weights] = {}
        if predicts:
            self._give(net, samples, first, activation_settings(net))
            return
        settings = settings_of(net) + [
            (f"learning_rate_{k}", f"learning rate of step {k}", "η", step.rate)
            for k, step in enumerate(followed.steps, start=1)
        ]
        if takes_update_number(net.optimizer):
            settings.append(("updates_so_far", "updates so far", "of the optimizer, before step 1", first.number - 1.0))
        self._give(net, samples, first, settings)
        for k, memory in enumerate(optimizer_words(net.optimizer).memories, start=1):
            for layer, name, shape in parameters_of(net):
                self.memories[name, k] = self._memory(net, memory, layer, name, shape, k, first.before)
        self._targets(net, samples)

    def _give(self, net: Network, samples: Samples, first: Step, settings: list[Setting]) -> None:
        """The sheet with settings, weights and inputs."""
        self.sheet = Sheet(
            START, f"{net.name}: what is given", len(settings), layers_with_parameters(net),
            sample_names(samples.count),
        )  # fmt: skip
        for name, title, words, value in settings:
            self.sheet.single(name, title, words, "setting", value, None, spoken=name)
        for layer, name, shape in parameters_of(net):
            role = "bias" if name.endswith(".bias") else "weight"
            block = self.sheet.block(
                layer, name, name.partition(".")[2], "given", role, as_rows(first.before[name]),
                fan_in_names(net, layer, shape), None, spoken=name,
            )  # fmt: skip
            self.weights[name] = Weights(block, shape, name)
        x, inputs = np.asarray(samples.features), input_names(net)
        block = self.sheet.block(SAMPLES, "input", "inputs x", "given", "input", x, inputs, None, spoken="inputs")
        self.inputs = Values(block, net.input_shape)

    def _memory(
        self, net: Network, memory: Memory, layer: str, name: str, shape: Shape, k: int,
        before: dict[str, NDArray[np.float64]],
    ) -> Weights:  # fmt: skip
        slot = f"{name}.memory_{k}"
        block = self.sheet.block(
            layer, slot, f"{memory.title} of {name.partition('.')[2]}", "before step 1", "memory",
            as_rows(before[slot]), fan_in_names(net, layer, shape), None, spoken=slot,
        )  # fmt: skip
        return Weights(block, shape, slot)

    def _targets(self, net: Network, samples: Samples) -> None:
        t = targets_of(net, samples)
        w = np.ones(samples.count) if samples.weights is None else samples.weights
        outputs, where, given = output_names(net), SAMPLES, "given"
        block = self.sheet.block(where, "target", "targets t", given, "target", t, outputs, None, spoken="targets")
        self.targets = Values(block, net.output_shape)
        names = {"values": w.reshape(-1, 1), "columns": ("w",), "write": None, "spoken": "sample_weights"}
        block = self.sheet.block(where, "sample_weight", "weight w", "of the sample", "setting", **names)  # type: ignore[arg-type]
        self.shares = Values(block, (1,))


def settings_of(net: Network) -> list[Setting]:
    """The options of the optimizer, the loss, the activations and the regularizers, as named cells."""
    optimizer, loss = net.optimizer, net.loss
    options = {k: v for k, v in optimizer.to_dict().items() if k not in ("kind", "rate", "average")}
    found: list[Setting] = [
        (name, name.replace("_", " "), f"of {optimizer.name}", float(value))
        for name, value in options.items()
        if value is not None and (name != "weight_decay" or value or optimizer.name == "adamw")
    ]
    found += [
        (f"loss.{name}", f"loss: {name.replace('_', ' ')}", f"of {loss.name}", float(value))
        for name, value in loss.to_dict().items()
        if name != "kind" and (name != "label_smoothing" or value)
    ]
    found += activation_settings(net)
    for name, spec in net.parameter_specs():
        if spec.regularizer is not None:
            for factor, value in zip(("l1", "l2"), spec.regularizer.factors, strict=True):
                found.append((f"{name}.{factor}", f"{name}: {factor}", f"of {spec.regularizer.name}", value))
    return found


def activation_settings(net: Network) -> list[Setting]:
    """The options of the activations, as named cells."""
    found: list[Setting] = []
    for name, layer in net.layers:
        f = getattr(layer, "activation", None)
        if f is not None:
            given = [(option, value) for option, value in f.to_dict().items() if option != "kind"]
            found += [(f"{name}.{k}", f"{name}: {k}", f"of {f.name}", float(value)) for k, value in given]
    return found


def parameters_of(net: Network) -> list[tuple[str, str, Shape]]:
    """(layer, parameter, shape) of all parameters, in order."""
    return [(name.partition(".")[0], name, spec.shape) for name, spec in net.parameter_specs()]


def layers_with_parameters(net: Network) -> list[tuple[str, tuple[str, ...]]]:
    """Their names, and those of their units."""
    units = {layer: shape[-1] for layer, _, shape in parameters_of(net)}
    last, named = net.layers[-1][0], _fitting(net.class_names, net.output_shape)
    return [
        (layer, named if named and layer == last else tuple(f"unit {k}" for k in range(count)))
        for layer, count in units.items()
    ]


def fan_in_names(net: Network, layer: str, shape: Shape) -> tuple[str, ...]:
    """The names of the columns of a parameter: where each of its numbers comes from."""
    if len(shape) == 1:
        return ("b",)
    before = itertools.takewhile(lambda entry: entry[0] != layer, net.layers)
    if len(shape) == 2 and all(isinstance(kind, (Flatten, Reshape, Standardize)) for _, kind in before):
        return input_names(net)  # the numbers are the inputs, in the same order
    return place_names(shape[:-1])


def input_names(net: Network) -> tuple[str, ...]:
    """The features' names, or x[0], x[1], …; pixels by row and column."""
    return short_names(Names("input", net.input_shape, net.input_shape, _fitting(net.feature_names, net.input_shape)))


def output_names(net: Network) -> tuple[str, ...]:
    """The classes' names, or the units' numbers."""
    names = net.class_names if net.output_units > 1 else None
    return short_names(Names("output", net.output_shape, net.output_shape, _fitting(names, net.output_shape)))


def _fitting(names: tuple[str, ...] | None, shape: Shape) -> tuple[str, ...] | None:
    return names if names is not None and len(names) == math.prod(shape) else None


def sample_names(count: int) -> tuple[str, ...]:
    """sample 0, sample 1, …"""
    return tuple(f"sample {s}" for s in range(count))


def targets_of(net: Network, samples: Samples) -> NDArray[np.float64]:
    """The targets as numbers for each output: labels as one-hot rows, before any smoothing."""
    given = samples.targets
    if not given.labels:
        return np.asarray(given.values, float)
    one_hot = np.zeros((samples.count, math.prod(net.output_shape)))
    one_hot[np.arange(samples.count), given.values] = 1.0
    return 2.0 * one_hot - 1.0 if net.loss.targets == "signs" else one_hot
