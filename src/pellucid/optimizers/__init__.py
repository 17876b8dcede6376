"""Optimizers: how a gradient becomes a step."""

from pellucid.optimizers.table import OPTIMIZERS, Optimizer

__all__ = ["OPTIMIZERS", "Optimizer"]
