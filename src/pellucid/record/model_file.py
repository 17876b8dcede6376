"""The model file: one safetensors file with description, weights, optimizer, class names and history. No pickle."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import ModelFileError, PellucidError

if TYPE_CHECKING:
    from pellucid.network import Network

FORMAT, VERSION = "pellucid model", 1
MEMORY = "optimizer.memory"


def save_network(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network. The file appears whole or not at all; a file of that name is replaced only by a whole one."""
    from safetensors.numpy import save

    about: dict[str, Any] = {
        "version": VERSION,
        "network": net.to_dict(),
        "class_names": net.class_names,
        "feature_names": net.feature_names,
        "preparation": net.preparation,
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
    text = json.dumps(about, ensure_ascii=False)
    metadata = {"format": FORMAT, "pellucid": text, "sha256": _digest(text, tensors)}
    write_whole(path, save(tensors, metadata=metadata))


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
    about, tensors = _read(Path(path))
    try:
        return _restore(about, tensors)
    except PellucidError as error:
        raise ModelFileError(f"{path}: the description in this model file cannot be used. {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelFileError(f"{path}: the description in this model file is damaged ({error!r}).") from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

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
        whole = metadata["sha256"] == _digest(metadata["pellucid"], tensors)
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


def _digest(text: str, tensors: Mapping[str, Any]) -> str:
    """A sum over the description and all numbers: a file in which a single bit has changed is known by it."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


def _restore(about: dict[str, Any], tensors: dict[str, Any]) -> Network:
    from pellucid.network import Network
    from pellucid.training.history import History

    net = Network.from_dict(about["network"])
    memories = tensors.pop(MEMORY, None)
    missing = sorted(net.weights.keys() - tensors.keys())
    if missing:
        raise ModelFileError(f'The weights "{missing[0]}" are missing.')
    net.set_weights(tensors)
    names = about["class_names"]
    net.class_names = None if names is None else tuple(str(name) for name in names)
    features = about["feature_names"]
    net.feature_names = None if features is None else tuple(str(name) for name in features)
    preparation = about.get("preparation")  # files of before it was known have none
    net.preparation = None if preparation is None else dict(preparation)
    if about["compile"] is not None:
        net.compile(**about["compile"])
        net.updates = int(about["updates"])
        net.keep_memories(memories)
    net.adopt_history(History.from_dict(about["history"]))
    return net


def _others(path: Path) -> str:
    """Model files nearby."""
    try:
        found = sorted(p.name for p in path.parent.iterdir() if p.suffix == ".pellucid")
    except OSError:
        return ""
    return f" Model files in {path.parent}: {', '.join(found[:5])}." if found else ""


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file in one step: others see the old content or the new, never a part."""
    target = Path(path)
    if target.exists() and not (target.is_file() or target.is_dir()):
        target.write_bytes(content)  # a device or a pipe, such as /dev/stdout, must not be replaced by a file
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise ModelFileError(f"{target}: cannot be written ({error.strerror}). Choose another folder.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise ModelFileError(f"{target}: cannot be written ({error.strerror}); nothing was changed.") from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
