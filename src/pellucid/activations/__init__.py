"""Activations: what a unit makes of its weighted input."""

from pellucid.activations.table import ACTIVATIONS, Activation

__all__ = ["ACTIVATIONS", "Activation"]
