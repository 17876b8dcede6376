"""The record of learning: right numbers, bounded, and without any influence on the training."""

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.callbacks import Recorder
from pellucid.errors import DataError, DescriptionError
from pellucid.training.recorder import BINS, Spread

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X.sum(axis=1) > 0).astype(int)
ALWAYS = float("inf")


def network(activation="relu"):
    net = Network([Input(3), Dense(5, activation), Dense(1, "sigmoid")], name="n", seed=2)
    net.compile("binary_crossentropy", "adam")
    return net


def test_histograms_are_those_of_the_weights_and_gradients():
    net = network()
    recorder = Recorder(X, Y, share=ALWAYS)
    net.fit(X, Y, epochs=4, verbose=0, callbacks=recorder)
    last = recorder.records[-1]
    assert [r.epoch for r in recorder.records] == [0, 1, 2, 3, 4]
    w = net.weights["dense_1.weights"]
    spread = last.weights["dense_1.weights"]
    assert (spread.low, spread.high, spread.counts.sum()) == (w.min(), w.max(), 15)
    assert spread.counts.tolist() == np.histogram(w, BINS, (w.min(), w.max()))[0].tolist()
    g = net.trace(X, Y).parameter("dense_2.weights").gradient
    assert (last.gradients["dense_2.weights"].low, last.gradients["dense_2.weights"].high) == (g.min(), g.max())
    begun = Network.from_dict(net.to_dict()).weights["dense_1.weights"]
    assert recorder.records[0].weights["dense_1.weights"].high == begun.max()


def test_a_training_is_the_same_with_it():
    plain, recorded = network(), network()
    plain.fit(X, Y, epochs=5, verbose=0)
    recorded.fit(X, Y, epochs=5, verbose=0, callbacks=Recorder(X, Y, share=ALWAYS))
    assert np.array_equal(plain.snapshot(), recorded.snapshot())
    assert np.array_equal(plain.optimizer_memories(), recorded.optimizer_memories())
    losses = [net.history.history["loss"] for net in (plain, recorded)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(("epochs", "most"), [(3, 8), (40, 8), (100, 5), (17, 2)])
def test_memory_is_bounded_and_the_ends_are_there(epochs, most):
    net, recorder = network(), Recorder(most=most, share=ALWAYS)
    net.fit(X, Y, epochs=epochs, verbose=0, callbacks=recorder)
    found = [r.epoch for r in recorder.records]
    assert len(found) <= max(most, 3)
    assert (found[0], found[-1]) == (0, epochs)
    assert found == sorted(set(found))


def test_time_is_bounded():
    net, recorder = network(), Recorder(X, Y, share=1e-12)
    net.fit(X, Y, epochs=30, verbose=0, callbacks=recorder)
    assert recorder.records[0].epoch == 0
    assert recorder.records[-1].epoch == 30
    assert len(recorder.records) <= 3


def test_dead_and_saturated_units():
    net = network()
    net.set_weights({"dense_1.bias": [-50, 0, -50, 0, 0]})
    recorder = Recorder(X, share=ALWAYS)
    net.fit(X, Y, epochs=1, verbose=0, callbacks=recorder)
    assert recorder.records[0].dead == {"dense_1": 0.4}
    assert recorder.records[0].gradients == {}
    z = net.trace(X)["dense_1"].z
    assert recorder.records[-1].saturated["dense_1"] == pytest.approx((z <= 0).mean())


def test_the_share_below_a_value():
    spread = Spread.of(np.arange(1000.0))
    assert spread.below(np.array([-1.0, 249.75, 999.0])) == pytest.approx([0, 0.25, 1], abs=1e-9)
    assert Spread.of(np.full(7, 2.0)).below(np.array([1.0, 3.0])).tolist() == [0.0, 1.0]
    assert Spread.of(np.array([np.nan, 1.0])).counts.sum() == 1


def test_pictures_of_the_record_and_of_the_history(tmp_path):
    from PIL import Image

    net, recorder = network(), Recorder(X, Y, share=ALWAYS)
    net.fit(X, Y, epochs=4, verbose=0, callbacks=recorder, validation_split=0.3)
    recorder.save(tmp_path / "record.png")
    net.history.plot(tmp_path / "history.png")
    for name in ("record.png", "history.png"):
        assert min(Image.open(tmp_path / name).size) > 300


def test_what_cannot_be():
    with pytest.raises(DataError) as caught:
        network().history.plot("x.png")
    assert str(caught.value) == "There is no epoch yet, so no curve. First call net.fit."
    with pytest.raises(DataError) as caught:
        Recorder().draw()
    assert str(caught.value) == (
        "Nothing was recorded yet. Give the recorder to a training: net.fit(…, callbacks=recorder)."
    )
    with pytest.raises(DescriptionError) as caught:
        Recorder(share=0)
    assert str(caught.value) == "Recorder: share must be above 0, got 0."
    with pytest.raises(DataError, match="Give X too"):
        Recorder(y=[1])
