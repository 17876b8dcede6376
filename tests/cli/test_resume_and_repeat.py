"""``pellucid train --resume``, ``pellucid repeat``, logs, and any step of a run looked up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pellucid import DataError, ModelFileError, open_run
from pellucid.record.model_file import weights_hash
from pellucid.record.run import read_run
from pellucid.training.keeper import Keeper, latest_checkpoint, numbered

TRAIN = ("train", "digits", "--epochs", 3, "--no-evaluation", "--checkpoint-every", "20steps")


class Killed(BaseException):
    """What stands for SIGKILL inside this process."""


def kill_at(monkeypatch, looks):
    left, step = [looks], Keeper.step

    def look(self, *given, **how):
        step(self, *given, **how)
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    monkeypatch.setattr(Keeper, "step", look)


@pytest.fixture
def stopped(run, here, monkeypatch):
    """A run folder of a training that was killed in its second epoch, beside that of one left alone."""
    alone = run(*TRAIN, "--log", "jsonl", "--output", "alone")
    assert alone.exit_code == 0, alone.stderr
    with monkeypatch.context() as patch:
        kill_at(patch, 4)
        with pytest.raises(Killed):
            run(*TRAIN, "--log", "jsonl", "--output", "stopped")
    return here / "stopped"


def without_seconds(log):
    rows = [json.loads(line) for line in Path(log).read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_resume_ends_as_if_nothing_had_happened(run, here, stopped):
    assert sorted(path.name for path in stopped.iterdir()) == ["checkpoints", "config.json", "log.jsonl"]
    config = json.loads((stopped / "config.json").read_text())
    assert (config["ended"], config["weights_sha256"]) == (None, None)
    done = run("train", "--resume", "stopped")
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.startswith(f"Going on with stopped, begun {config['begun']}, after 1 epoch and 15 steps. Epoch 2/3 ")
    found, alone = read_run("stopped"), read_run("alone")
    assert found.config["weights_sha256"] == alone.config["weights_sha256"] == weights_hash(found.network())
    assert found.result == alone.result
    assert found.config["begun"] == config["begun"]
    assert len(found.config["resumed"]) == 1
    assert found.config["ended"] == "all 3 epochs"
    for name, values in alone.history.history.items():
        if name != "seconds":
            assert found.history.history[name] == values
    assert without_seconds("stopped/log.jsonl") == without_seconds("alone/log.jsonl")
    again = run("train", "--resume", "stopped")
    assert again.stdout == ("The training in stopped has ended: all 3 epochs. There is nothing to go on with.\n")


def test_a_quiet_run_is_gone_on_with_as_loudly_as_is_said_now(run, here, monkeypatch):
    """How much is printed is for each command to say; the run keeps the command that began it."""
    with monkeypatch.context() as patch:
        kill_at(patch, 4)
        with pytest.raises(Killed):
            run(*TRAIN, "--quiet", "--output", "q")
    done = run("train", "--resume", "q", "--threads", 1)
    assert done.exit_code == 0, done.stderr
    assert "Result on 359 held-out rows: loss " in done.stdout
    command = "pellucid train digits --epochs 3 --output q --checkpoint-every 20steps --quiet --no-evaluation"
    assert read_run("q").config["command"] == command
    assert run("repeat", "q", "--quiet").exit_code == 0


def test_a_run_that_has_not_ended_says_how_to_go_on(run, stopped):
    done = run("evaluate", "stopped")
    assert done.stderr == (
        "Error: stopped: its training has not ended. Go on with it by pellucid train --resume stopped\n"
    )
    assert len(open_run("stopped").history.epoch) == 1


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--epochs", 5], "it goes on with the training as it was begun. Leave out --epochs."),
        (["digits"], "it goes on with the training as it was begun. Leave out SOURCE."),
    ],
)
def test_resume_takes_no_other_options(run, here, words, error):
    done = run("train", "--resume", "stopped", *words)
    assert done.exit_code == 2
    assert error in " ".join(done.stderr.split())


def test_what_cannot_be_gone_on_with(run, here, stopped):
    assert run("train", "--resume", "none").stderr == (
        "Error: none: there is no such folder. Give one that pellucid train wrote.\n"
    )
    (here / "stopped" / "checkpoints").rename(here / "elsewhere")
    done = run("train", "--resume", "stopped")
    assert done.stderr == "Error: stopped: its checkpoints are missing, so its training cannot go on.\n"


def test_other_data_are_refused(run, flowers, monkeypatch):
    with monkeypatch.context() as patch:
        kill_at(patch, 2)
        with pytest.raises(Killed):
            run("train", "flowers.csv", "--epochs", 5, "--checkpoint-every", "1epoch", "--output", "f")
    flowers.write_text(flowers.read_text().replace("1.01", "1.02"))
    done = run("train", "--resume", "f")
    assert done.stderr == (
        "Error: flowers.csv has changed since the training began, so it cannot be gone on with. Put the data back as "
        "they were, or train anew.\n"
    )


def test_a_disk_that_is_full_is_told_with_the_way_on(run, here, monkeypatch):
    def full(*given, **how):
        raise ModelFileError("x: cannot be written (No space left on device); nothing was changed.")

    def begin(self, *given, real=Keeper.begin):
        real(self, *given)
        monkeypatch.setattr("pellucid.record.checkpoint.write_checkpoint", full)

    monkeypatch.setattr(Keeper, "begin", begin)
    done = run(*TRAIN, "--output", "d")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: The training was stopped after 20 updates: its checkpoint could not be written. x: cannot be written "
        "(No space left on device); nothing was changed. The last good one is d/checkpoints/start.pellucid. Go on with "
        "it by pellucid train --resume d\n"
    )
    assert latest_checkpoint("d/checkpoints").network.updates == 0


def test_repeat_gives_the_same_weights(run, here):
    run(*TRAIN, "--early-stopping", 2, "--output", "d")
    done = run("repeat", "d", "--threads", 1)
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.endswith(f"The same weights, to the last bit: SHA-256 {read_run('d').config['weights_sha256']}.")
    assert sorted(path.name for path in here.iterdir()) == ["d"]
    assert run("repeat", "d", "--quiet").stdout == ""


def test_repeat_tells_what_differs(run, flowers, here):
    run("train", "flowers.csv", "--epochs", 4, "--no-evaluation", "--output", "f")
    flowers.write_text(flowers.read_text().replace("1.01", "1.02"))
    file = here / "f" / "config.json"
    config = json.loads(file.read_text())
    config["versions"]["numpy"] = "1.0"
    config["options"]["chosen"]["epochs"] = 5
    config["made_with"]["machine"] = "another"
    file.write_text(json.dumps(config))
    done = run("repeat", "f")
    assert done.exit_code == 1
    said = " ".join(done.stdout.split())
    assert said.endswith(
        "What differs: the data have changed; epochs was 5, is 4; "
        f"numpy was 1.0, is {np.__version__}; the processor or the compiler is another."
    )


def test_any_step_of_a_run(run, here, stopped, monkeypatch):
    found = open_run("alone")
    assert len(numbered("alone/checkpoints")) == 2
    last = len(found.history.epoch) * found.history.params["steps"]
    assert weights_hash(found.at(last)) == found.config["weights_sha256"]
    expected = latest_checkpoint("stopped/checkpoints").network
    assert weights_hash(found.at(expected.updates)) == weights_hash(expected)
    assert found.at(7).updates == 7
    with pytest.raises(DataError) as caught:
        found.at(last + 1)
    assert str(caught.value) == (
        f"step {last + 1}: the training in alone/checkpoints has {last} steps so far. Give one from 0 to {last}."
    )


def test_logs_are_written_where_asked(run, here):
    done = run(*TRAIN, "--log", "jsonl", "--log", "tensorboard", "--output", "d")
    assert done.exit_code == 0, done.stderr
    assert len((here / "d" / "log.jsonl").read_text().splitlines()) == 3
    assert len(list((here / "d" / "tensorboard").iterdir())) == 1
    bad = run("train", "digits", "--log", "jsonn")
    assert bad.exit_code == 2
    assert 'Unknown log "jsonn". Did you mean "jsonl"? Known: jsonl, tensorboard.' in " ".join(bad.stderr.split())


@pytest.mark.parametrize("span", ["", "0s", "1.5steps", "5", "3 weeks"])
def test_spans_between_checkpoints(run, here, span):
    done = run("train", "digits", "--checkpoint-every", span)
    assert done.exit_code == 2
    assert f'expected a span, as in 30s, 500steps or 2epochs; got "{span}".' in " ".join(done.stderr.split())
