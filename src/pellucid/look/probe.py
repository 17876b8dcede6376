"""A layer of a network as a function of the input, with its gradients, both by the engine that trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.trace.values import Trace

Array = NDArray[np.float64]
AT_ONCE = 64  # samples of one pass; fewer where memory is short
OF = ("z", "a")


class Probe:
    """The values of a layer, and their gradients with respect to the input, in float64.

    The gradient of Σ v·a is had from the engine by training's own backward pass: a copy of the network that ends with
    the layer, with the loss ½ Σ (a − t)² and the targets t = a − v, has ∂C/∂a = v.

    Parameters
    ----------
    net : Network
    layer : str, optional
        A layer of the network (not one within another); the last unless given.
    of : {"z", "a"}
        The weighted input before the activation, or the activation. Where a layer has no activation they are the same.

    Raises
    ------
    DescriptionError
        No such layer.
    """

    def __init__(self, net: Network, layer: str | None = None, of: str = "a") -> None:
        if of not in OF:
            raise DescriptionError(f'of: expected "z" (the weighted input) or "a" (the activation), got {of!r}.')
        names = [name for name, _ in net.layers]
        self.layer = names[-1] if layer is None else layer
        if self.layer not in names:
            known = ", ".join(names)
            raise DescriptionError(f'No layer "{layer}".{nearest(self.layer, names)} Known: {known}.')
        plain = net.to_dict()
        layers = plain["layers"][: names.index(self.layer) + 2]  # Input stands before the first
        last = layers[-1]
        if of == "z" and last["kind"] == "Activation" and len(layers) > 2:
            layers = layers[:-1]
        elif of == "z" and "activation" in last and last["kind"] != "Activation":
            layers[-1] = last | {"activation": {"kind": "identity"}}
        self._net = type(net).from_dict(plain | {"layers": layers, "dtype": "float64"})
        self._net.compile("total_squared_error", "sgd")
        own = self._net.weights
        self._net.set_weights({name: array for name, array in net.weights.items() if name in own})
        self.shape = self._net.output_shape
        self.units = self._net.output_units
        self.input_shape = net.input_shape

    def values(self, X: Any) -> Array:
        """The layer's values, (samples, units), units in the order in which they lie."""
        return self._net.predict(X).reshape(-1, self.units)

    def gradients(self, X: Any, v: Any) -> Array:
        """∂(Σₖ v_sk a_sk)/∂x_s for each sample s, (samples, *input_shape); ``v`` is (samples, units)."""
        X, v = np.asarray(X, float), np.asarray(v, float)
        found, at, most = np.empty((len(X), *self.input_shape)), 0, AT_ONCE
        while at < len(X):
            part = slice(at, at + most)
            try:
                traced = self._backward(X[part], v[part])
            except DataError:
                if most <= 16:  # one group of samples: memory is not what is short
                    raise
                most //= 2
                continue
            assert traced.input_gradient is not None
            found[part] = traced.input_gradient
            at += most
        return found

    def _backward(self, X: Array, v: Array) -> Trace:
        targets = self.values(X) - v
        return self._net.trace(X, targets.reshape(len(X), -1))


def inputs_of(net: Network, X: Any, what: str = "X") -> Array:
    """Samples as float64, (n, *input_shape); one sample may come without its axis.

    Raises
    ------
    DataError
        The shape does not fit, or a number is not finite.
    """
    from pellucid.training.samples import take_features

    if isinstance(X, (np.ndarray, list, tuple)) and np.shape(X) == net.input_shape:
        X = np.asarray(X)[None]
    features = take_features(net, X, what, "float64")
    if not isinstance(features, np.ndarray):
        raise DataError(f"{what}: samples must lie in memory. Read some of the stream: X.take(indices).")
    return features.reshape(-1, *net.input_shape)


def of_several(net: Network) -> str:
    """The mend for a network that is the mean of several, whose layers cannot be looked into."""
    if not any(layer.kind == "Ensemble" for _, layer in net.layers):
        return ""
    return (
        " Its members have, so look into one of them, net.members()[0]; or train one, in the terminal by --layers 32."
    )


def refuse_codes(net: Network, what: str) -> None:
    """Gradients need inputs that are numbers; the codes of categories are not."""
    if net.layers[0][1].kind == "Embedding":
        raise DescriptionError(
            f"{what} needs gradients with respect to the inputs, and some inputs of this network are codes of "
            f'categories, which have none. Use method="shapley", "occlusion" or "last_layer".'
        )
