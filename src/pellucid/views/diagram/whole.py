"""The diagram of a whole network, put together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.diagram.canvas import Canvas
from pellucid.views.diagram.connections import CROWDED, MANY, THICK, Scale, draw_connections
from pellucid.views.diagram.legend import draw_legend
from pellucid.views.diagram.place import Placed, Turn, header_lines, place
from pellucid.views.diagram.sample import Sample
from pellucid.views.diagram.stage_pictures import draw_header, draw_stage
from pellucid.views.diagram.stages import Stage, scale_of, stages_of
from pellucid.views.diagram.text import number, width_of

if TYPE_CHECKING:
    from pellucid.network import Network

NUMBERED = 60  # weights up to which numbers are written unless told otherwise


def draw_network(
    net: Network, sample: Sample | None, *, turn: Turn, numbers: bool | None, delta: bool, gradient: bool, fold: int,
    title: str | None,
) -> tuple[Canvas, str, str]:  # fmt: skip
    """Draw a network; return the canvas, its title and its description in words."""
    stages = stages_of(net, sample, fold)
    written = _few_weights(stages) if numbers is None else numbers
    scale = Scale(_most(stages, gradient), THICK if _lines(stages) <= MANY else CROWDED)
    deltas = scale_of([s for s in stages if s.form == "units" and s.role != "plain"], "delta") if delta else 0.0
    placed = place(stages, turn, written, delta)
    canvas = Canvas()
    for before, after in pairwise(placed):
        draw_connections(canvas, before, after, turn, scale, gradient, written)
    for one in placed:
        draw_stage(canvas, one, turn, scale, sample, written, gradient, deltas)
    _headers(canvas, placed, turn)
    heading = net.name if title is None else title
    _title(canvas, heading, net, sample)
    box = canvas.box
    draw_legend(canvas, stages, scale, box.left, box.bottom + 30, max(480.0, box.right - box.left), gradient, deltas)
    return canvas, heading, _description(net, sample)


def _few_weights(stages: list[Stage]) -> bool:
    dense = [s.weights.size for s in stages if s.link == "dense" and s.weights is not None]
    return bool(dense) and sum(dense) <= NUMBERED and all(s.form == "units" for s in stages)


def _lines(stages: list[Stage]) -> int:
    """The lines between the two stages that have the most."""
    return max((len(a.shown) * len(b.shown) for a, b in pairwise(stages) if b.link == "dense"), default=0)


def _most(stages: list[Stage], gradient: bool) -> float:
    """The largest size of what lines stand for, among the weights that are drawn, and biases."""
    most = 0.0
    for before, stage in pairwise(stages):
        array = stage.gradient if gradient else stage.weights
        if stage.link == "dense" and array is not None:
            most = max(most, float(np.abs(array[np.ix_(before.shown, stage.shown)]).max()))
            bias = stage.bias_gradient if gradient else stage.bias
            if bias is not None:
                most = max(most, float(np.abs(bias[list(stage.shown)]).max()))
    return most


def _headers(canvas: Canvas, placed: list[Placed], turn: Turn) -> None:
    box = canvas.box
    lines = max(len(header_lines(one.stage)) for one in placed)
    edge = box.top - 20 - 15 * (lines - 1) if turn.right else box.left - 24
    for one in placed:
        if header_lines(one.stage):
            draw_header(canvas, one, turn, edge)


def _title(canvas: Canvas, heading: str, net: Network, sample: Sample | None) -> None:
    sizes = " → ".join("×".join(map(str, shape)) for shape in (net.input_shape, *_changes(net)))
    lines = [f"{sizes} · {net.parameter_count:,} parameters"]
    if sample is not None:
        lines.append(sample_words(sample))
    lines = [line for line in lines if line]
    top = canvas.box.top - 30 - 17 * len(lines) - (10 if heading else 0)
    left = canvas.box.left
    if heading:
        canvas.text(left, top, heading, size=16, bold=True)
    wide = max(480.0, canvas.box.right - left)
    for k, line in enumerate(lines):
        words = (
            line if width_of(line, 11.5) <= wide else f"{len(net.layers)} layers · {net.parameter_count:,} parameters"
        )
        canvas.text(left, top + 21 + 17 * k, words, size=11.5, colour="muted")


def _changes(net: Network) -> list[tuple[int, ...]]:
    """The shapes after the layers that have weights or change the shape."""
    shapes, before = [], net.input_shape
    for (_, layer), shape in zip(net.layers, net.shapes, strict=True):
        if shape != before or layer.kind in ("Dense", "Conv2D", "Residual"):
            shapes.append(shape)
        before = shape
    return shapes


def sample_words(sample: Sample) -> str:
    """What the network says about a sample, in a line."""
    words = []
    if sample.predicted is not None:
        words.append(f"taken for {sample.predicted}")
    if sample.target is not None and sample.predicted is not None:
        words.append("which it is" if sample.target == sample.predicted else f"but it is {sample.target}")
    if sample.cost is not None:
        words.append(f"cost {number(sample.cost)}")
    return f"This sample: {', '.join(words)}" if words else ""


def _description(net: Network, sample: Sample | None) -> str:
    layers = "; ".join(
        f"{name}, {layer.kind}, output {'×'.join(map(str, shape))}"
        for (name, layer), shape in zip(net.layers, net.shapes, strict=True)
    )
    text = f"Diagram of a neural network with input {'×'.join(map(str, net.input_shape))} and layers {layers}."
    return text if sample is None else f"{text} {sample_words(sample)}".strip()
