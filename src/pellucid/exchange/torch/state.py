"""A network's numbers under torch's names and in torch's order of axes, and back. Neither needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.exchange.torch.parts import network_parts

if TYPE_CHECKING:
    from pellucid.network import Network

COUNTER = "num_batches_tracked"  # how many batches a BatchNorm has seen, which only momentum=None needs


def to_state_dict(net: Network) -> dict[str, NDArray[Any]]:
    """The arrays of ``to_torch(net).state_dict()``, as NumPy arrays. torch need not be installed.

    >>> from pellucid import Dense, Input, Network
    >>> {name: array.shape for name, array in to_state_dict(Network([Input(2), Dense(3)])).items()}
    {'dense_1.weight': (3, 2), 'dense_1.bias': (3,)}
    """
    return {name: np.array(array, order="C") for name, array in network_parts(net).state()}


def from_state_dict(net: Network, state: Mapping[str, Any]) -> None:
    """Put the numbers of a torch state dict into a network that is built alike.

    Parameters
    ----------
    net : Network
        Its layers in the order of the module's. Where pictures are flattened before a Dense, its weights are turned
        from torch's order (channels first) into Pellucid's.
    state : dict
        Arrays or tensors: under the names of :func:`to_state_dict`, or under any names in the same order.

    Raises
    ------
    DataError
        There are other arrays than the network has, or one has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(1)])
    >>> from_state_dict(net, {"fc.weight": np.array([[3.0, 4.0]]), "fc.bias": np.array([5.0])})
    >>> net.weights["dense_1.weights"].ravel().tolist()
    [3.0, 4.0]
    """
    if not isinstance(state, Mapping):
        raise DataError(f"from_state_dict takes a dict of arrays by name, got {type(state).__name__}.")
    own, start, numbers = net.weights, 0, {}
    for name, array in own.items():  # every number is called by its place, which goes through all turns
        numbers[name] = np.arange(start, start + array.size).reshape(array.shape)
        start += array.size
    wanted = {name: a for name, a in network_parts(net, numbers).state() if not name.endswith(COUNTER)}
    given = {name: _array(name, a) for name, a in state.items() if not name.endswith(COUNTER)}
    if wanted.keys() != given.keys():
        if len(wanted) != len(given):
            raise DataError(
                f"The network has {len(wanted)} arrays in torch's order, the state dict {len(given)}. "
                f"Expected: {', '.join(wanted)}. Got: {', '.join(given)}."
            )
        given = dict(zip(wanted, given.values(), strict=True))
    flat = np.zeros(start)
    for name, places in wanted.items():
        if given[name].shape != places.shape:
            raise DataError(f'State dict: "{name}" should have shape {places.shape}, got {given[name].shape}.')
        flat[places] = given[name]
    net.set_weights({name: flat[places] for name, places in numbers.items()})


def _array(name: str, given: Any) -> NDArray[Any]:
    """An array or a tensor, on any device, as an array."""
    if hasattr(given, "detach"):
        given = given.detach().cpu().double().numpy()
    array = np.asarray(given)
    if array.dtype.kind not in "fiu":
        raise DataError(f'State dict: "{name}" holds no numbers ({array.dtype}).')
    return array
