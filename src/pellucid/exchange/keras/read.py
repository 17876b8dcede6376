"""A network from a ``.keras`` file."""

from __future__ import annotations

import json
import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.errors import ModelFileError, PellucidError
from pellucid.exchange.chain import FAULTS, Joints, Tensor, Unreadable, assemble, reading
from pellucid.exchange.keras.file import Weights, read_parts
from pellucid.exchange.keras.graph import places
from pellucid.exchange.keras.readers import MOST, READERS
from pellucid.exchange.keras.settings import take_settings
from pellucid.exchange.keras.write import build
from pellucid.exchange.own import check_version, described, sizes
from pellucid.layers import Activation, Input
from pellucid.network import Network

TAG = 2**20  # and so on: numbers that float32 holds exactly and no layer's option is likely to be


def from_keras(path: str | os.PathLike[str]) -> Network:
    """Read a network from a ``.keras`` file of Keras 3. Neither Keras nor TensorFlow is needed.

    A file that ``net.export`` wrote gives the same network back. Of other files, ``Sequential`` and functional models
    are read: ``Add`` becomes a ``Residual``, ``Average`` an ``Ensemble``. What acts only while training, such as
    ``RandomFlip``, is left out, apart from Dropout. Loss and optimizer are taken where Pellucid has them.

    Parameters
    ----------
    path : path

    Returns
    -------
    Network

    Raises
    ------
    ModelFileError
        The file is damaged, or a layer has no counterpart in Pellucid; the layer is named. No code in a file is run:
        Lambda layers and layers of one's own are refused.

    Warns
    -----
    UserWarning
        The file holds a description by Pellucid that its layers do not meet; then the layers are read.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid import Dense, Input, Network, from_keras
    >>> net = Network([Input(2), Dense(3, "gelu"), Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, = net.export(f"{folder}/net.keras")
    ...     again = from_keras(path)
    >>> bool((again.parameters == net.parameters).all()), again.to_dict() == net.to_dict()
    (True, True)
    """
    path = Path(path)
    metadata, config, content = read_parts(path)
    weights = Weights(content, path)
    try:
        with reading(path):
            return _read(path, metadata, config, weights)
    finally:
        weights.close()


def _read(path: Path, metadata: dict[str, Any], config: dict[str, Any], weights: Weights) -> Network:
    if "pellucid" in metadata:
        try:
            return _restore(metadata["pellucid"], config, weights)
        except (PellucidError, *FAULTS) as error:
            words = f"{path}: the layers are not what the description in the file says ({error}). The layers are read."
            warnings.warn(words, UserWarning, stacklevel=3)
    net = _by_layers(config, weights)
    take_settings(net, config.get("compile_config"))
    return net


def _restore(about: dict[str, Any], config: dict[str, Any], weights: Weights) -> Network:
    """The network of the description, once it has been seen to give the same configuration and numbers."""
    check_version(about)
    if sum(math.prod(shape) for shape in sizes(about["network"]).values()) > 8 * weights.size:
        raise ModelFileError("there are fewer numbers in the file")
    net = described(about)
    said, layers = build(net)
    if json.dumps(said, sort_keys=True) != json.dumps(config, sort_keys=True):
        raise ModelFileError("its layers are others")
    own = net.weights
    for k, (name, array) in enumerate(own.items()):  # each array filled with a number that names it
        net.set_weights({name: np.full(array.shape, float(TAG + k))})
    found = {place: weights.arrays(place, len(layer.arrays)) for place, layer in layers.items()}
    for place, layer in build(net)[1].items():
        for tagged, array in zip(layer.arrays, found[place], strict=True):
            _take(own, tagged, array)
    net.set_weights(own)
    for place, layer in build(net)[1].items():
        for mine, theirs in zip(layer.arrays, found[place], strict=True):
            if mine.shape != theirs.shape or not (mine.astype(theirs.dtype) == theirs).all():
                raise ModelFileError("its numbers are others")
    return net


def _take(own: dict[str, Any], tagged: Any, array: Any) -> None:
    """Put an array of the file where the tags say that it belongs."""
    if tagged.shape != array.shape:
        raise ModelFileError(f"numbers of shape {array.shape} stand where {tagged.shape} belong")
    where = tagged != 0
    tags = np.unique(tagged[where])
    if len(tags) == 1 and TAG <= tags[0] < TAG + len(own):  # not what a writer has made itself
        name = list(own)[int(tags[0]) - TAG]
        own[name] = array[where].reshape(own[name].shape)


