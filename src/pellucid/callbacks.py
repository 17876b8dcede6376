"""Callbacks: what happens between epochs. Their base is in :mod:`pellucid.training.callbacks`."""

from pellucid.training.callbacks import Callback, Moment
from pellucid.training.logs import CSVLog, JsonLinesLog, TensorBoardLog
from pellucid.training.monitors import Checkpoint, EarlyStopping, ReduceLROnPlateau
from pellucid.training.recorder import Record, Recorder
from pellucid.training.snapshots import Snapshot, Snapshots

__all__ = [
    "CSVLog", "Callback", "Checkpoint", "EarlyStopping", "JsonLinesLog", "Moment", "Record", "Recorder",
    "ReduceLROnPlateau", "Snapshot", "Snapshots", "TensorBoardLog",
]  # fmt: skip
