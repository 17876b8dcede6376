"""Engines run plans. Today there is one, for the CPU."""

from pellucid.engines.protocol import Data, Engine, made_with, make_engine

__all__ = ["Data", "Engine", "made_with", "make_engine"]
