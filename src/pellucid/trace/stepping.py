"""The copy of a network that a stepper moves: traced before each update, and moved on by what the trace says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DataError, DivergedError
from pellucid.network import Network
from pellucid.trace.take import take_trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.trace.values import Trace

State = tuple["NDArray[Any]", "NDArray[Any] | None", int]


class Follower:
    """A copy of ``net`` and the samples it learns from; the network itself is not touched."""

    def __init__(
        self, net: Network, X: Any, y: Any, sample_weight: Any, *, dtype: str | None, rate: float | None
    ) -> None:
        if y is None:
            raise DataError("y: no targets were given, and steps of training need them: net.stepper(X, y).")
        loss, optimizer = net.loss, net.optimizer  # refuses a network that is not compiled
        self._samples, self._rate = (X, y, sample_weight), rate
        copy = Network.from_dict(net.to_dict() | {"dtype": dtype or net.dtype})
        copy.compile(loss, optimizer, fuse=net.compile_settings()["fuse"])
        copy.class_names, copy.feature_names, copy.updates = net.class_names, net.feature_names, net.updates
        copy.put_back(net.snapshot())
        memories = net.optimizer_memories()
        copy.keep_memories(None if memories is None else memories.astype(copy.dtype))
        copy.adopt_history(net.history)  # a schedule goes on with the rate that training ended with
        self._net = copy

    def trace(self) -> Trace:
        """The next update, every number of it."""
        return take_trace(self._net, *self._samples, rate=self._rate)

    def take(self, trace: Trace) -> None:
        """Make the update.

        Raises
        ------
        DivergedError
            A number is not finite.
        """
        new = {p.name: p.new for layer in trace for p in layer.parameters.values() if p.new is not None}
        wrong = next((name for name, array in new.items() if not np.isfinite(array).all()), None)
        if wrong is not None:
            raise DivergedError(
                f"The update has made a number of {wrong} NaN or infinite, so there is no further step. Use a smaller "
                f"learning rate than {trace.rate:g}: net.stepper(X, y, rate=…)."
            )
        self._net.set_weights(new)
        rows = [trace.parameter(name).new_memories for name in self._net.weights if name in new]
        if rows and rows[0]:
            self._net.keep_memories(
                np.array([np.concatenate([m.ravel() for m in row]) for row in zip(*rows, strict=True)])
            )
        self._net.updates += 1

    def state(self) -> State:
        """Everything that an update changes."""
        memories = self._net.optimizer_memories()
        return self._net.snapshot(), None if memories is None else memories.copy(), self._net.updates

    def put_back(self, state: State) -> None:
        """Be as then."""
        self._net.put_back(state[0])
        self._net.keep_memories(state[1])
        self._net.updates = state[2]

    def keep(self, net: Network, trace: Trace | None) -> None:
        """Give the network what the copy has learned; the update of ``trace`` too, where it is done."""
        if trace is not None:
            before = self.state()
            self.take(trace)
        found, memories, updates = self.state()
        if trace is not None:
            self.put_back(before)
        net.take_over(found, memories, updates)
