"""The checkpoint: a model file that also holds where the training stands, so that it goes on to the same bits.

:func:`pellucid.load` reads it as any model file. What it has besides: an entry ``training`` in the plain data, and
arrays whose names have no dot, which those of a network's layers always have, or begin with ``callback:``.
"""

from __future__ import annotations

import math
import os
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.record.model_file import describe, read_model, restore_network, write_model

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.training.standing import Standing

VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, read.

    Attributes
    ----------
    path : Path
    network : Network
        As it was, with the optimizer's memories.
    standing : Standing
        Where its training stood.
    options : dict
        How ``fit`` was called, as plain data.
    data : dict of str to str
        The hash of each part of the data.
    moment : dict
        epoch, logs, rate_factor, stop_reason, notes.
    callbacks : tuple of (str, dict)
        Kind and state of each callback.
    best : dict, optional
        monitor, value, epoch of the best epoch so far.
    finished : bool
        Whether the training has ended, so that there is nothing to go on with.
    """

    path: Path
    network: Network
    standing: Standing
    options: Mapping[str, Any]
    data: Mapping[str, str]
    moment: Mapping[str, Any]
    callbacks: Sequence[tuple[str, Mapping[str, Any]]]
    best: Mapping[str, Any] | None
    finished: bool


def write_checkpoint(
    path: str | os.PathLike[str],
    net: Network,
    standing: Standing,
    *,
    batch_size: int,
    options: Mapping[str, Any],
    data: Mapping[str, str],
    moment: Mapping[str, Any],
    callbacks: Sequence[tuple[str, Mapping[str, Any]]],
    best: Mapping[str, Any] | None,
    finished: bool,
) -> None:
    """Write a checkpoint; whole or not at all.

    Raises
    ------
    ModelFileError
        It cannot be written; what was there is as it was.
    """
    about, tensors = describe(net)
    states = []
    for number, (kind, state) in enumerate(callbacks):
        plain = {}
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                tensors[f"callback:{number}:{name}"] = np.ascontiguousarray(value)
            else:
                plain[name] = value
        states.append({"kind": kind, "state": plain})
    tensors["costs"] = np.array(standing.costs, np.float64)
    if standing.outputs is not None and standing.step:
        tensors["outputs"] = np.ascontiguousarray(standing.outputs[: standing.step * batch_size])
    if standing.latest is not None:
        tensors["latest"] = np.ascontiguousarray(standing.latest)
    about["training"] = {
        "version": VERSION, "begun": standing.begun, "epoch": standing.epoch, "step": standing.step,
        "seconds": standing.seconds, "options": options, "data": data, "moment": moment, "callbacks": states,
        "best": best, "finished": finished,
    }  # fmt: skip
    write_model(path, about, tensors)


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    ModelFileError
        There is none, it is damaged, or it is a model file without a training.
    """
    about, tensors = read_model(path)
    if not isinstance(about.get("training"), dict):
        raise ModelFileError(f"{path}: a model file, but not a checkpoint of a training.")
    net = restore_network(path, about, tensors)
    try:
        return _restore(Path(path), net, about["training"], tensors)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelFileError(f"{path}: what this checkpoint says of its training is damaged ({error!r}).") from error


def _restore(path: Path, net: Network, plain: Mapping[str, Any], tensors: Mapping[str, Any]) -> Checkpoint:
    from pellucid.training.standing import Standing

    if plain["version"] > VERSION:
        raise ModelFileError(f"{path}: a checkpoint written by a newer Pellucid. Install a newer release.")
    callbacks: list[tuple[str, dict[str, Any]]] = [(c["kind"], dict(c["state"])) for c in plain["callbacks"]]
    for name, tensor in tensors.items():
        if name.startswith("callback:"):
            _, number, field = name.split(":", 2)
            callbacks[int(number)][1][field] = tensor
    standing = Standing(
        int(plain["begun"]), int(plain["epoch"]), int(plain["step"]), float(plain["seconds"]),
        array("d", np.asarray(tensors["costs"], float).tobytes()), tensors.get("outputs"), tensors.get("latest"),
    )  # fmt: skip
    if standing.step != len(standing.costs) or not 0 <= standing.begun <= net.updates:
        raise ValueError("steps and costs")
    moment = {
        "epoch": int(plain["moment"]["epoch"]),
        "logs": {str(k): float(v) for k, v in plain["moment"]["logs"].items()},
        "rate_factor": float(plain["moment"]["rate_factor"]),
        "stop_reason": plain["moment"]["stop_reason"],
        "notes": [str(note) for note in plain["moment"]["notes"]],
    }
    best = plain["best"]
    if best is not None and not math.isfinite(best["value"]):
        raise ValueError("best")
    data = {str(k): str(v) for k, v in plain["data"].items()}
    return Checkpoint(
        path, net, standing, dict(plain["options"]), data, moment, callbacks, best, bool(plain["finished"])
    )
