"""Every layer kind, activation and option, in every format, at batch sizes 1, 2 and 33."""

import ctypes
import subprocess

import kinds
import numpy as np
import pytest
from formats import BATCHES, FLAGS, PREDICT, assert_same, call_c, compiler

from pellucid.exchange.c.calls import WRITERS as C
from pellucid.exchange.keras.layers import STRINGS
from pellucid.exchange.keras.layers import WRITERS as KERAS
from pellucid.exchange.onnx.activations import WRITERS as ONNX_ACTIVATIONS
from pellucid.exchange.onnx.nodes import WRITERS as ONNX
from pellucid.exchange.python.expressions import WRITERS as PYTHON
from pellucid.exchange.samples import draw
from pellucid.exchange.steps import LOWER, OPS, TRAINING
from pellucid.exchange.table import FORMATS
from pellucid.exchange.torch.parts import MAKERS as TORCH
from pellucid.exchange.torch.parts import PLAIN
from pellucid.layers import LAYERS

ROWS = [(kind, row) for kind, rows in kinds.LAYERS.items() for row in rows]
ROWS += [
    (name, {"input": shape, "layers": [("Activation", {"activation": {"kind": name} | options})]})
    for name, several in kinds.ACTIVATIONS.items()
    for options in several
    for shape in ((5,), (2, 3, 4))
]
each_row = pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[f"{k}-{n}" for n, (k, _) in enumerate(ROWS)])


def network(row, dtype="float32"):
    return kinds.make_network(row["input"], row["layers"], dtype=dtype)


def test_every_kind_can_be_written():
    assert sorted(LOWER) == sorted(set(LAYERS.names) - {"Input"})
    for writers in (ONNX, PYTHON, C):
        assert sorted(writers) == sorted(OPS)
    assert sorted(KERAS) == sorted([*OPS, *TRAINING])
    assert sorted(TORCH) == sorted(LOWER)
    assert sorted(ONNX_ACTIVATIONS) == sorted(kinds.ACTIVATIONS)
    assert sorted([*STRINGS, "elu", "leaky_relu", "step"]) == sorted(kinds.ACTIVATIONS)
    assert sorted([*PLAIN, "elu", "leaky_relu", "softmax", "identity"]) == sorted(kinds.ACTIVATIONS)


def test_every_format_is_tested():
    assert [*PREDICT, "excel"] == list(FORMATS)  # which tests/worksheet/test_predictor.py recalculates


@each_row
@pytest.mark.parametrize("opset", [13, 22])
def test_onnx(row, opset, tmp_path):
    pytest.importorskip("onnx")
    net = network(row)
    predict = PREDICT["onnx"](tmp_path, net, opset=opset)
    for count in BATCHES:
        X = draw(net, count)
        assert_same(predict(X), net.predict(X))


@each_row
@pytest.mark.parametrize("to", ["keras", "torch"])
def test_keras_and_torch(row, to, tmp_path):
    net = network(row)
    predict = PREDICT[to](tmp_path, net)
    for count in BATCHES:
        X = draw(net, count)
        assert_same(predict(X), net.predict(X))


@each_row
def test_python(row, tmp_path):
    net = network(row)
    predict = PREDICT["python"](tmp_path, net)
    for count in BATCHES:
        X = draw(net, count)
        assert_same(predict(X), net.predict(X))


@each_row
def test_python_computes_with_the_networks_own_digits(row, tmp_path):
    net = network(row, "float64")
    X = draw(net, 2)
    found = PREDICT["python"](tmp_path, net)(X)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, net.predict(X), rtol=1e-12, atol=1e-12)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """All networks in one library, each under a name of its own."""
    folder = tmp_path_factory.mktemp("c")
    nets = [network(row) for _, row in ROWS]
    for k, net in enumerate(nets):
        net.export(folder / f"net_{k}.c", function=f"predict_{k}", samples=draw(net, 1))
    sources = [f"net_{k}.c" for k in range(len(nets))]
    subprocess.run([compiler(), *FLAGS, "-shared", "-fPIC", *sources, "-lm", "-o", "all.so"], cwd=folder, check=True)
    return nets, ctypes.CDLL(folder / "all.so")


@pytest.mark.parametrize("k", range(len(ROWS)), ids=[f"{k}-{n}" for n, (k, _) in enumerate(ROWS)])
def test_c(library, k):
    nets, made = library
    for count in BATCHES:
        X = draw(nets[k], count)
        assert_same(call_c(made[f"predict_{k}"], nets[k], X), nets[k].predict(X))
