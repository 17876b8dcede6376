"""pellucid train as a process: Ctrl-C, a terminal, errors with their place, downloads."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest
from left_behind import names

from pellucid.record.run import read_run


def test_debug_shows_where_an_error_arose(process):
    assert "Traceback" not in process("train", "none.csv").stderr
    shown = process("train", "none.csv", "--debug").stderr
    assert "Traceback (most recent call last)" in shown
    assert "pellucid.errors.DataError: none.csv: there is no such file." in shown


def test_a_process_of_its_own_reads_the_digits(process, here):
    done = process("train", "digits", "--output", "d")
    assert done.returncode == 0, done.stderr
    assert read_run(here / "d").result["figures"]["accuracy"] >= 0.97


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_the_weights_so_far(here):
    words = ["train", "digits", "--epochs", "100000", "--output", "d"]
    with subprocess.Popen(
        [sys.executable, "-m", "pellucid", *words], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        while not running.stdout.readline().startswith("Epoch     10/"):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert re.search(r"Stopped by Ctrl-C (in|after) epoch \d+; the weights so far are kept\.", said)
    assert "Traceback" not in errors
    assert names(here) == ["d"]
    found = read_run(here / "d")
    assert re.fullmatch(r"stopped by Ctrl-C after \d+ whole epochs?", found.config["ended"])
    assert found.network().updates > 0


def test_ctrl_c_before_anything_was_trained_exits_with_130(run, here, monkeypatch):
    def stop(*given: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.data.load_digits", stop)
    done = run("train", "digits")
    assert done.exit_code == 130
    assert done.stderr == "Stopped by Ctrl-C; nothing was written.\n"
    assert names(here) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("columns", [50, 120])
def test_in_a_terminal_a_bar_moves(here, columns):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable, ["-m", "pellucid", "train", "digits", "--output", "d"], cwd=str(here), encoding="utf-8",
        dimensions=(40, columns), timeout=120,
    )  # fmt: skip
    child.expect("Epoch 1/30")
    child.expect("Result on 359 held-out")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert read_run(here / "d").result["figures"]["accuracy"] >= 0.97


def test_downloads_are_told_about_once_a_file(capsys):
    from pellucid.sources.load import _Download

    told = _Download()
    for name in ("a.gz", "b.gz"):
        for done in (10, 20, 30):
            told(name, done, 30)
    assert capsys.readouterr().err == "Downloading a.gz …\nDownloading b.gz …\n"
