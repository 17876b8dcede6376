"""What a model of another tool that is being read has led to so far: values, and the layers behind each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.activations import ACTIVATIONS
from pellucid.errors import ModelFileError, PellucidError
from pellucid.layers import Activation, BatchNorm, Conv2D, Dense, Ensemble, Flatten, Layer, LayerNorm, Reshape, Residual
from pellucid.layers.standardize.spec import Standardize
from pellucid.plan.parts import Shape

# What a damaged or hostile file can make Python raise while it is read.
FAULTS = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, ArithmeticError, RecursionError)


class Unreadable(Exception):
    """Why a node cannot be read."""


class OtherLayout(Unreadable):
    """A node meets axes in an order that it cannot take."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Numbers that overflow pass in silence, and what goes wrong becomes an error that names the file."""
    try:
        with np.errstate(all="ignore"):
            yield
    except ModelFileError:
        raise
    except PellucidError as error:
        raise ModelFileError(f"{path}: the layers in this file cannot be used. {error}") from error
    except Unreadable as error:
        raise ModelFileError(f"{path}: {error}.") from error
    except FAULTS as error:
        raise ModelFileError(f"{path}: damaged ({error!r}).") from error


@dataclass(frozen=True)
class Affine:
    """a = (x − mean) / deviation, with one number or one for each channel, until it is known which layer that is."""

    mean: NDArray[Any]
    deviation: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Link:
    """A layer after a value.

    Attributes
    ----------
    source : Tensor
        What it takes.
    layer : Layer or Affine
    arrays : dict
        The layer's numbers, by the names that ``Layer.parameters`` gives them.
    """

    source: Tensor
    layer: Layer | Affine
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value of the graph.

    Attributes
    ----------
    index : ndarray of int
        In the shape that one sample has in the graph: for each place, which number of Pellucid's sample stands there.
        Turning and reshaping in the graph turns and reshapes this; no layer is made of it before one must be.
    shape : Shape
        Of one sample in Pellucid.
    link : Link, optional
        The layer that made it; none for the input.
    """

    index: NDArray[Any]
    shape: Shape
    link: Link | None = None

    def then(self, layer: Layer | Affine, arrays: dict[str, NDArray[Any]] | None = None) -> Tensor:
        """What a layer makes of it that keeps its shape."""
        return replace(self, link=Link(self, layer, arrays or {}))

    def seen_as(self, index: NDArray[Any]) -> Tensor:
        """The same value with its axes in another order or shape."""
        return replace(self, index=index)

    def shaped(self, shape: Shape) -> Tensor:
        """The same value, with that shape in Pellucid."""
        if self.shape == shape:
            return self
        layer = Flatten() if len(shape) == 1 else Reshape(shape)
        return replace(self.then(layer), shape=shape)

    def last(self, axis: int) -> Tensor:
        """The same value, with an axis of the graph's sample as the last one in Pellucid."""
        moved = np.moveaxis(self.index, axis, -1)
        if in_order(moved):
            return self.shaped(moved.shape)
        if self.index.ndim == 1:
            return self.shaped((self.index.size,))
        raise OtherLayout("its input has its axes in another order")

    @property
    def links(self) -> list[Link]:
        """All layers from the input on."""
        return list(self._back())[::-1]

    def _back(self) -> Iterator[Link]:
        link = self.link
        while link is not None:
            yield link
            link = link.source.link


def in_order(index: NDArray[Any]) -> bool:
    """Whether numbers lie one after another."""
    return bool((index.ravel() == np.arange(index.size)).all())


