"""Callbacks: each does what it says, in whatever epoch, and a training that fails still ends them."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid import Dense, DescriptionError, DivergedError, Input, ModelFileError, Network, load
from pellucid.callbacks import Callback, Checkpoint, CSVLog, EarlyStopping, ReduceLROnPlateau

X = np.random.default_rng(0).normal(size=(40, 2))
Y = X @ [1.0, -2.0]


def network(rate=0.05, optimizer="sgd", metrics=()):
    net = Network([Input(2), Dense(1)], seed=1)
    net.compile("mse", {"kind": optimizer, "rate": rate}, metrics)
    return net


class Scripted(Callback):
    """Puts figures of its own into the logs, so that the others have something known to watch."""

    def __init__(self, values, name="figure"):
        self.values, self.name = values, name

    def on_epoch_end(self, moment):
        moment.logs = {**moment.logs, self.name: self.values[moment.epoch]}


def run(values, *callbacks, net=None):
    net = net or network()
    net.fit(X, Y, len(values), callbacks=[Scripted(values), *callbacks], verbose=0)
    return net


class Recorder(Callback):
    def __init__(self):
        self.calls, self.rates, self.weights = [], [], []

    def on_train_begin(self, moment):
        self.calls.append("begin")

    def on_epoch_end(self, moment):
        self.calls.append(moment.epoch)
        self.rates.append(moment.logs["learning_rate"])
        self.weights.append(moment.weights())

    def on_train_end(self, moment):
        self.calls.append("end")


def test_when_they_are_called():
    recorder = Recorder()
    network().fit(X, Y, 3, callbacks=recorder, verbose=0)
    assert recorder.calls == ["begin", 0, 1, 2, "end"]


def test_a_function_is_a_callback():
    seen = []
    network().fit(
        X, Y, 3, verbose=0, callbacks=[lambda m: seen.append((m.epoch, m.epochs)), lambda m: seen.append("b")]
    )
    assert seen == [(0, 3), "b", (1, 3), "b", (2, 3), "b"]


@pytest.mark.parametrize(
    ("values", "how", "epochs", "best"),
    [
        ([5, 4, 3, 3, 3, 3, 3, 3], {"patience": 2}, 5, 2),
        ([5, 4, 5, 3, 4, 4, 4, 4], {"patience": 3}, 7, 3),
        ([5, 4, 3.9, 3.8, 3.7, 3.6, 1, 1], {"patience": 2, "min_delta": 0.5}, 4, 1),
        ([1, 2, 3, 2, 2, 2, 2, 2], {"patience": 2, "mode": "max"}, 5, 2),
        ([5, np.nan, 4, np.nan, np.nan, np.nan, 3, 3], {"patience": 2}, 5, 2),
        ([5, 4, 3, 2, 1], {"patience": 1}, 5, 4),
    ],
)
def test_early_stopping(values, how, epochs, best):
    recorder, stop = Recorder(), EarlyStopping("figure", **how)
    net = run(values, stop, recorder)
    assert recorder.calls[1:-1] == list(range(epochs))
    assert stop.best_epoch == best
    assert np.array_equal(net.parameters, recorder.weights[best])
    recorder, stop = Recorder(), EarlyStopping("figure", restore_best=False, **how)
    net = run(values, stop, recorder)
    assert np.array_equal(net.parameters, recorder.weights[-1])


def test_early_stopping_knows_which_way_is_better():
    net = network(metrics=["r2", "mae"])
    for figure, epochs in (("val_r2", 20), ("val_mae", 20), ("r2", 20)):
        recorder = Recorder()
        callbacks = [EarlyStopping(figure, patience=2), recorder]
        net.fit(X, Y, epochs, validation_split=0.25, callbacks=callbacks, verbose=0)
        assert len(recorder.rates) == epochs, "it improves all the time"


def test_a_figure_that_is_not_there():
    with pytest.raises(DescriptionError) as error:
        network().fit(X, Y, 3, callbacks=EarlyStopping(), verbose=0)
    assert str(error.value) == (
        'EarlyStopping watches "val_loss", which this training does not have. Did you mean "loss"? It has: loss, '
        "learning_rate, seconds. Figures that start with val_ need validation_split or validation_data."
    )


def test_the_rate_falls_on_a_plateau():
    recorder = Recorder()
    run([5, 4, 4, 4, 4, 4, 3, 3, 3], ReduceLROnPlateau("figure", factor=0.5, patience=2), recorder)
    assert recorder.rates == pytest.approx([0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125, 0.0125])


def test_the_lower_rate_is_what_trains():
    """Two networks, one with the schedule written out."""
    factor = ReduceLROnPlateau("figure", factor=0.1, patience=1)
    plateau = run([1.0, 1.0, 1.0, 1.0], factor)
    steps = network({"kind": "step", "rate": 0.05, "every": 1, "factor": 0.1})
    first = network()
    first.fit(X, Y, 2, verbose=0)
    for rate in (0.005, 0.0005):
        weights, history = first.weights, first.history
        first = network(rate)
        first.set_weights(weights)
        first.adopt_history(history)
        first.fit(X, Y, 1, verbose=0)
    np.testing.assert_allclose(plateau.parameters, first.parameters, rtol=1e-6)
    assert steps.optimizer.schedule.rates(0, 4, 1, 4) == pytest.approx([0.05, 0.005, 0.0005, 0.00005])


def test_checkpoints_of_every_epoch(tmp_path):
    recorder = Recorder()
    run([3, 2, 1], recorder, Checkpoint(tmp_path / "at-{epoch}-{figure:.1f}.pellucid"))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "at-1-3.0.pellucid", "at-2-2.0.pellucid", "at-3-1.0.pellucid",
    ]  # fmt: skip
    for k, file in enumerate(sorted(tmp_path.iterdir())):
        net = load(file)
        assert np.array_equal(net.parameters, recorder.weights[k])
        assert net.history.epoch == list(range(k + 1))


def test_checkpoints_of_the_best(tmp_path):
    recorder = Recorder()
    path = tmp_path / "best.pellucid"
    run([3, 1, 2, 0.5, 0.7], recorder, Checkpoint(path, "figure", best_only=True))
    assert np.array_equal(load(path).parameters, recorder.weights[3])
    assert [file.name for file in tmp_path.iterdir()] == ["best.pellucid"]


def test_a_checkpoint_that_cannot_be_named_or_written(tmp_path):
    with pytest.raises(DescriptionError) as error:
        run([1], Checkpoint(tmp_path / "{accuracy}.pellucid"))
    assert str(error.value) == (
        f"Checkpoint: path \"{tmp_path}/{{accuracy}}.pellucid\" cannot be filled in ('accuracy'). Known: epoch, loss, "
        "learning_rate, seconds, figure."
    )
    with pytest.raises(ModelFileError) as failure:
        run([1], Checkpoint(tmp_path / "none" / "a.pellucid"))
    assert str(failure.value) == (
        f"{tmp_path}/none/a.pellucid: cannot be written (No such file or directory). Choose another folder."
    )


def test_a_log_of_figures(tmp_path):
    path = tmp_path / "log.csv"
    net = run([3, 2, 1], CSVLog(path))
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["loss"]) for row in rows] == net.history.history["loss"]
    assert [row["figure"] for row in rows] == ["3", "2", "1"]
    run([9], CSVLog(path, append=True), net=net)
    assert len(list(csv.DictReader(path.open(encoding="utf-8")))) == 4
    run([9], CSVLog(path), net=net)
    assert len(list(csv.DictReader(path.open(encoding="utf-8")))) == 1


def test_a_failing_run_still_ends_its_callbacks(tmp_path):
    recorder = Recorder()
    with pytest.raises(DivergedError):
        network(rate=1e20).fit(X, Y, 9, callbacks=[recorder, CSVLog(tmp_path / "log.csv")], verbose=0)
    assert recorder.calls == ["begin", "end"]

    def fail(moment):
        raise RuntimeError("of the user's own")

    recorder = Recorder()
    with pytest.raises(RuntimeError, match=r"^of the user's own$"):
        network().fit(X, Y, 9, callbacks=[fail, recorder], verbose=0)
    assert recorder.calls == ["begin", "end"]


PROGRAM = """
import os, signal, sys, numpy as np
from pellucid import Dense, Input, Network, load
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests deaf to it
net = Network([Input(2), Dense(1)], seed=1)
net.compile("mse", {"kind": "sgd", "rate": 1e-5})
X = np.random.default_rng(0).normal(size=(4000, 2))
def press(moment):
    if moment.epoch == 2:
        os.kill(os.getpid(), signal.SIGINT)
