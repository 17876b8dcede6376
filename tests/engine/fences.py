"""Trains and predicts with every array against a page that nobody may touch: at its end, and then at its start.

Kernels work on sixteen numbers at a time, so a size that is no multiple of it is where they would read or write outside
of the plan's memory or the user's arrays; then the system ends this program. Its arguments: the pass's groups at the
most (0: no limit), and "planted" to read a row too far.
"""

import ctypes
import itertools
import mmap
import sys

import numpy as np

from pellucid import (
    Activation,
    Augment,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Ensemble,
    Flatten,
    GlobalAvgPool2D,
    Input,
    LayerNorm,
    MaxPool2D,
    Network,
    PiecewiseLinear,
    Residual,
    Standardize,
)  # fmt: skip
from pellucid.engines import Data, make_engine
from pellucid.plan import build

PAGE = mmap.PAGESIZE
KEPT = []
OPTIMIZERS = ("sgd", {"kind": "adam", "clip_norm": 1.0, "average": 0.9}, {"kind": "rmsprop", "weight_decay": 0.1})
libc = ctypes.CDLL(None, use_errno=True)
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def fenced(array, end):
    """A copy whose last byte (or first, without ``end``) lies beside a page that may not be touched."""
    array = np.ascontiguousarray(array)
    pages = -(-array.nbytes // PAGE)
    room = mmap.mmap(-1, (pages + 2) * PAGE)
    KEPT.append(room)
    start = (pages + 1) * PAGE - array.nbytes if end else PAGE
    copy = np.frombuffer(room, np.uint8, array.nbytes, start).view(array.dtype).reshape(array.shape)
    copy[...] = array
    base = ctypes.addressof(ctypes.c_char.from_buffer(room))
    for place in (0, (pages + 1) * PAGE):
        if libc.mprotect(base + place, PAGE, 0):
            raise OSError(ctypes.get_errno(), "mprotect")
    return copy


def rows(sizes):
    """Networks for rows of numbers, of so many inputs and units."""
    for I, O in sizes:
        yield [Input(I), Dense(O, "tanh"), Dense(O, "sigmoid")]
        yield [Input(I), Dense(O), BatchNorm(), LayerNorm(), Dropout(0.3), Activation("gelu"), Dense(O)]
        yield [Input(I), Dense(O), Residual([Dense(O, "relu")], [Dense(O)]), Ensemble([[Dense(O)], [Dense(O)]])]
        yield [Input(I), Embedding(3, O), Dense(O)]
        yield [Input(I), PiecewiseLinear([[0, 1, 2]] * I), Standardize(0.1, 0.2), Dense(O)]


def pictures(sizes):
    """Networks for pictures, of so many channels and filters."""
    for C, O in sizes:
        start = [Input((7, 5, C))]
        whole = Augment(shift=1, flip="both")
        parts = Augment(shift=1.5, rotate=10, elastic=2, contrast=0.1, noise=0.1, cut_out=2)
        for padding in ("valid", "same"):
            yield [*start, parts, Conv2D(O, 3, padding=padding, activation="relu"), MaxPool2D(2, padding=padding),
                   Conv2D(O, (2, 1), padding="same"), AvgPool2D((2, 1), stride=1, padding="same"), BatchNorm(),
                   GlobalAvgPool2D(), Dense(3)]  # fmt: skip
            yield [*start, whole, Conv2D(O, 2, padding=padding, dilation=2),
                   Conv2D(O, 3, stride=2, padding="same", groups=O if O < 4 else 1),
                   MaxPool2D(3, stride=2, padding="same"), Flatten(), Dense(3)]  # fmt: skip


def work(net, X, targets, batch, threads, end, weights, mixes, planted):
    """Evaluate, train and predict; every array has its fence."""
    engine = make_engine(net.plan(batch, labels=targets.dtype == np.int64, mixup=mixes), threads)
    engine._memory = fenced(engine._memory, end)
    engine.parameters[:] = net.parameters
    engine.statistics[:] = net.snapshot()[len(net.parameters) :]
    count, units, steps = len(X), net.output_units, -(-len(X) // batch)
    order = np.random.default_rng(1).permutation(count) + planted
    features = fenced(X.reshape(count, -1).astype(net.dtype), end)
    data = Data(features, fenced(targets, end), None if weights is None else fenced(weights.astype(net.dtype), end))
    how = {
        "order": fenced(order.astype(np.int64), end), "outputs": fenced(np.zeros((count, units), net.dtype), end),
        "step_numbers": fenced(net.optimizer.step_numbers(np.full(steps, 0.01), 0), end),
        "mix": fenced(np.full(steps, 0.3), end) if mixes else None, "costs": fenced(np.zeros(steps), end),
    }  # fmt: skip
    behind = slice(engine.plan.size - 16, engine.plan.size)  # the last slot; what a worker has for itself follows
    last = engine._memory[behind].copy()
    for program in ("evaluate", "train", "predict"):
        for _ in engine.steps(program, data, batch_size=batch, **how):
            pass
    for some in {1, 2, 16, count} & set(range(count + 1)):
        engine.predict(fenced(features[:some], end), fenced(np.zeros((some, units), net.dtype), end))
    assert np.isfinite(how["costs"]).all()
    assert np.isfinite(engine.parameters).all()
    assert (engine._memory[behind] == last).all(), "written behind the last slot"
    assert not engine._memory[engine.plan.parameters : engine.plan.padded].any(), "written behind the parameters"


def main():
    most, planted = int(sys.argv[1]), sys.argv[2:] == ["planted"]
    if most:
        whole = build._pass_groups
        build._pass_groups = lambda layers, shapes, batch: (
            whole(layers, shapes, batch) if any(layer.needs_whole_batch for _, layer in layers) else most
        )
    rng = np.random.default_rng(0)
    sizes = [*itertools.product((1, 2, 17, 33), (1, 7, 16, 33)), (5, 17)]
    layers = [*rows(sizes), *pictures([(1, 1), (1, 13), (3, 2), (2, 17), (2, 33)])]
    for k, (dtype, described) in enumerate(itertools.product(("float32", "float64"), layers)):
        net = Network(described, dtype=dtype)
        net.compile("mse", OPTIMIZERS[k % 3])
        count = (17, 33, 16, 1, 15)[k % 5]
        batch = min(count, (1, 15, 17, 33, 16)[k // 5 % 5])
        X, units = rng.random((count, *net.input_shape)), net.output_units
        codes = net.layers[0][1].takes_input
        if codes:
            X[:, -1] = rng.integers(0, 3, count)
        labels = units > 1 and k % 3 == 0
        targets = rng.integers(0, units, count) if labels else rng.random((count, units)).astype(dtype)
        weights = None if k % 4 else rng.random(count)
        work(net, X, targets, batch, 1 + k % 2, k % 4 < 2, weights, k % 3 == 1 and not codes, int(planted))
        KEPT.clear()
    print(f"{k + 1} trainings within their fences")


if __name__ == "__main__":
    main()
