"""What a SOURCE is once it is read: a :class:`Dataset` and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.data import Dataset

NAMES = ("digits", "mnist", "pictures-4x3")
TASKS = ("classes", "numbers")
WITH_TASK = ("table", "npz")  # kinds whose targets may be classes or numbers


@dataclass(frozen=True)
class Source:
    """Data to train or evaluate on.

    Attributes
    ----------
    given : str
        SOURCE as the user wrote it.
    kind : str
        One of the names, or "table", "pictures" (in files), "npz" or "idx".
    data : Dataset
        Classes as text or as labels from 0; numbers as floats.
    task : str
        "classes" or "numbers".
    target : str, optional
        The target column of a table.
    why : str, optional
        How the task was decided, where there was something to decide.
    remarks : tuple of str
        What the user should know about the data.
    preparation : dict, optional
        How a picture file becomes a sample like these, where they are pictures with values from 0 to 1.
    streamed : bool
        Whether the samples are read from disk while a network trains.
    held_out : str, optional
        Where the test set is from, as in 'in the folder "test"'.
    reasons : dict of str to str
        Why pictures are read as they are, where nothing was said about it.
    read_as : tuple of str
        How a table was read, where that is not the usual way.
    columns : dict of str to str
        Kinds of a table's columns that the user gave.
    missing : dict of str to list of str
        Values that stand for a missing one, by column.
    aside : Dataset, optional
        The rows of a streamed table that are held out.
    target_place : int, optional
        Where the target stands among a table's columns, from 0.
    """

    given: str
    kind: str
    data: Dataset
    task: str
    target: str | None = None
    why: str | None = None
    remarks: tuple[str, ...] = ()
    preparation: dict[str, Any] | None = None
    streamed: bool = False
    held_out: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    read_as: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[Any, Any] = field(default_factory=dict)
    target_place: int | None = None
    aside: Dataset | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether a sample is a picture: (height, width) or (height, width, channels)."""
        return self.kind != "table" and len(self.data.input_shape) in (2, 3)

    @property
    def noun(self) -> str:
        """What a sample is called."""
        return "picture" if self.kind not in NAMES and self.has_pictures else "row"

    @property
    def short_name(self) -> str:
        """For the names of networks and folders."""
        return self.kind if self.kind in NAMES else Path(self.given).resolve().stem or "data"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the outputs."""
        return self.data.class_names or ()
