"""What units look for: their weights, the inputs that excite them most, their maps, and the classes they speak for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DescriptionError
from pellucid.layers.base import check_whole
from pellucid.look.probe import Probe, inputs_of, of_several
from pellucid.trace.names import Names
from pellucid.trace.numbers import shown_number

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.picture import Diagram

Array = NDArray[np.float64]
UNITS = 64  # units of a layer that are looked at, unless they are named
PASS = 4096  # rows of one pass
STEP = 0.1  # of the inputs' range: how far a step of the ascent moves each input
WEIGHTED = ("Dense", "Conv2D")


@dataclass(frozen=True, eq=False)
class Speaks:
    """For which classes the units of the last hidden layer speak.

    Attributes
    ----------
    units : Names
        Of the last hidden layer.
    classes : tuple of str
    weights : ndarray (units, classes)
    mean : ndarray (units,)
        The units' mean activation over the rows.
    mean_by_class : ndarray (units, classes), optional
        Their mean activation over the rows of each class.
    """

    units: Names
    classes: tuple[str, ...]
    weights: Array
    mean: Array
    mean_by_class: Array | None

    @property
    def parts(self) -> Array:
        """w · mean a: what each unit adds to each class's z on average, (units, classes)."""
        return self.weights * self.mean[:, None]

    def text(self, most: int = 16) -> str:
        """The table, a row for each unit; of many units those that say most."""
        head = ("unit", "mean a", *(f"for {name}" for name in self.classes))
        order = range(len(self.mean))
        if len(self.mean) > most:
            order = np.argsort(-np.abs(self.parts).max(axis=1), kind="stable")[:most].tolist()
        rows = [
            (self.units.long(k), shown_number(self.mean[k], 3), *(shown_number(v, 3) for v in self.parts[k]))
            for k in order
        ]
        wide = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
        lines = []
        for name, *cells in (head, *rows):
            numbers = (f"{cell:>{w}}" for cell, w in zip(cells, wide[1:], strict=True))
            lines.append("  ".join((f"{name:<{wide[0]}}", *numbers)))
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Features(Drawn):
    """What the units of a layer look for. ``save`` draws it, ``print`` lists it.

    Attributes
    ----------
    network, layer, kind : str
    units : tuple of int
        Which units of the layer (of a convolution: maps).
    count : int
        How many the layer has.
    picture : tuple of int, optional
        (height, width, channels) where an input is a picture.
    inputs : Names
        What the inputs are called.
    weights : ndarray (units, *inputs of the layer), optional
        Of the first layer with weights: the weights as pictures (height, width, channels), or one for each input; of
        a convolution its kernels. None for deeper layers, whose inputs are no pixels.
    rows : ndarray of int (units, k), optional
        The rows that excite each unit most, the best first.
    row_values : ndarray (units, k), optional
        The unit's z for them; of a map the largest.
    samples : ndarray (units, k, *input_shape), optional
        Those rows.
    ascended : ndarray (units, *input_shape), optional
        Inputs found by gradient ascent on z, within the range of the data.
    ascended_values, begun_values : ndarray (units,), optional
        z there, and where the ascent began: at the mean of the rows. Of a map, the mean over its places.
    maps : ndarray (maps, height, width), optional
        Of a convolution: its activations for the first row.
    speaks : Speaks, optional
        Where the network ends with Dense, and rows were given.
    first_row : int
        What text and picture call the first row: 0, as arrays do, or 1.
    """

    network: str
    layer: str
    kind: str
    units: tuple[int, ...]
    count: int
    picture: tuple[int, int, int] | None
    inputs: Names
    weights: Array | None = None
    rows: NDArray[np.int64] | None = None
    row_values: Array | None = None
    samples: Array | None = None
    ascended: Array | None = None
    ascended_values: Array | None = None
    begun_values: Array | None = None
    maps: Array | None = None
    speaks: Speaks | None = None
    first_row: int = 0

    def text(self, strongest: int = 4) -> str:
        """A line for each unit: its strongest weights and the rows that excite it; and the table of classes."""
        lines = [f"{self.layer} ({self.kind}) of {self.network}: what its units look for", ""]
        for k, unit in enumerate(self.units):
            words = []
            if self.weights is not None and self.kind == "Dense":
                flat = self.weights[k].ravel()
                best = np.argsort(-np.abs(flat), kind="stable")[:strongest]
                listed = (f"{self.inputs.long(int(j))} {shown_number(flat[j], 3)}" for j in best)
                words.append("weights " + ", ".join(listed))
            if self.rows is not None and self.row_values is not None:
                pairs = zip(self.rows[k, :strongest].tolist(), self.row_values[k].tolist(), strict=False)
                words.append(
                    "rows " + ", ".join(f"{row + self.first_row} (z {shown_number(z, 3)})" for row, z in pairs)
                )
            if self.ascended_values is not None and self.begun_values is not None:
                z = (shown_number(float(v[k]), 3) for v in (self.begun_values, self.ascended_values))
                words.append(f"ascent {'mean z' if self.kind == 'Conv2D' else 'z'} " + " → ".join(z))
            lines.append(f"{self.layer}[{unit}]: " + "; ".join(words or ["no row, and no picture of its weights"]))
        if len(self.units) < self.count:
            lines.append(f"and {self.count - len(self.units):,} other units; name those that you want to see")
        if self.speaks is not None:
            lines += ["", "What the last hidden layer adds to each output's z (weight × mean activation):",
                      self.speaks.text()]  # fmt: skip
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Features of {self.layer} of {self.network}: {len(self.units)} units>"

    def draw(self, theme: str = "auto") -> Diagram:
        """Pictures of the weights, the ascended inputs, the most exciting rows, maps, and the table of classes."""
        from pellucid.views.features.units import draw_features

        return draw_features(self, theme)


