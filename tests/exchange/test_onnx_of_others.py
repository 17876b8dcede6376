"""ONNX files that others have written: read with their layouts turned, or refused with the node's name."""

import numpy as np
import pytest
from formats import assert_same

onnx = pytest.importorskip("onnx")

from graphs import answer, save  # noqa: E402

from pellucid import from_onnx  # noqa: E402
from pellucid.errors import ModelFileError  # noqa: E402

F = np.float32


@pytest.fixture
def check(tmp_path, rng):
    """Read what nodes make, and compare it with onnx's own reference; pictures go in and out with channels first."""

    def check(nodes, shape, constants=None, *, turned=False, **more):
        model = save(tmp_path / "other.onnx", nodes, shape, constants, **more)
        net = from_onnx(tmp_path / "other.onnx")
        for count in (1, 2, 33):
            X = rng.normal(size=(count, *shape)).astype(F)
            found = net.predict(X.transpose(0, 2, 3, 1) if turned else X)
            assert_same(found.transpose(0, 3, 1, 2) if turned and found.ndim == 4 else found, answer(model, X))
        return [layer.kind for _, layer in net.layers]

    return check


def weights(rng, *shape):
    return rng.normal(size=shape).astype(F)


def test_dense_layers_in_every_form(check, rng):
    w, b = weights(rng, 5, 4), weights(rng, 5)
    gemm = {"transB": 1, "alpha": 0.5, "beta": 2.0}
    assert check([("Gemm", ["x", "w", "b"], "y", gemm)], (4,), {"w": w, "b": b}) == ["Dense"]
    plain = [("MatMul", ["x", "w"], "z"), ("Add", ["b", "z"], "a"), ("Relu", ["a"], "y")]
    assert check(plain, (4,), {"w": w.T.copy(), "b": b}) == ["Dense"]
    assert check([("MatMul", ["x", "w"], "z"), ("Sub", ["z", "b"], "y")], (4,), {"w": w.T.copy(), "b": b}) == ["Dense"]


def test_a_keras_convolution_is_turned_back(check, rng):
    nodes = [
        ("Transpose", ["x"], "t", {"perm": [0, 3, 1, 2]}), ("Conv", ["t", "w"], "c", {"auto_pad": "SAME_UPPER"}),
        ("Transpose", ["c"], "u", {"perm": [0, 2, 3, 1]}), ("Add", ["u", "b"], "v"), ("Relu", ["v"], "r"),
        ("ReduceMean", ["r"], "m", {"axes": [1, 2], "keepdims": 0}), ("MatMul", ["m", "d"], "y"),
    ]  # fmt: skip
    constants = {"w": weights(rng, 2, 3, 3, 3), "b": weights(rng, 2), "d": weights(rng, 2, 4)}
    assert check(nodes, (5, 6, 3), constants) == ["Conv2D", "GlobalAvgPool2D", "Dense"]


def test_flattened_channels_first_weights_find_their_pixels(check, rng):
    nodes = [
        ("Conv", ["x", "w"], "c"), ("Flatten", ["c"], "f"), ("BatchNormalization", ["f", "g", "b", "m", "v"], "n"),
        ("LayerNormalization", ["n", "g", "b"], "l"), ("MatMul", ["l", "d"], "y"),
    ]  # fmt: skip
    constants = {"w": weights(rng, 2, 3, 2, 2), "d": weights(rng, 24, 4), "g": weights(rng, 24), "b": weights(rng, 24),
                 "m": weights(rng, 24), "v": np.abs(weights(rng, 24))}  # fmt: skip
    kinds = check(nodes, (3, 4, 5), constants, turned=True)
    assert kinds == ["Conv2D", "Flatten", "BatchNorm", "LayerNorm", "Dense"]


