"""Our own ONNX files: what is in them, and what comes back; a description is never believed against the graph."""

import json
import sys
import warnings

import kinds
import numpy as np
import pytest
from formats import assert_same

onnx = pytest.importorskip("onnx")

from pellucid import (  # noqa: E402
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Input,
    MaxPool2D,
    Network,
    Residual,
    from_onnx,
)  # fmt: skip
from pellucid.errors import DescriptionError, PellucidError  # noqa: E402
from pellucid.exchange.onnx.write import build  # noqa: E402
from pellucid.exchange.samples import draw  # noqa: E402

ROWS = [(kind, row) for kind, rows in kinds.LAYERS.items() for row in rows]


def convolutional():
    block = Residual([Conv2D(4, padding="same", activation="relu"), Conv2D(4, padding="same")], activation="relu")
    layers = [Conv2D(4, 3, activation="relu"), BatchNorm(), MaxPool2D(2), block, Dropout(), Flatten(), Dense(3)]
    return Network([Input((8, 8, 2)), *layers], name="pictures", seed=3)


def operators(net, **options):
    return [node.op_type for node in build(net, **options).graph.node]


def without_description(net, path):
    """A file of the graph alone."""
    model = build(net)
    del model.metadata_props[:]
    path.write_bytes(model.SerializeToString())
    return path


def test_a_stack_of_convolutions_is_turned_once_each_way():
    found = operators(convolutional())
    assert found.count("Transpose") == 2
    assert found[0] == "Transpose"
    assert found[-3:] == ["Transpose", "Flatten", "Gemm"]
    pooled = Network([Input((8, 8, 2)), Conv2D(4), Activation("softmax"), GlobalAvgPool2D(), Dense(3)])
    assert operators(pooled) == ["Transpose", "Conv", "Softmax", "GlobalAveragePool", "Flatten", "Gemm"]
    one = Network([Input((8, 8, 2)), Conv2D(1), Flatten(), Dense(3)])
    assert operators(one) == ["Transpose", "Conv", "Flatten", "Gemm"]


def test_the_model_says_what_it_is():
    net = convolutional()
    net.class_names, net.feature_names = ("a", "b", "ü"), None
    model = build(net)
    assert [(v.name, [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]) for v in
            (*model.graph.input, *model.graph.output)] == [("input", ["N", 8, 8, 2]), ("output", ["N", 3])]  # fmt: skip
    assert (model.opset_import[0].version, model.ir_version, model.graph.name) == (17, 8, "pictures")
    assert json.loads({e.key: e.value for e in model.metadata_props}["class_names"]) == ["a", "b", "ü"]
    assert {t.name for t in model.graph.initializer} == set(net.weights)
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names)
    assert {"conv2d_1.z", "residual_1.conv2d_2.z", "output"} - {*names, model.graph.node[-1].output[0]} == set()


def test_newer_operators_are_used_where_they_are_asked_for():
    net = Network([Input(3), Dense(4, "gelu")])
    assert operators(net, opset=20) == ["Gemm", "Gelu"]
    assert operators(net, opset=19) == ["Gemm", "Mul", "Erf", "Add", "Mul", "Mul"]


