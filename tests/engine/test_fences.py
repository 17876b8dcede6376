"""No kernel reads or writes outside of the plan's memory or of the user's arrays, whatever the sizes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pages are guarded by mprotect")


def run(*arguments):
    program = Path(__file__).with_name("fences.py")
    return subprocess.run([sys.executable, str(program), *arguments], capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("most", ["0", "1"])
def test_nothing_is_touched_outside(most):
    done = run(most)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "210 trainings within their fences\n"


def test_a_row_too_far_is_seen():
    assert run("0", "planted").returncode == -signal.SIGSEGV
