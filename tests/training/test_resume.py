"""A training that was interrupted at any moment ends with the bits of the one that was not."""

from __future__ import annotations

import numpy as np
import pytest
from interrupted import Task, same

from pellucid import CheckpointFolder, DataError, Dense, Input, ModelFileError, Network, load, resume
from pellucid.callbacks import Callback, CSVLog, EarlyStopping
from pellucid.record.checkpoint import read_checkpoint
from pellucid.training import batches
from pellucid.training.keeper import Keeper, latest_checkpoint, numbered
from pellucid.training.resume import network_at


class Reader:
    """A stream over an array."""

    def __init__(self, X, y):
        self.X, self.y, self.shape, self.class_names = X, y, X.shape, tuple(sorted(set(y)))

    def __len__(self):
        return len(self.X)

    def take(self, indices):
        return self.X[indices]


TASKS = {
    "adam, dropout, augmentation, schedule": {},
    "average": {"optimizer": {"kind": "adam", "rate": 0.01, "average": 0.9}},
    "mixup and class weights": {"mixup": 0.4, "class_weight": "balanced"},
    "class weights by name": {"class_weight": {"light": 2, "dark": 1}, "shuffle": False},
    "momentum": {"optimizer": {"kind": "momentum", "rate": 0.01, "clip_norm": 1.0}},
    "other seed": {"seed": 17},
    "no validation": {"validation_split": 0.0},
}


def watch(task):
    if not task.options["validation_split"]:
        task.callbacks = lambda: [EarlyStopping("loss", patience=2)]
    return task


@pytest.mark.parametrize("looks", [1, 2, 4, 9])
@pytest.mark.parametrize("name", TASKS)
def test_the_same_bits(name, looks, tmp_path, killed):
    task = watch(Task(**TASKS[name]))
    whole = task.fit()
    where = CheckpointFolder(tmp_path, steps=4, epochs=1, seconds=None)
    killed(lambda: task.fit(where), looks)
    again = resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0)
    same(whole, again)
    same(whole, resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0))  # has ended: nothing is trained


def test_killed_again_and_again(tmp_path, killed):
    task = Task()
    whole, where = task.fit(), CheckpointFolder(tmp_path, steps=3)
    killed(lambda: task.fit(where), 2)
    for _ in range(5):
        killed(lambda: resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0), 3)
    same(whole, resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "best.pellucid", "lock", "start.pellucid", *(p.name for p in numbered(tmp_path))
    ]  # fmt: skip
    assert len(numbered(tmp_path)) == 2


@pytest.mark.parametrize("looks", [1, 5])
def test_streams(tmp_path, killed, looks, monkeypatch):
    monkeypatch.setattr(batches, "STRETCH", 20 * 36)
    task = Task()
    whole = task.fit()
    task.given = lambda: (Reader(task.X, task.y),)
    killed(lambda: task.fit(CheckpointFolder(tmp_path, steps=4)), looks)
    same(whole, resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0))


def test_a_second_training_of_the_same_network(tmp_path, killed):
    task = Task()
    whole, net = task.network(), task.network()
    for one in (whole, net):
        task.fit(net=one)
    task.fit(net=whole)
    killed(lambda: task.fit(CheckpointFolder(tmp_path, steps=4), net), 3)
    same(whole, resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0))


def test_checkpoints_change_nothing(tmp_path):
    task = Task()
    same(task.fit(), task.fit(CheckpointFolder(tmp_path / "often", seconds=1e-9, steps=2, epochs=1)))
    same(task.fit(), task.fit(tmp_path / "plain"))
    assert len(numbered(tmp_path / "plain")) == 1  # ten seconds have not passed: the end alone


def test_the_best_epoch_is_kept(tmp_path):
    task = Task()
    task.callbacks = list
    losses = task.fit(CheckpointFolder(tmp_path, epochs=1)).history.history["val_loss"]
    best = load(tmp_path / "best.pellucid")
    assert len(best.history.epoch) == np.argmin(losses) + 1
    assert best.history.history["val_loss"] == losses[: len(best.history.epoch)]
    found = latest_checkpoint(tmp_path)
    assert found.best == {"monitor": "val_loss", "value": min(losses), "epoch": int(np.argmin(losses)) + 1}
    assert found.finished


def test_every_step_can_be_looked_up(tmp_path):
    task = Task(epochs=3)
    task.callbacks = list
    seen = {}
    step = Keeper.step

    def look(self, standing, moment, now=False):
        raw = standing.latest if standing.latest is not None else moment.network.parameters
        seen[moment.network.updates] = np.concatenate([raw, moment.network.snapshot()[len(raw) :]])
        step(self, standing, moment, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keeper, "step", look)
        net = task.fit(CheckpointFolder(tmp_path, steps=1, epochs=2))
    assert len(seen) == net.updates == 27
    for at in (1, 5, 9, 10, 18, 22, 26, 27):
        there = network_at(tmp_path, at, task.X, task.y)
        assert np.array_equal(there.snapshot(), seen[at]), at
        assert there.updates == at
    assert np.array_equal(network_at(tmp_path, 0, task.X, task.y).parameters, task.network().parameters)
    with pytest.raises(DataError) as caught:
        network_at(tmp_path, 28, task.X, task.y)
    assert str(caught.value) == (f"step 28: the training in {tmp_path} has 27 steps so far. Give one from 0 to 27.")


