"""PiecewiseLinear: the values by hand, edges from data, and what is refused."""

import numpy as np
import pytest

from pellucid import DataError, Dense, DescriptionError, Input, Network, PiecewiseLinear


def test_the_values_by_hand_and_x_is_still_their_sum(rng):
    layer = PiecewiseLinear([[-1, 0, 0.5, 2], [10, 20]])
    net = Network([Input(2), layer], dtype="float64")
    X = np.array([[-3, 10], [0, 15], [0.25, 20], [1.25, 30], [9, 0]], float)
    expected = [[-2, 0, 0, 0], [1, 0, 0, 0.5], [1, 0.5, 0, 1], [1, 1, 0.5, 2], [1, 1, 17 / 3, -1]]
    np.testing.assert_allclose(net.predict(X), expected, atol=1e-15)
    X = rng.normal(0, 5, (50, 2))
    a = net.predict(X)
    np.testing.assert_allclose(-1 + a[:, :3] @ [1, 0.5, 1.5], X[:, 0], atol=1e-12)
    np.testing.assert_allclose(10 + 10 * a[:, 3], X[:, 1], atol=1e-12)


def test_edges_are_quantiles_and_those_that_fall_together_are_one():
    X = np.stack([np.arange(9.0), np.arange(9) % 2, np.full(9, 4.0), [0] * 8 + [1]], axis=1)
    assert PiecewiseLinear.of(X, bins=4).edges == ((0.0, 2.0, 4.0, 6.0, 8.0), (0.0, 1.0), (4.0, 5.0), (0.0, 1.0))
    near = np.array([[0.0], [1e-6], [2e-6], [1.0]])
    assert PiecewiseLinear.of(near, bins=3).edges == ((0.0, 1.0),)


def test_plain_data_and_back():
    net = Network([Input(2), PiecewiseLinear([[0, 1, 2], [3, 4]], name="pieces"), Dense(1)])
    assert Network.from_dict(net.to_dict()).to_dict() == net.to_dict()


REFUSED = {
    "nothing": (lambda: PiecewiseLinear(), DescriptionError,
        "PiecewiseLinear: edges are missing. Give at least two rising numbers for each input, for instance "
        "[[0, 1, 2], [10, 20]]."),
    "one row": (lambda: PiecewiseLinear([0, 1]), DescriptionError,
        "PiecewiseLinear: edges must be rows of numbers, got [0, 1]. Give at least two rising numbers for each input, "
        "for instance [[0, 1, 2], [10, 20]]."),
    "falling": (lambda: PiecewiseLinear([[0, 1], [2, 2]]), DescriptionError,
        "PiecewiseLinear: the edges of input 1 do not rise: [2.0, 2.0]. Give at least two rising numbers for each "
        "input, for instance [[0, 1, 2], [10, 20]]."),
    "another input": (lambda: Network([Input(3), PiecewiseLinear([[0, 1]])]), DescriptionError,
        'Layer 1 "piecewiselinear_1" (PiecewiseLinear): edges for 1 inputs, but its input has shape 3. Give one row of '
        "edges for each input."),
    "a gap": (lambda: PiecewiseLinear.of([[1.0, 2.0], [3.0, np.nan]]), DataError,
        "PiecewiseLinear.of: column 1 of X holds a value that is not a finite number."),
    "no rows": (lambda: PiecewiseLinear.of(np.zeros((0, 2))), DataError,
        "PiecewiseLinear.of: X must be rows of numbers, got shape (0, 2)."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, kind, text = REFUSED[case]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text
