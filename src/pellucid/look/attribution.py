"""Attribution: what part each input has in a prediction, and the theorem that the parts keep."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.errors import DataError, DescriptionError, unknown
from pellucid.layers.base import check_whole
from pellucid.look.probe import Probe, inputs_of, refuse_codes
from pellucid.look.shapley import shapley
from pellucid.trace.names import Names
from pellucid.trace.numbers import shown_number

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.views.diagram.picture import Diagram

METHODS = ("gradient_x_input", "integrated_gradients", "occlusion", "shapley", "last_layer")
SHOWN = 15  # rows of the table


@dataclass(frozen=True, eq=False)
class Attribution(Drawn):
    """The parts that inputs have in one output of one sample.

    Attributes
    ----------
    method : str
    output : str
        Which output, as in ``z of dense_2["cat"]``.
    value : float
        That output for the sample, F(x).
    parts : ndarray
        The part of each input, of the input's shape; for ``last_layer`` one for each unit of the last hidden layer.
    names : Names
        What the parts belong to.
    sample : ndarray
        x; for ``last_layer`` the activations of the last hidden layer.
    baseline : ndarray, optional
        x′, what the sample is compared with.
    bias : float
        A part that belongs to no input; 0 but for ``last_layer``.
    expected : float
        What the parts (and the bias) add up to by the method's theorem: F(x) − F(x′), or F(x) for ``last_layer``.
    exact : str
        When they do.
    class_name : str, optional
    """

    method: str
    output: str
    value: float
    parts: NDArray[np.float64]
    names: Names
    sample: NDArray[np.float64]
    baseline: NDArray[np.float64] | None
    bias: float
    expected: float
    exact: str
    class_name: str | None = None

    @property
    def total(self) -> float:
        """The sum of the parts and the bias."""
        return float(self.parts.sum()) + self.bias

    @property
    def gap(self) -> float:
        """How far the sum is from what it should be."""
        return self.total - self.expected

    def rows(self) -> list[tuple[str, float, float]]:
        """A row for each part, the largest first: name, value, part."""
        parts, values = self.parts.ravel(), self.sample.ravel()
        order = np.argsort(-np.abs(parts), kind="stable")
        return [(self.names.long(int(k)), float(values[k]), float(parts[k])) for k in order]

    def text(self) -> str:
        """The largest parts as a table, and how the sum keeps to the theorem."""
        rows = self.rows()
        shown = [(name, shown_number(value), shown_number(part)) for name, value, part in rows[:SHOWN]]
        head = ("unit" if self.method == "last_layer" else "input", "value", "part")
        wide = [max(len(row[k]) for row in (head, *shown)) for k in range(3)]
        lines = [f"{self.output} = {shown_number(self.value)}, parts by {self.method}", ""]
        lines += [f"{row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:>{wide[2]}}" for row in (head, *shown)]
        if len(rows) > SHOWN:
            rest = float(sum(part for _, _, part in rows[SHOWN:]))
            lines.append(f"and {len(rows) - SHOWN:,} others, together {shown_number(rest)}")
        if self.bias:
            lines.append(f"bias {shown_number(self.bias)}")
        lines += ["", f"sum {shown_number(self.total)}, expected {shown_number(self.expected)} ({self.exact})"]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Attribution of {self.output} by {self.method}: sum {self.total:.4g}, expected {self.expected:.4g}>"

    def draw(self, theme: str = "auto") -> Diagram:
        """A heat map over the picture, or bars for named inputs."""
        from pellucid.views.features.parts import draw_attribution

        return draw_attribution(self, theme)


def attribute(
    net: Network, x: Any, method: str, target: Any, baseline: Any, of: str, steps: int, patch: Any
) -> Attribution:
    """See :meth:`pellucid.Network.attribute`."""
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    X = inputs_of(net, x, "x")
    if len(X) != 1:
        raise DataError(f"x: expected one sample of shape {net.input_shape}, got {len(X)}. Give one, as in X[0].")
    probe = Probe(net, of="z" if method == "last_layer" else of)
    unit = _unit(net, X, target)
    known = net.class_names is not None and len(net.class_names) == net.output_units > 1
    class_name = net.class_names[unit] if known and net.class_names is not None else None
    place = f'["{class_name}"]' if class_name is not None else f"[{unit}]"
    output = f"{'z' if method == 'last_layer' else of} of {probe.layer}{place}"
    f_x = float(probe.values(X)[0, unit])
    if method == "last_layer":
        return _last_layer(net, X, unit, output, f_x, class_name)
    if method not in ("occlusion", "shapley"):
        refuse_codes(net, method)
    start = _baseline(net, baseline)
    f_start = float(probe.values(start[None])[0, unit])
    if method == "gradient_x_input":
        if baseline is not None:
            raise DescriptionError("gradient_x_input compares with 0 and takes no baseline. Leave it out.")
        parts, exact = X[0] * probe.gradients(X, _one_hot(probe, unit, 1))[0], "exact for linear networks"
    elif method == "integrated_gradients":
        parts = _integrated(probe, X[0], start, unit, check_whole(steps, "steps"))
        exact = f"exact as steps grow, here {steps}"
    elif method == "shapley":
        parts = _shapley(
            probe, X[0], start, unit, _patches(X[0].shape, _patch(net, patch)), check_whole(steps, "steps")
        )
        exact = "always exact"
    else:
        parts = _occluded(probe, X[0], start, unit, f_x, _patches(X[0].shape, _patch(net, patch)))
        exact = "exact for networks that add up what the inputs do"
    given = net.feature_names
    fits = given is not None and len(given) == X[0].size
    names = Names("input", net.input_shape, net.input_shape, given if fits else None)
    return Attribution(method, output, f_x, parts, names, X[0], start, 0.0, f_x - f_start, exact, class_name)


def _one_hot(probe: Probe, unit: int, count: int) -> NDArray[np.float64]:
    v = np.zeros((count, probe.units))
    v[:, unit] = 1.0
    return v


def _integrated(
    probe: Probe, x: NDArray[np.float64], start: NDArray[np.float64], unit: int, steps: int
) -> NDArray[np.float64]:
    """(x − x′) · ∫₀¹ ∂F(x′ + t (x − x′))/∂x dt by the midpoint rule (Sundararajan, Taly and Yan 2017)."""
    total = np.zeros_like(x)
    for first in range(0, steps, 256):  # so that memory does not grow with the steps
        t = (np.arange(first, min(steps, first + 256)) + 0.5) / steps
        points = start + t.reshape(-1, *[1] * x.ndim) * (x - start)
        total += probe.gradients(points, _one_hot(probe, unit, len(t))).sum(axis=0)
    return (x - start) * total / steps


def _patches(shape: tuple[int, ...], patch: tuple[int, ...]) -> list[NDArray[np.int64]]:
    """The inputs of each patch, by their places in the flattened sample."""
    places = np.arange(math.prod(shape)).reshape(shape)
    starts = [range(0, n, p) for n, p in zip(shape, patch, strict=True)]
    return [
        places[tuple(slice(c, c + p) for c, p in zip(corner, patch, strict=True))].ravel()
        for corner in itertools.product(*starts)
    ]


def _occluded(
    probe: Probe, x: NDArray[np.float64], start: NDArray[np.float64], unit: int, f_x: float,
    patches: list[NDArray[np.int64]],
) -> NDArray[np.float64]:  # fmt: skip
    """F(x) − F(x with a patch of the baseline), shared evenly among the patch's inputs."""
    parts = np.empty(x.size)
    for first in range(0, len(patches), 256):
        some = patches[first : first + 256]
        covered = np.repeat(x.reshape(1, -1), len(some), axis=0)
        for row, patch in zip(covered, some, strict=True):
            row[patch] = start.ravel()[patch]
        for patch, value in zip(some, probe.values(covered.reshape(-1, *x.shape))[:, unit], strict=True):
            parts[patch] = (f_x - value) / len(patch)
    return parts.reshape(x.shape)


