"""Logs are read back by what they are written for."""

from __future__ import annotations

import builtins
import json
import math

import numpy as np
import pytest
from interrupted import Task

from pellucid import CheckpointFolder, DataError, DescriptionError, resume
from pellucid.callbacks import JsonLinesLog, TensorBoardLog


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def without_seconds(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def scalars(folder):
    """Every series of a folder's event files, as TensorBoard's own reader gives them: [(step, value), …]."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    reader = accumulator.EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    reader.Reload()
    return {tag: [(e.step, e.value) for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}, reader.Tags()


def test_a_line_of_json_an_epoch(tmp_path):
    task, log = Task(epochs=3), tmp_path / "log.jsonl"
    task.callbacks = lambda: [JsonLinesLog(log)]
    net = task.fit()
    found = lines(log)
    assert [(row["epoch"], row["updates"]) for row in found] == [(1, 9), (2, 18), (3, 27)]
    for name, values in net.history.history.items():
        assert [row[name] for row in found] == values
    task.callbacks = lambda: [JsonLinesLog(log, append=True)]
    task.fit()
    assert len(lines(log)) == 6


def test_numbers_that_are_not_finite_are_null(tmp_path):
    task, log = Task(epochs=1), tmp_path / "log.jsonl"

    def spoil(moment):
        moment.logs = {**moment.logs, "odd": math.nan}

    task.callbacks = lambda: [spoil, JsonLinesLog(log)]
    task.fit()
    assert lines(log)[0]["odd"] is None


@pytest.mark.parametrize("looks", [1, 2, 3, 5])
def test_each_epoch_has_one_line_after_an_interruption(tmp_path, killed, looks):
    task = Task(epochs=3)
    task.callbacks = lambda: [JsonLinesLog(tmp_path / "whole.jsonl")]
    task.fit()
    task.callbacks = lambda: [JsonLinesLog(tmp_path / "log.jsonl")]
    killed(lambda: task.fit(CheckpointFolder(tmp_path / "c", steps=7, epochs=2, seconds=None)), looks)
    resume(tmp_path / "c", *task.data(), callbacks=task.callbacks(), verbose=0)
    assert without_seconds(lines(tmp_path / "log.jsonl")) == without_seconds(lines(tmp_path / "whole.jsonl"))


def test_a_log_that_is_gone_is_told(tmp_path, killed):
    task, log = Task(epochs=3), tmp_path / "log.jsonl"
    task.callbacks = lambda: [JsonLinesLog(log)]
    killed(lambda: task.fit(CheckpointFolder(tmp_path / "c", epochs=1)), 3)
    log.unlink()
    with pytest.raises(DataError) as caught:
        resume(tmp_path / "c", *task.data(), callbacks=task.callbacks(), verbose=0)
    assert str(caught.value) == f"{log}: this log of the training is missing. Put it back, or make an empty file."


def test_tensorboard_reads_every_figure(tmp_path):
    task = Task(epochs=3)
    task.callbacks = lambda: [TensorBoardLog(tmp_path, histograms=True)]
    history = task.fit().history.history
    found, tags = scalars(tmp_path)
    assert sorted(found) == [
        "training/accuracy", "training/learning_rate", "training/loss", "training/seconds", "validation/accuracy",
        "validation/loss",
    ]  # fmt: skip
    for tag, name in (("training/loss", "loss"), ("validation/accuracy", "val_accuracy")):
        assert [step for step, _ in found[tag]] == [9, 18, 27]
        np.testing.assert_allclose([value for _, value in found[tag]], history[name], rtol=1e-6)
    assert "conv2d_1/weights" in tags["histograms"]


def test_tensorboard_shows_each_epoch_once_after_an_interruption(tmp_path, killed):
    """The last checkpoint is of the second epoch, the file has the third one too, which is trained again."""
    task = Task(epochs=5)
    task.callbacks = lambda: [TensorBoardLog(tmp_path / "board")]
    killed(lambda: task.fit(CheckpointFolder(tmp_path / "c", epochs=2, seconds=None)), 3)
    resume(tmp_path / "c", *task.data(), callbacks=task.callbacks(), verbose=0)
    assert len(list((tmp_path / "board").iterdir())) == 2
    found, _ = scalars(tmp_path / "board")
    assert [step for step, _ in found["training/loss"]] == [9, 18, 27, 36, 45]


def test_without_tensorboardx_the_mend_is_told(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *given, **how):
        if name == "tensorboardX":
            raise ImportError(name)
        return real(name, *given, **how)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DescriptionError) as caught:
        TensorBoardLog(tmp_path)
    assert str(caught.value) == (
        "TensorBoardLog needs the package tensorboardX. Install it by: pip install 'pellucid[tensorboard]'"
    )