def _by_layers(config: dict[str, Any], weights: Weights) -> Network:
    """The network that the layers of the configuration make."""
    kind, about = config.get("class_name"), config["config"]
    if kind not in ("Sequential", "Functional", "Model"):
        raise Unreadable(f"the model is of the class {kind}; Sequential and functional models can be read")
    listed = about["layers"]
    names, ordered = [layer["config"]["name"] for layer in listed], list(listed)
    stored = [layer for layer in listed if kind != "Sequential" or layer["class_name"] != "InputLayer"]
    where = dict(zip(map(id, stored), places(layer["class_name"] for layer in stored), strict=True))
    if len(set(names)) < len(names):
        raise Unreadable("two layers have the same name")
    if kind == "Sequential" and (not listed or listed[0]["class_name"] != "InputLayer"):
        shape = about.get("build_input_shape") or _given_shape(listed, config)
        ordered.insert(0, {"class_name": "InputLayer", "config": {"name": "", "batch_shape": shape}})
    values: dict[str, Tensor] = {}
    joints, last, dtype = Joints(), "", "float32"
    start: Tensor | None = None
    for layer in ordered:
        name, own = str(layer["config"]["name"]), dict(layer["config"])
        if layer["class_name"] == "InputLayer":
            if start is not None:
                raise Unreadable(f'layer "{name}" is a second input; one is expected')
            start = values[name] = _input(own, name)
            dtype = "float64" if own.get("dtype") == "float64" else "float32"
        else:
            inputs = [last] if kind == "Sequential" else _sources(layer, name)
            values[name] = _layer(layer["class_name"], name, own, inputs, values, weights, where[id(layer)], joints)
        last = name
    if kind != "Sequential":
        last = _ends(about["output_layers"], "output")
    if start is None or last not in values:
        raise Unreadable("it has no input or no output")
    made = assemble(values[last].links) or [(Activation("identity"), {})]
    net = Network([Input(start.shape), *(one for one, _ in made)], name=_title(about.get("name")), dtype=dtype)
    pairs = zip(net.layers, made, strict=True)
    net.set_weights({f"{name}.{k}": a for (name, _), (_, arrays) in pairs for k, a in arrays.items()})
    return net


def _title(name: Any) -> str:
    return name if isinstance(name, str) and name.strip() else "network"


def _given_shape(listed: Any, config: dict[str, Any]) -> Any:
    """The shape of what goes in, for models that were built without an Input."""
    for about in (config.get("build_config"), listed[0].get("build_config") if listed else None):
        if isinstance(about, dict) and about.get("input_shape"):
            return about["input_shape"]
    raise Unreadable("the model has not been built, so it has no weights. Call it once before it is saved")


def _input(config: dict[str, Any], name: str) -> Tensor:
    given = config.get("batch_shape") or config.get("batch_input_shape")
    if not isinstance(given, list) or any(isinstance(size, bool) or not isinstance(size, int) for size in given[1:]):
        raise Unreadable(f'the input "{name}" has no fixed size: {given}')
    shape = tuple(given[1:]) or (1,)
    if min(shape) < 1 or math.prod(shape) > MOST:
        raise Unreadable(f'the input "{name}" has the shape {shape}, of which no samples can be made')
    return Tensor(np.arange(math.prod(shape)).reshape(shape), shape)


def _sources(layer: dict[str, Any], name: str) -> list[str]:
    """The layers whose outputs a layer takes."""
    nodes = layer["inbound_nodes"]
    if len(nodes) != 1:
        raise Unreadable(f'layer "{name}" is used {len(nodes)} times; layers of Pellucid are used once')
    found: list[str] = []

    def look(given: Any) -> None:
        if isinstance(given, dict) and given.get("class_name") == "__keras_tensor__":
            found.append(_ends(given["config"]["keras_history"], name))
        elif isinstance(given, (list, tuple)):
            for one in given:
                look(one)
        elif given is not None:
            raise Unreadable(f'layer "{name}" takes {str(given)[:60]}, which is no output of a layer')

    look(nodes[0]["args"])
    return found


def _ends(given: Any, what: str) -> str:
    """The layer of a tensor, which is written as [name, 0, 0], alone or in a list."""
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], list):
        given = given[0]
    if not (isinstance(given, list) and len(given) == 3 and isinstance(given[0], str) and given[1:] == [0, 0]):
        raise Unreadable(f'"{what}" is not the only output of a layer that is used once')
    return given[0]


def _layer(
    kind: str, name: str, own: dict[str, Any], inputs: list[str], values: dict[str, Tensor], weights: Weights,
    place: str, joints: Joints,
) -> Tensor:  # fmt: skip
    where = f'layer "{name}" ({kind})'
    if kind not in READERS:
        code = "; code in a file is not run" if kind == "Lambda" else ""
        raise Unreadable(f"{where}: Pellucid has no counterpart for it{code}")
    for source in inputs:
        if source not in values:
            raise Unreadable(f'{where}: the layer "{source}" before it is missing')
    count, read = READERS[kind]
    try:
        arrays = weights.arrays(place, count(own)) if count(own) else []
        return read(own, arrays, [values[source] for source in inputs], joints)
    except Unreadable as error:
        raise Unreadable(f"{where}: {error}") from error
    except (PellucidError, *FAULTS) as error:
        if isinstance(error, ModelFileError):
            raise
        raise Unreadable(f"{where} cannot be read: {str(error).rstrip('.')}") from error
