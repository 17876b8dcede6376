"""Curves of a training as SVG inside the page, in the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from pellucid.views.chart.axis import Axis, round_numbers
from pellucid.views.diagram.text import number, width_of

WIDTH, HEIGHT = 500.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 116.0, 14.0, 36.0
COLOURS = ("a", "b", "c", "d")  # classes of lines in the page's style
WIDE_RANGE = 30  # a largest value so many times the smallest gets a logarithmic axis


def curve_chart(lines: dict[str, Sequence[float]], epochs: Sequence[int], what: str, *, marked: bool = False) -> Markup:
    """A chart of one or several figures over the epochs; ``marked`` adds the line that the replay moves.

    A line without any finite number is left out.
    """
    finite = {name: [v for v in line if math.isfinite(v)] for name, line in lines.items()}
    lines = {name: line for name, line in lines.items() if finite[name]}
    values = [v for name in lines for v in finite[name]]
    if not values:
        return Markup("")
    low, high = min(values), max(values)
    logarithmic = low > 0 and high / low > WIDE_RANGE
    pad = 0.0 if logarithmic else 0.04 * ((high - low) or abs(high) or 1.0)
    y = Axis(low * 0.9 if logarithmic else low - pad, high * 1.1 if logarithmic else high + pad, HEIGHT - BOTTOM, TOP,
             logarithmic)  # fmt: skip
    x = Axis(epochs[0], epochs[-1], LEFT, WIDTH - RIGHT)
    parts = [_grid(x, y, epochs)]
    ends = _spread([(y(finite[name][-1]), name) for name in lines])
    for k, (name, line) in enumerate(lines.items()):
        points = [(x(e), y(v)) for e, v in zip(epochs, line, strict=True) if math.isfinite(v)]
        parts.append(_line(points, COLOURS[k % len(COLOURS)], ends[name], name))
    if marked:
        parts.append(Markup('<line class="mark" id="replay-mark" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(
            f"{x(epochs[-1]):.1f}", TOP, HEIGHT - BOTTOM))  # fmt: skip
    first_last = "; ".join(
        f"{name} from {number(finite[name][0])} to {number(finite[name][-1])}" for name in lines
    )  # fmt: skip
    words = f"{what} over {len(epochs)} epochs{', logarithmic axis' if logarithmic else ''}: {first_last}."
    return Markup(
        '<figure class="chart"><figcaption>{}</figcaption>'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg></figure>'
    ).format(what, f"{WIDTH:g}", f"{HEIGHT:g}", words, Markup("").join(parts))


def mark_places(epochs: Sequence[int], shown: Sequence[int]) -> list[float]:
    """Where the replay's line stands for each shown epoch."""
    x = Axis(epochs[0], epochs[-1], LEFT, WIDTH - RIGHT)
    return [round(x(max(epochs[0], e)), 1) for e in shown]


def _grid(x: Axis, y: Axis, epochs: Sequence[int]) -> Markup:
    parts = []
    for tick in y.ticks():
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"/><text class="end" x="{}" y="{}">{}</text>')
            .format(LEFT, WIDTH - RIGHT, LEFT - 8, f"{y(tick) + 4:.1f}", number(tick), y=f"{y(tick):.1f}")
        )  # fmt: skip
    whole = [t for t in round_numbers(epochs[0], epochs[-1], 6) if t == int(t)]
    for tick in whole:
        parts.append(
            Markup('<text class="middle" x="{}" y="{}">{}</text>').format(
                f"{x(tick):.1f}", HEIGHT - BOTTOM + 17, f"{int(tick)}"
            )
        )
    parts.append(
        Markup('<text class="middle" x="{}" y="{}">epoch</text>').format((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 3)
    )
    return Markup("").join(parts)


def _line(points: list[tuple[float, float]], colour: str, at: float, name: str) -> Markup:
    text = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
    dot = Markup('<circle class="dot {}" cx="{}" cy="{}" r="3"/>').format(
        colour, f"{points[-1][0]:.1f}", f"{points[-1][1]:.1f}"
    )
    return Markup('<polyline class="curve {}" points="{}"/>{}<text class="name {}" x="{}" y="{}">{}</text>').format(
        colour, text, dot, colour, WIDTH - RIGHT + 9, f"{at + 4:.1f}", _short(name)
    )


def _short(name: str) -> str:
    words = name.replace("_", " ")
    while width_of(words, 14, bold=True) > RIGHT - 9:
        words = words[:-2].rstrip() + "…"
    return words


def _spread(places: list[tuple[float, str]]) -> dict[str, float]:
    """The places of the names beside the ends of their lines, at least a line apart."""
    found: dict[str, float] = {}
    before = -math.inf
    for place, name in sorted(places):
        before = max(place, before + 15)
        found[name] = before
    over = before - (HEIGHT - BOTTOM)
    return {name: place - max(0.0, over) for name, place in found.items()}
