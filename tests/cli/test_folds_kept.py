"""``pellucid train --folds``, stopped: finished folds are kept, and --resume does those that are missing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from left_behind import flat

from pellucid.cli import trainings
from pellucid.errors import DivergedError, ModelFileError
from pellucid.evaluation.kept import KeptFolds, kept_folds
from pellucid.record.run import read_run

TRAIN = ("train", "flowers.csv", "--folds", 4, "--layers", 4, "--epochs", 3, "--threads", 1)


class Killed(BaseException):
    """What stands for SIGKILL inside this process."""


@pytest.fixture
def stopped_by(monkeypatch):
    """Let an error come up in the place of a training, after so many of them."""
    train = trainings.OneNetwork.train

    def arrange(error, after):
        done = []

        def one(self, *given, **how):
            if len(done) == after:
                raise error
            done.append(self)
            return train(self, *given, **how)

        monkeypatch.setattr(trainings.OneNetwork, "train", one)
        return done

    return arrange


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Killed(), None, ""),
        (
            KeyboardInterrupt(),
            130,
            "Stopped by Ctrl-C; 3 folds are finished and kept. Go on with it by pellucid train --resume stopped\n",
        ),
        (
            ModelFileError("x: cannot be written (No space left on device)."),
            1,
            "Error: x: cannot be written (No space left on device). Go on with it by pellucid train --resume stopped\n",
        ),
    ],
    ids=["killed", "Ctrl-C", "a full disk"],
)
def test_resume_does_the_missing_folds_and_ends_the_same(run, here, flowers, stopped_by, error, code, said):
    assert run(*TRAIN, "--output", "alone").exit_code == 0
    stopped_by(error, after=3)
    if code is None:
        with pytest.raises(Killed):
            run(*TRAIN, "--output", "stopped")
    else:
        done = run(*TRAIN, "--output", "stopped")
        assert (done.exit_code, done.stderr) == (code, said)
    assert kept_folds(here / "stopped" / "folds") == 3
    done = stopped_by(AssertionError("more than was missing"), after=2)
    begun = json.loads((here / "stopped" / "config.json").read_text())["begun"]
    again = run("train", "--resume", "stopped")
    assert again.exit_code == 0, again.stderr
    assert flat(again.stdout).startswith(
        f"Going on with stopped, begun {begun}: 3 folds are finished and taken over. The same seed gives the same "
        f"network."
    )
    assert len(done) == 2  # a fold, and the network that is saved
    found, alone = read_run("stopped"), read_run("alone")
    assert found.result == alone.result
    assert found.config["weights_sha256"] == alone.config["weights_sha256"]
    files = {name: (here / name / "evaluation" / "cross_validation.json").read_bytes() for name in ("stopped", "alone")}
    assert files["stopped"] == files["alone"]
    assert not (here / "stopped" / "folds").exists()


def test_an_error_that_would_come_again_leaves_nothing(run, here, flowers, stopped_by):
    stopped_by(DivergedError("The cost is not finite."), after=3)
    done = run(*TRAIN, "--output", "stopped")
    assert (done.exit_code, done.stderr) == (1, "Error: The cost is not finite.\n")
    assert not (here / "stopped").exists()


def test_a_kill_while_the_last_network_trains_costs_no_fold(run, here, flowers, stopped_by, monkeypatch):
    stopped_by(Killed(), after=4)
    for _ in range(2):  # a resumed run may be killed too
        with pytest.raises(Killed):
            run(*(TRAIN if not (here / "stopped").exists() else ("train",)),
                *(("--output",) if not (here / "stopped").exists() else ("--resume",)), "stopped")  # fmt: skip
        assert kept_folds(here / "stopped" / "folds") == 4


def test_the_last_network_stopped_by_ctrl_c_is_gone_on_with(run, here, flowers, monkeypatch):
    train = trainings.OneNetwork.train

    def stopped(self, work, *rest):
        net, ended = train(self, work, *rest)
        return net, ended if work.folder is None else "stopped by Ctrl-C after 2 whole epochs"

    with monkeypatch.context() as patch:
        patch.setattr(trainings.OneNetwork, "train", stopped)
        assert "pellucid train --resume f\n" in run(*TRAIN, "--output", "f").stdout
    done = run("train", "--resume", "f")
    assert "4 folds are finished and taken over." in flat(done.stdout)
    assert read_run("f").config["ended"] == "all 3 epochs"


def test_another_release_does_every_fold_anew(run, here, flowers, stopped_by, monkeypatch):
    stopped_by(Killed(), after=3)
    with pytest.raises(Killed):
        run(*TRAIN, "--output", "f")
    done = stopped_by(AssertionError("more than there is"), after=5)
    monkeypatch.setattr("pellucid.__version__", "99.0")
    assert run("train", "--resume", "f").exit_code == 0
    assert len(done) == 5


def hears_ctrl_c():
    """As in a terminal: what a shell starts in the background does not hear it, nor do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_in_a_process(here, flowers):
    """The folds that run are finished and kept; those that have not begun are left out."""
    words = ["train", "flowers.csv", "--folds", "15", "--seeds", "4", "--epochs", "1000", "--threads", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "pellucid", *words, "--output", "f"], cwd=here, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, preexec_fn=hears_ctrl_c,
    ) as running:  # fmt: skip
        while not kept_folds(here / "f" / "folds"):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=120)[1]
    kept = kept_folds(here / "f" / "folds")
    assert 0 < kept < 60
    folds = "1 fold is" if kept == 1 else f"{kept} folds are"
    assert running.returncode == 130
    assert said.endswith(f"Stopped by Ctrl-C; {folds} finished and kept. Go on with it by pellucid train --resume f\n")


def test_what_is_kept_is_of_this_training(here):
    one, other = KeptFolds(here, {"layers": (8,)}), KeptFolds(here, {"layers": [8]})
    rows = np.arange(4)
    one.keep(0, 0, rows, ({"accuracy": 0.5}, None))
    assert other.take_up(0, 0, rows) == ({"accuracy": 0.5}, None)  # a tuple is a list in config.json
    assert one.take_up(0, 0, rows[::-1]) is None
