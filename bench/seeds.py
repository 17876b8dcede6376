"""Good files of every format that Pellucid reads, and their readers. A new format is a row of FORMATS."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes
    ----------
    make : callable
        Writes good files into a folder and returns their paths.
    read : callable
        Reads a file as users do.
    rewrite : callable, optional
        Changes what a file says while its own sums are right, so that the check of sums does not end it all.
    """

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], Any]
    rewrite: Callable[[bytes, random.Random], bytes] | None = None


def _network() -> Any:
    from pellucid import BatchNorm, Conv2D, Dense, Dropout, Flatten, Input, Network

    layers = [Input((6, 6, 1)), Conv2D(3, 3), BatchNorm(), Flatten(), Dropout(0.2), Dense(2, activation="softmax")]
    net = Network(layers, seed=1)
    net.compile("categorical_crossentropy", "adam", ["accuracy"])
    return net


def _pictures() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.random((12, 6, 6, 1), dtype=np.float32), np.arange(12) % 2


def _models(folder: Path) -> list[Path]:
    net = _network()
    net.save(folder / "fresh.pellucid")
    net.fit(*_pictures(), 2, verbose=0)
    net.class_names = ("dark", "light")
    net.save(folder / "trained.pellucid")
    return [folder / "fresh.pellucid", folder / "trained.pellucid"]


def _checkpoints(folder: Path) -> list[Path]:
    from pellucid import CheckpointFolder
    from pellucid.callbacks import EarlyStopping
    from pellucid.training.keeper import numbered

    if not (folder / "checkpoints").exists():
        where = CheckpointFolder(folder / "checkpoints", steps=3, keep=9)
        _network().fit(*_pictures(), 2, 2, checkpoint=where, callbacks=EarlyStopping("loss"), verbose=0)
    return numbered(folder / "checkpoints")


def _rewritten_model(content: bytes, chance: random.Random) -> bytes:
    """Change what the description says, or how large an array is said to be; the sums are made right."""
    from safetensors.numpy import load, save

    from pellucid.record.model_file import sha256_of

    size = struct.unpack("<Q", content[:8])[0]
    metadata = json.loads(content[8 : 8 + size])["__metadata__"]
    about, tensors = json.loads(metadata["pellucid"]), load(content)
    if chance.random() < 0.2:
        name = chance.choice(sorted(tensors))
        tensors[name] = np.zeros(chance.choice(((0,), (1, 1), (7,), (3, 3, 3))), tensors[name].dtype)
    else:
        for _ in range(chance.choice((1, 1, 3))):
            _change_something(about, chance)
    text = json.dumps(about)
    return save(tensors, metadata={**metadata, "pellucid": text, "sha256": sha256_of(text, tensors)})


STRANGE = (0, -1, 1, 10**9, 10**30, 1e308, float("nan"), None, True, "", "x", [], {}, [10**9, 10**9], "relu", [[]])


def _change_something(plain: Any, chance: random.Random) -> None:
    """Put something strange in the place of a value, somewhere in nested plain data."""
    while True:
        keys = list(plain) if isinstance(plain, dict) else list(range(len(plain)))
        if not keys:
            return
        key = chance.choice(keys)
        value = plain[key]
        if isinstance(value, (dict, list)) and value and chance.random() < 0.9:
            plain = value
            continue
        if chance.random() < 0.15:
            del plain[key]
        else:
            plain[key] = chance.choice(STRANGE)
        return


