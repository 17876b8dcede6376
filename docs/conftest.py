"""Where the pages of the documentation run: pima.md beside its table, or not at all where there is none."""

import os
import shutil
from pathlib import Path

import pytest

TABLES = {"pima.md": "pima-indians-diabetes.csv"}


@pytest.fixture(autouse=True)
def beside_its_table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A page that reads a table runs in a folder that holds it."""
    name = TABLES.get(request.node.path.name)
    if name is None:
        return
    shared = Path(os.environ.get("PELLUCID_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    table = shared / "tables" / name
    if not table.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"{table} is missing; set PELLUCID_DATA")
        pytest.skip(f"{table} is missing; set PELLUCID_DATA")
    shutil.copyfile(table, tmp_path / name)
    monkeypatch.chdir(tmp_path)
