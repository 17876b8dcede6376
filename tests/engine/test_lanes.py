"""The engine's functions on sixteen samples at a time, against NumPy: to a few units in the last place, NaN kept."""

import numpy as np
import pytest
from lane_functions import apply, call

from pellucid import Activation, Input, Network, elementary
from pellucid.activations import ACTIVATIONS
from pellucid.engines import Data, make_engine

DTYPES = ["float32", "float64"]
INF, NAN = np.inf, np.nan
# function → (range that is tried, units in the last place that are allowed)
FUNCTIONS = {
    "exp": ((-80.0, 80.0), 4),
    "tanh": ((-12.0, 12.0), 4),
    "log": ((1e-6, 1e6), 2),
    "log1p": ((-0.999, 50.0), 2),
    "sqrt": ((0.0, 1e6), 0.5),
    "erf": ((-5.0, 5.0), 2),
    "absolute": ((-9.0, 9.0), 0),
    "sign": ((-9.0, 9.0), 0),
}


def reference(function, x):
    """By NumPy in the longest floating-point type that it has; erf by the C library."""
    with np.errstate(all="ignore"):
        if function == "erf":
            return elementary.erf(x.astype(float))
        return getattr(elementary, function)(x.astype(np.longdouble))


def ulps(found, expected, dtype):
    """The largest difference in units in the last place."""
    return float((np.abs(found - expected) / np.spacing(np.abs(expected).astype(dtype))).max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_function(function, dtype):
    (low, high), allowed = FUNCTIONS[function]
    rng = np.random.default_rng(1)
    wide = rng.uniform(low, high, 100_000)
    near = np.clip(wide * 10.0 ** rng.uniform(-6, 0, len(wide)), low, high)
    x = np.concatenate([wide, near, [low, high]]).astype(dtype)
    found = apply(f"unary/pellucid.elementary:{function}", dtype, x)
    assert found.dtype == dtype
    assert ulps(found, reference(function, x), dtype) <= allowed + 1e-9


SPECIAL = {
    "exp": {INF: INF, -INF: 0.0, NAN: NAN, 1e4: INF, -1e4: 0.0, 0.0: 1.0},
    "tanh": {INF: 1.0, -INF: -1.0, NAN: NAN, 1e4: 1.0, -1e4: -1.0, 0.0: 0.0},
    "log": {INF: INF, 0.0: -INF, -1.0: NAN, NAN: NAN, 1.0: 0.0},
    "log1p": {INF: INF, -1.0: -INF, -2.0: NAN, NAN: NAN, 0.0: 0.0},
    "sqrt": {INF: INF, -1.0: NAN, NAN: NAN, 0.0: 0.0},
    "erf": {INF: 1.0, -INF: -1.0, NAN: NAN, 0.0: 0.0},
    "absolute": {INF: INF, -INF: INF, NAN: NAN},
    "sign": {INF: 1.0, -INF: -1.0, NAN: NAN, 0.0: 0.0},
}


def test_that_every_unary_function_is_tried():
    public = {name for name in dir(elementary) if not name.startswith("_")} - {"annotations", "np", "Any", "Number"}
    assert public - {"maximum", "minimum", "where"} == set(FUNCTIONS) == set(SPECIAL)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", SPECIAL)
def test_infinity_and_what_is_no_number(function, dtype):
    given, expected = zip(*SPECIAL[function].items(), strict=True)
    np.testing.assert_array_equal(apply(f"unary/pellucid.elementary:{function}", dtype, np.array(given)), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_ends_of_exp(dtype):
    """Up to the largest number; below the smallest normal one it fades out and is never negative or NaN."""
    top = float(np.log(np.finfo(dtype).max))
    low = float(np.log(np.finfo(dtype).tiny))
    x = np.array([top - 1e-3, top + 1e-3, low + 1e-3, low - 2, low - 40], dtype)
    found = apply("unary/pellucid.elementary:exp", dtype, x)
    with np.errstate(over="ignore", under="ignore"):
        expected = np.exp(x)
    np.testing.assert_allclose(found[:3], expected[:3], rtol=8 * np.finfo(dtype).eps)
    assert np.isinf(found[1])
    np.testing.assert_allclose(found[3:], expected[3:], atol=np.finfo(dtype).tiny * 1e-5)
    assert (found[3:] >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ["maximum", "minimum"])
def test_larger_and_smaller_keep_what_is_no_number(function, dtype):
    values = np.array([NAN, -INF, -1.0, 0.0, 2.0, INF])
    a, b = (side.ravel() for side in np.meshgrid(values, values))
    found = apply(f"binary/pellucid.elementary:{function}", dtype, a, b)
    np.testing.assert_array_equal(found, getattr(np, function)(a, b))


OPERATORS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operator", OPERATORS)
def test_arithmetic_is_the_machines(operator, dtype):
    values = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -3.5, 1e30, 1e-30, 0.1], dtype)
    a, b = (side.ravel() for side in np.meshgrid(values, values))
    with np.errstate(all="ignore"):
        expected = OPERATORS[operator](a, b)
    np.testing.assert_array_equal(apply(f"binary/operator:{operator}", dtype, a, b), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", [kind for kind in ACTIVATIONS if kind.name != "identity"])
def test_every_activation_keeps_what_is_no_number(activation, dtype):
    """And one sample's NaN stays with that sample."""
    net = Network([Input(2), Activation(activation)], dtype=dtype)
    engine = make_engine(net.plan(20))
    x = np.linspace(-2, 2, 40).reshape(20, 2).astype(dtype)
    clean, outputs = net.predict(x), np.zeros((20, 2), dtype)
    x[3, 1] = NAN
    for _ in engine.steps("predict", Data(x), batch_size=20, outputs=outputs):
        pass
    assert np.isnan(outputs[3, 1])
    rows = np.arange(20) != 3
    assert np.array_equal(outputs[rows], clean[rows])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_the_engine_and_the_drawn_curve_agree(activation, dtype):
    """The formula called by a reader, with NumPy, is the one that the engine compiled."""
    x = np.linspace(-6, 6, 480).reshape(-1, 3)
    found = Network([Input(3), Activation(activation)], dtype=dtype).predict(x)
    np.testing.assert_allclose(found, activation()(x), rtol=20 * np.finfo(dtype).eps, atol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_transposes_and_parts(dtype):
    rng = np.random.default_rng(3)
    whole = rng.integers(-99, 99, 48).astype(dtype)  # whole numbers, whose sums are exact
    found = apply("totals", dtype, whole)
    assert np.array_equal(found, whole.reshape(3, 16).sum(axis=1).repeat(16))

    memory = np.zeros(20 * 16 + 256, dtype)
    memory[:320] = np.arange(320)
    call("tile", dtype, memory, 20, 0, 320)
    assert np.array_equal(memory[320:].reshape(16, 16), np.arange(320).reshape(16, 20)[:, :16].T)

    rows = rng.permutation(16) * 20
    call("gathered", dtype, memory, 3, 0, 320, run=rows)
    assert np.array_equal(memory[320:].reshape(16, 16), np.arange(320).reshape(16, 20)[rows // 20, 3:19].T)

    for count in (0, 1, 7, 15, 16):
        memory = np.concatenate([np.arange(1, 17), np.zeros(20)]).astype(dtype)
        call("part", dtype, memory, count, 0, 16)
        assert memory[16:].tolist() == [*range(1, count + 1), *[0] * (20 - count)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_random_numbers_are_even_and_depend_on_the_key(dtype):
    def draw(key):
        memory = np.zeros(16 * 4000, dtype)
        call("uniform", dtype, memory, 4000, key, 0)
        return memory

    one, other = draw(12345), draw(12345 + 2**40)
    assert np.array_equal(one, draw(12345))
    assert (one == other).mean() < 0.001
    for numbers in (one, other):
        assert 0 <= numbers.min() < numbers.max() < 1
        counts = np.histogram(numbers, 20, (0, 1))[0]
        assert np.abs(counts - 3200).max() < 5 * np.sqrt(3200)
        assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.02
        assert abs(np.corrcoef(numbers[:-16], numbers[16:])[0, 1]) < 0.02
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.02
