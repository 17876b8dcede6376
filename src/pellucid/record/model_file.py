"""The model file: one safetensors file with description, weights, optimizer, class names and history. No pickle."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from pellucid.errors import ModelFileError, PellucidError

if TYPE_CHECKING:
    from pellucid.layers.base import Parameter, Statistic
    from pellucid.network import Network

FORMAT, VERSION = "pellucid model", 1
MEMORY = "optimizer.memory"
STATE = re.compile(r"callback:\d+:")  # what a checkpoint's callbacks remember; its other arrays have no dot


def save_network(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network. The file appears whole or not at all; a file of that name is replaced only by a whole one."""
    write_model(path, *describe(net))


def describe(net: Network) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a model file holds: plain data about the network, and its arrays by name."""
    about: dict[str, Any] = {
        "version": VERSION,
        "network": net.to_dict(),
        "class_names": net.class_names,
        "feature_names": net.feature_names,
        "preparation": net.preparation,
        "recipe": net.recipe,
        "compile": None,
        "updates": net.updates,
        "history": net.history.to_dict(),
    }
    tensors = net.weights
    if net.compiled:
        about["compile"] = net.compile_settings()
        memories = net.optimizer_memories()
        if memories is not None and memories.size:
            tensors[MEMORY] = np.ascontiguousarray(memories)
    return about, tensors


def write_model(path: str | os.PathLike[str], about: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
    """Write what :func:`describe` gave, or more; what is added is read back by :func:`read_model`."""
    from safetensors.numpy import save

    text = json.dumps(about, ensure_ascii=False)
    metadata = {"format": FORMAT, "pellucid": text, "sha256": sha256_of(text, tensors)}
    write_whole(path, save(dict(tensors), metadata=metadata))


def load(path: str | os.PathLike[str]) -> Network:
    """Read a model file.

    Returns
    -------
    Network
        As it was saved: it predicts the same bits, and ``fit`` goes on from there.

    Raises
    ------
    ModelFileError
        There is no such file, it is damaged, or it is not a Pellucid model.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pellucid import Dense, Input, Network, load
    >>> net = Network([Input(2), Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net.save(f"{folder}/line.pellucid")
    ...     again = load(f"{folder}/line.pellucid")
    >>> bool((again.parameters == net.parameters).all())
    True
    """
    about, tensors = read_model(path)
    return restore_network(path, about, tensors)


def restore_network(path: str | os.PathLike[str], about: Mapping[str, Any], tensors: Mapping[str, Any]) -> Network:
    """The network of what :func:`read_model` gave; ``path`` is named in errors."""
    try:
        return _restore(about, tensors)
    except PellucidError as error:
        raise ModelFileError(f"{path}: the description in this model file cannot be used. {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelFileError(f"{path}: the description in this model file is damaged ({error!r}).") from error


def read_model(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plain data and arrays of a model file or a checkpoint, as they were written.

    Raises
    ------
    ModelFileError
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.exists():
        raise ModelFileError(f"{path}: there is no such file.{_others(path)}")
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder.{_others(path / 'model.pellucid')}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ModelFileError(f"{path}: a safetensors file, but not a Pellucid model.")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads(metadata["pellucid"])
        whole = metadata["sha256"] == sha256_of(metadata["pellucid"], tensors)
    except (SafetensorError, json.JSONDecodeError, KeyError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path}: not a Pellucid model, or damaged ({error}).") from error
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror or error}).") from error
    if not whole:
        raise ModelFileError(f"{path}: damaged: it does not hold what was written. Use a copy of it.")
    if not isinstance(about, dict) or not isinstance(about.get("version"), int):
        raise ModelFileError(f"{path}: the description in this model file is damaged.")
    if about["version"] > VERSION:
        raise ModelFileError(
            f"{path}: written by a newer Pellucid (file version {about['version']}, known up to {VERSION}). "
            f"Install a newer release."
        )
    return about, tensors


def sha256_of(text: str, tensors: Mapping[str, Any]) -> str:
    """A sum over the description and all numbers: a file in which a single bit has changed is known by it."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


def weights_hash(net: Network) -> str:
    """SHA-256 of all that training moves, with names, types and shapes: equal for networks of equal numbers."""
    return sha256_of("", net.weights)


def _restore(about: Mapping[str, Any], tensors: Mapping[str, Any]) -> Network:
    from pellucid.network import Network
    from pellucid.training.history import History

    tensors = {name: array for name, array in tensors.items() if "." in name and not STATE.match(name)}
    _check_sizes(about["network"], tensors)
    net = Network.from_dict(about["network"])
    memories = tensors.pop(MEMORY, None)
    net.set_weights(tensors)
    names = about["class_names"]
    net.class_names = None if names is None else tuple(str(name) for name in names)
    features = about["feature_names"]
    net.feature_names = None if features is None else tuple(str(name) for name in features)
    preparation = about.get("preparation")  # files of before it was known have none
    net.preparation = None if preparation is None else dict(preparation)
    recipe = about.get("recipe")
    net.recipe = None if recipe is None else dict(recipe)
    if about["compile"] is not None:
        net.compile(**about["compile"])
        net.updates = int(about["updates"])
        net.keep_memories(memories)
    net.adopt_history(History.from_dict(about["history"]))
    return net


def _check_sizes(plain: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
    """Compare the sizes of the description with the arrays in the file, before memory is taken for the network."""
    from pellucid.layers import LAYERS
    from pellucid.layers.base import name_layers

    first, *others = (LAYERS.get(layer) for layer in plain["layers"])
    shape = first.output_shape((), "Input")
    for number, (name, layer) in enumerate(name_layers(others), start=1):
        parts: list[Parameter | Statistic] = [*layer.parameters(shape), *layer.statistics(shape)]
        for part in parts:
            array = tensors.get(f"{name}.{part.name}")
            if array is None:
                raise ModelFileError(f'The weights "{name}.{part.name}" are missing.')
            if array.shape != part.shape:
                raise ModelFileError(
                    f'The weights "{name}.{part.name}" have shape {array.shape}, the description says {part.shape}.'
                )
        shape = layer.output_shape(shape, f'Layer {number} "{name}"')


def _others(path: Path) -> str:
    """Model files nearby."""
    try:
        found = sorted(p.name for p in path.parent.iterdir() if p.suffix == ".pellucid")
    except OSError:
        return ""
    return f" Model files in {path.parent}: {', '.join(found[:5])}." if found else ""


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file in one step: others see the old content or the new, never a part, also after a loss of power.

    A new file has the permissions that the user's mask asks for; a file that is replaced keeps its own.

    Raises
    ------
    ModelFileError
        It cannot be written; what was there is as it was.
    """
    with whole_file(path) as file:
        file.write(content)


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that is written bit by bit and appears at the end, as :func:`write_whole` says; after an error not at all.

    A device or a pipe gets what is written at once.
    """
    target = Path(path)
    try:
        before = target.stat()
    except OSError:
        before = None
    if before is not None and not (stat.S_ISREG(before.st_mode) or stat.S_ISDIR(before.st_mode)):
        with target.open("wb") as device:  # a device or a pipe, such as /dev/stdout, must not be replaced by a file
            yield device
        return
    if before is not None and not os.access(target, os.W_OK):
        raise ModelFileError(f"{target}: cannot be written (it is write-protected). Choose another name.")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise ModelFileError(f"{target}: cannot be written ({error.strerror}). Choose another folder.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            if before is not None:
                os.chmod(temporary, stat.S_IMODE(before.st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        keep_name(target.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ModelFileError(f"{target}: cannot be written ({error.strerror}); nothing was changed.") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def keep_name(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some file systems have no such call, some folders may not be read
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
