"""pellucid train --stream: tables that are read from disk while the network trains."""

from __future__ import annotations

import json

from left_behind import flat

from pellucid.record.run import read_run
from pellucid.tables import open_table


def test_a_streamed_table_is_trained_on_evaluated_and_repeated(run, patients, here):
    done = run("train", "patients.csv", "--stream", "--epochs", 3, "--missing", "1=0", "--output", "f")
    assert done.exit_code == 0, done.stderr
    said = flat(done.stdout)
    assert "Data patients.csv: 120 rows of 4 inputs, 2 classes (0, 1)" in said
    assert "Streamed read from disk while the network trains, each epoch in a whole new order" in said
    found = read_run("f")
    stream = open_table("patients.csv", held_out=0.2, missing={"1": 0})
    with stream:
        assert found.network().preparation == stream.preparation.to_dict()
        assert found.result["samples"] == len(stream.held_out)
        assert found.network().evaluate(stream.held_out)["loss"] == found.result["figures"]["loss"]
    assert found.config["data"]["streamed"] is True
    assert json.loads(run("evaluate", "f", "--json").stdout) == json.loads(json.dumps(dict(found.result)))
    assert (found.path / "evaluation" / "roc.svg").is_file()
    assert "The same weights, to the last bit: " in run("repeat", "f").stdout
    assert "on 120 rows, all but " in flat(run("evaluate", "f", "patients.csv").stdout)


def test_a_table_is_streamed_where_it_would_take_too_much_memory(patients, monkeypatch):
    from pellucid.sources import picture_files
    from pellucid.sources.load import load_source

    size = patients.stat().st_size
    for memory, streamed in ((16 * size, False), (16 * size - 64, True)):
        monkeypatch.setattr(picture_files, "memory", lambda given=memory: given)
        assert load_source("patients.csv").streamed is streamed


def test_numbers_are_streamed_in_their_own_units(run, prices):
    done = run("train", "prices.csv", "--stream", "--epochs", 80, "--layers", 8, "--batch-size", 8, "--output", "f")
    assert done.exit_code == 0, done.stderr
    assert read_run("f").result["figures"]["r2"] > 0.9
