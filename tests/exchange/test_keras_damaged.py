"""Damaged, absurd and hostile .keras files: clean errors, nothing followed out of the file."""

import io
import json
import random
import sys
import warnings
import zipfile

import numpy as np
import pytest

h5py = pytest.importorskip("h5py")

from test_onnx_damaged import MEMORY, mutations  # noqa: E402

from pellucid import Conv2D, Dense, Embedding, Input, Network, Residual, from_keras  # noqa: E402
from pellucid.errors import ModelFileError, PellucidError  # noqa: E402


def network():
    net = Network([Input(4), Embedding(3, 2), Residual([Dense(5, "elu")]), Dense(2, "softmax")], seed=3)
    net.compile("categorical_crossentropy")
    return net


def parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, **changed):
    """Put other contents into a file: metadata, config or weights."""
    names = {"metadata": "metadata.json", "config": "config.json", "weights": "model.weights.h5"}
    found = parts(path) | {names[name]: content for name, content in changed.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            if content is not None:
                archive.writestr(name, content)


def refused(path):
    with pytest.raises(ModelFileError) as found:
        from_keras(path)
    return str(found.value).removeprefix(f"{path}: ")


@pytest.fixture
def path(tmp_path):
    net = Network([Input((5, 5, 1)), Conv2D(2, 2, activation="tanh")], seed=1)
    return net.export(tmp_path / "n.keras")[0]


def test_mutated_files_give_clean_errors(tmp_path):
    import tracemalloc

    content = network().export(tmp_path / "n.keras")[0].read_bytes()
    counts = {"read": 0, "refused": 0}
    tracemalloc.start()
    for changed in mutations(content, 150, 1):
        (tmp_path / "m.keras").write_bytes(changed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                from_keras(tmp_path / "m.keras")
                counts["read"] += 1
            except PellucidError:
                counts["refused"] += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(counts.values()) == 150
    assert counts["refused"] > 50
    assert peak < MEMORY


STRANGE = (0, -1, 10**9, 10**30, None, True, "", "x", [], {}, [10**9] * 2, "relu")


def test_a_changed_configuration_gives_clean_errors(path):
    """The sums are right here, so that what is said is looked at, and not the damage."""
    rng, config = random.Random(5), parts(path)["config.json"]
    refusals = 0
    for _ in range(150):
        plain = json.loads(config)
        place = plain
        while True:
            key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if isinstance(place[key], (dict, list)) and place[key] and rng.random() < 0.9:
                place = place[key]
                continue
            place[key] = rng.choice(STRANGE)
            break
        rewrite(path, metadata=b"{}", config=json.dumps(plain))
        try:
            from_keras(path)
        except PellucidError:
            refusals += 1
    assert refusals > 30


def test_files_that_are_none(tmp_path, path):
    assert refused(tmp_path / "none.keras") == "there is no such file."
    assert refused(tmp_path) == "this is a folder."
    (tmp_path / "text.keras").write_text("no")
    assert refused(tmp_path / "text.keras") == "not a .keras file, or damaged (File is not a zip file)."
    rewrite(path, config=None)
    assert refused(path) == "not a .keras file of Keras 3 (there is no config.json in it)."


def test_a_file_that_unpacks_to_too_much(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 10**7)
        archive.writestr("model.weights.h5", b"")
    assert refused(path) == "damaged (config.json is said to have 10,000,000 bytes)."


def weights_with(change):
    content = io.BytesIO()
    with h5py.File(content, "w") as made:
        group = made.create_group("layers/conv2d/vars")
        change(group)
    return content.getvalue()


@pytest.mark.parametrize(("change", "words"), [
    (lambda g: (g.create_dataset("0", data=np.ones((2, 2, 1, 2))), g.__setitem__("1", h5py.ExternalLink("/etc", "x"))),
     "layers/conv2d/vars/1 is a link to another place, which is not followed."),
    (lambda g: (g.create_dataset("0", shape=(10**6, 10**6), chunks=(1, 1), dtype="f4"),
                g.create_dataset("1", data=np.ones(2))),
     "layers/conv2d/vars/0 has the shape (1000000, 1000000), which is damaged."),
    (lambda g: (g.create_dataset("0", data=[b"x"]), g.create_dataset("1", data=np.ones(2))),
     "layers/conv2d/vars/0 holds no plain numbers."),
    (lambda g: g.create_dataset("0", data=np.ones(2)),
     "layers/conv2d/vars holds 1 arrays, but 2 are expected. It is damaged, or written by a Keras that orders layers "
     "in another way."),
])  # fmt: skip
def test_hostile_weights(change, words, path):
    rewrite(path, metadata=b"{}", weights=weights_with(change))
    assert refused(path) == words


def test_a_changed_number_is_what_comes_back(path):
    W, b = np.arange(8.0).reshape(2, 2, 1, 2), np.array([9.0, 10.0])
    rewrite(path, weights=weights_with(lambda g: (g.create_dataset("0", data=W), g.create_dataset("1", data=b))))
    net = from_keras(path)
    assert (net.weights["conv2d_1.weights"] == W).all()
    assert (net.weights["conv2d_1.bias"] == b).all()


def test_a_changed_layer_is_what_comes_back(path):
    rewrite(path, config=parts(path)["config.json"].replace(b'"tanh"', b'"relu"'))
    words = "the layers are not what the description in the file says (its layers are others). The layers are read."
    with pytest.warns(UserWarning, match="The layers are read") as found:
        net = from_keras(path)
    assert str(found[0].message) == f"{path}: {words}"
    assert found[0].filename == __file__  # the caller's line, not one of ours or of who called that
    assert net.layers[0][1].f.name == "relu"


def test_without_h5py_the_error_says_how_to_install_it(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    for call in (lambda: from_keras(path), lambda: network().export(path)):
        with pytest.raises(PellucidError) as found:
            call()
        assert str(found.value) == 'Keras files need the package h5py. Install it with: pip install "pellucid[keras]"'