def _shapley(
    probe: Probe, x: NDArray[np.float64], start: NDArray[np.float64], unit: int, patches: list[NDArray[np.int64]],
    orders: int,
) -> NDArray[np.float64]:  # fmt: skip
    """Each patch's Shapley value, shared evenly among its inputs."""
    parts = np.empty(x.size)
    found = shapley(lambda X: probe.values(X.reshape(-1, *x.shape))[:, unit], x.ravel(), start.ravel(), patches, orders)
    for patch, value in zip(patches, found, strict=True):
        parts[patch] = value / len(patch)
    return parts.reshape(x.shape)


def _last_layer(
    net: Network, X: NDArray[np.float64], unit: int, output: str, f_x: float, class_name: str | None
) -> Attribution:
    """z = b + Σ w a, term by term: what each unit of the last hidden layer adds."""
    trace = net.trace(X, dtype="float64")
    name, last = net.layers[-1]
    if last.kind != "Dense" or len(net.layers) < 2:
        raise DescriptionError(
            f'last_layer needs a network that ends with a hidden layer and Dense; this one ends with "{name}" '
            f"({last.kind}). Use method=\"integrated_gradients\" or \"occlusion\"."
        )  # fmt: skip
    layer = trace[name]
    assert layer.weights is not None
    a, w = layer.input[0].ravel().astype(float), layer.weights.value[:, unit].astype(float)
    bias = 0.0 if layer.bias is None else float(layer.bias.value[unit])
    return Attribution(
        "last_layer", output, f_x, w * a, layer.inputs, a, None, bias, f_x, "always exact", class_name
    )  # fmt: skip


