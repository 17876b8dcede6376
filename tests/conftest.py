"""Fixtures that several folders of tests share."""

import numpy as np
import pytest

from pellucid.engines.cpu import compiler


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No helper compiles: it would not see the faults that tests plant in this process, and tests use all cores."""
    monkeypatch.setattr(compiler, "HELPERS", 0)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(20240607)
