"""The run folder: whole or not at all, and read back as it was."""

from __future__ import annotations

import importlib.metadata
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.errors import ModelFileError
from pellucid.record.run import Run, read_run
from pellucid.record.run_folder import RunFolder, free_folder
from pellucid.record.whole_folder import check_free, write_folder
from pellucid.release import release_of


@pytest.fixture
def net() -> Network:
    net = Network([Input(2), Dense(1, activation="sigmoid")])
    net.compile("binary_crossentropy", "sgd", ["accuracy"])
    net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], epochs=3, verbose=0)
    return net


def write_run(path, net, config, result):
    """The folder of a training that has ended."""
    RunFolder.begin(path, config).end(net, config, result)


def test_a_run_is_read_back(tmp_path, net):
    path = tmp_path / "some" / "where" / "run"
    write_run(path, net, {"command": "pellucid train x", "seed": 3}, {"figures": {"loss": 0.5, "odd": math.inf}})
    run = read_run(path)
    assert isinstance(run, Run)
    assert run.config["command"] == "pellucid train x"
    assert sorted(run.config["versions"]) == ["llvmlite", "numba", "numpy", "pellucid", "python"]
    assert run.result == {"figures": {"loss": 0.5, "odd": None}}
    assert run.history.to_dict() == net.history.to_dict()
    np.testing.assert_array_equal(run.network().parameters, net.parameters)
    assert sorted(p.name for p in path.iterdir()) == [
        "config.json", "history.csv", "history.json", "model.pellucid", "result.json",
    ]  # fmt: skip


@pytest.mark.parametrize("package", ["numba", "llvmlite"])
def test_the_release_of_what_is_installed(package):
    assert release_of(package) == importlib.metadata.version(package)


@pytest.mark.parametrize("folders", [[], ["made_up-1.0.dist-info", "made_up-2.0.dist-info"]])
def test_the_release_is_asked_for_where_folders_do_not_tell(folders, tmp_path, monkeypatch):
    (tmp_path / "made_up").mkdir()
    (tmp_path / "made_up" / "__init__.py").touch()
    for folder in folders:
        (tmp_path / folder).mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"what is known of {package}")
    assert release_of("made_up") == "what is known of made_up"
    assert release_of("not_there") == "what is known of not_there"
    for folder in folders[1:]:
        (tmp_path / folder).rmdir()
    assert release_of("made_up") == ("1.0" if folders else "what is known of made_up")
    assert "made_up" not in sys.modules


def test_figures_that_are_missing_in_some_epochs(tmp_path, net):
    net.history.add(3, {"loss": 0.1, "late": 2.0})
    write_run(tmp_path / "run", net, {}, {})
    late = read_run(tmp_path / "run").history.history["late"]
    assert math.isnan(late[0])
    assert late[3] == 2.0


def test_nothing_is_left_where_writing_fails(tmp_path, monkeypatch):
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pellucid.record.whole_folder.os.fsync", fail)
    with pytest.raises(ModelFileError) as caught:
        write_folder(tmp_path / "new" / "evaluation", {"figures.json": b"{}"})
    assert str(caught.value) == (
        f"{tmp_path / 'new' / 'evaluation'}: cannot be written (No space left on device). Choose another folder."
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_after_ctrl_c(tmp_path, monkeypatch):
    def stop(path: Path, plain: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.record.run_folder.write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        RunFolder.begin(tmp_path / "new" / "run", {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_whole_or_not_there(tmp_path):
    write_folder(tmp_path / "new" / "evaluation", {"a.csv": b"1\n", "b.csv": b"2\n"})
    assert [file.name for file in sorted(tmp_path.rglob("*.csv"))] == ["a.csv", "b.csv"]
    with pytest.raises(ModelFileError) as caught:
        write_folder(tmp_path / "new" / "evaluation", {"a.csv": b"3\n"})
    path = tmp_path / "new" / "evaluation"
    assert str(caught.value) == f"{path} exists already, and nothing is overwritten. Choose another folder."
    assert (path / "a.csv").read_bytes() == b"1\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["evaluation"]


def test_a_folder_that_is_there_is_not_touched(tmp_path, net):
    (tmp_path / "run").mkdir()
    with pytest.raises(ModelFileError) as caught:
        write_run(tmp_path / "run", net, {}, {})
    assert str(caught.value) == f"{tmp_path / 'run'} exists already, and nothing is overwritten. Choose another folder."
    assert list((tmp_path / "run").iterdir()) == []


def test_a_path_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError) as caught:
        check_free(tmp_path / "file" / "run")
    assert str(caught.value) == f"{tmp_path / 'file' / 'run'}: no folder can be made there, because file is a file."


def test_free_folders_differ_within_a_second(tmp_path):
    first = free_folder("digits", tmp_path)
    for _ in range(3):
        path = free_folder("digits", tmp_path)
        path.mkdir()
    assert len(list(tmp_path.iterdir())) == 3
    assert first.name.startswith("digits-")


GIVE = " Give a folder that pellucid train wrote."


@pytest.mark.parametrize(
    ("file", "content", "error"),
    [
        ("config.json", None, "{path}: not a run folder, config.json is missing." + GIVE),
        ("result.json", None, "{path}: not a run folder, result.json is missing." + GIVE),
        ("config.json", "{}", "{path}: its config.json is not that of a Pellucid run."),
        ("config.json", "[1]", "{path}/config.json: damaged (expected an object)."),
        (
            "config.json",
            json.dumps({"format": "pellucid run", "version": 99}),
            "{path}: written by a newer Pellucid (run version 99, known up to 1). Install a newer release.",
        ),
        (
            "history.json",
            "{",
            "{path}/history.json: damaged (Expecting property name enclosed in double quotes: line 1 column 2 "
            "(char 1)).",
        ),
        ("history.json", "{}", "{path}/history.json: damaged (KeyError('history'))."),
    ],
)
def test_damage_is_told(tmp_path, net, file, content, error):
    path = tmp_path / "run"
    write_run(path, net, {}, {})
    (path / file).unlink()
    if content is not None:
        (path / file).write_text(content)
    with pytest.raises(ModelFileError) as caught:
        read_run(path)
    assert str(caught.value) == error.format(path=path)


def test_what_is_no_folder(tmp_path):
    with pytest.raises(ModelFileError) as caught:
        read_run(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path / 'none'}: there is no such folder. Give one that pellucid train wrote."
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError) as caught:
        read_run(tmp_path / "file")
    words = "is a file, not a run folder. Give the folder that pellucid train wrote."
    assert str(caught.value) == f"{tmp_path / 'file'}: {words}"
