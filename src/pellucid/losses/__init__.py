"""Losses: what a batch's outputs cost, compared with their targets."""

from pellucid.losses.table import LOSSES, Loss

__all__ = ["LOSSES", "Loss"]