def features(
    net: Network, X: Any, y: Any, layer: str | None, units: Any, most: int, ascent: int, picture: Any
) -> Features:
    """See :meth:`pellucid.Network.features`."""
    first = next((name for name, one in net.layers if one.kind in WEIGHTED), None)
    layer = layer or first
    if layer is None:
        words = "the network has no Dense or Conv2D layer, so nothing looks for anything."
        raise DescriptionError(f"features: {words}{of_several(net)}")
    probe = Probe(net, layer, "z")
    kind = dict(net.layers)[layer].kind
    count = probe.shape[-1]
    chosen = _chosen(units, count, layer)
    shape = _picture(net, picture)
    given = net.feature_names
    names = Names("input", net.input_shape, net.input_shape, given if given and len(given) == _size(net) else None)
    found: dict[str, Any] = {"weights": _weights(net, layer, kind, chosen, shape) if layer == first else None}
    rows = None if X is None else inputs_of(net, X)
    if rows is not None:
        found |= _most_exciting(probe, rows, chosen, check_whole(most, "most"))
        found["speaks"] = _speaks(net, rows, y)
        if kind == "Conv2D":
            maps = Probe(net, layer, "a").values(rows[:1]).reshape(probe.shape)
            found["maps"] = np.moveaxis(maps, -1, 0)[list(chosen)]
    if ascent and net.layers[0][1].kind != "Embedding":
        found |= _ascend(probe, rows, chosen, check_whole(ascent, "ascent"))
    return Features(net.name, layer, kind, chosen, count, shape, names, **found)


def _size(net: Network) -> int:
    return int(np.prod(net.input_shape))


def _chosen(given: Any, count: int, layer: str) -> tuple[int, ...]:
    if given is None:
        return tuple(range(min(count, UNITS)))
    names = Names(layer, (count,), (count,))
    several = given if isinstance(given, (list, tuple, range, np.ndarray)) else [given]
    return tuple(names.index(unit, f'Layer "{layer}"') for unit in several)


def _picture(net: Network, given: Any) -> tuple[int, int, int] | None:
    """How an input is seen: as its shape says, or as the caller does of a network that takes pixels in a row."""
    shape = net.input_shape if given is None else tuple(given)
    if given is None and (len(shape) == 1 or min(shape[:2]) < 2):
        return None
    seen = (*shape, 1)[:3]
    if len(shape) not in (2, 3) or int(np.prod(shape)) != _size(net):
        raise DescriptionError(
            f"picture: expected (height, width) or (height, width, channels) with {_size(net)} numbers, got {given!r}."
        )
    return seen[0], seen[1], seen[2]


def _weights(
    net: Network, layer: str, kind: str, chosen: tuple[int, ...], shape: tuple[int, int, int] | None
) -> Array | None:
    """The weights of each unit, first axis the unit."""
    weights = np.moveaxis(net.weights[f"{layer}.weights"].astype(float), -1, 0)[list(chosen)]
    if kind == "Conv2D":
        return weights
    if weights.shape[1] != _size(net):
        return None  # its inputs are no longer those of the network
    return weights if shape is None else weights.reshape(-1, *shape)


