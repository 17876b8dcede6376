"""How a stage is drawn: units as circles, maps as small pictures, other layers as blocks with their words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.connections import Scale, head
from pellucid.views.diagram.palette import sample_colours, sign_of, signed_colours
from pellucid.views.diagram.place import (
    BLOCK,
    BLOCK_TEXT,
    HEADER,
    KERNEL,
    KERNELS,
    Placed,
    Turn,
    block_length,
    header_lines,
)  # fmt: skip
from pellucid.views.diagram.sample import Sample
from pellucid.views.diagram.stages import Stage
from pellucid.views.diagram.text import number, shortened

RING = 4.0  # how thick the ring of the largest δ is
STUB = 12  # how far a bias stands off its unit
STRONGEST = 0.62  # the fill of the largest activation, so that a number on it can be read


def draw_stage(
    canvas: Canvas, placed: Placed, turn: Turn, scale: Scale, sample: Sample | None, numbers: bool, gradient: bool,
    deltas: float,
) -> None:  # fmt: skip
    """Draw one stage; ``deltas`` is the largest |δ| where δ is asked for, else 0."""
    stage = placed.stage
    if stage.form == "block":
        _block(canvas, turn(placed.u, 0.0), stage.kind, turn, "plain")
    elif stage.form == "branches":
        _branches(canvas, placed, turn)
    elif stage.form == "maps":
        _maps(canvas, placed, turn, gradient)
    else:
        _units(canvas, placed, turn, scale, sample, numbers, gradient, deltas)


def draw_header(canvas: Canvas, placed: Placed, turn: Turn, edge: float) -> None:
    """The words of a stage, above it at y = ``edge``, or left of it at x = ``edge``."""
    lines = header_lines(placed.stage)
    role = "hidden" if placed.stage.role == "plain" and placed.stage.form == "branches" else placed.stage.role
    for k, line in enumerate(lines):
        if turn.right:
            x, y, anchor = placed.u, edge + 15 * k, "middle"
        else:
            x, y, anchor = edge, -placed.u + 15 * (k - (len(lines) - 1) / 2), "end"
        colour = role if k == 0 else "muted"
        canvas.text(x, y, line, size=HEADER, colour=colour, anchor=anchor, bold=k == 0)


def _units(
    canvas: Canvas, placed: Placed, turn: Turn, scale: Scale, sample: Sample | None, numbers: bool, gradient: bool,
    deltas: float,
) -> None:  # fmt: skip
    stage, r = placed.stage, placed.radius
    a = None if stage.a is None else stage.a.reshape(-1).astype(float)
    delta = None if stage.delta is None or not deltas or stage.role == "plain" else stage.delta.reshape(-1)
    most = 1.0 if a is None else float(np.abs(a).max()) or 1.0
    marked = _marked(stage, sample)
    for place, k in enumerate(stage.shown):
        v = placed.across[place]
        x, y = turn(placed.u, v)
        tip = f"{stage.name}[{k}]" + ("" if a is None else f": a = {float(a[k])!r}")
        if stage.bias is not None:
            _bias(canvas, placed, v, k, turn, scale, numbers, gradient, RING + 1.5 if delta is not None else 0.0)
        if delta is not None:
            ring = 1 + (RING - 1) * min(1.0, abs(float(delta[k])) / deltas)
            canvas.circle(x, y, r + 1.5 + ring / 2, "", stroke=sign_of(delta[k]), width=ring, kind="delta",
                          tip=f"δ of {stage.name}[{k}] = {float(delta[k])!r}")  # fmt: skip
        canvas.circle(x, y, r, "paper")
        if a is None:
            canvas.circle(x, y, r, stage.role, opacity=0.16)
        else:
            canvas.circle(x, y, r, sign_of(a[k]), opacity=STRONGEST * abs(a[k]) / most, kind="activation")
        bold = 3.4 if marked == k else 2.0 if r > 8 else 1.4
        canvas.circle(x, y, r, "", stroke=stage.role, width=bold, kind="unit", tip=tip)
        if a is not None and numbers:
            size = 11 if len(number(a[k])) < 6 else 9.5
            canvas.text(x, y, number(a[k]), size=size, anchor="middle")
        _unit_words(canvas, placed, place, k, turn, sample, numbers, delta)
    if stage.folded:
        x, y = turn(placed.u, placed.across[-1])
        if turn.right:
            canvas.text(x, y, "⋮", size=15, colour="muted", anchor="middle")
        else:
            canvas.text(x, y, "…", size=15, colour="muted", anchor="middle")


def _marked(stage: Stage, sample: Sample | None) -> int | None:
    """The output unit that says what the sample is taken for."""
    if sample is None or not stage.says or stage.a is None or stage.count == 1:
        return None
    return int(stage.a.reshape(-1).argmax())


def _bias(
    canvas: Canvas, placed: Placed, v: float, k: int, turn: Turn, scale: Scale, numbers: bool, gradient: bool,
    ring: float,
) -> None:  # fmt: skip
    """The bias: a small square with a line to its unit, of a weight's width and colour."""
    stage, r = placed.stage, placed.radius + ring
    array = stage.bias_gradient if gradient else stage.bias
    assert array is not None
    b, symbol = float(array[k]), "∂C/∂b" if gradient else "b"
    side = 6.0 if r > 10 else 4.0
    stub = STUB if r > 10 else 0.45 * placed.step - r + 4
    far, near = (r + stub) * 0.72, r * 0.72  # up and before the unit, where no weight's line ends
    start, end = turn(placed.u - far, v - far), turn(placed.u - near, v - near)
    canvas.line(
        start,
        end,
        sign_of(b),
        scale.width(b),
        kind="bias",
        tip=f"{'∂C/∂' if gradient else ''}{stage.name}.bias[{k}] = {b!r}",
    )
    x, y = start
    corner = Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    canvas.rect(corner, "paper", stroke=sign_of(b), width=1.3, radius=1)
    if numbers:
        words, across = f"{symbol} {number(b)}", 1 if turn.right else 0
        canvas.text(x + (7 if across else -7), y - 3, words, size=9.5, colour=sign_of(b), halo=True,
                    anchor="start" if across else "end")  # fmt: skip


