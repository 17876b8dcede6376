"""Initializers: spread, determinism, independence of the layers, plain-data form and errors."""

import dataclasses
import json
import math

import numpy as np
import pytest

from pellucid.errors import DescriptionError
from pellucid.initializers import (
    INITIALIZERS,
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Initializer,
    LecunNormal,
    LecunUniform,
    Normal,
    Ones,
    Orthogonal,
    Uniform,
    Zeros,
    generator,
)

DENSE = ((300, 200), 300, 200)  # shape, fan_in, fan_out: 60,000 draws
CONV = ((5, 5, 16, 150), 5 * 5 * 16, 5 * 5 * 150)
EXAMPLES = [
    Zeros(),
    Ones(),
    Constant(0.25),
    Uniform(-0.3, 0.1),
    Normal(0.5, 0.2),
    GlorotUniform(),
    GlorotNormal(),
    HeUniform(),
    HeNormal(),
    LecunUniform(),
    LecunNormal(),
    Orthogonal(gain=1.5),
]


def draw(initializer: Initializer, layer=DENSE, seed: int = 0) -> np.ndarray:
    shape, fan_in, fan_out = layer
    return initializer.init(shape, fan_in, fan_out, generator(seed, "dense_1/weights"))


def check_spread(values: np.ndarray, mean: float, stddev: float, uniform: bool) -> None:
    """Mean, deviation and tails of the draws, within five standard errors of what is stated."""
    n = values.size
    kurtosis = 1.8 if uniform else 3.0  # E[(x-mean)⁴]/Var²
    assert abs(values.mean() - mean) < 5 * stddev / math.sqrt(n)
    assert abs(values.var() / stddev**2 - 1) < 5 * math.sqrt((kurtosis - 1) / n)
    farthest = abs(values - mean).max() / stddev
    if uniform:
        assert 0.999 * math.sqrt(3) < farthest <= math.sqrt(3) * (1 + 1e-12)
    else:
        assert farthest > 3.0  # a normal that is cut off at two deviations reaches at most 2.3


SPREADS = [
    (Uniform(-0.3, 0.1), lambda i, o: -0.1, lambda i, o: 0.4 / math.sqrt(12), True),
    (Normal(0.5, 0.2), lambda i, o: 0.5, lambda i, o: 0.2, False),
    (GlorotUniform(), lambda i, o: 0.0, lambda i, o: math.sqrt(2 / (i + o)), True),
    (GlorotNormal(), lambda i, o: 0.0, lambda i, o: math.sqrt(2 / (i + o)), False),
    (HeUniform(), lambda i, o: 0.0, lambda i, o: math.sqrt(2 / i), True),
    (HeNormal(), lambda i, o: 0.0, lambda i, o: math.sqrt(2 / i), False),
    (LecunUniform(), lambda i, o: 0.0, lambda i, o: math.sqrt(1 / i), True),
    (LecunNormal(), lambda i, o: 0.0, lambda i, o: math.sqrt(1 / i), False),
]


@pytest.mark.parametrize("layer", [DENSE, CONV], ids=["dense", "conv"])
@pytest.mark.parametrize(("initializer", "mean", "stddev", "uniform"), SPREADS, ids=lambda x: getattr(x, "name", ""))
def test_the_spread_is_the_one_stated(initializer, mean, stddev, uniform, layer):
    _, fan_in, fan_out = layer
    check_spread(draw(initializer, layer), mean(fan_in, fan_out), stddev(fan_in, fan_out), uniform)


def test_the_spread_check_sees_a_wrong_deviation_mean_or_shape():
    values = draw(Normal(0.0, 1.0))
    cut = np.clip(values, -2, 2)
    for wrong in (values * 1.03, values + 0.03, cut / cut.std()):
        with pytest.raises(AssertionError):
            check_spread(wrong, 0.0, 1.0, uniform=False)
    with pytest.raises(AssertionError):
        check_spread(values, 0.0, 1.0, uniform=True)


@pytest.mark.parametrize(
    ("ours", "peer"),
    [
        (GlorotUniform(), "xavier_uniform_"),
        (GlorotNormal(), "xavier_normal_"),
        (HeUniform(), "kaiming_uniform_"),
        (HeNormal(), "kaiming_normal_"),
    ],
)
def test_the_deviation_is_pytorchs(ours, peer):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    w_OI = torch.empty(400, 300)
    options = {"nonlinearity": "relu"} if "kaiming" in peer else {}
    getattr(torch.nn.init, peer)(w_OI, **options)
    mine = draw(ours, ((300, 400), 300, 400))
    assert mine.std() == pytest.approx(float(w_OI.std()), rel=0.015)


def test_zeros_ones_and_constant_fill():
    shape = (2, 3)
    for initializer, value in ((Zeros(), 0.0), (Ones(), 1.0), (Constant(-2.5), -2.5)):
        np.testing.assert_array_equal(draw(initializer, (shape, 2, 3)), np.full(shape, value))


