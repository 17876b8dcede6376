"""The stepper: the places it goes through, the same updates as fit, and the network left alone until it is told."""

import numpy as np
import pytest
from trace_nets import pictures, small, xor

from pellucid import Dense, Input, Network
from pellucid.errors import DataError, DescriptionError, DivergedError


def names(stepper):
    return [stop.name for stop in stepper.done]


def test_one_layer_at_a_time():
    net, X, y = xor()
    stepper = net.stepper(X, y)
    assert (names(stepper), stepper.cost, stepper.costs) == ([], None, [])
    seen = [stepper.step().last.name for _ in range(7)]
    assert seen == [
        "forward dense_1", "forward dense_2", "loss", "backward dense_2", "backward dense_1", "update dense_1",
        "update dense_2",
    ]  # fmt: skip
    assert stepper.finished
    assert (stepper.step().update, stepper.last.name, len(stepper.costs)) == (2, "forward dense_1", 1)


def test_one_stage_and_one_update_at_a_time():
    net, X, y = xor()
    stepper = net.stepper(X, y)
    assert [stepper.step("stage").last.name for _ in range(4)] == [
        "forward dense_2", "loss", "backward dense_1", "update dense_2"
    ]  # fmt: skip
    assert (stepper.step("update").update, stepper.finished) == (2, True)
    stepper.step()
    assert (stepper.step("update").update, stepper.finished) == (3, True)


def test_layers_that_only_hand_on_have_no_place():
    net, X, y = pictures()
    stepper = net.stepper(X, y).step("update")
    assert [stop.layer for stop in stepper.done if stop.stage == "forward"] == [
        "conv2d_1", "maxpool2d_1", "conv2d_2", "dense_1"
    ]  # fmt: skip
    assert [stop.layer for stop in stepper.done if stop.stage == "update"] == ["conv2d_1", "conv2d_2", "dense_1"]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", {"kind": "adam", "average": 0.9, "clip_norm": 0.1}])
def test_updates_are_those_of_fit(optimizer):
    """Five updates, kept, are five epochs of fit: weights and memories to the last bit, then both go on alike."""
    X, y = np.random.default_rng(0).normal(size=(7, 3)), np.random.default_rng(1).normal(size=(7, 2))
    stepped, fitted = (small(optimizer=optimizer) for _ in range(2))
    for net in (stepped, fitted):
        net.fit(X, y, epochs=2, batch_size=7, shuffle=False, verbose=0)
    before = stepped.snapshot().copy()
    stepper = stepped.stepper(X, y).run_to("update", update=5)
    assert stepped.snapshot().tolist() == before.tolist()
    assert stepped.updates == 2
    stepper.keep()
    if optimizer == {
        "kind": "adam",
        "average": 0.9,
        "clip_norm": 0.1,
    }:  # fit goes on from the latest, then takes the average
        assert stepped.updates == 7
        return
    fitted.fit(X, y, epochs=5, batch_size=7, shuffle=False, verbose=0)
    assert stepper.costs == pytest.approx(fitted.history.history["loss"][-5:], rel=1e-14)
    for _ in range(2):
        assert stepped.snapshot().tolist() == fitted.snapshot().tolist()
        assert stepped.optimizer_memories().tolist() == fitted.optimizer_memories().tolist()
        assert stepped.updates == fitted.updates
        for net in (stepped, fitted):
            net.fit(X, y, epochs=1, batch_size=7, shuffle=False, verbose=0)


def test_an_unfinished_update_is_not_kept():
    net, X, y = xor()
    before = net.weights
    net.stepper(X, y).run_to("backward").keep()
    assert all(np.array_equal(net.weights[name], w) for name, w in before.items())
    assert net.updates == 0


def test_weights_change_layer_by_layer():
    net, X, y = xor()
    stepper = net.stepper(X, y).run_to("update", "dense_1")
    old, now = net.weights, stepper.weights
    assert [name for name in now if not np.array_equal(now[name], old[name])] == ["dense_1.weights", "dense_1.bias"]
    assert np.array_equal(now["dense_1.weights"], stepper.trace["dense_1"].weights.new)


