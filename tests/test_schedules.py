"""Schedules: parity with PyTorch's, update by update; edges; plain-data form and errors."""

import dataclasses
import json
import warnings

import numpy as np
import pytest

from pellucid.errors import DescriptionError
from pellucid.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Step,
    WarmUp,
    as_schedule,
)

EPOCHS, PER_EPOCH = 12, 7
TOTAL = EPOCHS * PER_EPOCH  # 84 updates
EXAMPLES = [
    Constant(0.02),
    Step(0.5, every=3, factor=0.2),
    Exponential(0.3, factor=0.9, unit="step"),
    Cosine(0.1, final=0.001, steps=60),
    WarmUp(10, Cosine(0.4), start=0.01),
    OneCycle(0.6, warm_fraction=0.25, shape="linear"),
]


def peer_rates(make, rate: float, once_an_epoch: bool = False) -> np.ndarray:
    """The rates that a PyTorch scheduler gives the updates of a whole training."""
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR itself calls step(epoch), which warns
        scheduler = make(torch.optim.lr_scheduler, optimizer)
        for update in range(TOTAL):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if update + 1 < TOTAL and (not once_an_epoch or (update + 1) % PER_EPOCH == 0):
                scheduler.step()
    return np.array(rates, dtype=np.float64)


def check_same(ours, theirs) -> None:
    """All rates are equal to a relative 1e-12, and there are as many as the training has updates."""
    assert ours.shape == theirs.shape == (TOTAL,)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)


PEERS = {
    "step, epochs": (Step(0.5, 3, 0.2), lambda s, o: s.StepLR(o, 3, 0.2), 0.5, True),
    "step, updates": (Step(0.5, 10, 0.7, unit="step"), lambda s, o: s.StepLR(o, 10, 0.7), 0.5, False),
    "exponential, epochs": (Exponential(0.3, 0.9), lambda s, o: s.ExponentialLR(o, 0.9), 0.3, True),
    "exponential, updates": (Exponential(0.3, 0.97, unit="step"), lambda s, o: s.ExponentialLR(o, 0.97), 0.3, False),
    "cosine": (Cosine(0.1), lambda s, o: s.CosineAnnealingLR(o, TOTAL), 0.1, False),
    "cosine, final": (Cosine(0.1, 0.004), lambda s, o: s.CosineAnnealingLR(o, TOTAL, 0.004), 0.1, False),
    "one cycle": (OneCycle(0.6), lambda s, o: s.OneCycleLR(o, 0.6, TOTAL, cycle_momentum=False), 0.1, False),
    "one cycle, linear": (
        OneCycle(0.6, 0.45, 10, 50, "linear"),
        lambda s, o: s.OneCycleLR(o, 0.6, TOTAL, None, None, 0.45, "linear", False, 0.85, 0.95, 10, 50),
        0.1,
        False,
    ),
    "one cycle, all fall": (
        OneCycle(0.6, 0.0),
        lambda s, o: s.OneCycleLR(o, 0.6, TOTAL, pct_start=0.0, cycle_momentum=False),
        0.1,
        False,
    ),
    "one cycle, all rise": (
        OneCycle(0.6, 1.0),
        lambda s, o: s.OneCycleLR(o, 0.6, TOTAL, pct_start=1.0, cycle_momentum=False),
        0.1,
        False,
    ),
    "warm-up": (WarmUp(60, Constant(0.4), 0.1), lambda s, o: s.LinearLR(o, 0.25, 1.0, 60), 0.4, False),
    "warm-up, then step": (
        WarmUp(20, Step(0.4, 9, 0.5, unit="step"), 0.1),
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.25, 1.0, 20), s.StepLR(o, 9, 0.5)], [20]),
        0.4,
        False,
    ),
    "warm-up, then cosine": (
        WarmUp(20, Cosine(0.4), 0.1),
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.25, 1.0, 20), s.CosineAnnealingLR(o, TOTAL - 20)], [20]),
        0.4,
        False,
    ),
}


@pytest.mark.parametrize("case", PEERS)
def test_same_rates_as_pytorch(case):
    ours, make, rate, once_an_epoch = PEERS[case]
    check_same(ours.rates(0, TOTAL, PER_EPOCH, TOTAL), peer_rates(make, rate, once_an_epoch))


def test_the_comparison_sees_a_fault():
    ours, make, rate, once_an_epoch = PEERS["cosine"]
    theirs = peer_rates(make, rate, once_an_epoch)
    late = ours.rates(1, TOTAL, PER_EPOCH, TOTAL)
    nudged = ours.rates(0, TOTAL, PER_EPOCH, TOTAL)
    nudged[-1] *= 1 + 1e-11
    stepped_each_update = peer_rates(PEERS["step, epochs"][1], 0.5, once_an_epoch=False)
    for wrong, right in (
        (late, theirs),
        (nudged, theirs),
        (theirs[:-1], theirs),
        (Step(0.5, 3, 0.2).rates(0, TOTAL, PER_EPOCH, TOTAL), stepped_each_update),
    ):
        with pytest.raises(AssertionError):
            check_same(wrong, right)


