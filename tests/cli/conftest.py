"""Running the command: inside the test's process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

COMMAND = [sys.executable, "-m", "pellucid"]
# Said on standard error when machine code is compiled, which may or may not have happened on this machine before.
ONCE = "Preparing the engine for this machine; this happens once …\n"


class Done:
    """What a command left, without the words that it says once on a machine."""

    def __init__(self, result: Any) -> None:
        self._result = result
        self.stderr: str = result.stderr.replace(ONCE, "")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the working directory, in which nothing but the test writes; lines of 80 characters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def run(here: Path) -> Callable[..., Any]:
    """Run the command inside this process: run("train", "digits").stdout, .stderr, .exit_code."""
    from pellucid.cli.app import app

    def invoke(*words: object, input: str | None = None) -> Any:
        return Done(CliRunner().invoke(app, [str(word) for word in words], prog_name="pellucid", input=input))

    return invoke


@pytest.fixture
def process(here: Path) -> Callable[..., Done]:
    """Run the command as a process of its own."""

    def start(*words: object, **options: Any) -> Done:
        command = [*COMMAND, *map(str, words)]
        return Done(subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=300, **options))

    return start


@pytest.fixture(scope="session")
def mnist() -> Path:
    """The folder with MNIST's four files."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("PELLUCID_DATA") or root.parent / "shared" / "data") / "mnist"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"MNIST is not at {folder}; set PELLUCID_DATA")
        pytest.skip(f"MNIST is not at {folder}")
    return folder


@pytest.fixture
def flowers(here: Path) -> Path:
    """A CSV file of three classes that two numbers tell apart."""
    rows = [f"{k % 3 + 0.01 * k},{2 * (k % 3) - 0.01 * k},{('rose', 'tulip', 'lily')[k % 3]}" for k in range(60)]
    file = here / "flowers.csv"
    file.write_text("width,height,kind\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture
def prices(here: Path) -> Path:
    """A CSV file of numbers: the price is 100 + 3 size − age, to the digit."""
    rows = [f"{k % 7 / 7},{k % 5 / 5},{100.5 + 3 * (k % 7) / 7 - k % 5 / 5}" for k in range(70)]
    file = here / "prices.csv"
    file.write_text("size,age,price\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture
def patients(here: Path) -> Path:
    """A CSV file without a header: two numbers, of which 0 is no measurement in the first, a text, and the outcome."""
    import numpy as np

    rng = np.random.default_rng(3)
    rows = []
    for k in range(120):
        a, b, city = rng.integers(60, 100), rng.normal(), ("Oslo", "Rome")[k % 2]
        ill = int(a + 8 * b + 6 * (city == "Rome") > 82)
        rows.append(f"{0 if k % 9 == 0 else a},{b:.4f},{city},{ill}")
    (here / "patients.csv").write_text("\n".join(rows) + "\n")
    return here / "patients.csv"


@pytest.fixture
def picture_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of decoded pictures of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr("pellucid.data.picture_store.cache_folder", lambda: folder)


@pytest.fixture
def picture_model(run: Callable[..., Any], here: Path, picture_cache: None) -> str:
    """A run folder of a network that tells dark pictures from light ones; the pictures are in the folder "set"."""
    from made_pictures import QUICK, pictures

    pictures(here / "set")
    done = run("train", "set", "--output", "m", "--quiet", *QUICK)
    assert done.exit_code == 0, done.stderr
    return "m"
