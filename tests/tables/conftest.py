"""Files of tables, and refusals whose whole text is compared."""

import re

import pytest

from pellucid.errors import DataError


@pytest.fixture
def write(tmp_path):
    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def refuses():
    return lambda text, error=DataError: pytest.raises(error, match=f"^{re.escape(text)}$")