def test_reset_begins_again():
    net, X, y = xor()
    stepper = net.stepper(X, y)
    first = stepper.run_to("update", update=3).costs
    assert len(first) == 3
    assert (stepper.reset().update, stepper.done, stepper.costs) == (1, (), [])
    assert stepper.run_to("update", update=3).costs == first


def test_run_to_goes_on_into_the_next_update():
    net, X, y = xor()
    stepper = net.stepper(X, y).run_to("loss")
    assert (stepper.update, stepper.cost) == (1, stepper.trace.cost)
    assert stepper.run_to("forward", "dense_1").update == 2
    assert stepper.cost is None


def test_text_of_each_place():
    net = Network([Input(1), Dense(1, bias=False)], dtype="float64")
    net.compile("squared_error", {"kind": "sgd", "rate": 0.5})
    net.set_weights({"dense_1.weights": [[3.0]]})
    stepper = net.stepper([[2.0]], [4.0])
    texts = [str(stepper)] + [str(stepper.step()) for _ in range(4)]
    assert texts == [
        "Update 1, before the first step\n\ninput\n  input  value\n  ────────────\n  x[0]       2",
        "Update 1, forward dense_1\n\ndense_1 (Dense, identity): a = z\n  unit  z = a\n  ───────────\n  0         6",
        "Update 1, loss\n\ncost C = 2: squared_error, C = 1/B Σ_s ½ Σₖ (aₖ − tₖ)²\n"
        "  sample  loss  share  a of 0  target\n  ───────────────────────────────────\n"
        "  0          2      1       6       4",
        "Update 1, backward dense_1\n\ndense_1 (Dense, identity): a = z\n  unit  δ = ∂C/∂z\n  ───────────────\n"
        "  0             2\n\n  weights   w  ∂C/∂w\n  ──────────────────\n  x[0] → 0  3      4",
        "Update 1, update dense_1\n\ndense_1, sgd (rate 0.5): p ← p − η g\n  weights   w  ∂C/∂w  update  new w\n"
        "  ─────────────────────────────────\n  x[0] → 0  3      4      -2      1",
    ]
    assert repr(stepper) == "<Stepper: update 1, 4 of 4 steps, cost 2>"


def test_what_cannot_be_stepped_is_refused():
    net, X, y = xor()
    stepper = net.stepper(X, y).run_to("loss")
    for error, call, words in [
        (DataError, lambda: net.stepper(X, None), "y: no targets were given, and steps of training need them: "
         "net.stepper(X, y)."),
        (DescriptionError, lambda: stepper.step("epoch"), 'Unknown step "epoch". Known: stage, layer, update.'),
        (DescriptionError, lambda: stepper.run_to("forwards"), 'Unknown stage "forwards". Did you mean "forward"? '
         "Known: forward, loss, backward, update."),
        (DescriptionError, lambda: stepper.run_to("forward", "dense_9"), 'No layer "dense_9". Did you mean "dense_2"? '
         "Known: dense_1, dense_2."),
        (DescriptionError, lambda: stepper.run_to("loss", "dense_1"), 'Stage "loss" has no part of layer "dense_1": it '
         "is not one layer's."),
        (DescriptionError, lambda: stepper.run_to("forward", "dense_1", update=1), "Update 1 is past forward dense_1 "
         "already. Call reset() to begin again."),
    ]:  # fmt: skip
        with pytest.raises(error) as raised:
            call()
        assert str(raised.value) == words
    assert stepper.last.name == "loss"


def test_an_update_that_is_not_finite_ends_the_steps():
    net = small("identity", "identity", optimizer={"kind": "sgd", "rate": 1e200})
    stepper = net.stepper(np.ones((1, 3)), np.ones((1, 2)))
    with np.errstate(all="ignore"), pytest.raises(DivergedError) as raised:
        stepper.run_to("update", update=9)
    assert str(raised.value) == (
        "The update has made a number of dense_1.weights NaN or infinite, so there is no further step. Use a smaller "
        "learning rate than 1e+200: net.stepper(X, y, rate=…)."
    )
