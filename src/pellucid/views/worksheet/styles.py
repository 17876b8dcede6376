"""Colours and number formats of a worksheet, by the role of a cell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """What cells of a role are, and how they look."""

    meaning: str
    fill: str
    number: str = "0.0000"


INK, GREY, RULE, TYPED = "#1c2733", "#5d6b78", "#c9d1d9", "#1f4fb4"
GOOD, BAD, CHANGED = ("#cdebd0", "#14532d"), ("#f6c9c5", "#7f1d1d"), ("#ffe9a8", "#6b4a00")  # fill, ink
BLANK = "#fffbe0"
COLOURS = "Colours"  # the heading of the legend

ROLES = {
    "input": Role("inputs x", "#d9e8f7", "General"),
    "target": Role("targets t", "#d3ece8", "General"),
    "setting": Role("settings: learning rate, options, weights of samples", "#eef1f4", "General"),
    "weight": Role("weights", "#fde3c8"),
    "bias": Role("biases", "#fdf0bf"),
    "z": Role("weighted inputs z", "#e8e2f4"),
    "a": Role("activations a", "#dcefd5"),
    "loss": Role("losses and the cost", "#f6d9d6", "0.000000"),
    "delta": Role("deltas δ = ∂C/∂z, and ∂C/∂a", "#f8dcea", "0.000000"),
    "gradient": Role("gradients ∂C/∂w and ∂C/∂b", "#e6dccd", "0.000000"),
    "memory": Role("what the optimizer remembers", "#e3e6e9", "0.000000"),
    "update": Role("new weights and biases", "#fbcf9f"),
}
