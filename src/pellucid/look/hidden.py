"""The hidden space: rows as a layer sees them, before and after training, projected to two axes by PCA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DescriptionError
from pellucid.look.answers import ask, targets_of
from pellucid.look.probe import Probe, inputs_of, of_several
from pellucid.look.project import principal_axes

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.picture import Diagram

Array = NDArray[np.float64]
ROWS = 5_000  # rows that are projected


@dataclass(frozen=True, eq=False)
class HiddenSpace(Drawn):
    """Rows in the space of a layer's activations.

    Attributes
    ----------
    network, layer : str
    units : int
        How many numbers the layer gives.
    before, after : ndarray (n, 2)
        The rows on the first two principal axes: with the weights that training began with, and as they are now.
    shares : tuple of two pairs of float
        Which share of the variance each axis has, before and after.
    apart : pair of float, optional
        Which share of the variance of all the layer's numbers lies between the classes, before and after: near 0 they
        lie mixed, near 1 each class is a point.
    targets : ndarray (n,), optional
    classes : tuple of str, optional
    """

    network: str
    layer: str
    units: int
    before: Array
    after: Array
    shares: tuple[tuple[float, float], tuple[float, float]]
    apart: tuple[float, float] | None
    targets: NDArray[Any] | None
    classes: tuple[str, ...] | None

    def text(self) -> str:
        """The figures in words."""
        lines = [f"{len(self.after):,} rows in the {self.units} activations of {self.layer} of {self.network}"]
        for name, (first, second) in zip(("before", "after"), self.shares, strict=True):
            lines.append(f"{name} training: the two axes show {100 * (first + second):.1f} % of the variance")
        if self.apart is not None:
            begun, now = self.apart
            lines.append(f"variance between the classes: {100 * begun:.1f} % before, {100 * now:.1f} % after")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<HiddenSpace of {self.layer} of {self.network}: {len(self.after)} rows>"

    def draw(self, theme: str = "auto") -> Diagram:
        """Both projections side by side."""
        from pellucid.views.features.plane import draw_hidden

        return draw_hidden(self, theme)


def hidden_space(net: Network, X: Any, y: Any, layer: str | None) -> HiddenSpace:
    """See :meth:`pellucid.Network.hidden_space`."""
    layer = layer or _last_hidden(net)
    rows = inputs_of(net, X)
    outputs = None if y is None else ask(net, rows[:1].reshape(1, -1))[1]
    targets = targets_of(net, y, len(rows), outputs)
    places = np.unique(np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).round().astype(np.int64))
    rows, targets = rows[places], None if targets is None else targets[places]
    begun = type(net).from_dict(net.to_dict() | {"seed": net.history.params.get("seed", net.seed)})
    spaces = [Probe(one, layer, "a").values(rows) for one in (begun, net)]
    if spaces[0].shape[1] < 2:
        wider = [name for (name, _), shape in zip(net.layers, net.shapes, strict=True) if np.prod(shape) > 1]
        raise DescriptionError(
            f'Layer "{layer}" gives one number, and a plane needs two. '
            + (f"Layers with more: {', '.join(wider)}." if wider else "No layer has more units.")
        )
    flat, shares = [], []
    for space in spaces:
        centre, axes, share = principal_axes(space, 2)
        flat.append((space - centre) @ axes.T)
        shares.append((float(share[0]), float(share[1])))
    apart = None
    if outputs is not None and targets is not None:
        apart = (_between(spaces[0], targets), _between(spaces[1], targets))
    return HiddenSpace(
        net.name, layer, spaces[0].shape[1], flat[0], flat[1], (shares[0], shares[1]), apart, targets, outputs
    )


def _last_hidden(net: Network) -> str:
    """The layer whose activations the last one with weights weighs; Dropout, which changes nothing in use, is none."""
    weighted = [k for k, (name, _) in enumerate(net.layers) if any(w.startswith(f"{name}.") for w in net.weights)]
    before = [name for name, layer in net.layers[: weighted[-1] if weighted else 0] if layer.kind != "Dropout"]
    if not before:
        words = "the network has no hidden layer; its inputs are all it has."
        raise DescriptionError(f"hidden_space: {words}{of_several(net)}")
    return before[-1]


def _between(space: Array, codes: NDArray[Any]) -> float:
    """The share of the variance that lies between the means of the classes."""
    centre = space.mean(axis=0)
    total = float(((space - centre) ** 2).sum())
    parts = [(codes == c).sum() * ((space[codes == c].mean(axis=0) - centre) ** 2).sum() for c in np.unique(codes)]
    return float(sum(parts)) / total if total else 0.0
