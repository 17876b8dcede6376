"""One network, several threads: each gets its own answers, and nobody takes the engine away from who trains."""

import copy
import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pellucid import Dense, DescriptionError, Input, Network
from pellucid.engines.cpu.workers import Crew, Workers

X = np.random.default_rng(0).normal(size=(6000, 4)).astype(np.float32)
Y = np.arange(6000) % 3


def network():
    net = Network([Input(4), Dense(5, activation="tanh"), Dense(3, activation="softmax")], seed=1)
    net.compile("categorical_crossentropy", "adam", ["accuracy"])
    return net


def test_evaluations_at_once_have_costs_of_their_own():
    net, counts = network(), (6000, 3001, 77, 1)
    expected = {count: net.evaluate(X[:count], Y[:count]) for count in counts}

    def judge(count):
        return count, net.evaluate(X[:count], Y[:count])

    with ThreadPoolExecutor(4) as pool:
        for count, found in pool.map(judge, counts * 25):
            assert found == expected[count]


def test_predictions_and_evaluations_beside_a_training_change_nothing():
    expected = network()
    expected.fit(X, Y, 5, validation_split=0.2, verbose=0)
    net, stop, failed = network(), threading.Event(), []

    def look(number):
        try:
            while not stop.is_set():
                rows = X[: 1 + 37 * number]
                assert net.predict(rows, threads=1 if number % 2 else None).shape == (len(rows), 3)
                net.evaluate(rows, Y[: len(rows)] if number % 2 else np.eye(3)[Y[: len(rows)]])
        except Exception as error:
            failed.append(error)

    lookers = [threading.Thread(target=look, args=(number,)) for number in range(3)]
    for looker in lookers:
        looker.start()
    try:
        net.fit(X, Y, 5, validation_split=0.2, verbose=0)
    finally:
        stop.set()
        for looker in lookers:
            looker.join()
    assert not failed
    assert net.history.history["val_loss"] == expected.history.history["val_loss"]
    np.testing.assert_array_equal(net.parameters, expected.parameters)


WORDS = (
    "{}: this network is being trained now, by another thread or by the fit whose callback this is. Wait for its end, "
    "or take a copy: copy.deepcopy(net)."
)


@pytest.mark.parametrize(("call", "name"), [
    (lambda net: net.fit(X, Y, verbose=0), "fit"),
    (lambda net: net.compile("categorical_crossentropy"), "compile"),
    (lambda net: net.take_over(net.snapshot(), None, 3), "take_over"),
])  # fmt: skip
def test_a_callback_cannot_take_the_engine_away(call, name):
    net, optimizer = network(), network().optimizer
    with pytest.raises(DescriptionError) as error:
        net.fit(X, Y, 2, callbacks=lambda moment: call(net), verbose=0)
    assert str(error.value) == WORDS.format(name)
    assert net.optimizer == optimizer
    net.fit(X, Y, verbose=0)  # the flag is down again


def test_what_a_callback_may_do_changes_nothing():
    expected, net = network(), network()
    expected.fit(X, Y, 3, verbose=0)

    def look(moment):
        net.free_memory()
        net.predict(X[:40], threads=1)
        copy.deepcopy(net).fit(X[:100], Y[:100], verbose=0)
        net.evaluate(X[:100], np.eye(3)[Y[:100]])

    net.fit(X, Y, 3, callbacks=look, verbose=0)
    np.testing.assert_array_equal(net.parameters, expected.parameters)


def _predict(net, queue):
    queue.put(net.predict(X[:100]).tobytes())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_that_is_forked_while_the_engine_is_held():
    """Another thread is in the engine; in the child there is no such thread, and nobody would let go of the lock."""
    net = network()
    expected = net.predict(X[:100]).tobytes()
    held, go = threading.Event(), threading.Event()

    def hold():
        with net._engine._one_at_a_time.held, net._lock.held:
            held.set()
            go.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_predict, args=(net, queue))
    child.start()
    child.join(30)
    go.set()
    holder.join()
    alive = child.is_alive()
    child.kill()
    assert not alive, "the child hangs"
    assert queue.get() == expected


def test_calls_with_fewer_workers_at_the_most_have_trials_of_their_own():
    """A trial that was begun with four workers once ended without having seen four, where a smaller call came in."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 64)).astype(np.float32)
    net = Network([Input(64), Dense(128, activation="relu"), Dense(1)])
    net.compile("mse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Crew, "FIRST", 0.0)
        for _ in range(8):
            for count in (3000, 20):
                net.evaluate(X[:count], X[:count, 0], threads=4)
        mosts = {crew.best for crew in net._engine._crews.values()}
    assert len(net._engine._crews) == 2
    assert mosts <= {1, 2, 4}


def test_a_thread_that_cannot_be_started_is_not_counted(monkeypatch):
    """Else the next call would wait for ever for a worker that is not there."""
    workers, start = Workers(), threading.Thread.start

    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        workers.run(lambda worker: None, 2)
    monkeypatch.setattr(threading.Thread, "start", start)
    seen = []
    workers.run(seen.append, 2)
    assert sorted(seen) == [0, 1]
