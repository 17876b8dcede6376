"""What a network says over a plane of two features, or along one: decision boundaries, surfaces and curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.layers.base import check_whole
from pellucid.look.answers import ask, targets_of
from pellucid.look.probe import inputs_of
from pellucid.look.project import principal_axes
from pellucid.trace.names import Names

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.picture import Diagram

Array = NDArray[np.float64]
RESTS = ("median", "mean", "pca")
MARGIN = 0.1  # of the rows' range, around them


@dataclass(frozen=True, eq=False)
class Boundary(Drawn):
    """What a network says over a plane, or along a line.

    Attributes
    ----------
    network : str
    axes : tuple of str
        What runs across, and up; one for a curve.
    rest : str
        What holds for the other features.
    x, y : ndarray
        Where the plane was asked: across (W,), up (H,); y is None for a curve. A number of a table is in its own units.
    outputs : ndarray (H, W, outputs) or (W, outputs)
        What the network said; of one output that tells two classes apart, the probability of both.
    classes : tuple of str, optional
        None where the outputs are numbers.
    points : ndarray (n, 2) or (n, 1)
        The rows, on the same axes.
    targets : ndarray (n,), optional
        Their classes by number, or their target.
    """

    network: str
    axes: tuple[str, ...]
    rest: str
    x: Array
    y: Array | None
    outputs: Array
    classes: tuple[str, ...] | None
    points: Array
    targets: NDArray[Any] | None

    @property
    def regions(self) -> NDArray[np.int64]:
        """The class that each place is taken for, (H, W) or (W,)."""
        if self.classes is None:
            raise DescriptionError("The outputs are numbers, so there are no regions of classes. See outputs.")
        regions: NDArray[np.int64] = self.outputs.argmax(axis=-1).astype(np.int64)
        return regions

    @property
    def shares(self) -> dict[str, float]:
        """The share of the plane that belongs to each class."""
        regions = self.regions
        return {name: float((regions == k).mean()) for k, name in enumerate(self.classes or ())}

    def text(self) -> str:
        """What was drawn, in words and numbers."""
        where = " and ".join(self.axes)
        lines = [f"{self.network} over {where}{f'; {self.rest}' if self.rest else ''}"]
        if self.classes is not None:
            what = "line" if self.y is None else "plane"
            lines += [f"{name}: {100 * share:.1f} % of the {what}" for name, share in self.shares.items()]
        else:
            lines.append(f"outputs from {self.outputs.min():.4g} to {self.outputs.max():.4g}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Boundary of {self.network} over {' and '.join(self.axes)}>"

    def draw(self, theme: str = "auto") -> Diagram:
        """The picture: regions of classes, a surface of numbers, or a curve, with the rows as points."""
        from pellucid.views.features.plane import draw_boundary

        return draw_boundary(self, theme)


def boundary(net: Network, X: Any, y: Any, features: Any, rest: Any, resolution: int) -> Boundary:
    """See :meth:`pellucid.Network.boundary`."""
    size = check_whole(resolution, "resolution", 2)
    rows, names = _flat(net, X), _names(net)
    if len(names) == 1:
        raise DescriptionError(
            "A boundary needs two features, and this network has one input. Draw its curve: net.curve(X, y)."
        )
    if _is(rest, "pca"):
        if features is not None:
            raise DescriptionError('rest="pca" lays the plane through all features; leave features out.')
        centre, axes, shares = principal_axes(rows, 2)
        points = (rows - centre) @ axes.T
        words = tuple(f"principal component {k + 1} ({100 * s:.0f} % of the variance)" for k, s in enumerate(shares))
        held = "every other direction at its mean"
        scales = [AS_IT_IS, AS_IT_IS]
    else:
        chosen = _chosen(net, names, features)
        scales = [_scale(net, names, k) for k in chosen]
        centre = _rest(net, rows, rest)
        axes = np.zeros((2, rows.shape[1]))
        axes[[0, 1], chosen] = 1.0
        points = np.stack([scale.own(rows[:, k]) for scale, k in zip(scales, chosen, strict=True)], axis=1)
        words = tuple(names.long(k) for k in chosen)
        held = "" if len(names) == 2 else f"other features at {_said(rest)}"
        centre = np.where(axes.any(axis=0), 0.0, centre)
    across, up = (_range(points[:, k], size) for k in (0, 1))
    asked = [scale.inputs(line) for scale, line in zip(scales, (across, up), strict=True)]
    grid = np.stack(np.meshgrid(*asked), axis=-1).reshape(-1, 2)
    outputs, classes = ask(net, centre + grid @ axes)
    targets = targets_of(net, y, len(rows), classes)
    return Boundary(net.name, words, held, across, up, outputs.reshape(size, size, -1), classes, points, targets)


def curve(net: Network, X: Any, y: Any, feature: Any, rest: Any, resolution: int) -> Boundary:
    """See :meth:`pellucid.Network.curve`."""
    size = check_whole(resolution, "resolution", 2)
    rows, names = _flat(net, X), _names(net)
    if feature is None and len(names) > 1:
        raise DescriptionError(f"feature: which of the {len(names)} inputs? {_known(names)}")
    if _is(rest, "pca"):
        raise DescriptionError('rest="pca" belongs to a boundary. A curve holds the others: "median", "mean" or a row.')
    k = 0 if feature is None else _index(net, names, feature)
    scale = _scale(net, names, k)
    points = scale.own(rows[:, k])
    across = _range(points, size)
    line = np.repeat(_rest(net, rows, rest)[None], size, axis=0)
    line[:, k] = scale.inputs(across)
    outputs, classes = ask(net, line)
    held = "" if len(names) == 1 else f"other features at {_said(rest)}"
    targets = targets_of(net, y, len(rows), classes)
    return Boundary(net.name, (names.long(k),), held, across, None, outputs, classes, points[:, None], targets)


@dataclass(frozen=True)
class Scale:
    """A feature in the units that its axis shows: a table's column in its own, everything else as the network takes it.

    Attributes
    ----------
    own : function
        From the network's input to the axis.
    inputs : function
        Back.
    """

    own: Callable[[Array], Array]
    inputs: Callable[[Array], Array]


AS_IT_IS = Scale(np.asarray, np.asarray)


def _scale(net: Network, names: Names, k: int) -> Scale:
    from pellucid.tables.columns import Number
    from pellucid.tables.preparation import preparation_of

    preparation = preparation_of(net.preparation)
    for column in () if preparation is None else preparation.columns:
        if isinstance(column, Number) and names.given is not None and names.given[k] == column.name:
            return Scale(column.unscaled, column.scaled)
    return AS_IT_IS


def _is(rest: Any, word: str) -> bool:
    return isinstance(rest, str) and rest == word


def _flat(net: Network, X: Any) -> Array:
    return inputs_of(net, X).reshape(-1, int(np.prod(net.input_shape)))


def _names(net: Network) -> Names:
    given, size = net.feature_names, int(np.prod(net.input_shape))
    return Names("input", net.input_shape, net.input_shape, given if given and len(given) == size else None)


def _known(names: Names) -> str:
    shown = ", ".join(f'"{name}"' for name in (names.given or ())[:12])
    if shown:
        return f"Known: {shown}{', …' if len(names) > 12 else ''}."
    last = len(names) - 1
    return f'They are 0 to {last}, or "{names.long(0)}" to "{names.long(last)}".'


def _index(net: Network, names: Names, key: Any) -> int:
    if isinstance(key, str):
        if names.given is not None and key in names.given:
            return names.given.index(key)
        spelt = {names.long(k).replace(" ", ""): k for k in range(len(names))}  # as on the axes: "pixel (1, 0)"
        if key.replace(" ", "") in spelt:
            return spelt[key.replace(" ", "")]
        raise DescriptionError(f'No feature "{key}".{nearest(key, names.given or ())} {_known(names)}')
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool) and 0 <= key < len(names):
        return int(key)
    if isinstance(key, tuple) and len(names.shape) > 1:
        return names.index(key, "The input")
    raise DescriptionError(f"No feature {key!r}. {_known(names)}")


def _chosen(net: Network, names: Names, given: Any) -> list[int]:
    if given is None:
        if len(names) == 2:
            return [0, 1]
        raise DescriptionError(
            f'features: which two of the {len(names)} inputs? {_known(names)} Or rest="pca", which lays the plane '
            f"through all of them."
        )
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(several) == 1:
        raise DescriptionError(
            f"A boundary needs two features, got one. Draw the curve of one: net.curve(X, y, feature={several[0]!r})."
        )
    if len(several) != 2:
        raise DescriptionError(f"A boundary needs two features, got {len(several)}. Choose two of them.")
    found = [_index(net, names, key) for key in several]
    if found[0] == found[1]:
        raise DescriptionError(f'A boundary needs two different features, got "{names.long(found[0])}" twice.')
    return found


def _rest(net: Network, rows: Array, rest: Any) -> Array:
    """Where the features stand that are not on an axis."""
    if isinstance(rest, str):
        if rest not in RESTS:
            raise DescriptionError(
                f'rest: expected "median", "mean", "pca", the number of a row, or a sample, got "{rest}".'
                f"{nearest(rest, RESTS)}"
            )
        found: Array = np.median(rows, axis=0) if rest == "median" else rows.mean(axis=0)
        return found
    if isinstance(rest, (int, np.integer)) and not isinstance(rest, bool):
        if not 0 <= rest < len(rows):
            raise DataError(f"rest: X has no row {rest}. Its rows are 0 to {len(rows) - 1}.")
        own: Array = rows[int(rest)].copy()
        return own
    given: Array = inputs_of(net, rest, "rest")[0].ravel()
    return given


def _said(rest: Any) -> str:
    if isinstance(rest, str):
        return f"their {rest}"
    return f"those of row {rest}" if isinstance(rest, (int, np.integer)) else "those of the given sample"


def _range(values: Array, size: int) -> Array:
    low, high = float(values.min()), float(values.max())
    pad = MARGIN * ((high - low) or 1.0)
    return np.linspace(low - pad, high + pad, size)
