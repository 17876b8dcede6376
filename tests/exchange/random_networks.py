"""A strategy that builds random valid networks over all layer kinds and options.

``KINDS`` has a row for every kind; ``test_random_networks.py`` fails while one is missing.
"""

from __future__ import annotations

from itertools import accumulate

import kinds
from hypothesis import strategies as st

from pellucid import Input, Network
from pellucid.activations import ACTIVATIONS
from pellucid.layers import LAYERS

FS = [{"kind": name} | options for name, several in kinds.ACTIVATIONS.items() for options in several]
activations = st.sampled_from(FS)
bits = st.booleans()
small = st.floats(0.5, 2.0).map(lambda v: round(v, 3))


def pairs(most):
    one = st.integers(1, most)
    return st.one_of(one, st.tuples(one, one))


@st.composite
def dense(draw, shape, units=None):
    return {"kind": "Dense", "units": units or draw(st.integers(1, 7)), "activation": draw(activations),
            "bias": draw(bits)}  # fmt: skip


@st.composite
def conv2d(draw, shape, filters=None):
    groups = draw(st.sampled_from([g for g in (1, 2, 3) if shape[2] % g == 0 and (filters or g) % g == 0]))
    layer = {"kind": "Conv2D", "groups": groups, "filters": filters or groups * draw(st.integers(1, 3)),
             "activation": draw(activations), "bias": draw(bits)}  # fmt: skip
    if filters or draw(bits):
        more = {} if filters else {"stride": draw(pairs(3))}
        return layer | more | {"padding": "same", "kernel": draw(pairs(4)), "dilation": draw(pairs(2))}
    kernel = tuple(draw(st.integers(1, side)) for side in shape[:2])
    reach = [(side - 1) // (k - 1) if k > 1 else 2 for side, k in zip(shape, kernel, strict=False)]
    dilation = tuple(draw(st.integers(1, most)) for most in reach)
    return layer | {"kernel": kernel, "stride": draw(pairs(3)), "dilation": dilation}


def pool(kind):
    @st.composite
    def build(draw, shape):
        stride = draw(st.one_of(st.none(), pairs(3)))
        if draw(bits):
            return {"kind": kind, "size": draw(pairs(4)), "stride": stride, "padding": "same"}
        return {"kind": kind, "size": tuple(draw(st.integers(1, side)) for side in shape[:2]), "stride": stride}

    return build


def plain(kind, **fields):
    """A kind whose fields do not depend on the shape."""
    return lambda shape: st.fixed_dictionaries({"kind": st.just(kind)} | fields)


@st.composite
def standardize(draw, shape):
    C = shape[-1]
    each = {
        name: draw(st.one_of(numbers, st.tuples(*[numbers] * C)))
        for name, numbers in (("mean", small.map(lambda v: v - 1)), ("deviation", small))
    }
    return {"kind": "Standardize"} | each


@st.composite
def reshape(draw, shape):
    sizes, count = [], 1
    for size in shape:
        count *= size
    for divisor in draw(st.lists(st.sampled_from([2, 3, 5]), max_size=2)):
        if count % divisor == 0:
            sizes.append(divisor)
            count //= divisor
    return {"kind": "Reshape", "shape": tuple(draw(st.permutations([*sizes, count])))}


@st.composite
def embedding(draw, shape):
    codes = draw(st.integers(1, shape[0]))
    sizes = st.lists(st.integers(1, 5), min_size=codes, max_size=codes).map(tuple)
    return {"kind": "Embedding", "categories": draw(sizes), "units": draw(sizes)}


@st.composite
def piecewise_linear(draw, shape):
    steps = st.lists(small, min_size=2, max_size=4)
    return {"kind": "PiecewiseLinear", "edges": [[v - 2.1 for v in accumulate(draw(steps))] for _ in range(shape[0])]}


@st.composite
def keeping(draw, shape, depth):
    """Layers that give the shape that they take."""
    made = []
    for _ in range(draw(st.integers(1, 2))):
        chosen = ["Activation", "BatchNorm", "LayerNorm", "Dropout", "Standardize"]
        chosen += ["Dense"] * 3 if len(shape) == 1 else ["Conv2D"] * 3 if len(shape) == 3 else []
        chosen += ["Residual", "Ensemble"] if depth else []
        kind = draw(st.sampled_from(chosen))
        if kind in ("Dense", "Conv2D"):
            made.append(draw((dense if kind == "Dense" else conv2d)(shape, shape[-1])))
        elif kind in ("Residual", "Ensemble"):
            made.append(draw(NESTED[kind](shape, depth - 1)))
        else:
            made.append(draw(KINDS[kind](shape)))
    return made


@st.composite
def residual(draw, shape, depth=1):
    shortcut = draw(st.one_of(st.just([]), keeping(shape, depth)))
    return {"kind": "Residual", "layers": draw(keeping(shape, depth)), "shortcut": shortcut,
            "activation": draw(activations)}  # fmt: skip


@st.composite
def ensemble(draw, shape, depth=1):
    members = draw(st.lists(keeping(shape, depth), min_size=1, max_size=3))
    weights = draw(st.one_of(st.none(), st.lists(small, min_size=len(members), max_size=len(members))))
    return {"kind": "Ensemble", "members": members, "weights": weights}


NESTED = {"Residual": residual, "Ensemble": ensemble}
share = st.sampled_from([1e-3, 1e-2])  # of a variance: smaller ones magnify rounding
KINDS = {
    "Input": lambda shape: st.just({"kind": "Input", "shape": shape}),
    "Dense": dense,
    "Conv2D": conv2d,
    "MaxPool2D": pool("MaxPool2D"),
    "AvgPool2D": pool("AvgPool2D"),
    "GlobalAvgPool2D": plain("GlobalAvgPool2D"),
    "BatchNorm": plain("BatchNorm", epsilon=share, momentum=st.sampled_from([0.0, 0.9])),
    "LayerNorm": plain("LayerNorm", epsilon=share),
    "Activation": plain("Activation", activation=activations),
    "Dropout": plain("Dropout", rate=st.sampled_from([0.0, 0.5])),
    "Flatten": plain("Flatten"),
    "Reshape": reshape,
    "Standardize": standardize,
    "Augment": plain("Augment", brightness=st.sampled_from([0.0, 0.5]), fill=st.sampled_from([0.0, "edge"])),
    "Embedding": embedding,
    "PiecewiseLinear": piecewise_linear,
    **NESTED,
}
ROWS, PICTURES = ("Dense", "PiecewiseLinear"), ("Conv2D", "MaxPool2D", "AvgPool2D", "GlobalAvgPool2D", "Augment")


def fitting(shape, first):
    """The kinds that take such samples."""
    for kind in KINDS.keys() - {"Input", "Embedding"}:
        if (kind not in ROWS or len(shape) == 1) and (kind not in PICTURES or len(shape) == 3):
            yield kind
    if first and len(shape) == 1:
        yield from ["Embedding"] * 4  # it has one place in a network, the others have many


@st.composite
def networks(draw):
    """A network of float32 whose numbers are all away from 0 and 1."""
    rank = draw(st.sampled_from([1, 1, 2, 3, 3, 3]))
    shape = start = tuple(draw(st.integers(1, 7 if k < 2 else 4)) for k in range(rank))
    layers = []
    for k in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(sorted(fitting(shape, k == 0))))
        layers.append(LAYERS.get(draw(KINDS[kind](shape))))
        shape = layers[-1].output_shape(shape, kind)
    net = Network([Input(start), *layers], seed=draw(st.integers(0, 99)))
    kinds.spread_constants(net)
    return net


def kinds_within(plain):
    """The kinds of layers and activations in a description."""
    if isinstance(plain, dict):
        return {plain.get("kind")}.union(*map(kinds_within, plain.values()))
    return set().union(*map(kinds_within, plain)) if isinstance(plain, (list, tuple)) else set()


EVERYTHING = {*LAYERS.names, *ACTIVATIONS.names}
