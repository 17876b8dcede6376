"""Damaged, absurd and hostile ONNX files: clean errors, little memory, nothing read from elsewhere."""

import random
import tracemalloc
import warnings

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from graphs import save  # noqa: E402

from pellucid import Conv2D, Dense, Embedding, Input, LayerNorm, MaxPool2D, Network, Residual, from_onnx  # noqa: E402
from pellucid.errors import DataError, ModelFileError  # noqa: E402
from pellucid.exchange.onnx.write import build  # noqa: E402

MEMORY = 400e6  # bytes that a damaged file of a few kilobytes may take at most
NETS = [
    lambda: Network([Input((5, 5, 2)), Conv2D(3, 2, activation="gelu"), MaxPool2D(2), LayerNorm()]),
    lambda: Network([Input(4), Embedding(3, 2), Residual([Dense(5, "elu")]), Dense(2, "softmax")]),
]


def mutations(content, count, seed):
    """Flipped bits, cuts, doubled and swapped pieces, absurd numbers."""
    rng = random.Random(seed)
    for _ in range(count):
        made = bytearray(content)
        for _ in range(rng.choice([1, 1, 1, 2, 8])):
            k, size = rng.randrange(len(made)), rng.randrange(1, 40)
            kind = rng.randrange(6)
            if kind == 0:
                made[k] ^= 1 << rng.randrange(8)
            elif kind == 1:
                made[k] = rng.choice([0, 1, 127, 128, 255])
            elif kind == 2:
                del made[k : k + size]
            elif kind == 3:
                made[k:k] = made[k : k + size]
            elif kind == 4:
                made[k:k] = b"\xff\xff\xff\xff\x7f"  # 2^35 − 1, as protobuf writes it
            else:
                del made[k:]
            made = made or bytearray(b"\0")
        yield bytes(made)


def try_all(file, contents):
    """(read, refused, most memory taken); any other exception ends the test."""
    read = refused = most = 0
    tracemalloc.start()
    for content in contents:
        file.write_bytes(content)
        tracemalloc.reset_peak()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from_onnx(file)
            read += 1
        except (ModelFileError, DataError):
            refused += 1
        most = max(most, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    return read, refused, most


@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize("which", range(len(NETS)))
def test_mutated_files_give_clean_errors(which, described, tmp_path):
    model = build(NETS[which]())
    if not described:
        del model.metadata_props[:]
    content = model.SerializeToString()
    read, refused, most = try_all(tmp_path / "m.onnx", mutations(content, 150, which))
    assert read + refused == 150
    assert refused > 50
    assert most < MEMORY


def test_every_cut_gives_a_clean_error(tmp_path):
    content = build(NETS[1]()).SerializeToString()
    read, _, _ = try_all(tmp_path / "m.onnx", (content[:k] for k in range(0, len(content), 37)))
    assert read == 0


def test_the_trial_would_see_another_exception(tmp_path, monkeypatch):
    monkeypatch.setattr("pellucid.exchange.onnx.read._read", lambda path, model: 1 / 0 if path else None)
    monkeypatch.setattr("pellucid.exchange.chain.FAULTS", (KeyError,))
    with pytest.raises(ZeroDivisionError):
        try_all(tmp_path / "m.onnx", [build(NETS[1]()).SerializeToString()])


def refused(file):
    with pytest.raises(ModelFileError) as found:
        from_onnx(file)
    return str(found.value)


def test_other_files(tmp_path):
    file = tmp_path / "n.onnx"
    assert refused(file) == f"{file}: there is no such file."
    assert refused(tmp_path) == f"{tmp_path}: this is a folder."
    file.write_bytes(b"")
    assert refused(file) == f"{file}: not an ONNX model, or damaged (there is no graph in it)."
    file.write_bytes(b"PK\x03\x04 not at all")
    assert refused(file).startswith(f"{file}: not an ONNX model, or damaged (")


def tensor(file, change):
    """A model whose weights have been changed."""
    model = save(file, [("MatMul", ["x", "w"], "y")], (2,), {"w": np.ones((2, 3), np.float32)})
    change(model.graph.initializer[0])
    file.write_bytes(model.SerializeToString())
    return file


def test_sizes_are_compared_before_memory_is_taken(tmp_path):
    def enlarge(weights):
        weights.dims[0] = 2**40

    file = tensor(tmp_path / "n.onnx", enlarge)
    expected = 'the tensor "w" has the shape (1099511627776, 3), but 24 bytes of numbers. It is damaged.'
    assert refused(file) == f"{file}: {expected}"

    def listed(weights):
        weights.ClearField("raw_data")
        weights.float_data.extend([1.0] * 5)

    file = tensor(tmp_path / "n.onnx", listed)
    assert refused(file) == f'{file}: the tensor "w" has the shape (2, 3), but 5 numbers. It is damaged.'


def external(weights, location, **more):
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        weights.external_data.add(key=key, value=str(value))


def test_weights_in_a_file_beside_the_model_are_read(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"1234" + np.arange(6, dtype="<f4").tobytes())
    file = tensor(tmp_path / "n.onnx", lambda weights: external(weights, "w.bin", offset=4, length=24))
    assert (from_onnx(file).weights["dense_1.weights"] == np.arange(6).reshape(2, 3)).all()
    for more in ({"offset": 8}, {"length": 2**50}, {"offset": -4}, {"offset": 5, "length": 24}):
        file = tensor(tmp_path / "n.onnx", lambda weights, more=more: external(weights, "w.bin", **more))
        offset = more.get("offset", 0)
        expected = f"needs 24 bytes of w.bin from {offset} on, but they are not there."
        assert refused(file) == f'{file}: the tensor "w" {expected}'


@pytest.mark.parametrize("location", ["../w.bin", "/etc/hostname", "link.bin", "", "inner/../../w.bin"])
def test_files_elsewhere_are_refused(location, tmp_path):
    (tmp_path / "w.bin").write_bytes(bytes(24))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    file = tensor(folder / "n.onnx", lambda weights: external(weights, location))
    expected = f'the tensor "w" lies in "{location}", which is no file in {folder}. Put the model and its files there.'
    assert refused(file) == f"{file}: {expected}"


def test_branches_that_would_double_forever_are_refused(tmp_path):
    """Each sum takes the two before it: as nested layers they would be as many as Fibonacci's rabbits."""
    nodes = [("Relu", ["x"], "s0"), ("Add", ["s0", "x"], "s1")]
    nodes += [("Add", [f"s{k - 1}", f"s{k - 2}"], f"s{k}") for k in range(2, 60)]
    save(tmp_path / "n.onnx", nodes, (4,))
    assert "is used by several branches" in refused(tmp_path / "n.onnx")