def _most_exciting(probe: Probe, rows: Array, chosen: tuple[int, ...], most: int) -> dict[str, Any]:
    """The rows with the largest z; of a map the largest of its places counts."""
    places = probe.units // probe.shape[-1]
    values = [probe.values(rows[k : k + PASS]) for k in range(0, len(rows), PASS)]
    z = np.concatenate([part.reshape(-1, places, probe.shape[-1]).max(axis=1) for part in values])[:, list(chosen)]
    order = np.argsort(-z, axis=0, kind="stable")[:most].T
    return {"rows": order, "row_values": np.take_along_axis(z.T, order, axis=1), "samples": rows[order]}


def _ascend(probe: Probe, rows: Array | None, chosen: tuple[int, ...], steps: int) -> dict[str, Any]:
    """Inputs with a large z: every step moves each input by a tenth of its range the way that z grows.

    All units climb side by side, each from the mean of the rows (without rows: from the middle of 0…1) and within
    their range. A step that does not lead higher is taken back, and that unit's next one is half as long.
    """
    low = np.zeros(probe.input_shape) if rows is None else rows.min(axis=0)
    high = np.ones(probe.input_shape) if rows is None else rows.max(axis=0)
    start = (low + high) / 2 if rows is None else rows.mean(axis=0)
    v = _pick(probe, chosen)
    x = np.repeat(start[None], len(chosen), axis=0)
    z = begun = (probe.values(x) * v).sum(axis=1)
    step = np.full(len(chosen), STEP)
    for _ in range(steps):
        way = np.sign(probe.gradients(x, v)) * (high - low)
        tried = np.clip(x + step.reshape(-1, *[1] * start.ndim) * way, low, high)
        z_tried = (probe.values(tried) * v).sum(axis=1)
        better = z_tried > z
        x[better], z = tried[better], np.where(better, z_tried, z)
        step = np.where(better, step, step / 2)
        if (step < 1e-4).all():
            break
    return {"ascended": x, "ascended_values": z, "begun_values": begun}


def _pick(probe: Probe, chosen: tuple[int, ...]) -> Array:
    """Which numbers of the layer a unit is, (chosen, units): itself, or of a map the mean of its places."""
    places = probe.units // probe.shape[-1]
    v = np.zeros((len(chosen), places, probe.shape[-1]))
    for k, unit in enumerate(chosen):
        v[k, :, unit] = 1.0 / places
    return v.reshape(len(chosen), -1)


def _speaks(net: Network, rows: Array, y: Any) -> Speaks | None:
    name, last = net.layers[-1]
    if last.kind != "Dense" or len(net.layers) < 2:
        return None
    before = next((n for n, one in reversed(net.layers[:-1])), name)
    hidden = Probe(net, before, "a")
    sums, count, by_class = np.zeros(hidden.units), 0, None
    codes = _codes(net, y)
    classes = 2 if net.output_units == 1 else net.output_units
    if codes is not None:
        by_class, counts = np.zeros((hidden.units, classes)), np.bincount(codes, minlength=classes)
    for k in range(0, len(rows), PASS):
        a = hidden.values(rows[k : k + PASS])
        sums, count = sums + a.sum(axis=0), count + len(a)
        if codes is not None and by_class is not None:
            np.add.at(by_class.T, codes[k : k + PASS], a)
    if by_class is not None:
        by_class = by_class / np.maximum(counts, 1)
    units = net.trace(rows[:1])[name].inputs
    known = net.class_names if net.class_names and len(net.class_names) == net.output_units > 1 else None
    several = net.output_units > 1 and (net.takes_labels or (net.compiled and net.loss.targets == "classes"))
    outputs = known or tuple(str(k) if several else f"{name}[{k}]" for k in range(net.output_units))
    if net.output_units == 1 and net.class_names and len(net.class_names) == 2:
        outputs = (net.class_names[1],)
    return Speaks(units, tuple(map(str, outputs)), net.weights[f"{name}.weights"].astype(float), sums / count, by_class)


def _codes(net: Network, y: Any) -> NDArray[np.int64] | None:
    if y is None or not net.compiled:
        return None
    from pellucid.training.targets import encode_targets

    targets = encode_targets(y, net.loss, net.output_units, net.class_names, net.dtype)
    if not targets.labels and net.loss.targets == "values" and net.class_names is None and net.output_units == 1:
        return None
    return targets.as_classes()
