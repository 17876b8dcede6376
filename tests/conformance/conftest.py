"""The peer, as a fixture."""

from types import ModuleType

import pytest
from torch_peer import find_torch


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    return find_torch()