def _unit_words(
    canvas: Canvas, placed: Placed, place: int, k: int, turn: Turn, sample: Sample | None, numbers: bool,
    delta: NDArray[np.float64] | None,
) -> None:  # fmt: skip
    """The unit's name, what it says, its target and δ: beside it, where no line passes."""
    stage, v = placed.stage, placed.across[place]
    ring = RING + 1.5 if delta is not None else 0
    if turn.right:
        inputs = stage.role == "input"
        x, y = turn(placed.u + (-1 if inputs else 1) * (placed.radius + ring + 8), v)
        if not (inputs or stage.says):
            if stage.labels:  # a folded layer: the unit's number, above the lines that leave
                canvas.text(placed.u, v - placed.radius - 5 if placed.radius < 7 else v, stage.labels[place], size=8.5,
                            colour="ink", anchor="middle", halo=placed.radius < 7)  # fmt: skip
            if delta is not None and numbers:
                canvas.text(placed.u, v + placed.radius + ring + 8, f"δ {number(delta[k])}", size=9.5,
                            colour=sign_of(delta[k]), anchor="middle", halo=True)  # fmt: skip
            return
        lines = _said(stage, place, k, sample, delta if numbers else None)
        for n, (words, colour, bold) in enumerate(lines):
            down = 13 * (n - (len(lines) - 1) / 2)
            canvas.text(x, y + down, words, size=11 if n == 0 else 10, colour=colour, bold=bold,
                        anchor="end" if inputs else "start")  # fmt: skip
        return
    x, y = turn(placed.u, v)
    lines = _said(stage, place, k, sample, delta if numbers else None)
    sign = -1 if stage.says else 1
    if stage.role != "input" and not stage.says:
        if stage.labels and placed.radius >= 7:
            canvas.text(x, y, stage.labels[place], size=8.5, colour="ink", anchor="middle")
        if delta is not None and numbers:
            canvas.text(x + placed.radius + ring + 6, y, f"δ {number(delta[k])}", size=9.5, colour=sign_of(delta[k]),
                        halo=True)  # fmt: skip
        return
    if sign < 0:
        lines = lines[::-1]
    for n, (words, colour, bold) in enumerate(lines):
        cut = shortened(words, placed.step - 6, 10, bold)
        canvas.text(x, y + sign * (placed.radius + ring + 11 + 13 * n), cut, size=10, colour=colour, anchor="middle",
                    bold=bold)  # fmt: skip


def _said(
    stage: Stage, place: int, k: int, sample: Sample | None, delta: NDArray[np.float64] | None
) -> list[tuple[str, str, bool]]:
    """What is written beside an input or an output: (words, colour, whether bold)."""
    name = stage.labels[place] if stage.labels else ""
    if not stage.says or sample is None or stage.a is None:
        return [(name, "ink", False)] if name else []
    chosen, value = _marked(stage, sample) == k, number(stage.a.reshape(-1)[k])
    lines = [(f"{name}: {value}" if name else value, "ink", chosen)]
    if sample.targets is not None and len(sample.targets) == stage.count:
        if sample.predicted is None or stage.count == 1:
            lines.append((f"target {number(sample.targets[k])}", "muted", False))
        elif sample.targets[k] == sample.targets.max():
            lines.append(("true class", "muted", False))
    if delta is not None:
        lines.append((f"δ {number(delta[k])}", sign_of(delta[k]), False))
    return lines


