"""What an engine is: the one thing that training, prediction and views know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.plan.parts import Plan

# Called with (kernels ready, kernels to prepare, name of the next one).
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Data:
    """Samples as an engine takes them.

    Attributes
    ----------
    features : ndarray
        (samples, inputs), C-contiguous, of the plan's dtype.
    targets : ndarray, optional
        (samples, outputs) of the plan's dtype, or (samples,) int64 where the plan takes labels.
    weights : ndarray, optional
        (samples,), of the plan's dtype; 1 unless given.
    """

    features: NDArray[Any]
    targets: NDArray[Any] | None = None
    weights: NDArray[Any] | None = None


class Engine(Protocol):
    """Holds the memory of one plan and runs its programs."""

    plan: Plan

    def steps(
        self,
        program: str,
        data: Data,
        *,
        batch_size: int,
        order: NDArray[np.int64] | None = None,
        outputs: NDArray[Any] | None = None,
        step_numbers: NDArray[np.float64] | None = None,
        mix: NDArray[np.float64] | None = None,
        costs: NDArray[np.float64] | None = None,
        updates: int = 0,
        seed: int = 0,
        first: int = 0,
        last: int | None = None,
    ) -> Iterator[int]:
        """Run ``program`` over the data, batch after batch, and yield how many batches are done, a few times a second.

        Each batch's cost is put at the batch's place in ``costs``, an array of the engine's own unless given (which
        :attr:`costs` is, until the next call). A batch whose cost is not a finite number is the last to be run.
        """
        ...

    def predict(self, features: NDArray[Any], outputs: NDArray[Any]) -> None:
        """Write the network's outputs for ``features`` (samples, inputs) into ``outputs`` (samples, outputs).

        Both are C-contiguous and of the plan's dtype.
        """
        ...

    @property
    def costs(self) -> NDArray[np.float64]:
        """The cost of each batch of the latest call of :meth:`steps`."""
        ...

    def read(self, name: str) -> NDArray[Any]:
        """A copy of a slot: an array of its shape, or (samples of the latest pass, units) for values."""
        ...

    @property
    def parameters(self) -> NDArray[Any]:
        """All trainable numbers as one vector, in the plan's order; writing to it changes the network."""
        ...

    @property
    def statistics(self) -> NDArray[Any]:
        """All numbers that training moves without a gradient, one vector; writing to it changes the network."""
        ...

    @property
    def memories(self) -> NDArray[Any]:
        """What the optimizer remembers: (numbers remembered of a parameter, parameters)."""
        ...


def make_engine(
    plan: Plan, threads: int | None = None, progress: Progress | None = None, program: str = "predict"
) -> Engine:
    """The engine for a plan; what ``program`` needs is compiled now, the rest when it is run."""
    from pellucid.engines.cpu.engine import CpuEngine

    return CpuEngine(plan, threads, progress, program)


def made_with() -> dict[str, str]:
    """Hashes of what an engine's results may depend on: the kernels' text; and the processor with the compiler."""
    from pellucid.engines.cpu.compiler import made_with

    return made_with()
