"""The 2-2-1 network that is worked out by hand: inputs 2 and 3, all units linear, no bias.

hidden 1:  1·2 + 1·3 = 5
hidden 2: −1·2 + 1·3 = 1
output:    2·5 − 1·1 = 9
"""

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.engines import Data, make_engine

HIDDEN = [[1.0, -1.0], [1.0, 1.0]]  # row: input, column: hidden unit
OUTPUT = [[2.0], [-1.0]]


def example(dtype="float32", hidden=HIDDEN, output=OUTPUT):
    net = Network([Input(2), Dense(2, bias=False, name="hidden"), Dense(1, bias=False, name="out")], dtype=dtype)
    net.set_weights({"hidden.weights": hidden, "out.weights": output})
    return net


def values(net, x):
    """What the engine holds after a forward pass: (hidden, output)."""
    engine = make_engine(net.plan(1))
    engine.parameters[:] = net.parameters
    for _ in engine.steps("predict", Data(np.array([x], net.dtype)), batch_size=1):
        pass
    return [engine.read(engine.plan.outputs[layer])[0].tolist() for layer in ("hidden", "out")]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_five_one_and_nine(dtype):
    net = example(dtype)
    assert values(net, (2, 3)) == [[5.0, 1.0], [9.0]]
    assert net.predict([[2, 3]]).tolist() == [[9.0]]


def test_every_weight_stands_on_its_connection():
    """A weight is on the line from its row's input to its column's unit: one changed weight changes what it feeds."""
    assert values(example(hidden=[[1.5, -1.0], [1.0, 1.0]]), (2, 3)) == [[6.0, 1.0], [11.0]]
    assert values(example(hidden=[[1.0, -1.5], [1.0, 1.0]]), (2, 3)) == [[5.0, 0.0], [10.0]]
    assert values(example(hidden=[[1.0, -1.0], [1.5, 1.0]]), (2, 3)) == [[6.5, 1.0], [12.0]]
    assert values(example(hidden=[[1.0, -1.0], [1.0, 1.5]]), (2, 3)) == [[5.0, 2.5], [7.5]]
    assert values(example(output=[[2.5], [-1.0]]), (2, 3)) == [[5.0, 1.0], [11.5]]
    assert values(example(output=[[2.0], [-1.5]]), (2, 3)) == [[5.0, 1.0], [8.5]]


def test_a_planted_error_is_caught():
    """The weights transposed, the commonest slip, give other numbers."""
    with pytest.raises(AssertionError):
        assert values(example(hidden=np.transpose(HIDDEN)), (2, 3)) == [[5.0, 1.0], [9.0]]
    assert values(example(hidden=np.transpose(HIDDEN)), (2, 3)) == [[-1.0, 5.0], [-7.0]]