class Joints:
    """Joins branches where they meet, and sees to it that no layer gets into two of them."""

    def __init__(self) -> None:
        self._joined: set[int] = set()
        self._kept: list[Link] = []  # so that an id is not given twice

    def add(self, one: Tensor, other: Tensor) -> Tensor:
        """one + other, as a Residual."""
        start, (path, beside) = self._branches([one, other])
        if not path:
            path, beside = beside, path
        made = Residual([layer for layer, _ in path] or [Activation("identity")], [layer for layer, _ in beside])
        arrays = _prefixed(made.layers, path) | _prefixed(made.shortcut, beside, "shortcut.")
        return replace(one, link=Link(start, made, arrays))

    def mean(self, several: list[Tensor]) -> Tensor:
        """The mean, as an Ensemble."""
        start, branches = self._branches(several)
        members = [[layer for layer, _ in branch] or [Activation("identity")] for branch in branches]
        made = Ensemble(members)
        arrays: dict[str, NDArray[Any]] = {}
        for k, branch in enumerate(branches):
            arrays |= _prefixed(made.members[k], branch, f"member_{k + 1}.")
        return replace(several[0], link=Link(start, made, arrays))

    def _branches(self, ends: list[Tensor]) -> tuple[Tensor, list[list[Made]]]:
        """Where branches have left each other, and the layers of each from there on."""
        first = ends[0]
        for end in ends:
            if end.index.shape != first.index.shape:
                raise Unreadable(f"it joins values of shapes {first.index.shape} and {end.index.shape}")
            if (end.index != first.index).any():
                raise OtherLayout("it joins values whose axes lie in different orders")
        chains = [end.shaped(first.shape).links for end in ends]
        common = 0
        while all(len(chain) > common and chain[common] is chains[0][common] for chain in chains):
            common += 1
        for link in (link for chain in chains for link in chain[common:]):
            if id(link) in self._joined:
                raise Unreadable("a layer before it is used by several branches, which Pellucid's layers cannot say")
        for chain in chains:
            self._joined.update(map(id, chain[common:]))
            self._kept += chain[common:]
        after = next((chain[common] for chain in chains if len(chain) > common), None)
        start = first if after is None else after.source
        return start, [assemble(chain[common:]) for chain in chains]


Made = tuple[Layer, dict[str, NDArray[Any]]]


def _prefixed(layers: Any, made: list[Made], prefix: str = "") -> dict[str, NDArray[Any]]:
    """The arrays of layers within another, by the names that they have there."""
    return {
        f"{prefix}{own.label}.{k}": a for own, (_, arrays) in zip(layers, made, strict=False) for k, a in arrays.items()
    }


def assemble(links: list[Link]) -> list[Made]:
    """Layers of a chain, with activations, biases and factors drawn into the layers that they belong to."""
    made: list[tuple[Layer | Affine, dict[str, NDArray[Any]]]] = []
    for link in links:
        before = made[-1] if made else None
        joined = None if before is None else _join(before[0], before[1], link.layer)
        if joined is None:
            made.append((link.layer, link.arrays))
        else:
            made[-1] = joined
    return [_settled(layer) if isinstance(layer, Affine) else (layer, arrays) for layer, arrays in made]


def _join(before: Layer | Affine, arrays: dict[str, NDArray[Any]], layer: Layer | Affine) -> Any:
    """A layer and the one before it as one layer, where there is such a one."""
    if isinstance(layer, Activation):
        if isinstance(before, (Dense, Conv2D, Residual)) and before.f.name == "identity":
            return replace(before, activation=layer.f), arrays
        return None
    if not isinstance(layer, Affine):
        return None
    if isinstance(before, Affine):
        mean, deviation = before.mean + layer.mean * before.deviation, before.deviation * layer.deviation
        return Affine(mean, deviation), {}
    if isinstance(before, (Dense, Conv2D)) and before.f.name == "identity" and (layer.deviation == 1).all():
        units = arrays["weights"].shape[-1]
        bias = arrays.get("bias", 0.0) - np.broadcast_to(layer.mean, units)
        return replace(before, bias=True), arrays | {"bias": bias}
    if isinstance(before, LayerNorm):
        gamma = arrays["gamma"] / layer.deviation
        return before, {"gamma": gamma, "beta": (arrays["beta"] - layer.mean) / layer.deviation}
    return None


def _settled(affine: Affine) -> Made:
    """An affine step by itself: Standardize, or BatchNorm where a factor is not positive."""
    mean, deviation = affine.mean, affine.deviation
    if (deviation > 0).all() and np.isfinite(deviation).all():
        m, d = (given.item() if given.ndim == 0 else tuple(given.tolist()) for given in (mean, deviation))
        return Standardize(m, d), {}
    if mean.ndim == deviation.ndim == 0:
        raise Unreadable("a factor is not positive")
    mean, deviation = np.broadcast_arrays(mean, deviation)
    layer = BatchNorm()
    scale = 1.0 / deviation
    one = np.ones(scale.shape)
    gamma = scale * np.sqrt(1.0 + layer.epsilon)
    return layer, {"gamma": gamma, "beta": -mean * scale, "mean": 0.0 * one, "variance": one}


IDENTITY = ACTIVATIONS.get("identity")
__all__ = ["IDENTITY", "Affine", "Joints", "Link", "ModelFileError", "OtherLayout", "Tensor", "Unreadable", "assemble"]
