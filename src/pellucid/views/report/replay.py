"""The replay: what the network was at recorded epochs, under one slider."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from pellucid.views.diagram.canvas import png_address
from pellucid.views.diagram.connections import THIN
from pellucid.views.diagram.palette import LIGHT, signed_colours
from pellucid.views.diagram.text import number
from pellucid.views.report.boundary import boundary_colours, fits_boundary, frame_of, points_svg
from pellucid.views.report.curves import curve_chart, mark_places
from pellucid.views.report.material import Material
from pellucid.views.report.parts import Section, paragraph, scrolling

UNITS, ACROSS = 24, 8  # units whose weights are shown, and how many in a row
LINES = 500  # of a diagram that is replayed, at most
LINE = re.compile(r'<line [^>]*?stroke-width="([\d.e-]+)"[^>]*?>\s*<title>([^<]*?) = ', re.S)


def replay_section(material: Material) -> Section | None:
    """Weights, boundary or diagram at the recorded epochs; nothing where none were recorded."""
    kept = material.snapshots
    if len(kept) < 2:
        return None
    net, before = material.net, material.net.snapshot()
    makers = [maker for maker in (_Weights.of(material), _Boundary.of(material), _Drawn.of(material)) if maker]
    if not makers:
        return None
    frames: list[dict[str, Any]] = []
    try:
        for one in kept:
            net.put_back(one.numbers)
            frames.append({"epoch": one.epoch, "words": _words(material, one.epoch)})
            for maker in makers:
                frames[-1] |= maker.frame()
    finally:
        net.put_back(before)
    return Section("replay", "Replay of the training", _page(material, makers, frames))


def _words(material: Material, epoch: int) -> str:
    if epoch == 0:
        return "before training"
    history = material.net.history.history
    shown = [f"{name.replace('_', ' ')} {number(values[epoch - 1])}" for name, values in history.items()
             if name not in ("seconds", "learning_rate") and epoch <= len(values)]  # fmt: skip
    return ", ".join(shown)


def _page(material: Material, makers: list[Any], frames: list[dict[str, Any]]) -> Markup:
    history = material.net.history
    epochs = list(range(1, len(history.epoch) + 1))
    chart = Markup("")
    if len(epochs) > 1 and "loss" in history.history:
        lines: dict[str, Sequence[float]] = {
            name: history.history[name] for name in ("loss", "val_loss") if name in history.history
        }
        chart = curve_chart(lines, epochs, "Loss; the line is the epoch that is shown", marked=True)
        for frame, x in zip(frames, mark_places(epochs, [f["epoch"] for f in frames]), strict=True):
            frame["x"] = x
    last = len(frames) - 1
    control = Markup(
        '<div class="replay"><button type="button" id="replay-play" hidden>Play</button>'
        '<label for="replay-slider">Epoch</label>'
        '<input type="range" id="replay-slider" min="0" max="{last}" value="{last}" aria-valuetext="{text}" disabled>'
        '<output id="replay-words" for="replay-slider" aria-live="polite">{text}</output></div>'
    ).format(last=last, text=f"epoch {frames[last]['epoch']}: {frames[last]['words']}")
    noscript = Markup("<noscript>{}</noscript>").format(
        paragraph("The slider needs scripts; without them the last epoch is shown.", "note")
    )
    drawn = [maker.panel(frames[last]) for maker in makers]
    panels = Markup('<div class="panels">{}</div>').format(Markup("").join([*drawn[:1], chart, *drawn[1:]]))
    data = {"frames": frames, "lines": next((m.about() for m in makers if isinstance(m, _Drawn)), None)}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    script = Markup('<script type="application/json" id="replay-data">{}</script>').format(Markup(text))
    words = paragraph(f"{len(frames)} moments of the training, from before the first epoch to the last.")
    return words + control + noscript + panels + script


class _Weights:
    """The first layer's weights as pictures, all on the scale of the last epoch's largest."""

    def __init__(self, material: Material, most: float) -> None:
        self.material, self.most = material, most

    @classmethod
    def of(cls, material: Material) -> _Weights | None:
        found = material.first_weights()
        return None if found is None else cls(material, float(np.abs(found[1]).max()) or 1.0)

    def frame(self) -> dict[str, Any]:
        found = self.material.first_weights()
        assert found is not None
        return {"weights": png_address(sheet(found[1], self.most))}

    def panel(self, frame: dict[str, Any]) -> Markup:
        found = self.material.first_weights()
        assert found is not None
        units = min(UNITS, found[1].shape[3])
        return Markup(
            '<figure class="panel"><img id="replay-weights" src="{}" alt="Weights of the first {} units of {}">'
            "<figcaption>Weights of {}, unit by unit: blue above 0, red below, up to {}</figcaption></figure>"
        ).format(frame["weights"], units, found[0], found[0], number(self.most))


def sheet(weights: NDArray[Any], most: float) -> NDArray[np.uint8]:
    """Pictures of the units' weights (H, W, C, units) in rows, with a grey line between them."""
    H, W, _, units = weights.shape
    units = min(UNITS, units)
    across = min(ACROSS, units)
    times = max(1, round(28 / max(H, W)))  # small pictures are enlarged, so that the lines between them stay thin
    high, wide = H * times + 1, W * times + 1
    page = np.full((-(-units // across) * high + 1, across * wide + 1, 3), 150, np.uint8)
    for k in range(units):
        top, left = (k // across) * high + 1, (k % across) * wide + 1
        colours = signed_colours(weights[..., k].astype(float).mean(axis=2), most)
        page[top : top + high - 1, left : left + wide - 1] = colours.repeat(times, axis=0).repeat(times, axis=1)
    return page


class _Boundary:
    """What the network says over the plane of its two inputs."""

    def __init__(self, material: Material) -> None:
        self.material = material
        assert material.judged is not None
        self.area = frame_of(material.judged.samples(range(min(2000, material.judged.count))))

    @classmethod
    def of(cls, material: Material) -> _Boundary | None:
        return cls(material) if fits_boundary(material) else None

    def frame(self) -> dict[str, Any]:
        return {"boundary": png_address(boundary_colours(self.material, self.area))}

    def panel(self, frame: dict[str, Any]) -> Markup:
        return points_svg(self.material, self.area, frame["boundary"])


class _Drawn:
    """The diagram, whose lines the slider changes."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.svg = material.net.diagram(title="", numbers=False, fold=12).svg
        found = LINE.findall(self.svg)
        self.names = [name for _, name in found]
        self.thickest = max((float(width) for width, _ in found), default=1.0)
        self.most = max((abs(value) for value in self._values()), default=1.0) or 1.0

    @classmethod
    def of(cls, material: Material) -> _Drawn | None:
        if any(layer.kind in ("Conv2D", "Residual", "Ensemble") for _, layer in material.net.layers):
            return None
        made = cls(material)
        return made if 0 < len(made.names) <= LINES else None

    def about(self) -> dict[str, Any]:
        """What the page's script needs to draw a line anew."""
        return {"names": self.names, "most": self.most, "thin": THIN, "thickest": self.thickest,
                "colours": [LIGHT["positive"], LIGHT["negative"]]}  # fmt: skip

    def _values(self) -> list[float]:
        arrays = self.material.net.weights
        values = []
        for line in self.names:
            name, _, place = line.rstrip("]").partition("[")
            values.append(float(arrays[name][tuple(int(k) for k in place.split(","))]))
        return values

    def frame(self) -> dict[str, Any]:
        return {"lines": [float(f"{value:.5g}") for value in self._values()]}

    def panel(self, frame: dict[str, Any]) -> Markup:
        inside = scrolling(Markup(self.svg), "Diagram of the network at the epoch that is shown")
        return Markup('<figure class="panel broad" id="replay-diagram">{}</figure>').format(inside)
