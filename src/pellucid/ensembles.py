"""Ensembles: several trained networks as one, and one taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.layers import Ensemble, Input

if TYPE_CHECKING:
    from pellucid.network import Network


def ensemble(networks: Iterable[Network], weights: Sequence[float] | None = None, name: str = "ensemble") -> Network:
    """One network that predicts the mean of what ``networks`` predict.

    It is a network like any other, ``Input`` and an :class:`~pellucid.layers.Ensemble`: one description, one model
    file. The members' numbers are copied, so the networks stay what they are.

    Parameters
    ----------
    networks : iterable of Network
        Of the same input and output shape, number type and classes. Their layers may differ.
    weights : sequence of float, optional
        A positive number for each; all alike unless given.
    name : str

    Returns
    -------
    Network
        Compiled as the first one is, with a new optimizer; its class names, feature names and preparation are taken
        over.

    Raises
    ------
    DescriptionError
        No networks, or two that do not go together: which, and in what they differ.

    Examples
    --------
    >>> import numpy as np, pellucid
    >>> from pellucid import Dense, Input, Network
    >>> nets = [Network([Input(2), Dense(3, "tanh"), Dense(1)], seed=seed) for seed in (1, 2)]
    >>> both, X = pellucid.ensemble(nets), np.eye(2)
    >>> bool(np.allclose(both.predict(X), (nets[0].predict(X) + nets[1].predict(X)) / 2))
    True
    """
    from pellucid.network import Network

    nets = list(networks)
    for place, net in enumerate(nets):
        if not isinstance(net, Network):
            raise DescriptionError(f"ensemble: entry {place} is no Network, got {net!r}.")
    if not nets:
        raise DescriptionError("ensemble: give at least one network.")
    for place, net in enumerate(nets[1:], start=1):
        _refuse_another_kind(nets[0], net, place)
    first = nets[0]
    layers = [Input(first.input_shape), Ensemble([[layer for _, layer in net.layers] for net in nets], weights)]
    whole = Network(layers, name=name, seed=first.seed, dtype=first.dtype)
    joined = whole.layers[0][0]
    for k, net in enumerate(nets, start=1):
        whole.set_weights({f"{joined}.member_{k}.{own}": array for own, array in net.weights.items()})
    whole.class_names, whole.feature_names = first.class_names, first.feature_names
    whole.preparation = first.preparation
    if first.compiled:
        whole.compile(**first.compile_settings())
    return whole


def members_of(net: Network) -> list[Network]:
    """The members of a network that ends with an Ensemble, each as a network of its own.

    What stands before the Ensemble is copied into each. They are compiled as ``net`` is.

    Raises
    ------
    DescriptionError
        The network does not end with an Ensemble.

    Examples
    --------
    >>> from pellucid import Dense, Ensemble, Input, Network
    >>> from pellucid.ensembles import members_of
    >>> members_of(Network([Input(2), Ensemble([[Dense(3, "tanh"), Dense(1)], [Dense(1)]])]))
    [<Network network, member 1: 2 → 3 → 1, 13 parameters>, <Network network, member 2: 2 → 1, 3 parameters>]
    """
    from pellucid.network import Network

    joined, last = net.layers[-1]
    if not isinstance(last, Ensemble):
        raise DescriptionError(
            f'Network "{net.name}" ends with "{joined}" ({last.kind}), so it has no members. '
            f"Networks made by pellucid.ensemble or ending with an Ensemble layer have."
        )
    arrays, made = net.weights, []
    before = {name: replace(layer, **{"name": name}) for name, layer in net.layers[:-1]}
    for k, layers in enumerate(last.members, start=1):
        own_layers = [
            replace(layer, **{"name": f"member_{k}_{layer.label}"}) if layer.label in before else layer
            for layer in layers
        ]
        stack = [Input(net.input_shape), *before.values(), *own_layers]
        member = Network(stack, name=f"{net.name}, member {k}", seed=net.seed, dtype=net.dtype)
        names = [name for name, _ in member.layers]
        sources = [*before, *(f"{joined}.member_{k}.{layer.label}" for layer in layers)]
        found: dict[str, NDArray[Any]] = {}
        for own, source in zip(names, sources, strict=True):
            found |= {own + key[len(source) :]: v for key, v in arrays.items() if key.startswith(f"{source}.")}
        member.set_weights(found)
        member.class_names, member.feature_names = net.class_names, net.feature_names
        member.preparation = net.preparation
        if net.compiled:
            member.compile(**net.compile_settings())
        made.append(member)
    return made


def member_predictions(net: Network, X: Any, *, threads: int | None = None) -> NDArray[Any]:
    """What each member predicts, (members, samples, *output_shape); see :meth:`pellucid.Network.member_predictions`."""
    return np.stack([member.predict(X, threads=threads) for member in members_of(net)])


def _refuse_another_kind(first: Network, net: Network, place: int) -> None:
    for what, one, other in (
        ("input shape", first.input_shape, net.input_shape),
        ("output shape", first.output_shape, net.output_shape),
        ("number type", first.dtype, net.dtype),
        ("class names", first.class_names, net.class_names),
        ("feature names", first.feature_names, net.feature_names),
        ("preparation", first.preparation, net.preparation),
    ):
        if one != other:
            raise DescriptionError(
                f"ensemble: network 0 has {what} {one!r}, but network {place} has {other!r}. "
                f"Networks that are averaged share it."
            )
