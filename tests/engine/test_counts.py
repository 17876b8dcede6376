"""What the machine is given to do, counted: kernels to compile, operations of a step, numbers of memory, Python objects.

Counts do not depend on the machine, so a change that makes training slower by giving it more to do is seen at once.
"""

import gc
import sys
import tracemalloc

import numpy as np
import pytest

from pellucid import Conv2D, Dense, Dropout, Flatten, Input, MaxPool2D, Network
from pellucid.layers.dense.spec import Dense as DenseSpec
from pellucid.models import five_conv, lenet5, small_resnet

MOST_ALLOCATED = 2_000  # bytes that a thousand steps more may leave or need at a time: Python's own noise

# Of a training step and of a prediction: operations, numbers of memory of a plan for batches of 32.
# kernels: how many kinds of machine code it needs to train, evaluate and predict, each compiled once on a machine.
EXPECTED = {
    "12-3-2": {"train": 17, "predict": 6, "memory": 0, "kernels": 0},
}
EXPECTED_KERNELS = 0  # of all of them together


def dense(inputs, *units, hidden, output, loss):
    layers = [Input(inputs), *(Dense(u, activation=hidden) for u in units[:-1]), Dense(units[-1], activation=output)]
    return compiled(Network(layers), loss)


def compiled(net, loss="categorical_crossentropy"):
    net.compile(loss, "adam")
    return net


def convnet():
    layers = [Input((28, 28, 1)), Conv2D(32, 3, activation="relu"), MaxPool2D(2), Conv2D(64, 3, activation="relu")]
    return compiled(Network([*layers, MaxPool2D(2), Flatten(), Dropout(0.5), Dense(10, activation="softmax")]))


NETWORKS = {
    "12-3-2": lambda: dense(12, 3, 2, hidden="sigmoid", output="sigmoid", loss="squared_error"),
    "8-12-8-1": lambda: dense(8, 12, 8, 1, hidden="relu", output="sigmoid", loss="binary_crossentropy"),
    "784-128-10": lambda: dense(784, 128, 10, hidden="relu", output="softmax", loss="categorical_crossentropy"),
    "lenet5": lambda: compiled(lenet5()),
    "mnist_convnet": convnet,
    "five_conv": lambda: compiled(five_conv()),
    "small_resnet": lambda: compiled(small_resnet()),
}


def plan_of(net):
    return net.plan(32, labels=net.loss.targets == "classes")


def kernels(plan):
    return {op.kernel for phases in plan.programs.values() for phase in phases for op in phase.ops}


def counts(net):
    plan = plan_of(net)
    ops = {name: sum(len(phase.ops) for phase in plan.programs[name]) for name in ("train", "predict")}
    return {**ops, "memory": plan.size, "kernels": len(kernels(plan))}


def check(name, found):
    """Fail where a count is not the expected one, up or down, and say how to take it over."""
    expected = EXPECTED[name]
    changes = [f"{what} {expected[what]:,} → {found[what]:,}" for what in expected if expected[what] != found[what]]
    assert not changes, (
        f"{name}: {'; '.join(changes)}. More operations, memory or kernels make training slower or its start longer. If "
        f"that is wanted, measure it with `python -m bench`, and write the new numbers into EXPECTED in {__file__} (all "
        f"of them: `python {__file__}`)."
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_operations_memory_and_kernels_are_those_written_down(name):
    check(name, counts(NETWORKS[name]()))


def test_the_networks_share_their_kernels():
    found = len(set().union(*(kernels(plan_of(make())) for make in NETWORKS.values())))
    assert found == EXPECTED_KERNELS, (
        f"The reference networks need {found} kernels together, {EXPECTED_KERNELS} are written down. Each one more is "
        f"compiled on every machine, about a third of a second. If that is wanted, change EXPECTED_KERNELS in {__file__}."
    )


def test_another_size_or_batch_needs_no_other_kernels():
    small, large = (
        dense(inputs, units, 4, hidden="relu", output="softmax", loss="categorical_crossentropy").plan(batch, labels=True)
        for inputs, units, batch in ((3, 2, 1), (500, 300, 512))
    )
    assert kernels(small) == kernels(large)


def test_a_planted_operation_is_caught(monkeypatch):
    real = DenseSpec.plan

    def with_one_more(self, p):
        p.forward("pellucid.layers.dense.kernels:turn", O=1, dz=p.input, turned=p.input)
        return real(self, p)

    monkeypatch.setattr(DenseSpec, "plan", with_one_more)
    with pytest.raises(AssertionError) as caught:
        check("12-3-2", counts(NETWORKS["12-3-2"]()))
    expected = EXPECTED["12-3-2"]
    message = str(caught.value)
    assert f"12-3-2: train {expected['train']} → {expected['train'] + 2}; " in message
    assert f"predict {expected['predict']} → {expected['predict'] + 2}" in message
    assert "write the new numbers into EXPECTED in" in message


# --- Python objects made while steps run -----------------------------------------------------------------------------


def allocated(net, X, y, steps, batch_size=16):
    """The most bytes that Python held at a time, beyond what it held before, during one epoch of so many steps."""
    rows = np.resize(np.arange(len(X)), steps * batch_size)
    X, y = X[rows], y[rows]
    net.fit(X, y, epochs=1, batch_size=batch_size, verbose=0, threads=1)  # the engine is there from now on
    plan = net.plan(batch_size)
    from pellucid.engines import Data, make_engine

    engine = make_engine(plan, 1)
    engine.parameters[:] = net.parameters
    data = Data(X.astype(np.float32), y.astype(np.float32))
    rates = np.repeat(net.optimizer.step_numbers(np.full(1, 0.001), 0), steps, axis=0)
    list(engine.steps("train", data, batch_size=batch_size, step_numbers=rates))
    gc.collect()
    tracemalloc.start()
    try:
        for _ in engine.steps("train", data, batch_size=batch_size, step_numbers=rates):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
