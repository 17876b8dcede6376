"""A network from a module of PyTorch, or from the file that ``net.export`` wrote for it."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.errors import DataError, ModelFileError, PellucidError
from pellucid.exchange.chain import FAULTS, Joints, Tensor, Unreadable, assemble, in_order
from pellucid.exchange.own import described, sizes
from pellucid.exchange.torch.parts import network_parts
from pellucid.exchange.torch.readers import run
from pellucid.exchange.torch.state import from_state_dict
from pellucid.exchange.torch.write import make
from pellucid.layers import Activation, Input
from pellucid.network import Network


def from_torch(
    module: Any, input_shape: int | Sequence[int] | None = None, *, dtype: str | None = None, name: str = "network"
) -> Network:
    """The network of a module of PyTorch, with the same outputs as after ``module.eval()``.

    Parameters
    ----------
    module : torch.nn.Module or path
        An ``nn.Sequential``, also one within another, of modules that Pellucid has layers for; what ``to_torch`` made;
        or the ``.safetensors`` file that ``net.export`` wrote, for which torch need not be installed.
    input_shape : int or sequence of int, optional
        Of one sample as the module takes it, pictures as (channels, height, width). The network takes them with their
        channels last, ``X.transpose(0, 2, 3, 1)``. Not needed for what Pellucid has written.
    dtype : {"float32", "float64"}, optional
        That of the module's numbers unless given.
    name : str
        For titles.

    Returns
    -------
    Network

    Raises
    ------
    DataError
        A module has no counterpart in Pellucid; it is named.
    ModelFileError
        The file is damaged, or written by something else.

    Examples
    --------
    >>> import torch
    >>> from pellucid import from_torch
    >>> nn = torch.nn
    >>> net = from_torch(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2)), (1, 4, 4))
    >>> net
    <Network network: 4×4×1 → 2×2×4 → 16 → 2, 74 parameters>
    """
    if isinstance(module, (str, os.PathLike)):
        return _from_file(Path(module))
    if not hasattr(module, "named_children") or not hasattr(module, "state_dict"):
        raise DataError(f"from_torch takes a module of PyTorch or a .safetensors file, got {type(module).__name__}.")
    text = getattr(module, "pellucid", None)
    if isinstance(text, str):
        try:
            net = described(json.loads(text))
            if repr(make(network_parts(net)).eval()) == repr(module):
                from_state_dict(net, module.state_dict())
                return net
            reason = "its modules are others"
        except (PellucidError, *FAULTS) as error:
            reason = str(error)
        words = f"The module is not what Pellucid's description of it says ({reason}). Its modules are read."
        warnings.warn(words, UserWarning, stacklevel=2)
    if input_shape is None:
        raise DataError("from_torch: give the shape of one sample, for instance input_shape=(3, 32, 32).")
    try:
        with np.errstate(all="ignore"):
            return _read(module, input_shape, dtype, name)
    except Unreadable as error:
        raise DataError(f"from_torch: {error}.") from error


def _from_file(path: Path) -> Network:
    """The network of a ``.safetensors`` file with a description."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise ModelFileError(f"{path}: {'this is a folder' if path.is_dir() else 'there is no such file'}.")
    try:
        with safe_open(str(path), framework="numpy") as opened:
            metadata = opened.metadata() or {}
            if "pellucid" not in metadata:
                raise ModelFileError(
                    f"{path}: there are numbers in this file, but no layers. Describe the network, and give it the "
                    f"numbers with pellucid.exchange.torch.state.from_state_dict."
                )
            about = json.loads(metadata["pellucid"])
            wanted = sum(math.prod(shape) for shape in sizes(about["network"]).values())
            if wanted > path.stat().st_size:
                raise ModelFileError(f"{path}: damaged ({wanted:,} numbers are described, more than are in the file).")
            net = described(about)
            from_state_dict(net, {name: opened.get_tensor(name) for name in opened.keys()})  # noqa: SIM118
            return net
    except ModelFileError:
        raise
    except PellucidError as error:
        raise ModelFileError(f"{path}: {error}") from error
    except (SafetensorError, OSError, UnicodeDecodeError, *FAULTS) as error:
        raise ModelFileError(f"{path}: not a .safetensors file that Pellucid wrote, or damaged ({error}).") from error


def _read(module: Any, input_shape: int | Sequence[int], dtype: str | None, name: str) -> Network:
    """The network that the modules make."""
    given = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
    shape = Input(given).output_shape((), "Input")
    index = np.arange(math.prod(shape))
    leaf = _first(module)
    if len(shape) == 3 and type(leaf).__name__ != "Permute":
        inside = (*shape[1:], shape[0])
        start = Tensor(index.reshape(inside).transpose(2, 0, 1), inside)
    else:
        start = Tensor(index.reshape(shape), shape)
    end = run(module, start, Joints(), "")
    if not isinstance(end, Tensor):
        raise Unreadable("its output is not what a layer of Pellucid makes")
    if not in_order(end.index):
        turned = np.moveaxis(end.index, 0, -1)
        if not in_order(turned):
            raise Unreadable("its output has its numbers in another order than Pellucid's layers give. End with Linear")
        end = end.seen_as(turned)
    made = assemble(end.shaped(end.index.shape).links) or [(Activation("identity"), {})]
    found = {str(value.dtype) for value in module.state_dict().values()}
    kind = dtype or ("float64" if "torch.float64" in found else "float32")
    net = Network([Input(start.shape), *(layer for layer, _ in made)], name=name, dtype=kind)
    pairs = zip(net.layers, made, strict=True)
    net.set_weights({f"{label}.{k}": a for (label, _), (_, arrays) in pairs for k, a in arrays.items()})
    return net


def _first(module: Any) -> Any:
    """The first module that does something."""
    while type(module).__name__ == "Sequential" and len(module):
        module = next(iter(module.children()))
    return module
