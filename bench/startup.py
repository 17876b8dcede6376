"""What a user waits for before training begins: imports, the first training on a machine, later ones, the command."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

IMPORT = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"

# The first step's time less a warm step's: what it costs to get from a network that is described to one that trains.
FIRST_STEP = """
import time
import numpy as np
from pellucid import Dense, Input, Network
random = np.random.default_rng(0)
X, y = random.random((32, 64), dtype=np.float32), random.integers(0, 10, 32)
net = Network([Input(64), Dense(32, activation="relu"), Dense(10, activation="softmax")])
net.compile(loss="categorical_crossentropy", optimizer="adam")
seconds = []
for _ in range(2):
    began = time.perf_counter()
    net.fit(X, y, batch_size=32, verbose=0)
    seconds.append(time.perf_counter() - began)
print(seconds[0] - seconds[1])
"""

COMMAND = "from pellucid.cli import main; main()"


def measure_startup(times: int = 5) -> dict[str, Any]:
    """Seconds of each wait; ``None`` where there is nothing to measure. Each is a process of its own.

    Returns
    -------
    dict
        ``import_pellucid`` (with Network and the layers), ``import_numpy``: medians. ``first``: the 64-32-10 network's
        first step with an empty cache folder. ``later``: the same in later processes, median. ``command``: the whole of
        ``pellucid train digits``, from the start of the process to its end, median of three.
    """
    found: dict[str, Any] = {
        "import_pellucid": _median(IMPORT.format("from pellucid import Dense, Input, Network"), times),
        "import_numpy": _median(IMPORT.format("import numpy"), times),
    }
    with tempfile.TemporaryDirectory(prefix="pellucid-bench-") as folder:
        found["first"] = _printed(FIRST_STEP, folder)
        found["later"] = _median(FIRST_STEP, times, folder)
        found["command"] = _command(folder)
    return found


def _median(script: str, times: int, cache: str | None = None) -> float:
    return statistics.median(_printed(script, cache) for _ in range(times))


def _printed(script: str, cache: str | None) -> float:
    """The number that a script prints."""
    run = subprocess.run([sys.executable, "-c", script], env=_environment(cache), capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"A measuring process failed:\n{run.stderr}")
    return float(run.stdout.split()[-1])


def _environment(cache: str | None) -> dict[str, str]:
    return dict(os.environ) | ({"XDG_CACHE_HOME": cache} if cache else {})


def _command(cache: str) -> float | None:
    """Seconds of ``pellucid train digits``; the first run, which compiles, is not counted."""
    if importlib.util.find_spec("pellucid.cli") is None:
        return None
    seconds = []
    for _ in range(4):
        with tempfile.TemporaryDirectory(prefix="pellucid-bench-") as here:
            began = time.perf_counter()
            run = subprocess.run(
                [sys.executable, "-c", COMMAND, "train", "digits"],
                env=_environment(cache), cwd=here, capture_output=True, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            seconds.append(time.perf_counter() - began)
        if run.returncode:
            return None
    return statistics.median(seconds[1:])