def test_other_data_are_refused(tmp_path, killed):
    task = Task()
    killed(lambda: task.fit(CheckpointFolder(tmp_path, steps=4)), 3)
    other = task.X.copy()
    other[5, 0, 0, 0] += 1e-3
    with pytest.raises(DataError) as caught:
        resume(tmp_path, other, task.y, callbacks=task.callbacks(), verbose=0)
    assert str(caught.value) == (
        "Not the data that the training was begun with: X differs. Give the same data, in the same order."
    )
    with pytest.raises(DataError) as caught:
        resume(tmp_path, task.X, task.y, sample_weight=np.ones(90), callbacks=task.callbacks(), verbose=0)
    assert str(caught.value) == "The training had no sample weights. Leave it out."


def test_other_callbacks_are_refused(tmp_path, killed):
    task = Task()
    killed(lambda: task.fit(CheckpointFolder(tmp_path, steps=4)), 3)
    with pytest.raises(DataError) as caught:
        resume(tmp_path, task.X, task.y, verbose=0)
    assert str(caught.value) == (
        "callbacks: the training had ReduceLROnPlateau, EarlyStopping, got none. Give the same ones in the same order; "
        "what they know is put back."
    )


def test_a_folder_with_a_training_is_not_overwritten(tmp_path, killed):
    task = Task()
    killed(lambda: task.fit(CheckpointFolder(tmp_path, steps=4)), 3)
    with pytest.raises(ModelFileError) as caught:
        task.fit(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} holds checkpoints of a training, and nothing is overwritten. Go on with that training by "
        f'pellucid.resume("{tmp_path}", X, y), or choose another folder.'
    )


def test_a_damaged_checkpoint_is_passed_over(tmp_path, killed):
    task = Task()
    whole = task.fit()
    killed(lambda: task.fit(CheckpointFolder(tmp_path, steps=4)), 5)
    last = numbered(tmp_path)[-1]
    content = bytearray(last.read_bytes())
    content[-3] ^= 1
    last.write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        read_checkpoint(last)
    same(whole, resume(tmp_path, *task.data(), callbacks=task.callbacks(), verbose=0))


def test_the_log_has_each_epoch_once(tmp_path, killed):
    task, log = Task(epochs=3), tmp_path / "log.csv"
    task.callbacks = lambda: [CSVLog(log)]
    task.fit()
    expected = [line.rsplit(",", 1)[0] for line in log.read_text().splitlines()]
    for looks in (1, 2, 3, 4):  # with a checkpoint every second epoch, whole epochs are lost
        folder = tmp_path / str(looks)
        killed(lambda folder=folder: task.fit(CheckpointFolder(folder, epochs=2, steps=7, seconds=None)), looks)
        resume(folder, *task.data(), callbacks=task.callbacks(), verbose=0)
        assert [line.rsplit(",", 1)[0] for line in log.read_text().splitlines()] == expected


def test_what_is_no_checkpoint(tmp_path):
    task = Task(epochs=1)
    with pytest.raises(ModelFileError) as caught:
        resume(tmp_path / "none", task.X, task.y)
    assert str(caught.value) == f"{tmp_path / 'none'}: there is no such folder."
    with pytest.raises(ModelFileError) as caught:
        resume(tmp_path, task.X, task.y)
    assert str(caught.value) == f"{tmp_path}: no checkpoint of a training is there."
    task.fit().save(tmp_path / "start.pellucid")
    with pytest.raises(ModelFileError) as caught:
        resume(tmp_path, task.X, task.y)
    assert str(caught.value) == (
        f"{tmp_path}: no checkpoint of a training is there. {tmp_path}/start.pellucid: a model file, but not a "
        f"checkpoint of a training."
    )


def test_an_epoch_whose_figure_is_not_finite_is_no_best_one(tmp_path, killed):
    """A checkpoint that called it the best could not be read again."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)).astype(np.float32), rng.normal(size=40).astype(np.float32)
    far = np.full((4, 2), 3e20, np.float32), np.arange(4.0)

    def train():
        net = Network([Input(2), Dense(1)], seed=1)
        net.compile("mse", "sgd")
        net.fit(X, y, 4, validation_data=far, checkpoint=CheckpointFolder(tmp_path, epochs=1), verbose=0)

    killed(train, 2)
    net = resume(tmp_path, X, y, validation_data=far, verbose=0)
    assert not np.isfinite(net.history.history["val_loss"]).any()
    assert len(net.history.epoch) == 4
    assert read_checkpoint(numbered(tmp_path)[-1]).best is None


class Remembering(Callback):
    """Has an array whose name looks like that of a layer."""

    def __init__(self):
        self.seen = np.zeros(2)

    def on_epoch_end(self, moment):
        self.seen = np.add(self.seen, [1, moment.logs["loss"]])

    def state(self):
        return {"my.array": self.seen}

    def set_state(self, state):
        self.seen = state["my.array"]


def test_what_a_callback_remembers_may_have_any_name(tmp_path, killed):
    task, callback = Task(), Remembering()
    task.callbacks = lambda: [callback]
    whole = task.fit()
    expected, callback.seen = callback.seen, np.zeros(2)
    killed(lambda: task.fit(CheckpointFolder(tmp_path, epochs=1)), 4)
    callback.seen = np.zeros(2)
    same(whole, resume(tmp_path, *task.data(), callbacks=callback, verbose=0))
    assert callback.seen.tolist() == expected.tolist()
    assert callback.seen[0] == 6
