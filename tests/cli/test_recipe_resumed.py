"""pellucid train --resume of runs that are made of several trainings."""

from __future__ import annotations

import json

import pytest
from left_behind import flat

from pellucid.record.model_file import weights_hash
from pellucid.record.run import read_run
from pellucid.record.run_folder import RunFolder


class Killed(BaseException):
    """What stands for SIGKILL inside this process."""


@pytest.mark.parametrize("words", [[], ["--folds", 3, "--epochs", 4]], ids=["recipe", "folds"])
def test_a_run_that_was_killed_begins_anew_and_ends_the_same(run, here, patients, monkeypatch, words):
    told = ["train", "patients.csv", *words, "--no-evaluation"]
    assert run(*told, "--output", "alone").exit_code == 0

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "end", kill)
        with pytest.raises(Killed):
            run(*told, "--output", "stopped")
    done = run("evaluate", "stopped")
    assert done.stderr == (
        "Error: stopped: its training has not ended. Go on with it by pellucid train --resume stopped\n"
    )
    done = run("train", "--resume", "stopped")
    assert done.exit_code == 0, done.stderr
    begun = read_run("stopped").config["begun"]
    said = f"Beginning stopped anew, begun {begun}: trainings by the default recipe for tables leave no checkpoints."
    if words:
        said = f"Going on with stopped, begun {begun}: 3 folds are finished and taken over."
    assert flat(done.stdout).startswith(f"{said} The same seed gives the same network.")
    assert not (here / "stopped" / "folds").exists()
    found, alone = read_run("stopped"), read_run("alone")
    assert found.config["weights_sha256"] == alone.config["weights_sha256"] == weights_hash(found.network())
    assert found.result == alone.result
    assert len(found.config["resumed"]) == 1
    again = run("train", "--resume", "stopped").stdout
    assert flat(again) == f"The training in stopped has ended: {alone.config['ended']}. There is nothing to go on with."
    with pytest.raises(Exception, match=r"leave no checkpoints, so no step can be looked up\.$"):
        found.at(3)


def test_a_killed_run_of_the_recipe_goes_on_with_the_missing_trainings(run, here, patients, monkeypatch):
    from pellucid.recipes import fit as module

    told, done, train = ["train", "patients.csv", "--no-evaluation", "--threads", 1], [], module.train
    assert run(*told, "--output", "alone").exit_code == 0

    def killed(member, *rest):
        if len(done) == 3:
            raise Killed
        done.append(member)
        train(member, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(module, "train", killed)
        with pytest.raises(Killed):
            run(*told, "--output", "stopped")
    monkeypatch.setattr(module, "train", lambda member, *rest: done.append(member) or train(member, *rest))
    begun = json.loads((here / "stopped" / "config.json").read_text())["begun"]
    said = run("train", "--resume", "stopped")
    assert flat(said.stdout).startswith(
        f"Going on with stopped, begun {begun}: 3 trainings of the recipe are finished and taken over. The same seed "
        f"gives the same network."
    )
    assert len(done) == 5
    found, alone = read_run("stopped"), read_run("alone")
    assert found.config["weights_sha256"] == alone.config["weights_sha256"]
    assert found.result == alone.result
    assert not (here / "stopped" / "trainings").exists()
