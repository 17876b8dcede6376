"""The model file: what is read is what was written, and whatever is damaged is a ModelFileError and nothing else."""

import json
import os
import re

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from pellucid import Activation, Dense, Dropout, Flatten, Input, ModelFileError, Network, load
from pellucid.record import model_file

X = np.random.default_rng(0).normal(size=(40, 2, 3))
Y = np.array(["cat", "dog", "eel"])[np.arange(40) % 3]


def network(optimizer="adam", dtype="float32"):
    layers = [
        Input((2, 3)), Flatten(), Dense(4, activation={"kind": "leaky_relu", "slope": 0.2}, regularizer="l2"),
        Dropout(0.3, name="thin"), Dense(3, bias=False), Activation("softmax"),
    ]  # fmt: skip
    net = Network(layers, name="animals", seed=3, dtype=dtype)
    rate = {"kind": "cosine", "rate": 0.02}
    net.compile({"kind": "cce", "label_smoothing": 0.1}, {"kind": optimizer, "rate": rate}, ["accuracy", "f1"])
    return net


def trained(**how):
    net = network(**how)
    net.fit(X, Y, 3, 16, validation_split=0.2, verbose=0)
    return net


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "animals.pellucid"
    trained().save(path)
    return path


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adamw"])
def test_everything_comes_back(optimizer, dtype, tmp_path):
    net = trained(optimizer=optimizer, dtype=dtype)
    net.save(tmp_path / "net.pellucid")
    again = load(tmp_path / "net.pellucid")
    assert again.to_dict() == net.to_dict()
    assert again.compile_settings() == net.compile_settings()
    assert again.parameters.dtype == dtype
    assert np.array_equal(again.parameters, net.parameters)
    if net.optimizer.remembers:
        assert np.array_equal(again.optimizer_memories(), net.optimizer_memories())
    assert again.updates == net.updates == 6
    assert again.class_names == ("cat", "dog", "eel")
    assert again.history.to_dict() == net.history.to_dict()
    assert np.array_equal(again.predict(X), net.predict(X))
    assert np.array_equal(again.predict_classes(X), net.predict_classes(X))
    assert again.evaluate(X, Y) == pytest.approx(net.evaluate(X, Y), rel=1e-6)  # in batches of another size
    for one in (net, again):
        one.fit(X, Y, 2, 16, verbose=0)
    assert np.array_equal(again.parameters, net.parameters)
    assert again.history.epoch == [0, 1, 2, 3, 4]


def test_a_network_that_was_never_compiled(tmp_path):
    net = Network([Input(2), Dense(1)], seed=4)
    net.save(tmp_path / "a.pellucid")
    again = load(tmp_path / "a.pellucid")
    assert not again.compiled
    assert np.array_equal(again.parameters, net.parameters)


def test_a_second_file_over_the_first_is_whole(file):
    first = file.read_bytes()
    net = load(file)
    net.fit(X, Y, 1, verbose=0)
    net.save(file)
    assert file.read_bytes() != first
    assert np.array_equal(load(file).parameters, net.parameters)
    assert os.listdir(file.parent) == [file.name]


def test_a_file_that_cannot_be_written_leaves_the_old_one(file, monkeypatch):
    before = file.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ModelFileError) as error:
        trained().save(file)
    assert str(error.value) == f"{file}: cannot be written (No space left on device); nothing was changed."
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def test_the_words_for_what_is_no_model(file, tmp_path):
    def words(path):
        with pytest.raises(ModelFileError) as error:
            load(path)
        return str(error.value)

    assert words(tmp_path / "animal.pellucid") == (
        f"{tmp_path}/animal.pellucid: there is no such file. Model files in {tmp_path}: animals.pellucid."
    )
    assert words(tmp_path) == f"{tmp_path} is a folder. Model files in {tmp_path}: animals.pellucid."
    (tmp_path / "foreign.safetensors").write_bytes(save({"a": np.zeros(3)}))
    assert words(tmp_path / "foreign.safetensors") == (
        f"{tmp_path}/foreign.safetensors: a safetensors file, but not a Pellucid model."
    )
    for name, content in {"empty": b"", "text": b"weights: 1, 2, 3\n", "zeros": bytes(4096)}.items():
        (tmp_path / name).write_bytes(content)
        assert words(tmp_path / name).startswith(f"{tmp_path}/{name}: not a Pellucid model, or damaged (")


