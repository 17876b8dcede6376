"""Kernels between the user's arrays, a row a sample, and the engine's lanes, a lane a sample."""

from __future__ import annotations

from pellucid.engines.cpu.chance import mask_key, mixed
from pellucid.engines.cpu.lanes import (
    at,
    compiled,
    fill,
    floats64,
    gather,
    lanes,
    prefetch,
    put_row,
    row,
    typed,
    whole_numbers,
)
from pellucid.engines.cpu.run import (
    BATCH_FIRST,
    BATCH_SAMPLES,
    BATCH_SIZE,
    FEATURES,
    GROUPS,
    MIX,
    ORDER,
    OUTPUTS,
    PASS_FIRST,
    ROWS,
    SAMPLES,
    STEP,
    TARGETS,
    WEIGHTS,
    WORKER,
    WORKERS,
)

AHEAD = 1024  # numbers of a row that are called for before they are needed


@compiled
def group_samples(run, group):
    """How many of the group's lanes hold a sample."""
    return min(16, run[BATCH_SAMPLES] - run[PASS_FIRST] - group * 16)


@compiled
def group_place(run, group):
    """Where the group's first sample stands in the order of samples."""
    return run[BATCH_FIRST] + run[PASS_FIRST] + group * 16


@compiled
def sample_at(run, place):
    """Which sample stands at a place in the order of samples."""
    return whole_numbers(run[ORDER])[place] if run[ORDER] != 0 else place


@compiled
def find_rows(run, group, width):
    """Put into the run table where the group's rows start in an array of that width.

    Lanes without a sample repeat the group's first one, with weight 0: every lane holds real numbers.
    """
    place, count = group_place(run, group), group_samples(run, group)
    for s in range(16):
        run[ROWS + s] = sample_at(run, place + (s if s < count else 0)) * width


@compiled
def next_place(run, group):
    """Where the worker's next group starts in the order of samples: in this pass, or else in the next batch."""
    workers, worker, groups = run[WORKERS], run[WORKER], run[GROUPS]
    if group + 1 < (worker + 1) * groups // workers:
        return group_place(run, group + 1)
    return run[BATCH_FIRST] + run[BATCH_SIZE] + worker * groups // workers * 16


@compiled
def call_ahead(features, run, group, I):
    """Bring near where the rows that this worker wants next begin: shuffled, they lie all over the data.

    The machine itself sees after a while that a long row is read from end to end.
    """
    place = next_place(run, group)
    for s in range(min(16, run[SAMPLES] - place)):
        first = sample_at(run, place + s) * I
        for i in range(0, min(I, AHEAD), 16):
            prefetch(features, first + i)
        prefetch(features, first + min(I, AHEAD) - 1)


def take_features(op, group, m, run):
    """x_i of each sample, from its row. Fields: inputs I, x."""
    I = op[0]
    find_rows(run, group, I)
    features, x = typed(m, run[FEATURES]), op[1] + group * I * 16
    if run[ORDER] != 0:
        call_ahead(features, run, group, I)
    if group_samples(run, group) == 1:
        alone, every = at(features, run[ROWS]), lanes(m, x)
        for i in range(I):
            every[i] = fill(m, alone[i])
        return
    rows = whole_numbers_at(run)
    i = 0
    while i + 16 <= I:
        gather(features, rows, i, at(m, x + i * 16))
        i += 16
    into = at(m, x)
    while i < I:
        for s in range(16):
            into[i * 16 + s] = features[rows[s] + i]
        i += 1


def take_targets(op, group, m, run):
    """t_k of each sample, from its row, times scale plus shift; and the sample's weight.

    Fields: outputs O, t, weight, where scale, shift and 1/B's use (1: mean over the batch, 0: sum) lie.
    """
    O = op[0]
    find_rows(run, group, O)
    rows, targets, option = whole_numbers_at(run), typed(m, run[TARGETS]), at(m, op[3])
    into = at(m, op[1] + group * O * 16)
    for o in range(O):
        for s in range(16):
            into[o * 16 + s] = targets[rows[s] + o] * option[0] + option[1]
    take_weights(m, run, group, at(m, op[2] + group * 16), option)


def take_labels(op, group, m, run):
    """t_k = scale + shift where k is the sample's label, else shift; and the sample's weight. Fields as above."""
    O = op[0]
    find_rows(run, group, 1)
    rows, labels, option = whole_numbers_at(run), whole_numbers(run[TARGETS]), at(m, op[3])
    t = lanes(m, op[1] + group * O * 16)
    for o in range(O):
        t[o] = fill(m, option[1])
    into = at(m, op[1] + group * O * 16)
    for s in range(16):
        into[labels[rows[s]] * 16 + s] += option[0]
    take_weights(m, run, group, at(m, op[2] + group * 16), option)


@compiled
def take_weights(m, run, group, into, option):
    """w_s / B, or w_s for a total; 0 in lanes without a sample."""
    weights, place, count = typed(m, run[WEIGHTS]), group_place(run, group), group_samples(run, group)
    share = 1.0 / run[BATCH_SAMPLES] if option[2] == 1.0 else 1.0
    for s in range(16):
        into[s] = share if s < count else 0.0
    if run[WEIGHTS] != 0:
        for s in range(count):
            into[s] *= weights[sample_at(run, place + s)]


@compiled
def whole_numbers_at(run):
    """The scratch of the run table that ``find_rows`` fills."""
    return at(run, ROWS)


def mix_samples(op, group, m, run):
    """x ← λ x + (1 − λ) x′ and t ← λ t + (1 − λ) t′, x′ and t′ another sample's of the group; λ is the step's.

    The other sample is some places further on in the group, as many for all of them, drawn anew at each update.
    Fields: inputs I, outputs O, x, t, scratch of 32 numbers a group.
    """
    I, O, share = op[0], op[1], floats64(run[MIX])[run[STEP]]
    twice = at(m, op[4] + group * 32)
    turn = 1 + (mixed(mask_key(run, -1), run[PASS_FIRST] // 16 + group) & 0xFFFF) % 15
    x, t = lanes(m, op[2] + group * I * 16), lanes(m, op[3] + group * O * 16)
    for i in range(I):
        x[i] = mixed_lanes(x[i], twice, turn, share)
    for o in range(O):
        t[o] = mixed_lanes(t[o], twice, turn, share)


@compiled
def mixed_lanes(own, twice, turn, share):
    """λ own + (1 − λ) the lane ``turn`` places further on."""
    put_row(twice, 0, own)
    put_row(twice, 16, own)
    return own * share + row(twice, turn) * (1.0 - share)


def give_outputs(op, group, m, run):
    """The group's outputs to the user's array, a row a sample, in the order of samples. Fields: outputs O, a."""
    O = op[0]
    if run[OUTPUTS] != 0:
        outputs, a = typed(m, run[OUTPUTS]), at(m, op[1] + group * O * 16)
        place = group_place(run, group)
        for s in range(group_samples(run, group)):
            for o in range(O):
                outputs[(place + s) * O + o] = a[o * 16 + s]
