"""What the engine computed last, slot by slot (``print(net.plan())`` names them)."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from pellucid.network import Network


def latest(net: Network, slot: str) -> NDArray[Any]:
    """A slot, such as ``"dense_1.z"`` (samples, units) or ``"dense_1.weights.gradient"``, after the latest step.

    It is read from the engine that ``fit`` or ``predict`` has just used, not computed again.
    """
    engine = net._engine
    assert engine is not None, "call fit or predict first"
    return engine.read(slot)