net.fit(X, X @ [1.0, -2.0], 100_000, callbacks=press, verbose=2)
print("epochs", len(net.history.epoch), "updates", net.updates, np.isfinite(net.parameters).all())
net.save(sys.argv[1])
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_keeps_the_weights(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "kept.pellucid")], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    *_, stopped, result = run.stdout.splitlines()
    assert stopped == "Stopped by Ctrl-C after epoch 3; the weights so far are kept."
    epochs, updates, finite = result.split()[1::2][0], result.split()[3], result.split()[4]
    assert (epochs, finite) == ("3", "True")
    assert int(updates) == 3 * 125
    kept = load(tmp_path / "kept.pellucid")
    assert kept.updates == int(updates)
    assert kept.fit(X, Y, 1, verbose=0).epoch == [0, 1, 2, 3]


def test_ctrl_c_while_nothing_trains_is_pythons_own():
    before = signal.getsignal(signal.SIGINT)
    network().fit(X, Y, 1, verbose=0)
    assert signal.getsignal(signal.SIGINT) is before
    assert Path(sys.executable).exists()


def test_without_patience_the_rate_falls_after_a_bad_epoch_and_after_no_other():
    recorder = Recorder()
    run([5, 4, 4, 3, 2], ReduceLROnPlateau("figure", factor=0.5, patience=0), recorder)
    assert recorder.rates == pytest.approx([0.05, 0.05, 0.05, 0.025, 0.025])


@pytest.mark.parametrize("callback", [EarlyStopping, ReduceLROnPlateau])
@pytest.mark.parametrize("patience", [-1, 2.5, None, True])
def test_a_patience_that_is_no_number_of_epochs(callback, patience):
    with pytest.raises(DescriptionError) as error:
        callback(patience=patience)
    name = callback.__name__
    assert str(error.value) == f"{name}: patience must be a whole number of at least 0, got {patience!r}."


def test_a_divergence_names_the_rate_that_it_happened_at():
    """That of the update before the cost, not the schedule's first."""
    net = network({"kind": "warm_up", "steps": 2, "then": 1e30})
    with pytest.raises(DivergedError, match=r"in epoch 1, step 3 of 4: .* \(it was 5e\+29\)"):
        net.fit(X, Y, batch_size=10, shuffle=False, verbose=0)


def test_a_callback_that_fails_at_the_end_keeps_no_other_from_it():
    class Failing(Callback):
        def on_train_end(self, moment):
            raise RuntimeError("the disk is gone")

    before, after = Recorder(), Recorder()
    with pytest.raises(RuntimeError, match="the disk is gone"):
        network().fit(X, Y, 1, callbacks=[before, Failing(), after], verbose=0)
    assert before.calls[-1] == after.calls[-1] == "end"
