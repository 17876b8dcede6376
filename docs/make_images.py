"""Draw the pictures of the documentation from what the commands really print: python docs/make_images.py"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
WIDTH = 92


def training() -> None:
    """The first command of the README, with the middle epochs left out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pellucid", "train", "digits"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": str(WIDTH)}
        )
    lines = done.stdout.splitlines()
    epochs = [k for k, line in enumerate(lines) if line.startswith("Epoch")]
    kept = [*lines[: epochs[3]], "  …", *lines[epochs[-2] :]]
    console = Console(record=True, width=WIDTH, file=StringIO())
    console.print(Text("$ pellucid train digits", style="bold"))
    for line in kept:
        console.print(Text(line), soft_wrap=True)
    console.save_svg(str(IMAGES / "train-digits.svg"), title="pellucid train digits")


def activations() -> None:
    """The cheat sheet."""
    sheet = str(IMAGES / "activations.svg")
    command = [sys.executable, "-m", "pellucid", "activations", "--output", sheet]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    training()
    activations()
