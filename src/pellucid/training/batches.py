"""Samples through an engine: at once where they lie in memory, stretch by stretch where they are read from disk."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.protocol import Data, Engine
from pellucid.errors import DataError
from pellucid.plan.parts import LANES

if TYPE_CHECKING:
    from pellucid.plan.parts import Shape

STRETCH = 4_000_000  # numbers of features that are in memory at a time; two stretches are, one being read


class Stream(Protocol):
    """Samples that are read when they are needed, such as ``PictureStream``."""

    shape: tuple[int, ...]
    class_names: tuple[str, ...]

    @property
    def y(self) -> NDArray[Any]:
        """The class name of each sample."""
        ...

    def __len__(self) -> int: ...

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The samples of these indexes, in this order."""
        ...


def is_stream(X: Any) -> TypeGuard[Stream]:
    """Whether features are read from disk while training goes on."""
    return not isinstance(X, np.ndarray) and hasattr(X, "take") and hasattr(X, "class_names") and hasattr(X, "shape")


def check_stream(X: Stream, input_shape: Shape, what: str) -> None:
    """Refuse a stream of samples of another shape."""
    if tuple(X.shape[1:]) != input_shape:
        came, wanted = (" × ".join(map(str, shape)) for shape in (X.shape[1:], input_shape))
        raise DataError(f"{what}: expected samples of shape {wanted}, got {came}. Open the pictures in that size.")


def run(
    engine: Engine,
    program: str,
    features: NDArray[Any] | Stream,
    costs: array[float],
    *,
    order: NDArray[np.int64],
    batch_size: int,
    targets: NDArray[Any] | None = None,
    weights: NDArray[Any] | None = None,
    outputs: NDArray[Any] | None = None,
    step_numbers: NDArray[np.float64] | None = None,
    mix: NDArray[np.float64] | None = None,
    updates: int = 0,
    seed: int = 0,
    first: int = 0,
    last: int | None = None,
) -> Iterator[int]:
    """Run ``program`` over the samples in ``order``, from batch ``first`` to before ``last``.

    Yields how many batches of ``order`` are done; each one's cost is in ``costs`` by then, after those that were there.
    The results have the same bits whether the features lie in memory or are read from disk, and whether the batches
    are run at once or in parts.
    """
    taken = first
    # An array of this call alone: another thread may have the same engine evaluate in between.
    each = np.zeros(-(-len(order) // batch_size) if last is None else last)
    if isinstance(features, np.ndarray):
        whole = Data(features, targets, weights)
        for done in engine.steps(
            program, whole, batch_size=batch_size, order=order, outputs=outputs, step_numbers=step_numbers,
            mix=mix, costs=each, updates=updates, seed=seed, first=first, last=last,
        ):  # fmt: skip
            costs.frombytes(each[taken:done].tobytes())
            taken = done
            yield done
        return
    end = len(order) if last is None else min(last * batch_size, len(order))
    for stretch, here in _stretches(features, order, batch_size, engine.plan.dtype, first * batch_size, end):
        rows, start = order[stretch], stretch.start // batch_size
        part = Data(
            here,
            None if targets is None else np.ascontiguousarray(targets[rows]),
            None if weights is None else np.ascontiguousarray(weights[rows]),
        )
        for done in engine.steps(
            program, part, batch_size=batch_size, outputs=None if outputs is None else outputs[stretch],
            step_numbers=None if step_numbers is None else step_numbers[start:],
            mix=None if mix is None else mix[start:], costs=each[start:], updates=updates + start, seed=seed,
        ):  # fmt: skip
            costs.frombytes(each[taken : start + done].tobytes())
            taken = start + done
            yield taken
        if costs and not np.isfinite(costs[-1]):
            return


def predict(engine: Engine, features: NDArray[Any] | Stream, outputs: NDArray[Any]) -> None:
    """Write the outputs for all samples, in their order."""
    if isinstance(features, np.ndarray):
        engine.predict(features, outputs)
        return
    order = np.arange(len(features), dtype=np.int64)
    batch = engine.plan.pass_groups * LANES
    for stretch, here in _stretches(features, order, batch, engine.plan.dtype, 0, len(order)):
        engine.predict(here, outputs[stretch])


def _stretches(
    features: Stream, order: NDArray[np.int64], batch_size: int, dtype: str, first: int, end: int
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Whole batches of samples as arrays, each stretch read from disk while the one before it is at work."""
    from concurrent.futures import ThreadPoolExecutor

    units = int(np.prod(features.shape[1:]))
    size = batch_size * max(1, STRETCH // (units * batch_size))
    stretches = [slice(k, min(k + size, end)) for k in range(first, end, size)]

    def read(stretch: slice) -> NDArray[Any]:
        taken = features.take(order[stretch]).reshape(stretch.stop - stretch.start, units)
        return np.ascontiguousarray(taken, dtype)

    with ThreadPoolExecutor(1, "reading") as reader:
        following = reader.submit(read, stretches[0])
        for number, stretch in enumerate(stretches):
            here = following.result()
            if number + 1 < len(stretches):
                following = reader.submit(read, stretches[number + 1])
            yield stretch, here