def _idx(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    pictures = struct.pack(">HBBIII", 0, 8, 3, 20, 5, 4) + rng.integers(0, 256, 400, np.uint8).tobytes()
    numbers = struct.pack(">HBBI", 0, 0x0D, 1, 30) + rng.random(30).astype(">f4").tobytes()
    paths = [folder / "pictures-idx3-ubyte", folder / "numbers-idx1-float", folder / "pictures-idx3-ubyte.gz"]
    for path, content in zip(paths, (pictures, numbers, gzip.compress(pictures, mtime=0)), strict=True):
        path.write_bytes(content)
    return paths


def _npz(folder: Path) -> list[Path]:
    X, y = _pictures()
    np.savez(folder / "plain.npz", X=X, y=y)
    np.savez_compressed(folder / "packed.npz", x_train=X, y_train=y, x_test=X[:4], y_test=y[:4])
    np.savez(folder / "names.npz", X=X.reshape(12, -1), y=np.array(["a", "b"] * 6))
    return [folder / "plain.npz", folder / "packed.npz", folder / "names.npz"]


def _csv(folder: Path) -> list[Path]:
    rows = [f"{k / 7:.3f},{k % 5},{'red' if k % 3 else 'blue'}" for k in range(40)]
    (folder / "comma.csv").write_text("width,height,kind\n" + "\n".join(rows) + "\n")
    german = [row.replace(",", ";").replace(".", ",") for row in rows]
    (folder / "semicolon.csv").write_bytes(("größe;höhe;art\n" + "\r\n".join(german)).encode("cp1252"))
    quoted = [f'"{k}","a ""{k}"", b",{k % 2}' for k in range(20)]
    (folder / "quoted.csv").write_text("a,b,c\n" + "\n".join(quoted), encoding="utf-16")
    return [folder / "comma.csv", folder / "semicolon.csv", folder / "quoted.csv"]


def _read_csv(path: Path) -> Any:
    from pellucid.sources.load import load_source

    return load_source(str(path), quiet=True)


def _picture_files(folder: Path) -> list[Path]:
    from PIL import Image

    rng = np.random.default_rng(0)
    grey = Image.fromarray(rng.integers(0, 256, (12, 10), np.uint8))
    colour = Image.fromarray(rng.integers(0, 256, (12, 10, 3), np.uint8))
    made = []
    pictures = {
        "grey.png": grey, "colour.png": colour, "colour.jpg": colour, "colour.bmp": colour,
        "palette.gif": colour.convert("P"), "colour.webp": colour, "colour.tif": colour,
    }  # fmt: skip
    for name, picture in pictures.items():
        picture.save(folder / name)
        made.append(folder / name)
    return made


def _onnx(folder: Path) -> list[Path]:
    from pellucid import Dense, Input, Network
    from pellucid.exchange.onnx.write import export

    small = Network([Input(3), Dense(4, activation="relu"), Dense(2, activation="softmax")], seed=2)
    for net, name in ((_network(), "convolution.onnx"), (small, "dense.onnx")):
        export(net, folder / name)
    return [folder / "convolution.onnx", folder / "dense.onnx"]


def _read_onnx(path: Path) -> Any:
    from pellucid.exchange.onnx.read import from_onnx

    return from_onnx(path)


def _read_picture(path: Path) -> Any:
    from pellucid.data import read_picture

    return read_picture(path)


def _exported(name: str) -> Callable[[Path], list[Path]]:
    """Files for another tool: of a chain with settings, and of a network with branches."""

    def make(folder: Path) -> list[Path]:
        from pellucid import Dense, Embedding, Input, Network, Residual

        branches = Network([Input(4), Embedding(3, 2), Residual([Dense(5, "elu")]), Dense(2, "softmax")], seed=2)
        made = []
        for k, net in enumerate((_network(), branches)):
            made.append(net.export(folder / f"exported-{k}{name}")[0])
        return made

    return make


def _rewritten_keras(content: bytes, chance: random.Random) -> bytes:
    """Change what the configuration says, without Pellucid's description; the sums are made right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config, made = json.loads(parts["config.json"]), io.BytesIO()
    for _ in range(chance.choice((1, 1, 3))):
        _change_something(config, chance)
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in (parts | {"metadata.json": b"{}", "config.json": json.dumps(config).encode()}).items():
            archive.writestr(name, part)
    return made.getvalue()


def _read_keras(path: Path) -> Any:
    from pellucid import from_keras

    return from_keras(path)


def _read_torch(path: Path) -> Any:
    from pellucid import from_torch

    return from_torch(path)


def _load(path: Path) -> Any:
    from pellucid import load

    return load(path)


def _read_checkpoint(path: Path) -> Any:
    from pellucid.record.checkpoint import read_checkpoint

    return read_checkpoint(path)


def _read_idx(path: Path) -> Any:
    from pellucid.data.idx import read_idx

    return read_idx(path)


def _read_npz(path: Path) -> Any:
    from pellucid.data import load_npz

    return load_npz(path)


FORMATS = {
    "model": Format(_models, _load, _rewritten_model),
    "checkpoint": Format(_checkpoints, _read_checkpoint, _rewritten_model),
    "idx": Format(_idx, _read_idx),
    "npz": Format(_npz, _read_npz),
    "csv": Format(_csv, _read_csv),
    "picture": Format(_picture_files, _read_picture),
    "keras": Format(_exported(".keras"), _read_keras, _rewritten_keras),
    "torch": Format(_exported(".safetensors"), _read_torch),
    "onnx": Format(_onnx, _read_onnx),
}
