"""Where everything of a diagram lies: along the signal's way (u) and across it (v), turned to the page at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pellucid.views.diagram.stages import Stage
from pellucid.views.diagram.text import width_of

DIRECTIONS = ("right", "up")
# The share of a line's length in which its number may stand, at most; and how far numbers are from the next column's.
NUMBERS_REACH = {"right": (0.72, 48.0), "up": (0.53, 14.0)}
HEADER = 11  # size of the words above a stage
BLOCK, BLOCK_TEXT = 30, 10.5  # how thick a block is, and its words' size


@dataclass(frozen=True)
class Turn:
    """From (along, across) to the page."""

    direction: str

    def __call__(self, u: float, v: float) -> tuple[float, float]:
        """The point on the page."""
        return (u, v) if self.direction == "right" else (v, -u)

    @property
    def right(self) -> bool:
        """Whether the signal goes to the right."""
        return self.direction == "right"


@dataclass(frozen=True, eq=False)
class Placed:
    """A stage with its place.

    Attributes
    ----------
    u : float
        Of its middle, along the signal's way.
    half : float
        From there to where it begins and ends.
    across : tuple of float
        The v of each unit or map that is shown, or of each branch's middle.
    step : float
        From one to the next.
    radius : float
        Of a unit; half the side of a map.
    side : float
        How far it reaches across, from 0 to either side.
    """

    stage: Stage
    u: float
    half: float
    across: tuple[float, ...]
    step: float
    radius: float
    side: float

    @property
    def begin(self) -> float:
        """Where connections arrive."""
        return self.u - self.half

    @property
    def end(self) -> float:
        """Where connections leave."""
        return self.u + self.half


def place(stages: list[Stage], turn: Turn, numbers: bool, delta: bool) -> list[Placed]:
    """Give every stage its place, so that nothing lies on anything else."""
    shapes = [_shape(stage, turn, numbers, delta) for stage in stages]
    tallest = max(p.side for p in shapes)
    placed: list[Placed] = []
    u, word_end = 0.0, 0.0  # word_end: where the words above the stages so far end
    for one in shapes:
        if placed:
            before = placed[-1]
            u = before.end + _gap(before, one, tallest, numbers, turn) + one.half
            words = header_width(one.stage) / 2 if turn.right else 24.0
            if one.stage.form != "block":
                u = max(u, word_end + 14 + words)
        if one.stage.form != "block":
            word_end = u + (header_width(one.stage) / 2 if turn.right else 24.0)
        placed.append(replace(one, u=u))
    return placed


def header_lines(stage: Stage) -> list[str]:
    """The words above a stage; a block has its words inside."""
    return [] if stage.form == "block" else [line for line in (stage.name, stage.kind, stage.size) if line]


def header_width(stage: Stage) -> float:
    """How wide they are."""
    lines = header_lines(stage)
    return max((width_of(line, HEADER, bold=k == 0) for k, line in enumerate(lines)), default=0.0)


def block_length(words: str) -> float:
    """How long a block is, for the words in it."""
    return width_of(words, BLOCK_TEXT) + 20


def _shape(stage: Stage, turn: Turn, numbers: bool, delta: bool) -> Placed:
    """A stage around u = 0."""
    if stage.form == "block":
        length = block_length(stage.kind)
        return _around(stage, BLOCK / 2, 1, 0.0, length / 2, length / 2)
    if stage.form == "branches":
        return _branches(stage)
    n = len(stage.shown) + stage.folded
    if stage.form == "maps":
        side = _map_side(stage)
        kernels = _kernel_room(stage)
        return _around(stage, side / 2 + kernels / 2, n, side + 12, side / 2, None)
    if numbers:
        widest = max([width_of(label, 11) for label in stage.labels], default=0.0)
        step = (92.0 if delta else 68.0) if turn.right else min(230.0, max(190.0 if delta else 130.0, widest + 14))
        radius = 21.0
    else:
        step = min(46.0, max(19.0, 440.0 / n))
        if stage.labels and not turn.right:
            step = max(step, min(90.0, 8 + max(width_of(label, 10) for label in stage.labels)))
        if stage.says and stage.a is not None and not turn.right:
            step = max(step, 84.0)  # room for the class and its number
        radius = min(16.0, 0.38 * step)
    if stage.role == "plain":
        radius = min(radius, 9.0) if not numbers else radius
    return _around(stage, radius, n, step, radius, None)


def _around(stage: Stage, half: float, n: int, step: float, radius: float, side: float | None) -> Placed:
    places = tuple((k - (n - 1) / 2) * step for k in range(n))
    reach = (n - 1) / 2 * step + radius if side is None else side
    return Placed(stage, 0.0, half, places, step, radius, reach)


def _branches(stage: Stage) -> Placed:
    """Lanes beside each other: the path's blocks first, the shortcut last."""
    most = max(len(lane) for lane in stage.branches)
    longest = [max((block_length(words) for words in lane), default=0.0) for lane in stage.branches]
    lanes, v = [], 0.0
    for length in longest:
        wide = max(length, 24.0)
        lanes.append(v + wide / 2)
        v += wide + 22
    middle = (v - 22) / 2
    half = (most * (BLOCK + 14) + 14) / 2 + 20
    return Placed(stage, 0.0, half, tuple(lane - middle for lane in lanes), 0.0, 0.0, middle + 16)


def _map_side(stage: Stage) -> float:
    """How large a map is drawn: larger pictures larger, within reason."""
    biggest = max(stage.shape[:2])
    top = 150.0 if stage.count == 1 else 62.0
    return max(72.0 if stage.count == 1 else 26.0, min(top, 3.4 * biggest + 14))


def _kernel_room(stage: Stage) -> float:
    """Room before the maps for pictures of their kernels."""
    return 0.0 if stage.weights is None else 10.0 + KERNEL * min(KERNELS, stage.weights.shape[2]) + 8


KERNEL, KERNELS = 19.0, 3  # the side of a kernel's picture, and how many of a map's are shown


def _gap(before: Placed, after: Placed, tallest: float, numbers: bool, turn: Turn) -> float:
    """Room for the connections between two stages."""
    if "block" in (before.stage.form, after.stage.form) or after.stage.form == "branches":
        return 26.0
    if before.stage.form == "branches":
        return 34.0
    if after.stage.link == "each":
        return 44.0
    if numbers and after.stage.link == "dense":
        columns = min(len(before.stage.shown), len(after.stage.shown))
        return max(160.0, 67.0 * columns, 0.8 * tallest) if turn.right else max(110.0, 26.0 * columns)
    return min(320.0, max(130.0, 0.8 * tallest)) if after.stage.link == "dense" else 90.0
