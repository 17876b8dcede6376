"""Tables: from a raw file to what a network takes, and back to the user's units."""

from __future__ import annotations

from pellucid.tables.parts import read_parts
from pellucid.tables.preparation import TablePreparation
from pellucid.tables.raw import RawTable
from pellucid.tables.read import read_table
from pellucid.tables.stream import TableStream, open_table
from pellucid.tables.targets import in_units, take_targets

__all__ = [
    "RawTable", "TablePreparation", "TableStream", "in_units", "open_table", "read_parts", "read_table", "take_targets",
]  # fmt: skip