def _maps(canvas: Canvas, placed: Placed, turn: Turn, gradient: bool) -> None:
    stage, side = placed.stage, 2 * placed.radius
    H, W = stage.shape[:2]
    wide, high = (side, side * H / W) if H <= W else (side * W / H, side)
    kernels = placed.half - placed.radius
    largest = 0.0 if stage.a is None else float(np.abs(stage.a).max())
    kernels_shown = stage.gradient if gradient else stage.weights
    for place, k in enumerate(stage.shown):
        x, y = turn(placed.u + kernels, placed.across[place])
        tip = f"{stage.name}, map {k}" if stage.count > 1 else stage.name
        if stage.a is None:
            for back in (6, 3, 0) if stage.count == 1 and stage.role != "input" else (0,):
                corner = Box(x - wide / 2 + back, y - high / 2 - back, x + wide / 2 + back, y + high / 2 - back)
                canvas.rect(corner, "paper", radius=2)
                canvas.rect(corner, stage.role, stroke=stage.role, width=1.6, radius=2, opacity=0.16, kind="map",
                            tip=tip)  # fmt: skip
        else:
            canvas.picture(x, y, wide, high, _map_colours(stage, k, largest), kind="map", tip=tip, frame=stage.role)
        if kernels_shown is not None:
            _kernels(canvas, placed, placed.across[place], k, kernels_shown, "∂C/∂" if gradient else "", turn)
    if stage.folded:
        x, y = turn(placed.u + kernels, placed.across[-1])
        canvas.text(x, y, "⋮" if turn.right else "…", size=16, colour="muted", anchor="middle")


def _map_colours(stage: Stage, k: int, largest: float) -> NDArray[np.uint8]:
    """An input as it looks; everything else white at 0, blue above and red below."""
    assert stage.a is not None
    a = stage.a.reshape(*stage.shape[:2], -1)
    if stage.role != "input":
        return signed_colours(a[..., k], largest)
    low, high = float(a.min()), float(a.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    return sample_colours(a if a.shape[2] == 3 else a[..., k], low, high)


def _kernels(
    canvas: Canvas, placed: Placed, v: float, k: int, kernels: NDArray[np.floating], symbol: str, turn: Turn
) -> None:
    """Small pictures of a map's kernels, or of their gradients, one for each of its first input channels."""
    strongest = float(np.abs(kernels).max())
    for c in range(min(KERNELS, kernels.shape[2])):
        x, y = turn(placed.begin + 5 + KERNEL / 2 + c * KERNEL, v)
        tip = f"{symbol}{placed.stage.name}.weights[:, :, {c}, {k}]"
        side = KERNEL - 3
        canvas.picture(x, y, side, side, signed_colours(kernels[:, :, c, k], strongest), kind="kernel", tip=tip)


def _block(canvas: Canvas, middle: tuple[float, float], words: str, turn: Turn, role: str) -> None:
    """A layer as a labelled block across the signal's way."""
    (x, y), long, thick = middle, block_length(words), BLOCK
    half = (thick / 2, long / 2) if turn.right else (long / 2, thick / 2)
    corner = Box(x - half[0], y - half[1], x + half[0], y + half[1])
    canvas.rect(corner, "paper", radius=5)
    canvas.rect(corner, role, stroke=role, radius=5, opacity=0.12, kind="block", tip=words)
    canvas.text(x, y, words, size=BLOCK_TEXT, anchor="middle", turned=turn.right)


def _branches(canvas: Canvas, placed: Placed, turn: Turn) -> None:
    """Lanes side by side, each with its blocks; they part at the beginning and are added at the end."""
    stage, begin, end = placed.stage, placed.begin + 8, placed.end - 12
    for lane, v in zip(stage.branches, placed.across, strict=True):
        points = [(begin, 0.0), (begin, v), (end, v), (end, 0.0)]
        page = [turn(*point) for point in points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in page)
        xs, ys = [x for x, _ in page], [y for _, y in page]
        corners = Box(min(xs), min(ys), max(xs), max(ys))
        canvas.curve(path, corners, "muted" if lane else "hidden", 1.4 if lane else 2.2)
        step = (end - begin) / (len(lane) + 1) if lane else 0.0
        for k, words in enumerate(lane):
            u = begin + (k + 1) * step
            head(canvas, turn(u - BLOCK / 2 - 3, v), turn)
            _block(canvas, turn(u, v), words, turn, "hidden" if words.startswith(("Conv", "Dense")) else "plain")
        if not lane:
            x, y = turn((begin + end) / 2, v)
            canvas.text(x, y, "shortcut", size=BLOCK_TEXT, anchor="middle", turned=not turn.right, halo=True,
                        colour="hidden")  # fmt: skip
    x, y = turn(end, 0.0)
    words, radius, size = ("mean", 15, 8.5) if stage.kind == "Ensemble" else ("+", 10, 15)
    canvas.circle(x, y, radius, "paper", stroke="hidden", width=2, kind="sum")
    canvas.text(x, y, words, size=size, anchor="middle", colour="hidden", bold=True)
