"""Callbacks: what happens between epochs. See :mod:`pellucid.training.callbacks` and :mod:`pellucid.training.logs`."""

from pellucid.training.callbacks import Callback, Checkpoint, CSVLog, EarlyStopping, Moment, ReduceLROnPlateau
from pellucid.training.logs import JsonLinesLog, TensorBoardLog
from pellucid.training.recorder import Record, Recorder
from pellucid.training.snapshots import Snapshot, Snapshots

__all__ = [
    "CSVLog", "Callback", "Checkpoint", "EarlyStopping", "JsonLinesLog", "Moment", "Record", "Recorder",
    "ReduceLROnPlateau", "Snapshot", "Snapshots", "TensorBoardLog",
]  # fmt: skip
