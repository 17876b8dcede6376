"""``open_run(RUN).at(step)``: the network at any step, from the run folder and the data that the run had."""

from __future__ import annotations

import pytest

from pellucid import DataError, ModelFileError, open_run
from pellucid.record.model_file import weights_hash

EVERY = ("--checkpoint-every", "1epochs", "--no-evaluation", "--output", "f")
HOW = {
    "a table": ("flowers.csv", "--layers", 4, "--epochs", 4),
    "watched on rows of its own": ("flowers.csv", "--layers", 4, "--epochs", 4, "--early-stopping", 3),
    "nothing held out": ("flowers.csv", "--layers", 4, "--epochs", 3, "--validation", 0, "--class-weight", "balanced"),
    "kinds of columns": ("flowers.csv", "--target", 3, "--column", "width=category", "--missing", "height=0",
                         "--epochs", 3, "--seed", 5),
    "numbers": ("prices.csv", "--layers", 4, "--epochs", 4),
    "from disk": ("prices.csv", "--stream", "--column", "age=category", "--epochs", 4, "--validation", 0.3),
    "logs": ("flowers.csv", "--layers", 4, "--epochs", 3, "--log", "jsonl", "--report"),
    "binary pictures": ("pictures-4x3", "--epochs", 4),
}  # fmt: skip


@pytest.mark.parametrize("words", HOW.values(), ids=HOW)
def test_the_last_step_has_the_weights_of_the_run_and_one_on_the_way_is_on_the_way(run, flowers, prices, words):
    done = run("train", *words, *EVERY)
    assert done.exit_code == 0, done.stderr
    found = open_run("f")
    last = len(found.history.epoch) * found.history.params["steps"]
    at = found.at(last)
    assert [name for name in at.weights if name not in found.network().weights] == []
    assert all((at.weights[name] == found.network().weights[name]).all() for name in at.weights)
    assert found.at(last - 1).updates == last - 1
    assert weights_hash(found.at(last - 1)) != weights_hash(at)


@pytest.mark.parametrize("stream", ["--stream", "--no-stream"])
def test_pictures(run, here, picture_cache, stream):
    from made_pictures import QUICK, pictures

    pictures(here / "set")
    done = run("train", "set", stream, *QUICK, *EVERY)
    assert done.exit_code == 0, done.stderr
    found = open_run("f")
    last = len(found.history.epoch) * found.history.params["steps"]
    assert weights_hash(found.at(last)) == found.config["weights_sha256"]


def test_what_cannot_be_looked_up(run, flowers, here):
    run("train", "flowers.csv", "--layers", 4, "--epochs", 2, *EVERY)
    found = open_run("f")
    flowers.write_text(flowers.read_text().replace("1.01", "1.02"))
    with pytest.raises(DataError) as changed:
        found.at(1)
    assert str(changed.value) == (
        "flowers.csv has changed since the training began, so it cannot be gone on with. Put the data back as they "
        "were, or train anew."
    )
    (here / "f" / "checkpoints").rename(here / "elsewhere")
    with pytest.raises(ModelFileError) as gone:
        found.at(1)
    assert str(gone.value) == "f: its checkpoints are missing, so no step of it can be looked up."
