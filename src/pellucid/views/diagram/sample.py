"""One sample's numbers, as a diagram needs them: read from a trace, so they are those of the engine that trains."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.trace.values import Trace


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample, and what the network computed for it.

    Attributes
    ----------
    x : array of the network's input shape
    values : dict of str to dict of str to array
        Of each layer: "z", "a" and "delta", without the axis of samples.
    gradients : dict of str to array
        ∂C/∂W and ∂C/∂b, by the names of ``net.weights``; empty without a target.
    predicted, target : str, optional
        What the network says, and what is true, where there are classes.
    targets : array, optional
        The target of each output.
    cost : float, optional
    """

    x: NDArray[Any]
    values: dict[str, dict[str, NDArray[Any]]] = field(default_factory=dict)
    gradients: dict[str, NDArray[Any]] = field(default_factory=dict)
    predicted: str | None = None
    target: str | None = None
    targets: NDArray[Any] | None = None
    cost: float | None = None

    def of(self, layer: str) -> dict[str, NDArray[Any]]:
        """A layer's numbers."""
        return self.values.get(layer, {})

    @classmethod
    def of_trace(cls, trace: Trace) -> Sample:
        """The first sample of a trace; gradients are those of the trace's whole cost."""
        values = {}
        for layer in trace:
            found = {"z": layer.z, "a": layer.a, "delta": layer.delta}
            values[layer.name] = {name: np.asarray(v[0]) for name, v in found.items() if v is not None}
        parameters = [p for layer in trace for p in layer.parameters.values()]
        return cls(
            np.asarray(trace.inputs[0]),
            values,
            {p.name: np.asarray(p.gradient) for p in parameters if p.gradient is not None},
            None if trace.predicted is None else str(trace.predicted[0]),
            None if trace.true is None else str(trace.true[0]),
            None if trace.targets is None else np.asarray(trace.targets[0]).reshape(-1),
            trace.cost,
        )


def take_sample(net: Network, x: Any, y: Any, learns: bool) -> Sample | None:
    """The sample that a diagram is asked to show.

    Raises
    ------
    DataError, DescriptionError
        A sample or a target that does not fit, or a target that is missing.
    """
    if x is None:
        if y is not None or learns:
            what = "a target" if y is not None else "δ and gradients"
            raise DescriptionError(f"Diagram: {what} can be shown of a sample only. Give x too.")
        return None
    if learns and y is None:
        raise DescriptionError("Diagram: δ and gradients come from the cost, which needs a target. Give y too.")
    if learns and not net.compiled:
        raise DescriptionError("Diagram: δ and gradients come from the cost. First call net.compile(loss=…).")
    return Sample.of_trace(take_trace(net, x, y))


def take_trace(net: Network, x: Any, y: Any) -> Trace:
    """The trace of one sample.

    Raises
    ------
    DataError
        A sample of another shape.
    """
    try:
        given = np.asarray(x, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"Diagram: x must be one sample of numbers. {error}") from error
    if given.shape in ((1, *net.input_shape), net.input_shape[:-1]) and given.size == math.prod(net.input_shape):
        given = given.reshape(net.input_shape)  # a batch of one sample, or a picture without its one channel
    if given.shape != net.input_shape:
        shape = " × ".join(map(str, net.input_shape))
        came = " × ".join(map(str, given.shape)) or "a single number"
        raise DataError(f"Diagram: x must be one sample of shape {shape}, got {came}. Give one row, as X[0].")
    targets = None if y is None else np.asarray(y).reshape(1, -1)
    if targets is not None and targets.shape[1] == 1:
        targets = targets[0]
    return net.trace(given[np.newaxis], targets)
