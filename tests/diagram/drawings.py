"""Small networks, and what their drawings hold."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from unittest import mock

import numpy as np

from pellucid import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Network,
    Residual,
)  # fmt: skip
from pellucid.views.diagram import Diagram
from pellucid.views.diagram.canvas import Canvas
from pellucid.views.diagram.palette import LIGHT
from pellucid.views.diagram.place import Turn
from pellucid.views.diagram.sample import take_sample
from pellucid.views.diagram.whole import draw_network

SVG = "{http://www.w3.org/2000/svg}"


def dense(*sizes: int, last: str = "sigmoid", seed: int = 1) -> Network:
    hidden = [Dense(units, activation="tanh") for units in sizes[1:-1]]
    net = Network([Input(sizes[0]), *hidden, Dense(sizes[-1], activation=last)], name="a & <b>", seed=seed)
    net.compile("mse" if last == "sigmoid" else "categorical_crossentropy", "sgd")
    rng = np.random.default_rng(seed)
    net.set_weights({name: rng.normal(size=w.shape) for name, w in net.weights.items() if name.endswith("bias")})
    return net


def pictures() -> Network:
    layers = [
        Input((8, 8, 3)), Conv2D(4, 3, activation="relu"), AvgPool2D(2),
        Residual([Conv2D(8, 3, padding="same"), BatchNorm()], [Conv2D(8, 1)], activation="relu"),
        Residual([Conv2D(8, 3, padding="same")]), Activation("relu"), Dropout(0.3), Flatten(), Dense(5), Dense(2),
    ]  # fmt: skip
    net = Network(layers, seed=2)
    net.compile("mse")
    return net


def parsed(drawn: Diagram) -> ET.Element:
    return ET.fromstring(drawn.svg)


def of_kind(root: ET.Element, kind: str) -> list[ET.Element]:
    return [node for node in root.iter() if node.get("data-is") == kind]


def lines_of(root: ET.Element, kind: str = "weight") -> dict[str, tuple[float, str, str]]:
    """name[i, o] → (number, width, colour), as the drawing has them."""
    found = {}
    for node in of_kind(root, kind):
        name, _, value = (node.findtext(f"{SVG}title") or "").partition(" = ")
        found[name] = (float(value.strip("()")), node.get("stroke-width"), node.get("stroke"))
    return found


def check_lines(root: ET.Element, net: Network) -> None:
    """Every weight and bias has one line, with its number, its sign's colour, and a width that grows with |w|."""
    for kind, field in (("weight", "weights"), ("bias", "bias")):
        arrays = {name: w for name, w in net.weights.items() if name.endswith(field)}
        assert len(of_kind(root, kind)) == sum(w.size for w in arrays.values())
        lines = lines_of(root, kind)
        for name, w in arrays.items():
            for place, value in np.ndenumerate(w):
                number, _, colour = lines[f"{name}[{', '.join(map(str, place))}]"]
                assert number == value
                assert colour == LIGHT["negative" if value < 0 else "positive"]
        by_size = sorted((abs(number), float(width)) for number, width, _ in lines.values())
        widths = [width for _, width in by_size]
        assert widths == sorted(widths)
        assert widths[0] < widths[-1]


def overlaps(net: Network, x=None, y=None, **options) -> list[tuple[str, str]]:
    standard = {"numbers": None, "delta": False, "gradient": False, "fold": 12, "title": None, "direction": "right"}
    options = standard | options
    turn = Turn(options.pop("direction"))
    sample = take_sample(net, x, y, options["delta"])
    return draw_network(net, sample, turn=turn, **options)[0].overlaps()


def drawn_on(draw: Callable[[], Diagram]) -> Canvas:
    """The canvas that a picture was drawn on, as it was finished."""
    canvases = []
    with mock.patch.object(Canvas, "finish", lambda canvas, *_: canvases.append(canvas) or "<svg/>"):
        draw()
    (canvas,) = canvases
    return canvas
