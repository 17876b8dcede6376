"""The plan: every number has a place of its own, and the page that it prints is whole."""

import re

import numpy as np
import pytest

from pellucid import Activation, Dense, Dropout, Flatten, Input, Network
from pellucid.plan import build
from pellucid.plan.parts import LANES

NETWORKS = {
    "small": [Input(3), Dense(2)],
    "all layers": [Input((2, 3)), Flatten(), Dense(7, activation="relu", regularizer="l1"), Dropout(0.1),
                   Activation("tanh"), Dense(3, activation="softmax", bias=False)],
    "wide": [Input(100), Dense(33, activation="gelu"), Dense(17), Dense(3, activation="softmax", regularizer="l2")],
}  # fmt: skip


def plans():
    found = []
    for name, layers in NETWORKS.items():
        for loss in ("mse", "categorical_crossentropy") if name != "small" else ("mse",):
            for optimizer in ("sgd", {"kind": "adam", "clip_norm": 1.0}):
                for batch in (1, 33, 5000):
                    net = Network(layers)
                    net.compile(loss, optimizer)
                    row = f"{name} {loss} {optimizer} {batch}"
                    found.append(pytest.param(net.plan(batch, input_gradient=True), id=row))
    return found


PLANS = plans()


@pytest.mark.parametrize("plan", PLANS)
def test_slots_do_not_overlap(plan):
    taken = np.zeros(plan.size, np.int64)
    for slot in plan.slots.values():
        assert slot.size > 0
        taken[slot.offset : slot.end] += 1
    assert taken.max() == 1
    assert max(slot.end for slot in plan.slots.values()) + 16 * LANES <= plan.size, "a row may be read past the last"


@pytest.mark.parametrize("plan", PLANS)
def test_parameters_and_what_belongs_to_them_lie_alike(plan):
    """The update goes through flat vectors: each parameter, its gradient and its memories are the same way apart."""
    parameters = [slot for slot in plan.slots.values() if slot.kind == "parameter"]
    assert [slot.offset for slot in parameters] == np.cumsum([0, *(slot.size for slot in parameters)])[:-1].tolist()
    for slot in parameters:
        assert plan.slots[f"{slot.name}.gradient"].offset == slot.offset + plan.padded
        for k in range(plan.remembers):
            assert plan.slots[f"{slot.name}.memory_{k + 1}"].offset == slot.offset + (2 + k) * plan.padded
    assert plan.padded % LANES == 0


@pytest.mark.parametrize("plan", PLANS)
def test_values_start_at_a_cache_line(plan):
    assert all(slot.offset % LANES == 0 for slot in plan.slots.values() if slot.groups)


@pytest.mark.parametrize("plan", PLANS)
def test_it_prints(plan):
    text = str(plan)
    memory = f"{plan.size * 4 / 2**20:.1f} MiB"
    assert text.startswith(f"Plan: {plan.parameters:,} parameters; {memory} for {plan.size:,} numbers of float32\n")
    for name in (*plan.slots, *(f"{program}:" for program in plan.programs)):
        assert re.search(rf"^{re.escape(name)}(\s|$)", text, re.MULTILINE), name
    lines = sum(len(phase.ops) for phases in plan.programs.values() for phase in phases)
    assert len(re.findall(r"^    \S", text, re.MULTILINE)) == lines


def test_what_a_program_is_made_of():
    net = Network([Input(3), Dense(4, activation="relu"), Dense(1, activation="sigmoid")])
    assert list(net.plan().programs) == ["predict"]
    net.compile("binary_crossentropy", "adam")
    plan = net.plan()
    assert list(plan.programs) == ["predict", "evaluate", "train"]
    assert [op.name for phase in plan.programs["train"] for op in phase.ops] == [
        "samples.take_features",
        "dense.forward",
        "activations.forward(ReLU)",
        "dense.forward",
        "activations.forward(Sigmoid)",
        "samples.take_targets",
        "losses.fused(BinaryCrossentropy)",
        "samples.give_outputs",
        "dense.turn",
        "dense.backward",
        "activations.backward(ReLU)",
        "dense.turn",
        "dense.gradient",
        "dense.gradient",
        "losses.batch_cost",
        "optimizers.update(Adam)",
    ]


def test_a_large_batch_takes_no_more_memory_than_the_bound():
    net = Network([Input(100), Dense(50), Dense(1)])
    net.compile("mse")
    small, large, larger = (net.plan(batch) for batch in (32, 100_000, 1_000_000))
    assert small.pass_groups == 2
    assert large.pass_groups == larger.pass_groups < 100_000 // LANES
    assert larger.size < 3 * build.VALUES_IN_A_PASS


def test_the_inputs_gradient_is_worked_out_only_where_it_is_wanted():
    net = Network([Input(3), Dense(4), Dense(1)])
    net.compile("mse")
    assert "input.delta" not in net.plan().slots
    assert "input.delta" in net.plan(input_gradient=True).slots
