"""The sheet "Start": everything that is given. All other sheets follow from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.optimizers.worksheet import Memory, memories_of, takes_update_number
from pellucid.views.worksheet.cells import Values, Weights, as_rows
from pellucid.views.worksheet.kinds import layer_options
from pellucid.views.worksheet.masks import masks_of
from pellucid.views.worksheet.sheets import SAMPLES, Sheet, place_names
from pellucid.views.worksheet.walk import (
    Array,
    input_names,
    output_names,
    parameters_of,
    placed,
    rows_of,
    sample_names,
    statistics_of,
)

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.samples import Samples
    from pellucid.training.steps import Followed, Step
    from pellucid.views.worksheet.rows import Rows

START = "Start"
Setting = tuple[str, str, str, float]  # name, title, words, value


class Start:
    """The sheet of what is given; with ``rows``, inputs are made of those.

    Attributes
    ----------
    sheet : Sheet
    inputs, targets, shares : Values
        Cells of the samples; inputs alone where the workbook only predicts.
    weights : dict of str to Weights
        Cells of the parameters, and of what layers keep of their data.
    memories : dict of (str, int) to Weights
        What the optimizer remembers of each.
    masks : dict of (str, int) to Values
        Of each Dropout, what it leaves out at each step.
    """

    def __init__(self, followed: Followed, predicts: bool = False, rows: Rows | None = None) -> None:
        net, samples = followed.network, followed.samples
        first = followed.after if predicts else followed.steps[0]
        self.weights: dict[str, Weights] = {}
        self.memories: dict[tuple[str, int], Weights] = {}
        self.masks: dict[tuple[str, int], Values] = {}
        self._rows = rows
        if predicts:
            self._give(net, samples, first, layer_settings(net, trains=False))
            return
        settings = settings_of(net) + [
            (f"learning_rate_{k}", f"learning rate of step {k}", "η", step.rate)
            for k, step in enumerate(followed.steps, start=1)
        ]
        if takes_update_number(net.optimizer):
            settings.append(("updates_so_far", "updates so far", "of the optimizer, before step 1", first.number - 1.0))
        self._give(net, samples, first, settings)
        for k, memory in enumerate(memories_of(net.optimizer), start=1):
            for array in parameters_of(net):
                self.memories[array.name, k] = self._memory(memory, array, k, first.before)
        self._targets(net, samples)
        for path, masks in masks_of(followed).items():
            for k, mask in enumerate(masks, start=1):
                self.masks[path, k] = self._mask(path, k, mask)

    def _give(self, net: Network, samples: Samples, first: Step, settings: list[Setting]) -> None:
        """The sheet with settings, weights and inputs."""
        self.sheet = Sheet(
            START, f"{net.name}: what is given", len(settings), rows_of(net), sample_names(samples.count)
        )
        for name, title, words, value in settings:
            self.sheet.single(name, title, words, "setting", value, None, spoken=name)
        for array in [*parameters_of(net), *statistics_of(net)]:
            title = f"running {array.short}" if array.role == "statistic" else array.short
            block = self.sheet.block(
                array.row, array.name, title, "given", array.role, as_rows(first.before[array.name]), array.columns,
                None, spoken=array.name,
            )  # fmt: skip
            self.weights[array.name] = Weights(block, array.shape, array.name)
        x, inputs = np.asarray(samples.features), input_names(net)
        words, write = ("given", None) if self._rows is None else ("of the raw rows", self._rows.formula)
        block = self.sheet.block(SAMPLES, "input", "inputs x", words, "input", x, inputs, write, spoken="inputs")
        self.inputs = Values(block, net.input_shape)

    def _memory(self, memory: Memory, array: Array, k: int, before: dict[str, NDArray[np.float64]]) -> Weights:
        slot = f"{array.name}.memory_{k}"
        block = self.sheet.block(
            array.row, slot, f"{memory.title} of {array.short}", "before step 1", "memory", as_rows(before[slot]),
            array.columns, None, spoken=slot,
        )  # fmt: skip
        return Weights(block, array.shape, slot)

    def _mask(self, path: str, step: int, mask: NDArray[np.float64]) -> Values:
        name, units = f"{path}.mask_{step}", (mask.shape[1],)
        block = self.sheet.block(
            SAMPLES, name, f"mask of {path}, step {step}", "drawn at random", "mask", mask, place_names(units), None,
            spoken=name,
        )  # fmt: skip
        return Values(block, units)

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
    options = {k: v for k, v in optimizer.to_dict().items() if k not in ("kind", "rate")}
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
    found += layer_settings(net, trains=True)
    for name, spec in net.parameter_specs():
        if spec.regularizer is not None:
            for factor, value in zip(("l1", "l2"), spec.regularizer.factors, strict=True):
                found.append((f"{name}.{factor}", f"{name}: {factor}", f"of {spec.regularizer.name}", value))
    return found


def layer_settings(net: Network, trains: bool) -> list[Setting]:
    """The options of activations, and what layers are given besides, as named cells."""
    found: list[Setting] = []
    for at in placed(net):
        f = getattr(at.layer, "f", None)
        if f is not None:
            given = [(option, value) for option, value in f.to_dict().items() if option != "kind"]
            found += [(f"{at.path}.{k}", f"{at.path}: {k}", f"of {f.name}", float(value)) for k, value in given]
        for name, value in layer_options(at.layer, trains):
            found.append((f"{at.path}.{name}", f"{at.path}: {name.replace('_', ' ')}", f"of {at.layer.kind}", value))
    return found


def targets_of(net: Network, samples: Samples) -> NDArray[np.float64]:
    """The targets as numbers for each output: labels as one-hot rows, before any smoothing."""
    given = samples.targets
    if not given.labels:
        return np.asarray(given.values, float)
    one_hot = np.zeros((samples.count, math.prod(net.output_shape)))
    one_hot[np.arange(samples.count), given.values] = 1.0
    return 2.0 * one_hot - 1.0 if net.loss.targets == "signs" else one_hot
