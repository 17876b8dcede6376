"""What files for other tools say of the network that they were made of, so that it comes back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pellucid.errors import ModelFileError
from pellucid.layers import LAYERS
from pellucid.layers.base import name_layers

if TYPE_CHECKING:
    from pellucid.network import Network

VERSION = 1


def describe(net: Network) -> dict[str, Any]:
    """All but the numbers, as plain data fit for JSON; what reads it is :func:`described`."""
    return {
        "version": VERSION,
        "network": net.to_dict(),
        "class_names": net.class_names,
        "feature_names": net.feature_names,
        "preparation": net.preparation,
        "compile": net.compile_settings() if net.compiled else None,
    }


def described(about: Mapping[str, Any]) -> Network:
    """The network of a description, with fresh weights. Whether the file's own graph says the same is seen elsewhere.

    Raises
    ------
    PellucidError
        It was written by a newer Pellucid, or describes no network.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(3, "gelu")])
    >>> net.class_names = ("a", "b", "c")
    >>> again = described(describe(net))
    >>> again.to_dict() == net.to_dict(), again.class_names
    (True, ('a', 'b', 'c'))
    """
    from pellucid.network import Network

    check_version(about)
    net = Network.from_dict(about["network"])
    if about["compile"] is not None:
        net.compile(**about["compile"])
    net.class_names, net.feature_names = (_names(about[k]) for k in ("class_names", "feature_names"))
    net.preparation = None if about["preparation"] is None else dict(about["preparation"])
    return net


def check_version(about: Mapping[str, Any]) -> None:
    """Refuse what a newer Pellucid has written."""
    if about["version"] > VERSION:
        raise ModelFileError("it was written by a newer Pellucid")


def sizes(plain: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shape of every array of a description, found without making any.

    >>> from pellucid import Dense, Input, Network
    >>> sizes(Network([Input(2), Dense(3)]).to_dict())
    {'dense_1.weights': (2, 3), 'dense_1.bias': (3,)}
    """
    first, *others = (LAYERS.get(layer) for layer in plain["layers"])
    shape = first.output_shape((), "Input")
    found: dict[str, tuple[int, ...]] = {}
    for name, layer in name_layers(others):
        found |= {f"{name}.{p.name}": p.shape for p in layer.parameters(shape)}
        found |= {f"{name}.{s.name}": s.shape for s in layer.statistics(shape)}
        shape = layer.output_shape(shape, name)
    return found


def _names(names: Any) -> tuple[str, ...] | None:
    return None if names is None else tuple(str(name) for name in names)
