"""Engines run plans. Today there is one, for the CPU."""

from pellucid.engines.protocol import Data, Engine, make_engine

__all__ = ["Data", "Engine", "make_engine"]
