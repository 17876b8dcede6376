"""What several tests of this folder share."""

from __future__ import annotations

import pytest
from interrupted import Killed

from pellucid.training.keeper import Keeper


@pytest.fixture
def killed(monkeypatch):
    """Train a task until so many looks at the clock, and be killed there: killed(task, checkpoint folder, looks)."""

    def run(train, looks):
        left, step = [looks], Keeper.step

        def look(self, *given, **how):
            step(self, *given, **how)
            left[0] -= 1
            if left[0] <= 0:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(Keeper, "step", look)
            with pytest.raises(Killed):
                train()

    return run