def rewritten(file, change_about=None, change_tensors=None):
    """Write the file again with changes, and with the sum that belongs to them."""
    with safe_open(file, framework="numpy") as opened:
        metadata = opened.metadata()
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    about = json.loads(metadata["pellucid"])
    (change_about or id)(about)
    (change_tensors or id)(tensors)
    metadata["pellucid"] = json.dumps(about)
    metadata["sha256"] = model_file.sha256_of(metadata["pellucid"], tensors)
    file.write_bytes(save(tensors, metadata))


def test_a_newer_file_says_so(file):
    rewritten(file, lambda about: about.update(version=99))
    with pytest.raises(ModelFileError) as error:
        load(file)
    assert str(error.value).startswith(f"{file}: written by a newer Pellucid (file version 99, known up to ")
    assert str(error.value).endswith("). Install a newer release.")


CHANGES = {
    "no network": lambda about: about.pop("network"),
    "no layers": lambda about: about["network"].update(layers=[]),
    "layers of another kind": lambda about: about["network"].update(layers=[{"kind": "Transformer"}]),
    "other units": lambda about: about["network"]["layers"][2].update(units=5),
    "an unknown option": lambda about: about["network"]["layers"][2].update(colour="red"),
    "layers that are a number": lambda about: about["network"].update(layers=3),
    "an unknown loss": lambda about: about["compile"].update(loss={"kind": "mystery"}),
    "a loss that does not fit": lambda about: about["compile"].update(loss={"kind": "hinge"}),
    "another optimizer": lambda about: about["compile"].update(optimizer={"kind": "sgd", "rate": 0.1}),
    "updates that are text": lambda about: about.update(updates="many"),
    "a seed that is text": lambda about: about["network"].update(seed="x"),
    "class names that are a number": lambda about: about.update(class_names=3),
    "no history": lambda about: about.update(history=None),
    "no version": lambda about: about.pop("version"),
    "a list": lambda about: about.clear(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_description_that_does_not_hold_together(change, file):
    rewritten(file)
    assert load(file).updates == 6
    rewritten(file, CHANGES[change])
    with pytest.raises(ModelFileError) as error:
        load(file)
    assert str(error.value).startswith(f"{file}: the description in this model file ")


def test_numbers_that_are_not_finite(file):
    rewritten(file, None, lambda tensors: tensors["dense_1.weights"].__setitem__((0, 0), np.nan))
    with pytest.raises(ModelFileError) as error:
        load(file)
    assert str(error.value) == (
        f'{file}: the description in this model file cannot be used. Weights "dense_1.weights": a number is NaN, '
        "infinite, or too large for float32."
    )


def test_a_file_cut_off_anywhere(file):
    content = file.read_bytes()
    for size in {*range(0, len(content), 97), len(content) - 1, 1, 7, 8, 9}:
        file.write_bytes(content[:size])
        with pytest.raises(ModelFileError):
            load(file)


def test_one_flipped_bit_anywhere(file):
    content = file.read_bytes()
    rng = np.random.default_rng(1)
    for place in [*range(0, 24), *rng.integers(0, len(content), 400)]:
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(bytes(changed))
        with pytest.raises(ModelFileError, match=f"^{re.escape(str(file))}: "):
            load(file)
    changed = content[:-1] + bytes([content[-1] ^ 1])
    file.write_bytes(changed)
    with pytest.raises(ModelFileError) as error:
        load(file)
    assert str(error.value) == f"{file}: damaged: it does not hold what was written. Use a copy of it."


def test_noise(tmp_path):
    rng = np.random.default_rng(2)
    path = tmp_path / "noise.pellucid"
    for size in (1, 8, 9, 100, 10_000):
        path.write_bytes(rng.bytes(size))
        with pytest.raises(ModelFileError):
            load(path)