@pytest.mark.parametrize("schedule", [*EXAMPLES, OneCycle(0.1)], ids=lambda s: s.name)
def test_any_stretch_of_updates_is_a_part_of_the_whole(schedule):
    whole = schedule.rates(0, TOTAL, PER_EPOCH, TOTAL)
    assert whole.dtype == np.float64
    for first, count in ((0, 1), (5, 20), (TOTAL - 3, 3), (TOTAL // 2, 0)):
        np.testing.assert_array_equal(
            schedule.rates(first, count, PER_EPOCH, TOTAL),
            whole[first : first + count],
        )


def test_the_end_is_kept_by_a_training_that_goes_on():
    assert Cosine(0.1, final=0.02, steps=5).rates(5, 3, 1, 100).tolist() == [0.02] * 3
    for shape in ("linear", "cosine"):
        past = OneCycle(1.0, start_divisor=10, final_divisor=10, shape=shape).rates(9, 3, 1, 10)
        np.testing.assert_allclose(past, 0.01, rtol=1e-12)
    np.testing.assert_allclose(OneCycle(1.0, warm_fraction=1.0).rates(9, 3, 1, 10), 1.0, rtol=1e-12)


@pytest.mark.parametrize("total", [1, 2, 3, 4])
@pytest.mark.parametrize("schedule", EXAMPLES, ids=lambda s: s.name)
def test_very_short_trainings_have_finite_rates(schedule, total):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rates = schedule.rates(0, total, 1, total)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()


def test_warm_up_by_hand():
    # 4 updates up from 0.2 to the cosine's first rate 1, then 4 updates of the cosine, T = 8 − 4.
    rates = WarmUp(4, Cosine(1.0), start=0.2).rates(0, 8, 2, 8)
    fall = [(1 + np.cos(np.pi * t / 4)) / 2 for t in range(4)]
    np.testing.assert_allclose(rates, [0.2, 0.4, 0.6, 0.8, *fall], rtol=1e-12)


def test_every_kind_has_an_example_here():
    assert {type(s) for s in EXAMPLES} == set(SCHEDULES)


@pytest.mark.parametrize("schedule", [*EXAMPLES, WarmUp(3, WarmUp(2, 0.1))], ids=lambda s: s.name)
def test_plain_data_form_and_back(schedule):
    data = json.loads(json.dumps(schedule.to_dict()))
    assert as_schedule(data) == schedule
    assert SCHEDULES.get(data) == schedule
    assert as_schedule(schedule) is schedule
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.rate = 1


def test_numpy_numbers_become_plain_ones():
    step = Step(np.float32(0.5), every=np.int64(3), factor=np.float64(0.25))
    assert json.dumps(step.to_dict()) == '{"kind": "step", "rate": 0.5, "every": 3, "factor": 0.25, "unit": "epoch"}'


@pytest.mark.parametrize("given", [0.05, 1, np.float32(0.5)])
def test_a_number_is_a_constant_rate(given):
    assert as_schedule(given) == Constant(float(given))
    assert WarmUp(3, given).then == Constant(float(given))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: Constant(0),
            'Schedule "constant": rate must be a finite number above 0, not 0. Use rate=0.01, for instance.',
        ),
        (
            lambda: as_schedule(float("nan")),
            'Schedule "constant": rate must be a finite number above 0, not nan. Use rate=0.01, for instance.',
        ),
        (
            lambda: Cosine("0.1"),
            "Schedule \"cosine\": rate must be a finite number above 0, not '0.1'. Use rate=0.01, for instance.",
        ),
        (lambda: Cosine(0.1, final=-1), 'Schedule "cosine": final must be a finite number of at least 0, not -1.'),
        (lambda: Cosine(0.1, steps=0), 'Schedule "cosine": steps must be a whole number of at least 1, not 0.'),
        (lambda: Step(0.1, every=2.5), 'Schedule "step": every must be a whole number of at least 1, not 2.5.'),
        (
            lambda: Step(0.1, unit="epochs"),
            'Schedule "step": unit must be "epoch" or "step", not \'epochs\'. Did you mean "epoch"?',
        ),
        (
            lambda: Exponential(0.1, factor=0),
            'Schedule "exponential": factor must be a finite number above 0, not 0.',
        ),
        (
            lambda: OneCycle(0.1, warm_fraction=1.5),
            'Schedule "one_cycle": warm_fraction must be a finite number of at least 0 and of at most 1, not 1.5.',
        ),
        (
            lambda: as_schedule("cosine"),
            'A schedule needs its numbers, and "cosine" is a name alone. Give a rate, as in 0.01, or the numbers with '
            'the name, as in {"kind": "cosine", "rate": 0.01}. '
            "Known: constant, step, exponential, cosine, warm_up, one_cycle.",
        ),
        (
            lambda: as_schedule(None),
            "A schedule is a rate such as 0.01, a dict, or one of Constant, Step, Exponential, Cosine, WarmUp, "
            "OneCycle, not None.",
        ),
        (
            lambda: as_schedule({"kind": "cosin", "rate": 0.1}),
            'Unknown schedule "cosin". Did you mean "cosine"? '
            "Known: constant, step, exponential, cosine, warm_up, one_cycle.",
        ),
    ],
)
def test_errors_say_the_mend(make, text):
    with pytest.raises(DescriptionError) as caught:
        make()
    assert str(caught.value) == text