def _unit(net: Network, X: NDArray[np.float64], target: Any) -> int:
    """The output that is asked for: a class, a number, or that of the predicted class."""
    if target is None:
        return int(net.predict(X).reshape(1, -1)[0].argmax()) if net.output_units > 1 else 0
    names = net.class_names if net.class_names and len(net.class_names) == net.output_units > 1 else None
    if net.output_units == 1 and net.class_names is not None and isinstance(target, str) and target in net.class_names:
        first, second = net.class_names[0], net.class_names[-1]
        if target == second:
            return 0
        raise DescriptionError(
            f'target: the one output speaks for "{second}", and what speaks against it speaks for "{first}". '
            f'Ask for target="{second}".'
        )
    shape = (net.output_units,)
    return Names(net.layers[-1][0], shape, shape, names).index(target, f'The last layer "{net.layers[-1][0]}"')


def _baseline(net: Network, given: Any) -> NDArray[np.float64]:
    """x′: zeros, a number, or a sample."""
    if given is None or (isinstance(given, (int, float)) and not isinstance(given, bool)):
        return np.full(net.input_shape, 0.0 if given is None else float(given))
    found = inputs_of(net, given, "baseline")
    if len(found) != 1:
        raise DataError(f"baseline: expected a number or one sample, got {len(found)} samples. Give X.mean(axis=0).")
    sample: NDArray[np.float64] = found[0]
    return sample


def _patch(net: Network, given: Any) -> tuple[int, ...]:
    """What is covered at a time: one input of a table, a square of a picture with all its channels."""
    shape = net.input_shape
    if given is None:
        side = max(1, min(shape) // 14 if len(shape) == 2 else min(shape[:2]) // 14 if len(shape) == 3 else 1)
        return (side, side, *shape[2:]) if len(shape) > 1 else (1,)
    sides = tuple(given) if isinstance(given, (list, tuple)) else (given,) * min(2, len(shape))
    checked = tuple(check_whole(side, "patch") for side in sides)
    if len(checked) != min(2, len(shape)):
        expected = "one number" if len(shape) == 1 else "(height, width)"
        raise DescriptionError(f"patch: expected {expected}, got {given!r}.")
    return (*checked, *shape[2:])