@pytest.mark.parametrize(("options", "words"), [
    ({"opset": 12}, "opset must be a whole number from 13 to 22, got 12."),
    ({"opset": True}, "opset must be a whole number from 13 to 22, got True."),
    ({"dtype": "int8"}, 'dtype must be "float32" or "float64", got \'int8\'.'),
    ({"opsets": 1},
     'Format "onnx" has no option "opsets". Did you mean "opset"? It has: opset, dtype, preparation.'),
])  # fmt: skip
def test_options_that_are_not_known(options, words, tmp_path):
    with pytest.raises(DescriptionError) as found:
        convolutional().export(tmp_path / "n.onnx", **options)
    assert str(found.value) == words
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(PellucidError) as found:
        convolutional().export(tmp_path / "n.onnx")
    assert str(found.value) == 'ONNX files need the package onnx. Install it with: pip install "pellucid[onnx]"'


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[f"{k}-{n}" for n, (k, _) in enumerate(ROWS)])
def test_every_kind_comes_back(row, tmp_path):
    net = kinds.make_network(row["input"], row["layers"], dtype="float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = from_onnx(*net.export(tmp_path / "n.onnx"))
    assert again.to_dict() == net.to_dict()
    assert again.compile_settings() == net.compile_settings()
    assert list(again.weights) == list(net.weights)
    assert all((again.weights[name] == array).all() for name, array in net.weights.items())


@pytest.mark.parametrize("row", [row for kind, row in ROWS if kind != "PiecewiseLinear"])
def test_the_graph_alone_says_enough(row, tmp_path):
    """Without the description; stretches of PiecewiseLinear are the one thing that only the description says."""
    net = kinds.make_network(row["input"], row["layers"], dtype="float32")
    other = from_onnx(without_description(net, tmp_path / "n.onnx"))
    X = draw(net, 33)
    assert_same(other.predict(X), net.predict(X))


def test_all_digits_are_kept_where_they_are_asked_for(tmp_path):
    net = Network([Input(3), Dense(4, "tanh"), Dense(2)], dtype="float64")
    again = from_onnx(*net.export(tmp_path / "n.onnx", dtype="float64"))
    assert again.to_dict() == net.to_dict()
    assert (again.parameters == net.parameters).all()
    assert from_onnx(*net.export(tmp_path / "n.onnx")).dtype == "float32"


def test_names_and_settings_come_back(tmp_path):
    net = Network([Input(2), Dense(1, "sigmoid", regularizer="l2")])
    net.compile("binary_crossentropy", "sgd", ["accuracy"])
    net.class_names, net.feature_names, net.preparation = ("no", "yes"), ("x", "y"), {"size": [1, 2]}
    again = from_onnx(*net.export(tmp_path / "n.onnx"))
    assert (again.class_names, again.feature_names) == (net.class_names, net.feature_names)
    assert again.preparation == net.preparation
    assert again.predict_classes([[0, 0]]) == net.predict_classes([[0, 0]])


def changed(net, path, change):
    model = build(net)
    change(model)
    path.write_bytes(model.SerializeToString())
    with pytest.warns(
        UserWarning, match=r"the graph is not what the description in the file says \(.*\)\. The graph"
    ) as found:
        net = from_onnx(path)
    assert found[0].filename == __file__  # the caller's line, not one of ours or of who called that
    return net


def describe(model, old, new):
    (entry,) = (e for e in model.metadata_props if e.key == "pellucid")
    assert old in entry.value
    entry.value = entry.value.replace(old, new)


def test_a_description_that_says_something_else_is_not_believed(tmp_path):
    net = Network([Input(3), Dense(4, "tanh"), Dense(2)])
    X = draw(net, 5)
    for old, new in (('"tanh"', '"relu"'), ('"units": 4', '"units": 5'), ('"units": 4', '"units": 4000000000'),
                     ('"version": 1', '"version": 2'), ('"version"', '"versions"'), ('"compile": null', '"compile": 3'),
                     ('"kind"', '"mind"'), ('{"version"', '{{')):  # fmt: skip
        again = changed(net, tmp_path / "n.onnx", lambda model, old=old, new=new: describe(model, old, new))
        assert_same(again.predict(X), net.predict(X))


def test_a_changed_graph_is_seen(tmp_path):
    net = Network([Input(3), Dense(4, "tanh"), Dense(2)])

    def relu(model):
        model.graph.node[1].op_type = "Relu"

    again = changed(net, tmp_path / "n.onnx", relu)
    assert again.layers[0][1].f.name == "relu"
    assert (again.weights["dense_1.weights"] == net.weights["dense_1.weights"]).all()


def test_a_changed_number_is_what_comes_back(tmp_path):
    net = Network([Input(3), Dense(4)])
    model = build(net)
    w = np.arange(12, dtype=np.float32).reshape(3, 4)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(w, "dense_1.weights"))
    (tmp_path / "n.onnx").write_bytes(model.SerializeToString())
    assert (from_onnx(tmp_path / "n.onnx").weights["dense_1.weights"] == w).all()
