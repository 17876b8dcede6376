"""Where the data sets for the tests are."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder that PELLUCID_DATA names, or ../shared/data beside the project."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("PELLUCID_DATA") or root.parent / "shared" / "data")
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the test data are not at {folder}; set PELLUCID_DATA")
        pytest.skip(f"the test data are not at {folder}")
    return folder
