"""Callbacks: what happens between epochs. See :mod:`pellucid.training.callbacks`."""

from pellucid.training.callbacks import Callback, Checkpoint, CSVLog, EarlyStopping, Moment, ReduceLROnPlateau

__all__ = ["CSVLog", "Callback", "Checkpoint", "EarlyStopping", "Moment", "ReduceLROnPlateau"]
