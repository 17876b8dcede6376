"""Processes killed by SIGKILL, a small version of ``python -m bench.kill_and_resume``; and that it sees faults."""

from __future__ import annotations

import os
import shutil

import pytest
from bench import kill_and_resume as bench

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def test_five_kills(tmp_path):
    outcome = bench.kill_and_resume(tmp_path, kills=5, seed=2, epochs=8)
    assert outcome.faults == ()
    assert outcome.kills == 5
    assert outcome.runs >= 1
    planted(tmp_path)


def planted(place):
    """A folder without a whole checkpoint is found by the look at it, and another end by the comparison."""
    run, alone = place / "run-0", place / "alone"
    shutil.copytree(alone, place / "spoilt")
    before = bench.end_of(place / "spoilt")
    assert before == bench.end_of(run)
    for path in (place / "spoilt" / "checkpoints").glob("*.pellucid"):
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    assert len(bench.look(place / "spoilt")) == 1
    assert "no checkpoint of a training is there" in bench.look(place / "spoilt")[0]
    (run / "left over").touch()
    assert bench.end_of(run) != before
