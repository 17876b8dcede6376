"""What a command leaves: files in a folder, and words."""

from __future__ import annotations

from pathlib import Path

FILES = ["checkpoints", "config.json", "history.csv", "history.json", "model.pellucid", "result.json"]


def names(folder: Path) -> list[str]:
    """All files and folders in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


def flat(text: str) -> str:
    """Words as they follow one another, wherever lines were broken."""
    return " ".join(text.split())