@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1]])
@pytest.mark.parametrize("side", [7, 8])
@pytest.mark.parametrize("dilation", [1, 2])
def test_borders_of_convolutions_become_valid_or_same(check, rng, pads, side, dilation):
    options = {"pads": [dilation * n for n in pads], "strides": [2, 2], "dilations": [dilation] * 2}
    nodes, constants = [("Conv", ["x", "w"], "y", options)], {"w": weights(rng, 2, 1, 3, 3)}
    if 0 < sum(pads) < 4 and (side, dilation) != (8, 1):
        with pytest.raises(ModelFileError, match=r"its border \[.*\] is neither \"valid\" nor \"same\" on pictures"):
            check(nodes, (1, side, side), constants, turned=True)
    else:
        assert check(nodes, (1, side, side), constants, turned=True) == ["Conv2D"]


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("options", [{"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1},
                                     {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
                                     {"kernel_shape": [2, 3], "auto_pad": "SAME_UPPER"}])  # fmt: skip
def test_poolings(check, op, options):
    assert check([(op, ["x"], "y", options)], (2, 5, 7), turned=True) == [
        {"MaxPool": "MaxPool2D", "AveragePool": "AvgPool2D"}[op]
    ]


def test_means_and_factors_become_standardize(check, rng):
    constants = {"m": weights(rng, 3, 1, 1), "d": np.abs(weights(rng, 3, 1, 1)), "w": weights(rng, 2, 3, 2, 2)}
    nodes = [("Sub", ["x", "m"], "s"), ("Div", ["s", "d"], "t"), ("Conv", ["t", "w"], "y")]
    assert check(nodes, (3, 4, 4), constants, turned=True) == ["Standardize", "Conv2D"]
    flat = [("LayerNormalization", ["x", "one"], "n"), ("Flatten", ["n"], "f"), ("Mul", ["f", "six"], "y")]
    assert check(flat, (2, 3), {"one": F([1, 1, 1]), "six": F([1, 2, 3, 4, 5, 6])}) == [
        "LayerNorm", "Flatten", "Standardize",
    ]  # fmt: skip
    assert check([("Mul", ["x", "f"], "y")], (3,), {"f": F([2, -1, 0.5])}) == ["BatchNorm"]


def test_branches_become_residuals_and_ensembles(check, rng):
    constants = {"a": weights(rng, 4, 4), "b": weights(rng, 4, 4)}
    both = [("MatMul", ["x", "a"], "p"), ("Tanh", ["p"], "q"), ("MatMul", ["x", "b"], "r")]
    assert check([*both, ("Add", ["q", "x"], "s"), ("Relu", ["s"], "y")], (4,), constants) == ["Residual"]
    assert check([*both, ("Sum", ["q", "r", "x"], "y")], (4,), constants) == ["Residual"]
    assert check([*both, ("Mean", ["q", "r", "x"], "y")], (4,), constants) == ["Ensemble"]
    assert check([("Add", ["x", "x"], "y")], (4,)) == ["Residual"]


@pytest.mark.parametrize("order", ["halve z", "halve the product", "halve the share"])
def test_gelu_in_pieces(check, order):
    start = [("Div", ["x", "r"], "s"), ("Erf", ["s"], "e"), ("Add", ["e", "one"], "h")]
    rest = {
        "halve z": [("Mul", ["x", "half"], "k"), ("Mul", ["k", "h"], "y")],
        "halve the product": [("Mul", ["x", "h"], "k"), ("Mul", ["k", "half"], "y")],
        "halve the share": [("Mul", ["half", "h"], "k"), ("Mul", ["k", "x"], "y")],
    }[order]
    constants = {"r": F(np.sqrt(2.0)), "one": F(1), "half": F(0.5)}
    assert check([*start, *rest], (4,), constants) == ["Activation"]


def test_names_of_classes_and_columns_are_taken_where_they_fit(tmp_path):
    properties = {"class_names": '["a", "b", "c"]', "feature_names": '["u"]'}
    save(tmp_path / "n.onnx", [("Softmax", ["x"], "y")], (3,), properties=properties)
    net = from_onnx(tmp_path / "n.onnx")
    assert (net.class_names, net.feature_names) == (("a", "b", "c"), ("u",))


REFUSED = {
    "Pellucid has no layer for Sin": [("Sin", ["x"], "y")],
    "Pellucid has no layer for com.other.Thing": [("Thing", ["x"], "y", {"domain": "com.other"})],
    "only a limit of 0 from below, the rectifier, can be read": [("Clip", ["x", "zero", "one"], "y")],
    "alpha is 0.2, Pellucid's is 0.166667": [("HardSigmoid", ["x"], "y")],
    "weights of shape (3, 2) do not fit samples of shape (4,)": [("MatMul", ["x", "w"], "y")],
    "the shape [-1] joins samples": [("Reshape", ["x", "minus"], "y")],
    "it turns axes by [1, 0], which moves the samples": [("Transpose", ["x"], "y")],
    'the value "nowhere" is made by no node before': [("Relu", ["nowhere"], "y")],
    "a layer before it is used by several branches, which Pellucid's layers cannot say": [
        ("Relu", ["x"], "a"), ("Tanh", ["x"], "b"), ("Add", ["a", "b"], "c"), ("Add", ["c", "a"], "y"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_read_is_named(tmp_path, words):
    nodes = REFUSED[words]
    constants = {"zero": F(0), "one": F(1), "w": np.ones((3, 2), F), "minus": np.array([-1])}
    save(tmp_path / "r.onnx", nodes, (4,), constants)
    with pytest.raises(ModelFileError) as found:
        from_onnx(tmp_path / "r.onnx")
    kind = nodes[-1][0]
    start = f'{tmp_path / "r.onnx"}: node {len(nodes)} "the_y" ({kind})'
    expected = f"{start}: {words}." if "value" not in words else f"{tmp_path / 'r.onnx'}: {words}."
    assert str(found.value).replace(f"{start}: the value", f"{tmp_path / 'r.onnx'}: the value") == expected


def test_inputs_that_will_not_do(tmp_path):
    file = tmp_path / "i.onnx"
    save(file, [("Relu", ["x"], "y")], ("m",))
    with pytest.raises(ModelFileError) as found:
        from_onnx(file)
    assert str(found.value) == f'{file}: the input "x" has no fixed size along axis 1. Export it with one.'
    save(file, [("Relu", ["x"], "y")], (10**9, 10**9))
    with pytest.raises(ModelFileError) as found:
        from_onnx(file)
    expected = 'the input "x" has the shape (1000000000, 1000000000), of which no samples can be made.'
    assert str(found.value) == f"{file}: {expected}"
