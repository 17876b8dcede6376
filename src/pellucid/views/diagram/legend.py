"""What colours and widths mean, with their numbers, below the diagram."""

from __future__ import annotations

from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.connections import Scale
from pellucid.views.diagram.stage_pictures import STRONGEST
from pellucid.views.diagram.stages import Stage
from pellucid.views.diagram.text import number, width_of

SIZE, GAP, ROW = 10, 22, 22


class _Rows:
    """Entries one after another, a new row where one is full."""

    def __init__(self, canvas: Canvas, left: float, top: float, width: float) -> None:
        self.canvas, self.left, self.right, self.x, self.y = canvas, left, left + width, left, top

    def room(self, width: float) -> tuple[float, float]:
        """The place for an entry of that width."""
        if self.x > self.left and self.x + width > self.right:
            self.x, self.y = self.left, self.y + ROW
        at = self.x
        self.x += width + GAP
        return at, self.y

    def entry(self, mark: float, words: str) -> tuple[float, float]:
        """Write an entry's words behind room for its mark; return where the mark begins."""
        x, y = self.room(mark + 6 + width_of(words, SIZE))
        self.canvas.text(x + mark + 6, y, words, size=SIZE, colour="muted")
        return x, y


def draw_legend(
    canvas: Canvas, stages: list[Stage], scale: Scale, left: float, top: float, width: float, gradient: bool,
    deltas: float,
) -> None:  # fmt: skip
    """Draw the legend of what there is."""
    rows = _Rows(canvas, left, top, width)
    for role, words in (("input", "input"), ("hidden", "hidden"), ("output", "output"), ("plain", "no weights")):
        if any(stage.role == role and stage.form != "branches" for stage in stages):
            x, y = rows.entry(12, words)
            canvas.circle(x + 6, y, 5, role, opacity=0.16)
            canvas.circle(x + 6, y, 5, "", stroke=role, width=1.8)
    if any(stage.link == "dense" for stage in stages):
        what = "∂C/∂w" if gradient else "w"
        for sign in (1, -1):
            words = f"{what} = {number(sign * scale.most)}" if scale.most else f"{what} = 0"
            x, y = rows.entry(26, words)
            canvas.line((x, y), (x + 26, y), "positive" if sign > 0 else "negative", scale.width(scale.most))
        if scale.most:
            x, y = rows.entry(26, f"|{what}| = {number(scale.most / 4)}")
            canvas.line((x, y), (x + 26, y), "muted", scale.width(scale.most / 4))
    if any(stage.bias is not None and stage.form == "units" for stage in stages):
        x, y = rows.entry(16, "bias")
        canvas.line((x + 4, y), (x + 16, y), "muted", 2)
        canvas.rect(Box(x, y - 3, x + 6, y + 3), "paper", stroke="muted", width=1.3, radius=1)
    if any(stage.a is not None and stage.form == "units" for stage in stages):
        x, y = rows.entry(46, "fill: activation of the sample, strongest of its layer")
        for k, (colour, share) in enumerate((("negative", 1.0), ("negative", 0.0), ("positive", 1.0))):
            canvas.circle(x + 7 + 16 * k, y, 6, colour, opacity=STRONGEST * share)
            canvas.circle(x + 7 + 16 * k, y, 6, "", stroke="faint", width=1)
        if any(stage.link == "dense" for stage in stages):
            x, y = rows.entry(26, "pale line: carries little of this sample")
            canvas.line((x, y), (x + 26, y), "positive", 3, 0.18)
    if deltas:
        x, y = rows.entry(20, f"ring: δ = ∂C/∂z, up to {number(deltas)}")
        canvas.circle(x + 10, y, 6.5, "", stroke="positive", width=3.5)
    if any(
        stage.form == "maps" and stage.role != "input" and (stage.a is not None or stage.weights is not None)
        for stage in stages
    ):
        x, y = rows.entry(32, "maps and kernels: below 0, 0, above 0")
        for k, colour in enumerate(("negative", "", "positive")):
            canvas.rect(Box(x + 11 * k, y - 5, x + 11 * k + 10, y + 5), colour or "paper", stroke="faint", width=1,
                        radius=1)  # fmt: skip
