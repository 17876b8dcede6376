"""Random networks over all kinds and options predict the same in every format."""

import tempfile
import warnings
from pathlib import Path

import pytest
from formats import BATCHES, PREDICT, assert_same
from hypothesis import HealthCheck, Phase, given, settings
from random_networks import EVERYTHING, KINDS, kinds_within, networks

from pellucid import from_keras, from_onnx, from_torch
from pellucid.exchange.samples import draw
from pellucid.layers import LAYERS

# The same networks in every run: a unit whose step lies within rounding of 0 would fail one run in a thousand.
how = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_every_kind_has_a_row():
    assert sorted(KINDS) == sorted(LAYERS.names)


def test_every_kind_comes_up():
    seen = set()

    @settings(how, max_examples=250, phases=[Phase.generate])
    @given(net=networks())
    def look(net):
        seen.update(kinds_within(net.to_dict()["layers"]))

    look()
    assert EVERYTHING - seen == set()


@pytest.mark.parametrize("to", PREDICT)
@how
@given(net=networks())
def test_predicts_the_same(to, net):
    with tempfile.TemporaryDirectory() as folder:
        predict = PREDICT[to](Path(folder), net)
        for count in BATCHES:
            X = draw(net, count)
            assert_same(predict(X), net.predict(X))


@pytest.mark.parametrize(("file", "read"), [("net.onnx", from_onnx), ("net.keras", from_keras),
                                            ("net.safetensors", from_torch)])  # fmt: skip
@how
@given(net=networks())
def test_gives_the_network_back(file, read, net):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read(net.export(f"{folder}/{file}")[0])
    assert again.to_dict() == net.to_dict()
    assert list(again.weights) == list(net.weights)
    assert all((again.weights[name] == array).all() for name, array in net.weights.items())
