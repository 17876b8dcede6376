"""What a network of two inputs says over their plane, with the rows on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from pellucid.views.diagram.palette import CLASS_HUES, LIGHT, signed_colours
from pellucid.views.diagram.text import number
from pellucid.views.report.material import Material

SIDE, POINTS = 64, 400  # pixels of the plane; rows that are shown
SHOWN = 320.0  # the side of the picture
CLASSES = tuple(LIGHT[hue] for hue in CLASS_HUES)  # as on pictures of boundaries

Area = tuple[float, float, float, float]


def fits_boundary(material: Material) -> bool:
    """Whether the network has two inputs, and rows are there."""
    return material.judged is not None and material.net.input_shape == (2,)


def frame_of(X: NDArray[Any]) -> Area:
    """Left, right, bottom and top around the rows."""
    low, high = X.min(axis=0).astype(float), X.max(axis=0).astype(float)
    pad = 0.12 * np.where(high > low, high - low, 1.0)
    return float(low[0] - pad[0]), float(high[0] + pad[0]), float(low[1] - pad[1]), float(high[1] + pad[1])


def boundary_colours(material: Material, area: Area) -> NDArray[np.uint8]:
    """The plane's colours (SIDE, SIDE, 3): the class, paler where it is less certain; or the number by its sign."""
    judged, left, right, bottom, top = material.judged, *area
    assert judged is not None
    xs, ys = np.meshgrid(np.linspace(left, right, SIDE), np.linspace(top, bottom, SIDE))
    outputs = material.net.predict(np.stack([xs.ravel(), ys.ravel()], axis=1)).reshape(SIDE * SIDE, -1).astype(float)
    if judged.classes is None:
        most = float(np.abs(judged.targets).max()) or 1.0
        return signed_colours(outputs[:, 0].reshape(SIDE, SIDE), most)
    if outputs.shape[1] == 1:
        low = -1.0 if material.net.loss.targets == "signs" else 0.0
        share = np.clip((outputs[:, 0] - low) / (1 - low), 0, 1)
        best, sure = (share >= 0.5).astype(int), np.abs(2 * share - 1)
    else:
        best = outputs.argmax(axis=1)
        other = np.sort(outputs, axis=1)[:, -2]
        sure = np.clip(outputs.max(axis=1) - other, 0, 1)
    colours = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in CLASSES], float)[best % len(CLASSES)]
    mixed = 250 + (0.15 + 0.5 * sure[:, np.newaxis]) * (colours - 250)
    plane: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8).reshape(SIDE, SIDE, 3)
    return plane


def points_svg(material: Material, area: Area, address: str) -> Markup:
    """The plane as a figure, with rows as points in their class's colour."""
    judged, left, right, bottom, top = material.judged, *area
    assert judged is not None
    rows = list(range(min(POINTS, judged.count)))
    points = []
    for k, (px, py) in zip(rows, judged.samples(rows).astype(float), strict=True):
        x, y = SHOWN * (px - left) / (right - left), SHOWN * (top - py) / (top - bottom)
        colour = "#1d2330" if judged.true is None else CLASSES[judged.true[k] % len(CLASSES)]
        points.append(Markup('<circle cx="{}" cy="{}" r="4" fill="{}" stroke="#fff"/>').format(
            f"{x:.1f}", f"{y:.1f}", colour))  # fmt: skip
    names = material.net.feature_names or ("x[0]", "x[1]")
    words = f"What the network says over {names[0]} and {names[1]}, with {len(rows)} rows as points"
    key = Markup("")
    if judged.classes is not None:
        key = Markup(" ").join(
            Markup('<span class="key"><i style="background:{}"></i>{}</span>').format(CLASSES[k % len(CLASSES)], name)
            for k, name in enumerate(judged.classes[: len(CLASSES)])
        )
    ends = f"{names[0]} from {number(left)} to {number(right)} across, "
    ends += f"{names[1]} from {number(bottom)} to {number(top)} up"
    return Markup(
        '<figure class="panel"><svg viewBox="0 0 {s} {s}" class="plane" role="img" aria-label="{}">'
        '<image id="replay-boundary" href="{}" width="{s}" height="{s}" preserveAspectRatio="none"/>{}</svg>'
        "<figcaption>{} {}</figcaption></figure>"
    ).format(words, address, Markup("").join(points), ends, key, s=f"{SHOWN:g}")  # fmt: skip