@pytest.mark.parametrize("shape", [(7, 7), (9, 4), (4, 9), (3, 3, 2, 5), (2, 2, 1, 9)])
def test_orthogonal_has_gain_as_every_singular_value(shape):
    w = draw(Orthogonal(gain=1.5), (shape, 1, 1)).reshape(-1, shape[-1])
    small = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(small, 1.5**2 * np.eye(len(small)), atol=1e-12)


def test_orthogonal_takes_the_split_with_a_positive_diagonal():
    # The same numbers, split by Gram and Schmidt's own steps, which always make the diagonal of R positive.
    a = generator(0, "dense_1/weights").standard_normal((5, 3))
    q = np.zeros_like(a)
    for j in range(3):
        v = a[:, j] - q[:, :j] @ (q[:, :j].T @ a[:, j])
        q[:, j] = v / np.linalg.norm(v)
    np.testing.assert_allclose(draw(Orthogonal(), ((5, 3), 5, 3)), q, atol=1e-12)


def test_orthogonal_of_a_bias_is_refused():
    with pytest.raises(DescriptionError) as caught:
        draw(Orthogonal(), ((4,), 3, 4))
    assert str(caught.value) == (
        'Initializer "orthogonal" needs a parameter with two axes or more, not shape (4,). Use "zeros" for a bias.'
    )


@pytest.mark.parametrize("initializer", EXAMPLES, ids=lambda i: i.name)
def test_shape_type_and_repetition(initializer):
    for layer in (((4, 3), 4, 3), ((3, 3, 2, 5), 18, 45)):
        first, again = draw(initializer, layer), draw(initializer, layer)
        assert first.shape == layer[0]
        assert first.dtype == np.float64
        assert first.flags.c_contiguous
        np.testing.assert_array_equal(first, again)
        random = initializer.name not in ("zeros", "ones", "constant")
        assert np.array_equal(first, draw(initializer, layer, seed=1)) != random


def test_the_stream_of_a_parameter_depends_on_seed_and_name_alone():
    # Pinned: the first weights of a saved description must stay the same in every process and release.
    assert generator(0, "dense_1/weights").bit_generator.random_raw() == 0xF9DA05A895748B7B
    assert generator(0, "dense_2/weights").bit_generator.random_raw() == 0xDED969C4CE8BFD87
    first = {generator(seed, f"dense_{i}/w").bit_generator.random_raw() for seed in range(20) for i in range(20)}
    assert len(first) == 400


@pytest.mark.parametrize("seed", [-1, 1.5, True, None])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(DescriptionError) as caught:
        generator(seed, "a")
    assert str(caught.value) == f"The seed must be a whole number of 0 or more, not {seed!r}. Use seed=0."


def test_every_kind_has_an_example_here():
    assert {type(i) for i in EXAMPLES} == set(INITIALIZERS)


@pytest.mark.parametrize("initializer", EXAMPLES, ids=lambda i: i.name)
def test_plain_data_form_and_back(initializer):
    assert INITIALIZERS.get(json.loads(json.dumps(initializer.to_dict()))) == initializer
    with pytest.raises(dataclasses.FrozenInstanceError):
        initializer.value = 1


def test_numpy_numbers_become_plain_ones():
    assert (
        json.dumps(Normal(np.float32(0.5), np.int64(2)).to_dict()) == '{"kind": "normal", "mean": 0.5, "stddev": 2.0}'
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [("xavier_uniform", GlorotUniform), ("GlorotNormal", GlorotNormal), ("kaiming_normal", HeNormal), ("zero", Zeros)],
)
def test_names_that_other_libraries_use(name, kind):
    assert INITIALIZERS.get(name) == kind()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: Uniform(low=0.5, high=0.1),
            'Initializer "uniform": low=0.5 is above high=0.1. Swap them: low=0.1, high=0.5.',
        ),
        (
            lambda: Normal(stddev=-1),
            'Initializer "normal": stddev=-1.0 is negative. A standard deviation is 0 or more: use stddev=1.0.',
        ),
        (
            lambda: Constant("1"),
            "Initializer \"constant\": value must be a finite number, not '1'.",
        ),
        (
            lambda: Uniform(high=float("inf")),
            'Initializer "uniform": high must be a finite number, not inf.',
        ),
        (
            lambda: Orthogonal(gain=0),
            'Initializer "orthogonal": gain=0 makes every weight 0. Use gain=1.0, or "zeros".',
        ),
        (
            lambda: draw(HeNormal(), ((3,), 0, 3)),
            'Initializer "he_normal" needs a layer with inputs and outputs, not fan_in=0, fan_out=3. '
            'Use "zeros" for a parameter that is not a weight.',
        ),
        (
            lambda: INITIALIZERS.get("he_norml"),
            'Unknown initializer "he_norml". Did you mean "he_normal"? Known: zeros, ones, constant, uniform, normal, '
            "glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, orthogonal.",
        ),
    ],
)
def test_errors_say_the_mend(make, text):
    with pytest.raises(DescriptionError) as caught:
        make()
    assert str(caught.value) == text
