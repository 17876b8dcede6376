"""What the machine is given to do, counted: kernels to compile, operations of a step, memory, Python objects.

Counts do not depend on the machine, so a change that makes training slower by giving it more to do is seen at once.
"""

import gc
import sys
import tracemalloc

import numpy as np
import pytest

from pellucid import Conv2D, Dense, Dropout, Flatten, Input, MaxPool2D, Network
from pellucid.models import five_conv, lenet5, small_resnet
from pellucid.optimizers.table import Adam

# Of a training step and of a prediction: operations, numbers of memory of a plan for batches of 32 and one thread.
# kernels: how many kinds of machine code it needs to train, evaluate and predict, each compiled once on a machine.
EXPECTED = {
    "12-3-2": {"train": 17, "predict": 6, "memory": 2_736, "kernels": 12},
    "8-12-8-1": {"train": 22, "predict": 8, "memory": 5_856, "kernels": 13},
    "784-128-10": {"train": 16, "predict": 6, "memory": 455_200, "kernels": 13},
    "lenet5": {"train": 40, "predict": 14, "memory": 895_856, "kernels": 20},
    "mnist_convnet": {"train": 30, "predict": 11, "memory": 4_534_080, "kernels": 21},
    "five_conv": {"train": 78, "predict": 24, "memory": 5_435_872, "kernels": 28},
    "small_resnet": {"train": 134, "predict": 40, "memory": 21_647_248, "kernels": 28},
}
EXPECTED_KERNELS = 38  # of all of them together
BYTES_A_STEP = 400  # of Python's memory in an epoch of 12-3-2 in batches of 16


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
    return {**ops, "memory": plan.size + plan.room, "kernels": len(kernels(plan))}


def check(name, found):
    """Fail where a count is not the expected one, up or down, and say how to take it over."""
    expected = EXPECTED[name]
    changes = [f"{what} {expected[what]:,} → {found[what]:,}" for what in expected if expected[what] != found[what]]
    assert not changes, (
        f"{name}: {'; '.join(changes)}. More operations, memory or kernels make training slower or its start longer. "
        f"If that is wanted, measure it with `python -m bench`, and write the new numbers into EXPECTED in {__file__} "
        f"(`python {__file__}` prints them)."
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_operations_memory_and_kernels_are_those_written_down(name):
    check(name, counts(NETWORKS[name]()))


def test_the_networks_share_their_kernels():
    found = len(set().union(*(kernels(plan_of(make())) for make in NETWORKS.values())))
    assert found == EXPECTED_KERNELS, (
        f"The reference networks need {found} kernels together, {EXPECTED_KERNELS} are written down. Each one more is "
        f"compiled on every machine, for about a third of a second. If that is wanted, change EXPECTED_KERNELS in "
        f"{__file__}."
    )


def test_another_size_or_batch_needs_no_other_kernels():
    small, large, wide = (
        dense(inputs, units, 4, hidden="relu", output="softmax", loss="categorical_crossentropy").plan(
            batch, labels=True
        )
        for inputs, units, batch in ((3, 2, 1), (500, 200, 512), (500, 300, 512))
    )
    assert kernels(small) == kernels(large)
    assert kernels(wide) == {*kernels(large), "pellucid.layers.dense.wide:forward"}, "as large as no core keeps near"


def test_a_planted_operation_is_caught(monkeypatch):
    real = Dense.plan

    def with_one_more(self, p):
        p.forward("pellucid.layers.dense.kernels:turn", O=1, dz=p.input, turned=p.input)
        return real(self, p)

    monkeypatch.setattr(Dense, "plan", with_one_more)
    with pytest.raises(AssertionError) as caught:
        check("12-3-2", counts(NETWORKS["12-3-2"]()))
    expected = EXPECTED["12-3-2"]
    message = str(caught.value)
    assert f"12-3-2: train {expected['train']} → {expected['train'] + 2}; " in message
    assert f"predict {expected['predict']} → {expected['predict'] + 2}" in message
    assert "write the new numbers into EXPECTED in" in message


# --- memory that Python takes while steps run ------------------------------------------------------------------------


def peak(steps, batch_size=16):
    """The most bytes that Python held at a time during an epoch of so many steps, beyond what it held before."""
    rng = np.random.default_rng(0)
    X = rng.random((steps * batch_size, 12), np.float32)
    y = rng.integers(0, 2, (len(X), 2)).astype(np.float32)
    net = NETWORKS["12-3-2"]()
    net.fit(X[:64], y[:64], batch_size=batch_size, verbose=0, threads=1)  # the engine is there from now on
    gc.collect()
    tracemalloc.start()
    try:
        net.fit(X, y, batch_size=batch_size, verbose=0, threads=1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bytes_a_step():
    """What an epoch of 2,000 steps takes beyond one of 1,000, by the step."""
    peak(1_000)  # whatever is imported or kept at the first time
    return (peak(2_000) - peak(1_000)) / 1_000


def check_bytes(found):
    assert found <= BYTES_A_STEP * 1.1, (
        f"An epoch takes {found:.0f} bytes of Python's memory for each step, {BYTES_A_STEP} are written down. Steps "
        f"make no Python objects; what grows with them is the order of samples, rates and costs. If more is wanted, "
        f"change BYTES_A_STEP in {__file__}."
    )


def test_a_step_takes_no_more_of_pythons_memory_than_is_written_down():
    check_bytes(bytes_a_step())


def test_planted_objects_of_each_step_are_caught(monkeypatch):
    real, kept = Adam.step_numbers, []

    def with_objects(self, rates, first):
        kept[:] = [bytes(200) for _ in rates]
        return real(self, rates, first)

    monkeypatch.setattr(Adam, "step_numbers", with_objects)
    with pytest.raises(AssertionError, match=r"An epoch takes \d+ bytes of Python's memory for each step, \d+ are"):
        check_bytes(bytes_a_step())


if __name__ == "__main__":  # the numbers to write down
    for name, make in NETWORKS.items():
        sys.stdout.write(f'    "{name}": {counts(make())},\n')
    together = set().union(*(kernels(plan_of(make())) for make in NETWORKS.values()))
    sys.stdout.write(f"EXPECTED_KERNELS = {len(together)}\nBYTES_A_STEP = {bytes_a_step():.0f}\n")
