"""The cost along one weight: against evaluate, against central differences, and step by step."""

import numpy as np
import pytest
from look_nets import curved, exercise

from pellucid.errors import DataError, DescriptionError


def test_curve_slopes_and_steps():
    net, X, y = exercise(trained=False)
    before = net.snapshot()
    found = net.cost_along("dense_1.weights[4, 1]", X, y, steps=6, rate=8.0)
    assert np.array_equal(before, net.snapshot())
    assert found.path[0] == net.weights["dense_1.weights"][4, 1]
    assert found.path[1:] == pytest.approx(found.path[:-1] - 8.0 * found.slopes, rel=1e-12)
    assert (np.diff(found.path_cost) < 0).all()
    for k in (0, 50, 120):
        w = net.weights["dense_1.weights"].astype(float)
        w[4, 1] = found.w[k]
        copy, _, _ = exercise(trained=False)
        copy.set_weights({"dense_1.weights": w})
        assert found.cost[k] == pytest.approx(copy.evaluate(X, y)["loss"], rel=1e-5)
    h = found.w[1] - found.w[0]
    slopes = np.interp(found.path[:-1], found.w[1:-1], (found.cost[2:] - found.cost[:-2]) / (2 * h))
    assert slopes == pytest.approx(found.slopes, rel=2e-2)
    assert np.interp(found.path, found.w, found.cost) == pytest.approx(found.path_cost, rel=1e-3)


def test_its_text_and_picture(tmp_path):
    from PIL import Image

    net, X, y = exercise(trained=False)
    found = net.cost_along("dense_2.bias[1]", X, y, steps=2)
    assert found.text().splitlines()[0] == "dense_2.bias[1] of 12-3-2, rate 3, all other weights held"
    assert len(found.text().splitlines()) == 6
    found.save(tmp_path / "cost.png")
    assert min(Image.open(tmp_path / "cost.png").size) > 300


@pytest.mark.parametrize(
    ("weight", "options", "words"),
    [
        ("dense_1.weigths[0, 0]", {}, 'No weights "dense_1.weigths". Did you mean "dense_1.weights"? Known: '
         "dense_1.weights, dense_1.bias, dense_2.weights, dense_2.bias, dense_3.weights, dense_3.bias."),
        ("dense_1.weights[4, 0]", {}, '"dense_1.weights[4, 0]" is no single weight. The places of dense_1.weights are '
         '[0…3, 0…5], as in "dense_1.weights[0, 0]".'),
        ("dense_1.bias", {}, '"dense_1.bias" is no single weight. The places of dense_1.bias are [0…5], as in '
         '"dense_1.bias[0]".'),
        ("dense_1.bias[0]", {"rate": -1.0}, "rate must be a positive number, got -1.0."),
    ],
)  # fmt: skip
def test_weights_that_are_not_there(weight, options, words):
    net, X = curved()
    with pytest.raises(DescriptionError) as caught:
        net.cost_along(weight, X, np.arange(40) % 3, **options)
    assert str(caught.value) == words


def test_a_descent_that_runs_away():
    from pellucid import Dense, Input, Network

    net = Network([Input(1), Dense(1)])
    net.compile("mse", "sgd")
    with pytest.raises(DataError) as caught:
        net.cost_along("dense_1.weights[0, 0]", [[1.0], [2.0]], [0, 1], rate=1e6, steps=50)
    assert str(caught.value) == (
        "dense_1.weights[0, 0]: the descent runs away with rate 1e+06. Give a smaller one: rate=…."
    )


def test_a_rate_that_is_no_number_is_refused():
    net, X, y = exercise()
    with pytest.raises(DescriptionError) as error:
        net.cost_along("dense_1.bias[0]", X, y, rate="0.1")
    assert str(error.value) == "rate must be a positive number, got '0.1'."
