"""The update on the sheet of a step: gradients as they are used, what is remembered, new parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.optimizers.worksheet import AVERAGE, SHARE, takes_update_number, words_of
from pellucid.views.worksheet.cells import Block, Weights, as_rows
from pellucid.views.worksheet.sheets import cell_name
from pellucid.views.worksheet.walk import Array, parameters_of

if TYPE_CHECKING:
    from pellucid.optimizers.worksheet import Memory
    from pellucid.views.worksheet.step import StepSheet

Memories = dict[tuple[str, int], Weights]


def add_update(page: StepSheet, before: Memories) -> None:
    """Add what the optimizer does with the gradients; ``before`` is what it remembers from the step before."""
    net, step, words = page.net, page.step, words_of(page.net.optimizer)
    rate = cell_name(f"learning_rate_{page.number}")
    single = page.sheet.single
    single("learning_rate", "learning rate η", "from Start", "setting", step.rate, rate, spoken="learning_rate")
    if takes_update_number(net.optimizer):
        count, formula = float(step.number), f"updates_so_far+{page.number}"
        single("update_number", "update t", "of the optimizer", "setting", count, formula, spoken="update_number")
    used = _used_gradients(page)
    for k, memory in enumerate(words.memories, start=1):
        for array in parameters_of(net):
            before_it = before[array.name, k]
            page.memories[array.name, k] = _remembered(page, memory, k, array, used[array.name], before_it)
    for array in parameters_of(net):
        page.new[array.name] = _new(page, words.value, array, used[array.name])
    if net.optimizer.average is not None:
        share = min(net.optimizer.average, (1 + step.number) / (10 + step.number))
        single("average_share", "share d", "of the running average", "setting", share, SHARE, spoken="average_share")
        k = len(words.memories) + 1
        for array in parameters_of(net):
            new, before_it = page.new[array.name].block, before[array.name, k]
            page.memories[array.name, k] = _remembered(page, AVERAGE, k, array, new, before_it)


def _remembered(page: StepSheet, memory: Memory, k: int, array: Array, used: Block, before: Weights) -> Weights:
    """``used``: the cells of what is remembered, the gradient or the new parameter."""
    slot = f"{array.name}.memory_{k}"

    def write(r: int, c: int) -> str:
        old = before.block.cell(r, c, far=True)
        return memory.value.format(g=used.cell(r, c), p=used.cell(r, c), s=old, r=old)

    block = page.sheet.block(
        array.row, slot, f"{memory.title} of {array.short}", memory.formula, "memory",
        as_rows(page.step.values[slot]), used.column_names, write, spoken=slot,
    )  # fmt: skip
    return Weights(block, array.shape, slot)


def _new(page: StepSheet, value: str, array: Array, used: Block) -> Weights:
    name = array.name
    kept = {mark: page.memories[name, k] for k, mark in ((1, "S"), (2, "R")) if (name, k) in page.memories}

    def write(r: int, c: int) -> str:
        now = {mark: memory.block.cell(r, c) for mark, memory in kept.items()}
        return value.format(p=page.weights[name].block.cell(r, c), g=used.cell(r, c), **now)

    formula = page.net.optimizer.formula.rpartition(";")[2].strip()
    block = page.sheet.block(
        array.row, f"{name}.new", f"new {array.short}", formula, "update", as_rows(page.step.values[name]),
        used.column_names, write, spoken=f"{name}.new",
    )  # fmt: skip
    return Weights(block, array.shape, name)


def _used_gradients(page: StepSheet) -> dict[str, Block]:
    """The gradients that go into the update: clipped, and with the decay, where the optimizer says so."""
    optimizer = page.net.optimizer
    largest, decay = optimizer.clip_value, 0.0 if optimizer.name == "adamw" else optimizer.weight_decay
    if optimizer.clip_norm is None and largest is None and not decay:
        return page.gradients
    shrink, factor = _shrink(page, optimizer.clip_norm)
    parts = ["shortened" if shrink else "", "kept within ± clip_value" if largest else "", "+ λ w" if decay else ""]
    words = "gradient " + ", ".join(part for part in parts if part)
    used: dict[str, Block] = {}
    for array in parameters_of(page.net):
        g, p = page.gradients[array.name], page.weights[array.name].block
        values = g.values * factor
        values = values if largest is None else np.clip(values, -largest, largest)

        def write(r: int, c: int, g: Block = g, p: Block = p) -> str:
            text = f"{g.cell(r, c)}{shrink}"
            text = text if largest is None else f"MAX(MIN({text},clip_value),-clip_value)"
            return text + (f"+weight_decay*{p.cell(r, c)}" if decay else "")

        used[array.name] = page.sheet.block(
            array.row, f"{array.name}.used", f"used gradient of {array.short}", words, "gradient",
            values + decay * p.values, g.column_names, write, checked=False,
        )  # fmt: skip
    return used


def _shrink(page: StepSheet, longest: float | None) -> tuple[str, float]:
    """What gradients are multiplied with so that they are no longer than ``longest``, as a formula and a number."""
    if longest is None:
        return "", 1.0
    gradients = page.gradients.values()
    areas = ",".join(block.area for block in gradients)
    length = float(np.sqrt(sum((block.values**2).sum() for block in gradients)))
    single = page.sheet.single
    made = single("gradient_length", "gradient's length", "√ Σ g²", "gradient", length, f"SQRT(SUMSQ({areas}))")
    factor = longest / length if length > longest else 1.0
    text = f"IF({made.cell()}>clip_norm,clip_norm/{made.cell()},1)"
    block = single("shrink", "shrink by", "to the length clip_norm", "gradient", factor, text)
    return f"*{block.cell(fixed=True)}", factor
