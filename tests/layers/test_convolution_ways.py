"""A convolution's weights laid out anew or read where they lie, its places taken so many at a time: the same bits."""

import numpy as np
import pytest

from pellucid import Conv2D, Flatten, Input, Network
from pellucid.layers.conv2d import spec

LAYERS = {
    "plain": ((9, 11, 3), Conv2D(17, 3)),
    "six, four, two and one side by side": ((7, 6, 2), Conv2D(13, 2)),
    "eight side by side": ((5, 5, 4), Conv2D(8, 3, padding="same")),
    "groups": ((6, 6, 6), Conv2D(15, (2, 3), groups=3)),
    "few filters": ((8, 9, 3), Conv2D(5, 3, bias=False)),
    "steps": ((11, 10, 5), Conv2D(18, (3, 2), stride=(3, 2), padding="same")),
    "dilation": ((11, 12, 3), Conv2D(14, (3, 2), stride=(2, 3), dilation=(2, 1))),
    "a kernel smaller than its step": ((9, 9, 2), Conv2D(12, 2, stride=3)),
    "one place": ((3, 3, 40), Conv2D(33, 3)),
}


def trained(name, threads):
    shape, layer = LAYERS[name]
    net = Network([Input(shape), Conv2D(shape[2], 1, activation="tanh"), layer, Flatten()], seed=2)
    net.compile("mse", "adam")
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(37, *shape)), rng.normal(size=(37, net.output_units))
    net.fit(X, y, 2, 20, threads=threads, verbose=0)
    return net.parameters.tobytes(), net.predict(X, threads=threads).tobytes(), net.history.history["loss"]


@pytest.fixture(scope="module", params=LAYERS)
def way(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spec, "MANY", 2**60)
        patch.setattr(spec, "STRIP", 1)
        return request.param, trained(request.param, 1)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("strip", [1, 3, 8, 1000])
@pytest.mark.parametrize("many", [1, 2**60])
def test_the_same_bits(way, many, strip, threads, monkeypatch):
    name, expected = way
    monkeypatch.setattr(spec, "MANY", many)
    monkeypatch.setattr(spec, "STRIP", strip)
    assert trained(name, threads) == expected


def test_weights_are_laid_out_where_there_are_many(monkeypatch):
    net = Network([Input((4, 4, 20)), Conv2D(24, 3), Conv2D(3, 2), Flatten()])
    ops = [op for phase in net.plan(8).programs["predict"] for op in phase.ops if op.name == "conv2d.forward"]
    assert [op.fields["laid_out"] for op in ops] == [1, 0]
    assert net.plan(8).room >= 9 * 20 * 24
