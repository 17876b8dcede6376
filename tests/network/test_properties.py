"""Whatever the shapes, kinds and values: either it works, with the right shapes, or a PellucidError says why not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import Activation, Dense, Dropout, Flatten, Input, Network, PellucidError
from pellucid.losses import LOSSES
from pellucid.optimizers import OPTIMIZERS

QUICK = settings(max_examples=80, deadline=None, derandomize=True)
# A few kinds only, so that machine code for all of them is ready: which kinds work is asked elsewhere.
ACTIVATIONS = st.sampled_from(["identity", "sigmoid", "tanh", "relu", "softmax"])
SIZES = st.integers(1, 20)
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
LAYERS = st.one_of(
    st.builds(Dense, SIZES, ACTIVATIONS, st.booleans()),
    st.builds(Activation, ACTIVATIONS),
    st.just(Flatten()),
    st.builds(Dropout, st.sampled_from([0.0, 0.5])),
)
NUMBERS = st.floats(-3, 3, width=32)


def attempt(call):
    """What the call returns, or None where it is refused; any other error goes through."""
    try:
        return call()
    except PellucidError as error:
        words = str(error)
        assert words.strip()
        assert words[-1] in ".…`)" or words.endswith("'"), words
        return None


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@QUICK
@given(SHAPES, st.lists(LAYERS, min_size=1, max_size=4), st.integers(1, 40), st.sampled_from(["float32", "float64"]))
def test_a_network_predicts_with_the_shape_that_it_says(shape, layers, count, dtype):
    net = attempt(lambda: Network([Input(shape), *layers], dtype=dtype))
    if net is None:
        assert len(shape) > 1, "only a missing Flatten can be wrong here"
        return
    found = net.predict(numbers((count, *shape)))
    assert found.shape == (count, *net.output_shape)
    assert found.dtype == dtype
    assert np.isfinite(found).all()
    assert net.parameters.shape == (net.parameter_count,) == (sum(w.size for w in net.weights.values()),)
    assert str(net.plan(count))
    again = Network.from_dict(net.to_dict())
    assert np.array_equal(again.predict(numbers((count, *shape))), found)


@QUICK
@given(SHAPES, st.lists(st.integers(0, 6), min_size=0, max_size=4).map(tuple))
def test_data_of_any_shape_fit_or_are_refused(shape, given_shape):
    net = Network([Input(shape), Flatten(), Dense(2, activation="sigmoid")])
    before = net.parameters.copy()
    found = attempt(lambda: net.predict(numbers(given_shape)))
    if found is not None:
        assert found.shape == (given_shape[0], 2)
        assert np.prod(given_shape[1:], dtype=int) == np.prod(shape)
    assert np.array_equal(net.parameters, before)


@QUICK
@given(
    units=st.integers(1, 4),
    activation=ACTIVATIONS,
    loss=st.sampled_from(LOSSES.names),
    optimizer=st.sampled_from(OPTIMIZERS.names),
    count=st.integers(1, 40),
    batch_size=st.one_of(st.none(), st.integers(1, 50)),
    columns=st.integers(0, 4),
    kind=st.sampled_from(["labels", "signs", "numbers", "one-hot", "text"]),
    split=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    weighted=st.booleans(),
)
def test_fit_trains_or_refuses(units, activation, loss, optimizer, count, batch_size, columns, kind, split, weighted):
    net = Network([Input(3), Dense(4, activation="tanh"), Dense(units, activation=activation)])
    if attempt(lambda: net.compile(loss, {"kind": optimizer, "rate": 1e-3}) or True) is None:
        return
    rng = np.random.default_rng(count)
    size = (count, columns) if columns else (count,)
    y = {
        "labels": rng.integers(0, max(2, units), size),
        "signs": rng.choice([-1, 1], size),
        "numbers": rng.uniform(-1, 1, size),
        "one-hot": np.eye(max(1, columns))[rng.integers(0, max(1, columns), count)],
        "text": np.array(["a", "b", "c"])[rng.integers(0, 3, size)],
    }[kind]
    before, weight = net.parameters.copy(), rng.uniform(0, 2, count) if weighted else None
    X = rng.normal(size=(count, 3))
    history = attempt(lambda: net.fit(X, y, 2, batch_size, validation_split=split, sample_weight=weight, verbose=0))
    if history is None:
        assert np.array_equal(net.parameters, before)
        assert net.updates == 0
        return
    assert history.epoch == [0, 1]
    assert np.isfinite(net.parameters).all()
    assert all(np.isfinite(values).all() for values in history.history.values())
    assert ("val_loss" in history.history) == (split > 0)
    assert net.evaluate(X, y).keys() == {"loss"}
    assert net.predict(X).shape == (count, units)
    classes = attempt(lambda: net.predict_classes(X))
    assert classes is None or classes.shape == (count,)


@QUICK
@given(
    st.lists(st.lists(st.one_of(NUMBERS, st.sampled_from([np.nan, np.inf, -np.inf, 1e39, None, "x", "1", True])),
                      min_size=2, max_size=2), min_size=1, max_size=4),
    st.lists(st.one_of(st.integers(-3, 3), NUMBERS, st.sampled_from([np.nan, np.inf, None, "a", "", True])),
             min_size=1, max_size=4),
)  # fmt: skip
def test_any_values_train_to_finite_weights_or_are_refused(X, y):
    for activation, loss in (("identity", "mse"), ("sigmoid", "bce")):
        net = Network([Input(2), Dense(1, activation=activation)])
        net.compile(loss, "sgd")
        before = net.parameters.copy()
        if attempt(lambda net=net: net.fit(X, y, verbose=0)) is None:
            assert np.array_equal(net.parameters, before)
        else:
            assert np.isfinite(net.parameters).all()
            assert len(X) == len(y)


PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), NUMBERS, st.text(max_size=6),
              st.sampled_from(["adam", "mse", "relu", "kind", "l2"])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(
        ["kind", "rate", "units", "activation", "delta", "slope", "name"]), inner, max_size=3)),
    max_leaves=4,
)  # fmt: skip


@QUICK
@given(PLAIN, PLAIN, PLAIN)
def test_any_description_is_made_or_refused(loss, optimizer, activation):
    attempt(lambda: Dense(2, activation=activation))
    attempt(lambda: Dense(2, regularizer=activation))
    attempt(lambda: Dense(2, initializer=activation))
    attempt(lambda: Dropout(activation))
    attempt(lambda: Input(activation))
    attempt(lambda: Dense(activation))
    net = Network([Input(2), Dense(1)])
    attempt(lambda: net.compile(loss, "sgd"))
    attempt(lambda: net.compile("mse", optimizer))
    attempt(lambda: net.compile("mse", "sgd", activation))
    attempt(lambda: Network([Input(2), Dense(1, name=activation)]))
