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

# Hues as in the diagram: inputs green, units amber, outputs violet, weights blue; errors are red and rose.
ROLES = {
    "input": Role("inputs x", "#d5eee3", "General"),
    "target": Role("targets t", "#e7def6", "General"),
    "setting": Role("settings: learning rate, options, weights of samples", "#eef1f4", "General"),
    "weight": Role("weights", "#d6e6f8"),
    "bias": Role("biases", "#e4eef9"),
    "statistic": Role("means and variances: of the batch, and those that training keeps", "#dbeef2"),
    "mask": Role("masks of Dropout, drawn at random: 1 stays, 0 is left out", "#e9e9d8", "General"),
    "z": Role("weighted inputs z", "#fbf1dc"),
    "a": Role("activations a", "#f3ddb0"),
    "loss": Role("losses and the cost", "#f9d8cf", "0.000000"),
    "delta": Role("deltas δ = ∂C/∂z, and ∂C/∂a", "#fbe6ec", "0.000000"),
    "gradient": Role("gradients ∂C/∂w and ∂C/∂b", "#f4d3e0", "0.000000"),
    "memory": Role("what the optimizer remembers", "#e3e6e9", "0.000000"),
    "update": Role("new weights and biases", "#b9d4f3"),
}
