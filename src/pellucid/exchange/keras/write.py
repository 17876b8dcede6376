"""A network to a ``.keras`` file: a ZIP of ``metadata.json``, ``config.json`` and ``model.weights.h5``."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exchange.keras.graph import KerasLayer, Model, in_keras_order, places
from pellucid.exchange.keras.layers import WRITERS
from pellucid.exchange.keras.package import find_h5py
from pellucid.exchange.keras.settings import to_keras
from pellucid.exchange.own import describe
from pellucid.exchange.steps import INPUT, steps
from pellucid.exchange.text import Identifiers

if TYPE_CHECKING:
    from pellucid.network import Network

KERAS = "3.0.0"  # the first version that reads such files


def export(net: Network, path: Path) -> tuple[Path, ...]:
    """Write a network as a model of Keras 3.

    ``keras.saving.load_model`` gives a ``Sequential``, or a functional model where the network has branches, which
    takes what ``net.predict`` takes; of a table, prepared inputs, since Keras's layers make none of text. Dropout
    stays, and so do loss and optimizer where Keras has the same; Augment, which does nothing outside training, is left
    out. The description and a table's preparation are in ``metadata.json``, so that ``from_keras`` gives the same
    network back.

    Parameters
    ----------
    net : Network
    path : Path

    Returns
    -------
    tuple of Path
        The file.
    """
    from pellucid.record.model_file import write_whole

    config, layers = build(net)
    content, file = io.BytesIO(), {"keras_version": KERAS, "pellucid": describe(net)}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as made:
        for name, data in (
            ("metadata.json", json.dumps(file).encode()),
            ("config.json", json.dumps(config).encode()),
            ("model.weights.h5", _weights(layers, _memories(net, layers) if "compile_config" in config else None)),
        ):
            made.writestr(zipfile.ZipInfo(name), data)
    write_whole(path, content.getvalue())
    return (path,)


def build(net: Network) -> tuple[dict[str, Any], dict[str, KerasLayer]]:
    """What ``config.json`` says, and the layers by the places of their arrays."""
    model = Model(net.input_shape, net.dtype)
    listed, output = steps(net, training=True)
    values = {INPUT: next(iter(model.layers))}
    for step in listed:
        values[step.output] = WRITERS[step.op](model, step, [values[name] for name in step.inputs])
    end = values[output]
    if end == values[INPUT]:  # Keras wants at least one layer
        end = model.add("Activation", net.layers[-1][0], [end], net.output_shape, activation="linear")
    name, settings = Identifiers()[net.name], to_keras(net)
    if model.is_chain:
        ordered = list(model.layers.values())
        layers = [_said(layer, net.dtype) for layer in ordered]
        config: dict[str, Any] = {"module": "keras", "class_name": "Sequential", "registered_name": None}
        config["config"] = {
            "name": name, "trainable": True, "layers": layers, "build_input_shape": [None, *net.input_shape],
        }  # fmt: skip
        stored = ordered[1:]  # Keras counts a Sequential's layers without its input
    else:
        names = in_keras_order({layer.name: layer.inputs for layer in model.layers.values()}, end)
        stored = ordered = [model.layers[name] for name in names]
        layers = [_said(layer, net.dtype) | _joined(layer, model) for layer in ordered]
        config = {"module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional"}
        config["config"] = {
            "name": name, "trainable": True, "layers": layers, "input_layers": [values[INPUT], 0, 0],
            "output_layers": [end, 0, 0],
        }  # fmt: skip
    config["build_config"] = {"input_shape": [None, *net.input_shape]}
    config |= {"compile_config": settings} if settings else {}
    return config, dict(zip(places(layer.kind for layer in stored), stored, strict=True))


def _said(layer: KerasLayer, dtype: str) -> dict[str, Any]:
    """A layer as ``config.json`` has it."""
    config = {"name": layer.name, "trainable": True, "dtype": dtype} | layer.config
    return {"module": "keras.layers", "class_name": layer.kind, "config": config, "registered_name": None}


def _joined(layer: KerasLayer, model: Model) -> dict[str, Any]:
    """Which layers it takes the outputs of."""
    tensors = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, *model.layers[source].shape], "dtype": model.dtype,
                       "keras_history": [source, 0, 0]},
        }
        for source in layer.inputs
    ]  # fmt: skip
    merges = layer.kind in ("Add", "Average", "Concatenate", "Maximum", "Minimum")
    nodes: list[Any] = [{"args": [tensors] if merges else tensors, "kwargs": {}}] if tensors else []
    return {"name": layer.name, "inbound_nodes": nodes}


def _memories(net: Network, layers: dict[str, KerasLayer]) -> list[NDArray[Any]]:
    """The variables of Keras's optimizer as they start: updates, learning rate, and zeros for each trained number."""
    fresh = getattr(net.optimizer, "momentum", None) == 0.0  # Keras's SGD remembers nothing then
    trained = [
        array
        for layer in layers.values() if layer.config.get("trainable", True)
        for array in layer.arrays[: 2 if layer.kind == "BatchNormalization" else None]
    ]  # fmt: skip
    zeros = [np.zeros_like(array) for array in trained for _ in range(0 if fresh else net.optimizer.remembers)]
    return [np.array(0, np.int32), np.array(net.optimizer.to_dict()["rate"], net.dtype), *zeros]


def _weights(layers: dict[str, KerasLayer], memories: list[NDArray[Any]] | None) -> bytes:
    """``model.weights.h5``."""
    content = io.BytesIO()
    with find_h5py().File(content, "w") as made:
        for place, layer in layers.items():
            group = made.create_group(f"layers/{place}/vars")
            group.attrs["name"] = layer.name
            for k, array in enumerate(layer.arrays):
                group.create_dataset(str(k), data=array)
        made.create_group("vars")
        if memories is not None:
            group = made.create_group("optimizer/vars")
            for k, array in enumerate(memories):
                group.create_dataset(str(k), data=array)
    return content.getvalue()
