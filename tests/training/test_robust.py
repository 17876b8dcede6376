"""Full disks, lost folders, other processes, forks, threads: a clear error or the same bits, and nothing lost."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from interrupted import Task, same

import training as wide
from pellucid import CheckpointFolder, ModelFileError, resume
from pellucid.record.model_file import weights_hash, write_whole
from pellucid.record.run_folder import begin_named
from pellucid.training.keeper import Keeper, latest_checkpoint, numbered

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and forks of POSIX")


# --- what is written to -------------------------------------------------------------------------------------------


def test_a_full_disk_stops_the_run_and_costs_nothing(tmp_path, monkeypatch):
    task, written = Task(), []
    whole, folder, sync = task.fit(), tmp_path / "c", os.fsync

    def full(handle):
        written.append(handle)
        if len(written) > 12:
            raise OSError(28, "No space left on device")
        sync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ModelFileError) as caught:
            task.fit(CheckpointFolder(folder, steps=4))
    good = latest_checkpoint(folder)
    assert str(caught.value) == (
        f"The training was stopped after {good.network.updates + 4} updates: its checkpoint could not be written. "
        f"{folder}/step-{good.network.updates + 4:09d}.pellucid: cannot be written (No space left on device); nothing "
        f"was changed. The last good one is {good.path}."
    )
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    same(whole, resume(folder, *task.data(), callbacks=task.callbacks(), verbose=0))


@posix
def test_a_disk_that_is_really_full(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        task = Task(epochs=30)
        task.callbacks = list
        whole = task.fit()

        def fill(moment):
            if moment.epoch == 3:
                (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free))

        task.callbacks = lambda: [fill]
        with pytest.raises(ModelFileError, match=r"could not be written.*No space left on device.*The last good one"):
            task.fit(CheckpointFolder(disk / "c", epochs=1))
        assert len(latest_checkpoint(disk / "c").network.history.epoch) == 3
        (disk / "ballast").unlink()
        task.callbacks = lambda: [lambda moment: None]
        again = resume(disk / "c", *task.data(), callbacks=task.callbacks(), verbose=0)
        same(whole, again)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_vanishes_stops_the_run(tmp_path):
    task, folder = Task(), tmp_path / "c"

    def lose(moment):
        if moment.epoch == 1:
            shutil.rmtree(folder)

    task.callbacks = lambda: [lose]
    with pytest.raises(ModelFileError) as caught:
        task.fit(CheckpointFolder(folder, epochs=1))
    assert str(caught.value) == (
        f"The training was stopped after 18 updates: its checkpoint could not be written. "
        f"{folder}/step-000000018.pellucid: cannot be written (No such file or directory). Choose another "
        f"folder. None is there any more."
    )


@posix
def test_permissions_are_those_of_the_users_mask(tmp_path):
    before = os.umask(0o077)
    try:
        Task(epochs=1).fit(tmp_path / "private")
    finally:
        os.umask(before)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "private").iterdir()} == {0o600}


@posix
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path):
    file = tmp_path / "model"
    file.write_bytes(b"old")
    file.chmod(0o640)
    write_whole(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)


LOCKED = """
import os, sys
from pellucid.errors import ModelFileError
from pellucid.record.model_file import write_whole
if os.getuid() == 0:  # who may write everywhere
    os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    try:
        write_whole(path, b"new")
    except ModelFileError as error:
        print(error)
"""


@posix
def test_what_is_locked_stays_as_it_is(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    (place / "file").write_bytes(b"old")
    (place / "file").chmod(0o444)
    place.chmod(0o777)
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    for above in (tmp_path, *tmp_path.parents):
        if above != Path("/") and above.stat().st_uid == os.getuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    run = subprocess.run([sys.executable, "-c", LOCKED, place / "file", locked / "new"], capture_output=True, text=True)
    assert run.stdout.splitlines() == [
        f"{place / 'file'}: cannot be written (it is write-protected). Choose another name.",
        f"{locked / 'new'}: cannot be written (Permission denied). Choose another folder.",
    ]
    assert (place / "file").read_bytes() == b"old"


# --- who else is there ----------------------------------------------------------------------------------------------


def test_two_trainings_do_not_share_a_folder(tmp_path):
    task, refused = Task(epochs=2), []

    def second(moment):
        with pytest.raises(ModelFileError) as caught:
            resume(tmp_path, *task.data(), callbacks=[lambda moment: None], verbose=0)
        refused.append(str(caught.value))

    task.callbacks = lambda: [second]
    task.fit(CheckpointFolder(tmp_path, steps=4))
    assert refused == [f"{tmp_path}: another process trains there now. Wait for its end, or stop it."] * 2


def test_the_lock_ends_with_the_training(tmp_path, killed):
    task = Task()
    for _ in range(2):
        killed(lambda: (task.fit if not tmp_path.joinpath("start.pellucid").exists() else _resumed(task))(
            CheckpointFolder(tmp_path, steps=4)), 2)  # fmt: skip
    _resumed(task)(CheckpointFolder(tmp_path))


def _resumed(task):
    return lambda where: resume(where.path, *task.data(), callbacks=task.callbacks(), verbose=0)


def test_runs_that_begin_at_once_have_folders_of_their_own(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda k: begin_named("digits", {"number": k}, tmp_path / "runs").path, range(24)))
    assert len(set(folders)) == 24
    assert sorted((tmp_path / "runs").iterdir()) == sorted(folders)


def _child(queue):
    queue.put(wide.digest(wide.train(2)[0]))


@posix
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_trains_after_its_parent_has(method):
    """A forked child has none of its parent's worker threads, and must not wait for them."""
    expected = wide.digest(wide.train(2)[0])
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    try:
        assert queue.get(timeout=120) == expected
    finally:
        child.kill()
        child.join()
    assert wide.digest(wide.train(2)[0]) == expected


@posix
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_that_is_forked_while_another_thread_trains():
    expected = wide.digest(wide.train(2)[0])
    stop = threading.Event()

    def go_on():
        while not stop.is_set():
            wide.train(2, epochs=1)

    trainer = threading.Thread(target=go_on)
    trainer.start()
    context = multiprocessing.get_context("fork")
    try:
        for _ in range(3):
            queue = context.SimpleQueue()
            child = context.Process(target=_child, args=(queue,))
            child.start()
            child.join(60)
            alive = child.is_alive()
            child.kill()
            assert not alive, "the child hangs"
            assert queue.get() == expected
    finally:
        stop.set()
        trainer.join()


def test_two_threads_train_at_once():
    expected = {seed: wide.digest(wide.train(2, seed=seed)[0]) for seed in (1, 2)}
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            found = dict(
                zip((1, 2), pool.map(lambda seed: wide.digest(wide.train(2, seed=seed)[0]), (1, 2)), strict=True)
            )
            assert found == expected


def test_a_checkpoint_is_looked_at_whole_or_not_at_all(tmp_path):
    """Another process reads while one trains: what has a name is whole."""
    task, seen = Task(epochs=20), []
    task.callbacks = list
    step = Keeper.step

    def look(self, standing, moment, now=False):
        step(self, standing, moment, now)
        seen.append(weights_hash(latest_checkpoint(tmp_path).network) == weights_hash(moment.network))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keeper, "step", look)
        task.fit(CheckpointFolder(tmp_path, steps=1))
    assert len(seen) == 180
    assert all(seen)
    assert len(numbered(tmp_path)) == 2
